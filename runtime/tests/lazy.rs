//! Functions that are compiled when they are first called.

use std::sync::{Arc, Barrier};
use std::thread;

use edge_runtime::{
    ArtifactForm, Compile, Config, Engine, Extern, Func, FuncType, Instance, Kind, Limits, Linker, Module, OptLevel,
    Store, Val, ValType,
};

fn engine() -> Engine {
    Engine::new(&Config::new().compile(Compile::Lazy)).unwrap()
}

fn module(text: &str) -> Module {
    Module::from_text(&engine(), text).unwrap()
}

fn instance(module: &Module) -> Instance {
    Instance::new(&Store::new(module.engine(), Limits::default()), module, &[]).unwrap()
}

fn run(instance: &Instance, name: &str, args: &[Val]) -> Vec<Val> {
    instance.func(name).unwrap().call(args).unwrap().to_vec()
}

/// Whether this processor is served; elsewhere everything is compiled at once, and all else is the same.
const SERVED: bool = cfg!(target_arch = "x86_64");

#[test]
fn only_what_is_called_is_compiled() {
    let module = module(
        r#"(module
            (func $a (export "a") (result i32) (i32.const 1))
            (func $b (export "b") (result i32) (i32.add (call $a) (call $c)))
            (func $c (result i32) (i32.const 10))
            (func (export "never") (unreachable)))"#,
    );
    let compiled = || if SERVED { module.compiled_functions().0 } else { 0 };
    let expected = |count| if SERVED { count } else { 0 };
    assert_eq!(module.compiled_functions().1, 4);
    let (first, second) = (instance(&module), instance(&module));
    assert_eq!(compiled(), 0);
    assert_eq!(run(&first, "a", &[])[0].i32(), Some(1));
    assert_eq!(compiled(), expected(1));
    assert_eq!(run(&first, "b", &[])[0].i32(), Some(11));
    assert_eq!(compiled(), expected(3));
    assert_eq!(run(&second, "b", &[])[0].i32(), Some(11));
    assert_eq!(compiled(), expected(3), "instances share it");
    let eager = Module::from_text(&Engine::default(), "(module (func) (func))").unwrap();
    assert_eq!(eager.compiled_functions(), (2, 2));
}

/// More parameters and results of every type than there are registers: the stub loses none.
#[test]
fn the_first_call_keeps_every_argument() {
    let types = ["i32", "i64", "f32", "f64", "v128"];
    let params: Vec<&str> = (0..40).map(|i| types[i % types.len()]).collect();
    let list = params.join(" ");
    let gets: String = (0..40).map(|i| format!("(local.get {i}) ")).collect();
    for (call, result) in [("call $f", list.as_str()), ("return_call $f", list.as_str())] {
        let module = module(&format!(
            r#"(module
                (func $f (param {list}) (result {result}) {gets})
                (func (export "through") (param {list}) (result {result}) {gets} {call})
                (export "itself" (func $f)))"#
        ));
        let args: Vec<Val> = (0..40u8)
            .map(|i| match i % 5 {
                0 => Val::I32(i32::from(i) - 7),
                1 => Val::I64(i64::from(i) << 40),
                2 => Val::F32((f32::from(i) + 0.5).to_bits()),
                3 => Val::F64((f64::from(i) - 0.25).to_bits()),
                _ => Val::V128(u128::from(i) << 100 | 5),
            })
            .collect();
        for name in ["through", "itself"] {
            for round in 0..2 {
                let instance = instance(&module);
                let results = run(&instance, name, &args);
                assert_eq!(format!("{results:?}"), format!("{args:?}"), "{name} by {call}, round {round}");
            }
        }
    }
}

#[test]
fn references_that_were_handed_out_before_lead_to_the_code() {
    let module = module(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (table (export "table") 2 funcref) (elem (i32.const 0) $double $square)
            (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
            (func $square (type $t) (i32.mul (local.get 0) (local.get 0)))
            (func (export "call") (param i32 i32) (result i32)
                (call_indirect (type $t) (local.get 1) (local.get 0))))"#,
    );
    let instance = instance(&module);
    let Val::FuncRef(Some(square)) = instance.table("table").unwrap().get(1).unwrap() else { panic!("a function") };
    // From another instance, by import.
    let importer = Module::from_text(
        module.engine(),
        r#"(module (import "m" "f" (func $f (param i32) (result i32)))
            (func (export "twice") (param i32) (result i32) (call $f (call $f (local.get 0)))))"#,
    )
    .unwrap();
    let user = Instance::new(instance.store(), &importer, &[Extern::Func(square.clone())]).unwrap();
    assert_eq!(run(&user, "twice", &[Val::I32(3)])[0].i32(), Some(81));
    assert_eq!(run(&instance, "call", &[Val::I32(1), Val::I32(5)])[0].i32(), Some(25));
    assert_eq!(run(&instance, "call", &[Val::I32(0), Val::I32(5)])[0].i32(), Some(10));
    assert_eq!(square.call(&[Val::I32(7)]).unwrap()[0].i32(), Some(49));
}

#[test]
fn traps_exceptions_and_backtraces_are_as_ever() {
    let module = module(
        r#"(module $named
            (import "host" "fail" (func $fail))
            (memory 1) (tag $t (param i32))
            (func $inner (export "inner") (drop (i32.load (i32.const -4))))
            (func $outer (export "outer") (call $inner))
            (func $thrower (throw $t (i32.const 7)))
            (func (export "catch") (result i32)
                (block $h (result i32) (try_table (catch $t $h) (call $thrower)) (unreachable)))
            (func (export "host") (call $fail))
            (func $forever (export "forever") (call $forever) (call $forever)))"#,
    );
    let mut linker = Linker::new(module.engine());
    linker.func_wrap("host", "fail", || -> Result<(), edge_runtime::Error> {
        Err(edge_runtime::Error::new(edge_runtime::Phase::Host, Kind::HostError, "on purpose"))
    });
    let store = Store::new(module.engine(), Limits::default());
    let instance = linker.instantiate(&store, &module).unwrap();
    for _ in 0..2 {
        let error = instance.func("outer").unwrap().call(&[]).unwrap_err();
        assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
        let names: Vec<_> = error.backtrace().iter().map(|frame| frame.func_name.clone().unwrap()).collect();
        assert_eq!(names, ["inner", "outer"]);
        assert!(error.backtrace().iter().all(|frame| frame.module_offset.is_some()));
        assert_eq!(run(&instance, "catch", &[])[0].i32(), Some(7));
        assert_eq!(instance.func("host").unwrap().call(&[]).unwrap_err().message(), "on purpose");
        assert_eq!(instance.func("forever").unwrap().call(&[]).unwrap_err().kind(), Kind::StackOverflow);
    }
}

#[test]
fn threads_may_all_be_the_first() {
    let functions: String =
        (0..200).map(|i| format!(r#"(func (export "f{i}") (result i32) (i32.const {i}))"#)).collect();
    let module = module(&format!("(module {functions})"));
    let barrier = Arc::new(Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..4 {
            let (module, barrier) = (module.clone(), Arc::clone(&barrier));
            scope.spawn(move || {
                let instance = instance(&module);
                for i in 0..200 {
                    barrier.wait();
                    assert_eq!(run(&instance, &format!("f{i}"), &[])[0].i32(), Some(i));
                }
            });
        }
    });
    assert_eq!(module.compiled_functions(), (200, 200));
}

/// Compiling takes more stack than such a thread has.
#[test]
fn threads_with_small_stacks_have_functions_compiled_elsewhere() {
    let body = "(local.set 0 (i32.add (local.get 0) (i32.const 1)))".repeat(2_000);
    let module = module(&format!(r#"(module (func (export "f") (param i32) (result i32) {body} (local.get 0)))"#));
    let run = move || run(&instance(&module), "f", &[Val::I32(0)])[0].i32();
    let result = thread::Builder::new().stack_size(192 << 10).spawn(run).unwrap().join().unwrap();
    assert_eq!(result, Some(2_000));
}

#[test]
fn what_is_invalid_is_refused_when_it_is_loaded() {
    let error = Module::from_text(&engine(), "(module (func (result i32)))").unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
}

/// The caps of the validator hold when a module is loaded; those of the compiler when it comes to the function.
#[test]
fn what_is_too_large_for_the_compiler_is_refused_when_it_is_called() {
    let types = " i32".repeat(1000);
    let module = module(&format!(
        r#"(module (func $wide (param{types}) (result{types}) unreachable)
            (func (export "large") {} {} unreachable) (func (export "small") (result i32) (i32.const 1)))"#,
        " i32.const 0".repeat(1000),
        "call $wide ".repeat(100_000)
    ));
    let instance = instance(&module);
    if SERVED {
        for _ in 0..2 {
            let error = instance.func("large").unwrap().call(&[]).unwrap_err();
            assert_eq!(error.kind(), Kind::TooLarge, "{error}");
        }
    }
    assert_eq!(run(&instance, "small", &[])[0].i32(), Some(1));
}

#[test]
fn a_file_has_all_of_it() {
    let module = module(r#"(module (func (export "f") (result i32) (call $g)) (func $g (result i32) (i32.const 3)))"#);
    let file = module.serialize(ArtifactForm::Native).unwrap();
    for engine in [engine(), Engine::default()] {
        // SAFETY: made above.
        let loaded = unsafe { Module::from_trusted_bytes(&engine, &file) }.unwrap();
        assert!(loaded.is_precompiled());
        assert_eq!(loaded.compiled_functions(), (2, 2));
        assert_eq!(run(&instance(&loaded), "f", &[])[0].i32(), Some(3));
    }
}

#[test]
fn other_settings_go_with_it() {
    let text = r#"(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))"#;
    let configs =
        [Config::new().signals(false), Config::new().opt_level(OptLevel::None), Config::new().interpreter(true), {
            Config::new().fuel(true)
        }];
    for config in configs {
        let engine = Engine::new(&config.compile(Compile::Lazy)).unwrap();
        let instance = instance(&Module::from_text(&engine, text).unwrap());
        if engine.config().get_fuel() {
            instance.store().set_fuel(1_000).unwrap();
        }
        assert_eq!(run(&instance, "f", &[Val::I32(8)])[0].i32(), Some(0));
        let error = instance.func("f").unwrap().call(&[Val::I32(-1)]).unwrap_err();
        assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
    }
}

/// A function of the host that a module with stubs calls, and that calls it again while its functions are not compiled.
#[test]
fn the_host_may_call_back_in_the_middle() {
    let module = module(
        r#"(module (import "host" "back" (func $back (param i32) (result i32)))
            (func (export "in") (param i32) (result i32) (call $back (local.get 0)))
            (func (export "deeper") (param i32) (result i32) (i32.add (local.get 0) (i32.const 100))))"#,
    );
    let store = Store::new(module.engine(), Limits::default());
    let slot: Arc<std::sync::OnceLock<Instance>> = Arc::default();
    let inner = Arc::clone(&slot);
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    let back = Func::new(&store, ty, move |_, args, results| {
        results[0] = inner.get().unwrap().func("deeper")?.call(args)?[0].clone();
        Ok(())
    })
    .unwrap();
    let instance = Instance::new(&store, &module, &[Extern::Func(back)]).unwrap();
    assert!(slot.set(instance.clone()).is_ok());
    assert_eq!(run(&instance, "in", &[Val::I32(1)])[0].i32(), Some(101));
}
