//! Modules whose code comes from a file.

use std::fs;

use edge_runtime::{
    ArtifactForm, Config, Engine, Error, Instance, Kind, Limits, Linker, Module, OptLevel, Phase, Store, Target, Val,
    Vm, WasiConfig,
};

const SUM: &str = r#"(module $sum
    (memory (export "memory") 1) (data (i32.const 8) "\05\00\00\00\07\00\00\00")
    (table 2 funcref) (elem (i32.const 0) $add $mul)
    (type $binary (func (param i32 i32) (result i32)))
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $mul (type $binary) (i32.mul (local.get 0) (local.get 1)))
    (func (export "run") (param $which i32) (result i32)
        (call_indirect (type $binary) (i32.load (i32.const 8)) (i32.load (i32.const 12)) (local.get $which)))
    (func $deep (export "deep") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.load (i32.const -4)))))
    (tag $t (param i32))
    (func (export "catch") (param i32) (result i32)
        (block $h (result i32) (try_table (catch $t $h) (throw $t (local.get 0))) (unreachable))))"#;

const FORMS: [ArtifactForm; 2] = [ArtifactForm::Universal, ArtifactForm::Native];

fn compile(config: &Config) -> Module {
    Module::from_text(&Engine::new(config).unwrap(), SUM).unwrap()
}

/// Loads what [`Module::serialize`] made, or what a test has made of that.
fn load(engine: &Engine, bytes: &[u8]) -> Result<Module, Error> {
    // SAFETY: it was made by `serialize`; where it was changed since, the test counts on nothing of it being executed.
    unsafe { Module::from_trusted_bytes(engine, bytes) }
}

fn instance(module: &Module) -> Instance {
    Linker::new(module.engine()).instantiate(&Store::new(module.engine(), Limits::default()), module).unwrap()
}

fn run(instance: &Instance, name: &str, arg: i32) -> Result<i32, Error> {
    Ok(instance.func(name)?.call(&[Val::I32(arg)])?[0].i32().unwrap())
}

/// Everything that the code of [`SUM`] can do.
fn check(module: &Module) {
    let instance = instance(module);
    assert_eq!((run(&instance, "run", 0).unwrap(), run(&instance, "run", 1).unwrap()), (12, 35));
    assert_eq!(run(&instance, "catch", 42).unwrap(), 42);
    let trap = run(&instance, "deep", 3).unwrap_err();
    assert_eq!(trap.kind(), Kind::MemoryOutOfBounds);
    let names: Vec<_> = trap.backtrace().iter().map(|frame| frame.func_name.as_deref()).collect();
    assert_eq!(names, [Some("deep"); 4]);
    assert_eq!(module.name(), Some("sum"));
}

#[test]
fn both_forms_do_what_the_module_does() {
    for config in [Config::new(), Config::new().opt_level(OptLevel::None), Config::new().signals(false)] {
        let module = compile(&config);
        assert!(!module.is_precompiled());
        check(&module);
        for form in FORMS {
            let loaded = load(&Engine::new(&config).unwrap(), &module.serialize(form).unwrap()).unwrap();
            assert!(loaded.is_precompiled(), "{form:?}");
            check(&loaded);
            // What was loaded can be written again, and is the same.
            assert_eq!(loaded.serialize(form).unwrap(), module.serialize(form).unwrap(), "{form:?}");
        }
    }
}

#[test]
fn files_are_mapped_and_outlive_what_replaces_them() {
    let folder = tempfile::tempdir().unwrap();
    let module = compile(&Config::new());
    for (name, form) in [("sum.wasm", ArtifactForm::Universal), ("sum.edge", ArtifactForm::Native)] {
        let path = folder.path().join(name);
        assert_eq!(ArtifactForm::of_path(&path), form);
        module.serialize_to(&path, form).unwrap();
        // SAFETY: made by `serialize_to`, which is the only one to write there.
        let loaded = unsafe { Module::from_trusted_file(&Engine::default(), &path) }.unwrap();
        assert!(loaded.is_precompiled());
        check(&loaded);
        let other = Module::from_text(&Engine::default(), "(module)").unwrap();
        other.serialize_to(&path, form).unwrap();
        check(&loaded);
        // SAFETY: as above.
        let replaced = unsafe { Module::from_trusted_file(&Engine::default(), &path) }.unwrap();
        assert_eq!(replaced.exports().len(), 0);
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing but the two files: {left:?}");
}

#[test]
fn a_universal_module_is_a_module_whose_code_only_counts_when_trusted() {
    let file = compile(&Config::new()).serialize(ArtifactForm::Universal).unwrap();
    let module = Module::new(&Engine::default(), &file).unwrap();
    assert!(!module.is_precompiled());
    check(&module);
    assert!(module.custom_section_names().any(|name| name == "edge.native"));
}

#[test]
fn native_code_is_no_module_without_trust() {
    let file = compile(&Config::new()).serialize(ArtifactForm::Native).unwrap();
    let error = Module::new(&Engine::default(), &file).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Load, Kind::Malformed));
    assert!(error.message().contains("native code of edge") && error.message().contains("trusted"), "{error}");
    assert_eq!(Module::validate(&Engine::default(), &file).unwrap_err().message(), error.message());
}

#[test]
fn what_was_made_otherwise_is_refused_by_name_or_compiled() {
    let module = compile(&Config::new());
    let (native, universal) =
        (module.serialize(ArtifactForm::Native).unwrap(), module.serialize(ArtifactForm::Universal).unwrap());
    let cases = [
        (Config::new().signals(false), "explicit traps: false, but here it is true"),
        (Config::new().fuel(true), "fuel: off, but here it is costs"),
        (Config::new().count_instructions(true), "instructions counted: false"),
        (Config::new().deterministic(true), "deterministic: false"),
        (Config::new().interruptible(false), "interruptible: true"),
        (Config::new().proposal(edge_runtime::Proposal::Simd, false).unwrap(), "proposals: "),
    ];
    for (config, expected) in cases {
        let engine = Engine::new(&config).unwrap();
        let error = load(&engine, &native).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Load, Kind::ArtifactMismatch));
        assert!(error.message().contains(expected), "{error}");
        let compiled = load(&engine, &universal).unwrap();
        assert!(!compiled.is_precompiled());
        check(&compiled);
    }
    // How hard the compiler tried changes nothing.
    assert!(load(&Engine::new(&Config::new().opt_level(OptLevel::None)).unwrap(), &native).unwrap().is_precompiled());
}

#[test]
fn plain_modules_are_loaded_from_trusted_places_too() {
    let folder = tempfile::tempdir().unwrap();
    let (text, empty) = (folder.path().join("sum.wat"), folder.path().join("empty.wasm"));
    fs::write(&text, SUM).unwrap();
    fs::write(&empty, "").unwrap();
    // SAFETY: there is no native code.
    unsafe {
        check(&Module::from_trusted_file(&Engine::default(), &text).unwrap());
        assert_eq!(Module::from_trusted_file(&Engine::default(), &empty).unwrap_err().kind(), Kind::Malformed);
        let missing = Module::from_trusted_file(&Engine::default(), folder.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), Kind::Io);
        assert_eq!(Module::from_trusted_bytes(&Engine::default(), b"\0as").unwrap_err().kind(), Kind::Malformed);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let error = compile(&Config::new()).serialize_to("/nowhere/at/all.edge", ArtifactForm::Native).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Io, Kind::Io));
    assert!(error.message().contains("/nowhere/at/all.edge"), "{error}");
}

/// Every damaged byte of a file: refused, or, in the few that nobody reads, without effect.
#[test]
fn every_damaged_byte_is_found_before_anything_runs() {
    let module = compile(&Config::new());
    let original = module.serialize(ArtifactForm::Native).unwrap();
    let engine = Engine::default();
    for at in 0..original.len() {
        let mut file = original.clone();
        file[at] ^= 1 << (at % 8);
        let error = load(&engine, &file).expect_err(&format!("byte {at} of {}", file.len()));
        // A file with another magic is a module that is none.
        let expected = if at < 8 { Kind::Malformed } else { Kind::ArtifactDamaged };
        assert_eq!(error.kind(), expected, "byte {at}: {error}");
    }
}

#[test]
fn every_missing_end_is_found() {
    let original = compile(&Config::new()).serialize(ArtifactForm::Native).unwrap();
    let engine = Engine::default();
    for len in (0..original.len()).rev().step_by(7) {
        assert!(load(&engine, &original[..len]).is_err(), "{len} of {} bytes", original.len());
    }
    assert_eq!(load(&engine, &[&original[..], b"x"].concat()).unwrap_err().kind(), Kind::ArtifactDamaged);
}

/// A universal module with damage is a module with damage, or one without native code, or refused; never more than that.
#[test]
fn damage_of_a_universal_module_is_found() {
    let original = compile(&Config::new()).serialize(ArtifactForm::Universal).unwrap();
    // Between the module and its native code stands the head of the section, which only other readers read.
    let head = wat::parse_str(SUM).unwrap().len()..4096;
    let engine = Engine::default();
    let mut refused = 0;
    for at in (0..original.len()).step_by(3) {
        let mut file = original.clone();
        file[at] ^= 0x10;
        match load(&engine, &file) {
            Ok(loaded) => assert!(!loaded.is_precompiled() || head.contains(&at), "byte {at}"),
            Err(error) => {
                refused += 1;
                assert!(
                    matches!(error.kind(), Kind::ArtifactDamaged | Kind::Malformed | Kind::Invalid),
                    "{at}: {error}"
                );
            }
        }
    }
    assert!(refused > original.len() / 6, "{refused}");
}

#[test]
fn code_for_another_machine_is_written_and_not_run() {
    let other = if cfg!(target_arch = "x86_64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
    let module = compile(&Config::new().target(Target::Triple(other.to_owned())));
    let native = module.serialize(ArtifactForm::Native).unwrap();
    let error = load(&Engine::default(), &native).unwrap_err();
    assert_eq!(error.kind(), Kind::ArtifactMismatch);
    assert!(error.message().contains(other), "{error}");
    let store = Store::new(module.engine(), Limits::default());
    let error = Linker::new(module.engine()).instantiate(&store, &module).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Instantiate, Kind::ArtifactMismatch));
    assert!(error.message().contains("does not run here"), "{error}");
    // An engine for that machine reads it.
    assert!(load(module.engine(), &native).unwrap().is_precompiled());

    let error = Engine::new(&Config::new().target(Target::Triple("pdp11-dec-unix".to_owned()))).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::CompileFailed));
    assert!(error.message().contains("pdp11-dec-unix"), "{error}");
}

#[test]
fn code_for_any_machine_of_this_kind_runs_here_and_there() {
    let generic = compile(&Config::new().target(Target::Generic));
    check(&generic);
    let native = generic.serialize(ArtifactForm::Native).unwrap();
    check(&load(&Engine::default(), &native).unwrap());
    check(&load(generic.engine(), &native).unwrap());
    let here = compile(&Config::new()).serialize(ArtifactForm::Native).unwrap();
    // Code that uses all of this processor is not code for any.
    if let Err(error) = load(generic.engine(), &here) {
        assert!(error.message().contains("needs the processor feature"), "{error}");
    }
}

#[test]
fn a_program_keeps_its_sections_and_its_wasi() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/wasm/wasi.wasm");
    let module = Module::from_file(&Engine::default(), file).unwrap();
    let loaded = load(&Engine::default(), &module.serialize(ArtifactForm::Native).unwrap()).unwrap();
    let names = |module: &Module| module.custom_section_names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&loaded), names(&module));
    let run = |module: &Module| {
        let vm = Vm::builder().wasi(WasiConfig::new().args(["wasi", "no such part"])).load(module.clone()).unwrap();
        vm.start().map_err(|error| (error.kind(), error.exit_code()))
    };
    assert_eq!(run(&loaded), run(&module));
}
