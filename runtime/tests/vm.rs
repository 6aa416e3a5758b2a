//! The easy door over plain modules: sources, numbers, WASI, limits, life and death, threads.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use common::{assert_error, module, vm, vm_with};
use edge_runtime::{Config, Engine, Imports, Kind, Limits, Linker, Value, Vm, WasiConfig};

const COUNTER: &str = r#"(module
  (global $n (export "n") (mut i32) (i32.const 0))
  (memory (export "memory") 1)
  (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func (export "trap") (unreachable))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "refer") (param externref) (result i32) (i32.const 0)))"#;

#[test]
fn a_vm_loads_from_a_path_from_bytes_and_from_a_module() {
    let dir = tempfile::tempdir().unwrap();
    let (text, binary) = (dir.path().join("c.wat"), dir.path().join("c.wasm"));
    let bytes = wat_to_wasm(COUNTER);
    std::fs::write(&text, COUNTER).unwrap();
    std::fs::write(&binary, &bytes).unwrap();
    let sources: [Vm; 5] = [
        Vm::load(&*text).unwrap(),
        Vm::load(binary.to_str().unwrap()).unwrap(),
        Vm::load(&bytes).unwrap(),
        Vm::load(bytes.clone()).unwrap(),
        Vm::load(module(COUNTER)).unwrap(),
    ];
    for vm in sources {
        assert_eq!(vm.run::<i32>("next", ()).unwrap(), 1);
    }
    let error = Vm::load(dir.path().join("gone.wasm")).unwrap_err();
    assert_error(&error, Kind::Io, "gone.wasm");
}

fn wat_to_wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn plain_functions_take_checked_numbers() {
    let vm = vm(COUNTER);
    let error = vm.run::<i32>("grow", (1_i64 << 31,)).unwrap_err();
    assert_error(&error, Kind::ArgumentType, "grow: argument 1 (`arg0`): 2147483648 is out of range for i32");
    let error = vm.run::<i32>("refer", (0,)).unwrap_err();
    assert_error(&error, Kind::Unsupported, "`refer` has the type externref in its signature");
    assert!(vm.functions().iter().all(|f| f.name() != "refer"), "what cannot be called is not shown");
    let vectors = self::vm(r#"(module (func (export "mix") (param i32 v128) (result i64) (i64.const 0)))"#);
    assert_eq!(
        vectors.run::<i64>("mix", (0, 0)).unwrap_err().message(),
        "`mix` has the type v128 in its signature (i32, v128) -> i64, which no value can express: use Instance::func"
    );
    let error = vm.run::<String>("next", ()).unwrap_err();
    assert_error(&error, Kind::ResultType, "the result was asked for as String, but is an integer");
}

#[test]
fn a_trap_of_a_plain_module_poisons_nothing() {
    let vm = vm(COUNTER);
    assert_eq!(vm.run::<i32>("next", ()).unwrap(), 1);
    assert_eq!(vm.run::<()>("trap", ()).unwrap_err().kind(), Kind::Unreachable);
    assert_eq!(vm.poisoned(), None);
    assert_eq!(vm.run::<i32>("next", ()).unwrap(), 2);
}

#[test]
fn a_reset_starts_over_and_found_functions_follow() {
    let vm = vm(COUNTER);
    let next = vm.function("next").unwrap();
    let old = vm.global("n").unwrap();
    assert_eq!(next.call(&[]).unwrap(), Value::I32(1));
    vm.reset().unwrap();
    assert_eq!(next.call(&[]).unwrap(), Value::I32(1));
    assert_eq!(next.call(&[]).unwrap(), Value::I32(2));
    assert_eq!(old.get().i32(), Some(1), "what was taken out belongs to the old instance");
    assert_eq!(vm.global("n").unwrap().get().i32(), Some(2));
}

#[test]
fn after_closing_everything_says_so_and_handles_stay_safe() {
    let vm = vm(COUNTER);
    let (next, memory, clone) = (vm.function("next").unwrap(), vm.memory("memory").unwrap(), vm.clone());
    vm.close();
    vm.close();
    assert!(clone.is_closed());
    for error in [
        next.call(&[]).unwrap_err(),
        clone.run::<i32>("next", ()).unwrap_err(),
        clone.reset().unwrap_err(),
        clone.start().unwrap_err(),
        clone.memory("memory").unwrap_err(),
        clone.try_instance().unwrap_err(),
    ] {
        assert_error(&error, Kind::Closed, "the Vm has been closed");
    }
    assert_eq!((clone.poisoned(), clone.stdout()), (None, Vec::new()));
    memory.write(0, b"still here").unwrap();
    assert_eq!(next.name(), "next");
}

#[test]
fn limits_hold() {
    let mut limits = Limits::default();
    limits.memory = 3 << 16;
    let vm = Vm::builder().limits(limits).load(module(COUNTER)).unwrap();
    assert_eq!(vm.run::<i32>("grow", (2,)).unwrap(), 1);
    assert_eq!(vm.run::<i32>("grow", (1,)).unwrap(), -1);
}

#[test]
fn calls_from_several_threads_wait_for_one_another() {
    let vm = vm(COUNTER);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let next = vm.function("next").unwrap();
                for _ in 0..1000 {
                    next.call(&[]).unwrap();
                }
            });
        }
    });
    assert_eq!(vm.run::<i32>("next", ()).unwrap(), 4001);
}

#[test]
fn resets_and_closes_from_other_threads_are_safe() {
    for _ in 0..20 {
        let vm = vm(COUNTER);
        let next = vm.function("next").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        match next.call(&[]) {
                            Ok(Value::I32(n)) => assert!(n > 0),
                            Ok(other) => panic!("{other:?}"),
                            Err(error) => return assert_eq!(error.kind(), Kind::Closed),
                        }
                    }
                });
            }
            for _ in 0..5 {
                vm.reset().unwrap();
            }
            vm.close();
        });
    }
}

#[test]
fn host_functions_over_numbers_know_their_vm() {
    let text = r#"(module
      (import "env" "log" (func $log (param i32 f64) (result i64)))
      (func (export "inner") (result i32) (i32.const 5))
      (func (export "outer") (param i32) (result i64) (call $log (local.get 0) (f64.const 0.5))))"#;
    let vm = vm_with(text, |imports| {
        imports.func("env", "log", |call, args| {
            assert_eq!(args[1], Value::F64(0.5));
            assert_eq!(call.signature().to_string(), "log(arg0: i32, arg1: f64) -> i64");
            let inner = call.vm().run::<i64>("inner", ())?;
            Ok(match args[0] {
                Value::I32(n) => Value::I64(inner + i64::from(n)),
                _ => Value::Null,
            })
        });
    });
    assert_eq!(vm.run::<i64>("outer", (37,)).unwrap(), 42);
}

#[test]
fn a_host_function_in_the_place_of_something_else_is_refused() {
    let mut imports = Imports::new();
    imports.func("env", "memory", |_, _| Ok(Value::Null));
    let memory = module(r#"(module (import "env" "memory" (memory 1)))"#);
    let error = Vm::builder().imports(imports).load(&memory).unwrap_err();
    assert_error(
        &error,
        Kind::IncompatibleImport,
        "the import `env.memory` is a memory of 1.. pages, but a host function was given",
    );
}

#[test]
fn a_linker_adds_definitions_and_must_be_of_the_same_engine() {
    let text = module(r#"(module (import "env" "three" (func (result i32))) (export "three" (func 0)))"#);
    let mut linker = Linker::new(&common::engine());
    linker.func_wrap("env", "three", || 3_i32);
    assert_eq!(Vm::builder().linker(linker).load(&text).unwrap().run::<i32>("three", ()).unwrap(), 3);
    let other = Engine::new(&Config::new()).unwrap();
    let error = Vm::builder().linker(Linker::new(&other)).load(&text).unwrap_err();
    assert_error(&error, Kind::WrongStore, "another engine");
    let error = Vm::builder().engine(other).load(&text).unwrap_err();
    assert_error(&error, Kind::WrongStore, "another engine");
}

const COMMAND: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "\48\00\00\00\03\00\00\00hi\0a")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 0)))
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (if (i32.load (i32.const 0)) (then (call $exit (i32.load (i32.const 0)))))))"#;

#[test]
fn a_command_runs_to_its_exit_code() {
    let vm = Vm::builder().wasi(WasiConfig::new().stdout_capture().args(["a", "b"])).load(module(COMMAND)).unwrap();
    assert_eq!(vm.start().unwrap(), 2);
    assert_eq!(vm.stdout(), b"hi\n");
    vm.reset().unwrap();
    assert_eq!(vm.stdout(), b"");
    let sealed = Vm::load(module(COMMAND)).unwrap();
    assert_eq!(sealed.start().unwrap(), 0, "no arguments without a configuration");
    let error = common::vm(COUNTER).start().unwrap_err();
    assert_error(&error, Kind::UnknownExport, "_start");
}

#[test]
fn a_reactor_is_initialised_once_per_instance() {
    let text = r#"(module
      (import "env" "hello" (func $hello))
      (func (export "_initialize") (call $hello)))"#;
    let count = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&count);
    let vm = vm_with(text, move |imports| {
        imports.func("env", "hello", move |call, _| {
            seen.fetch_add(1, SeqCst);
            if seen.load(SeqCst) == 1 {
                let error = call.vm().run::<()>("_initialize", ()).unwrap_err();
                assert_error(&error, Kind::Busy, "still being loaded");
            }
            Ok(Value::Null)
        });
    });
    assert_eq!(count.load(SeqCst), 1);
    vm.reset().unwrap();
    assert_eq!(count.load(SeqCst), 2);
}

#[test]
fn dropping_every_handle_drops_the_host_functions() {
    let text = r#"(module (import "env" "f" (func)) (func (export "g") (call 0)))"#;
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let vm = vm_with(text, move |imports| {
        imports.func("env", "f", move |_, _| {
            let _ = &inside;
            Ok(Value::Null)
        });
    });
    vm.run::<()>("g", ()).unwrap();
    let g = vm.function("g").unwrap();
    drop(vm);
    g.call(&[]).unwrap();
    assert_eq!(Arc::strong_count(&held), 2);
    drop(g);
    assert_eq!(Arc::strong_count(&held), 1);
}
