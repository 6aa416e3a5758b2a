//! Host functions: typed, untyped, failing, panicking, calling back.

mod support;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use edge_runtime::{BoxError, Caller, Error, Extern, Func, FuncType, Kind, Linker, Phase, Trap, Val, ValType};
use support::{linked, module, store, with_imports};

#[test]
fn typed() {
    let text = r#"(module
        (import "host" "mix" (func $mix (param i32 i64 f32 f64) (result f64)))
        (func (export "run") (result f64) (call $mix (i32.const -1) (i64.const 2) (f32.const 0.5) (f64.const 0.25))))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "mix", |a: i32, b: u64, c: f32, d: f64| f64::from(a) + b as f64 + f64::from(c) + d);
    });
    let run = instance.unwrap().func("run").unwrap().typed::<(), f64>().unwrap();
    assert_eq!(run.call(()).unwrap(), 1.75);
}

#[test]
fn typed_with_several_results() {
    let text = r#"(module
        (import "host" "split" (func $split (param i64) (result i32 i32)))
        (func (export "run") (param i64) (result i32 i32) (call $split (local.get 0))))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "split", |v: u64| ((v >> 32) as u32, v as u32));
    });
    let run = instance.unwrap().func("run").unwrap().typed::<u64, (u32, u32)>().unwrap();
    assert_eq!(run.call(0x1234_5678_9abc_def0).unwrap(), (0x1234_5678, 0x9abc_def0));
}

#[test]
fn untyped() {
    let text = r#"(module
        (import "host" "sum" (func $sum (param i32 i64) (result i64)))
        (func (export "run") (param i32 i64) (result i64) (call $sum (local.get 0) (local.get 1))))"#;
    let instance = linked(text, |linker| {
        let ty = FuncType::new([ValType::I32, ValType::I64], [ValType::I64]);
        linker.func("host", "sum", ty, |_, args, results| {
            results[0] = Val::I64(i64::from(args[0].i32().unwrap()) + args[1].i64().unwrap());
            Ok(())
        });
    });
    let run = instance.unwrap().func("run").unwrap();
    assert_eq!(run.call(&[Val::I32(-2), Val::I64(44)]).unwrap()[0].i64(), Some(42));
}

#[test]
fn an_untyped_result_of_another_type_is_refused() {
    let store = store();
    let ty = FuncType::new([], [ValType::I32]);
    let wrong = Func::new(&store, ty, |_, _, results| {
        results[0] = Val::I64(1);
        Ok(())
    });
    let error = wrong.unwrap().call(&[]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Host, Kind::ResultType));
    assert_eq!(error.message(), "result 1 of the host function has to be i32 and is i64");
}

#[derive(Debug)]
struct Custom(u32);

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "custom failure {}", self.0)
    }
}

impl std::error::Error for Custom {}

const CALLS_FAIL: &str = r#"(module
    (import "host" "fail" (func $fail))
    (func $inner call $fail)
    (func $run (export "run") call $inner))"#;

#[test]
fn an_error_ends_the_guest_and_keeps_its_cause() {
    let instance = linked(CALLS_FAIL, |linker| {
        linker.func_wrap("host", "fail", || Err::<(), _>(Custom(7)));
    });
    let error = instance.unwrap().func("run").unwrap().call(&[]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Host, Kind::HostError));
    assert_eq!(error.message(), "custom failure 7");
    assert_eq!(error.cause().unwrap().downcast_ref::<Custom>().unwrap().0, 7);
    let names: Vec<_> = error.backtrace().iter().map(|f| f.func_name.as_deref().unwrap()).collect();
    assert_eq!(names, ["inner", "run"]);
}

#[test]
fn an_error_of_ours_goes_through_unchanged() {
    let instance = linked(CALLS_FAIL, |linker| {
        linker.func_wrap("host", "fail", || Err::<(), _>(Error::exit(3)));
    });
    let error = instance.unwrap().func("run").unwrap().call(&[]).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (Kind::GuestExit, Some(3)));
    assert_eq!(error.backtrace().len(), 2);
}

#[test]
fn a_panic_becomes_an_error() {
    let instance = linked(CALLS_FAIL, |linker| {
        linker.func_wrap("host", "fail", || -> () { panic!("on {}", "purpose") });
    });
    let run = instance.unwrap().func("run").unwrap();
    for _ in 0..2 {
        let error = run.call(&[]).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Host, Kind::HostPanic));
        assert_eq!(error.message(), "a host function panicked: on purpose");
        assert_eq!(error.backtrace().len(), 2);
    }
}

#[test]
fn a_panic_without_a_guest_becomes_an_error_too() {
    let panics = Func::wrap(&store(), || -> () { panic!("alone") }).unwrap();
    for _ in 0..2 {
        assert_eq!(panics.call(&[]).unwrap_err().kind(), Kind::HostPanic);
    }
}

#[test]
fn the_caller_is_known() {
    let text = r#"(module
        (import "host" "look" (func $look (param i32) (result i32)))
        (memory $hidden 1)
        (data (i32.const 8) "\2a")
        (global (export "answer") i32 (i32.const 1))
        (func (export "run") (param i32) (result i32) (call $look (local.get 0))))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "look", |caller: Caller<'_>, at: u32| -> Result<u32, BoxError> {
            let memory = caller.memory(0).ok_or("no memory")?;
            let mut byte = [0];
            memory.read(at.into(), &mut byte)?;
            assert!(caller.memory(1).is_none());
            assert!(matches!(caller.export("answer"), Some(Extern::Global(_))));
            assert!(caller.export("nothing").is_none());
            assert!(caller.instance().is_some_and(|i| i.store().same(caller.store())));
            Ok(byte[0].into())
        });
    });
    let run = instance.unwrap().func("run").unwrap().typed::<u32, u32>().unwrap();
    assert_eq!(run.call(8).unwrap(), 42);
    let error = run.call(65_536).unwrap_err();
    assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
    assert_eq!(error.message(), "1 bytes at 65536 are not within the memory of 65536 bytes");
}

#[test]
fn without_a_guest_there_is_no_caller() {
    let alone = Func::wrap(&store(), |caller: Caller<'_>| {
        i32::from(caller.instance().is_none() && caller.memory(0).is_none() && caller.export("x").is_none())
    });
    assert_eq!(alone.unwrap().typed::<(), i32>().unwrap().call(()).unwrap(), 1);
}

#[test]
fn calling_back_into_the_guest() {
    let text = r#"(module
        (import "host" "twice" (func $twice (param i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "add_one") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "grow") (drop (memory.grow (i32.const 1))))
        (func (export "run") (param i32) (result i32)
            (i32.add (call $twice (local.get 0)) (i32.mul (memory.size) (i32.const 1000)))))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "twice", |caller: Caller<'_>, v: i32| -> Result<i32, Error> {
            let instance = caller.instance().expect("a guest called");
            let add = instance.func("add_one")?.typed::<i32, i32>()?;
            instance.func("grow")?.call(&[])?;
            add.call(add.call(v)?)
        });
    });
    let run = instance.unwrap().func("run").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(run.call(5).unwrap(), 2007);
}

#[test]
fn a_trap_inside_of_a_host_call_can_be_handled_by_the_host() {
    let text = r#"(module
        (import "host" "try" (func $try (result i32)))
        (func $boom (export "boom") unreachable)
        (func $run (export "run") (result i32) (i32.add (call $try) (call $try))))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "try", |caller: Caller<'_>| -> Result<i32, Error> {
            let error = caller.instance().expect("a guest called").func("boom")?.call(&[]).unwrap_err();
            let names: Vec<_> = error.backtrace().iter().map(|f| f.func_name.clone().unwrap()).collect();
            assert_eq!(names, ["boom", "run"]);
            assert_eq!(error.kind(), Kind::Unreachable);
            Ok(21)
        });
    });
    let run = instance.unwrap().func("run").unwrap().typed::<(), i32>().unwrap();
    for _ in 0..3 {
        assert_eq!(run.call(()).unwrap(), 42);
    }
}

#[test]
fn a_trap_inside_of_a_host_call_ends_the_outer_guest_too() {
    let text = r#"(module
        (import "host" "pass" (func $pass))
        (func $boom (export "boom") (drop (i32.div_u (i32.const 1) (i32.const 0))))
        (func $run (export "run") call $pass))"#;
    let instance = linked(text, |linker| {
        linker.func_wrap("host", "pass", |caller: Caller<'_>| -> Result<(), Error> {
            caller.instance().expect("a guest called").func("boom")?.call(&[]).map(|_| ())
        });
    });
    let error = instance.unwrap().func("run").unwrap().call(&[]).unwrap_err();
    assert_eq!(error.kind(), Kind::IntegerDivideByZero);
    assert_eq!(error.message(), Trap::IntegerDivideByZero.describe().1);
    let names: Vec<_> = error.backtrace().iter().map(|f| f.func_name.as_deref().unwrap()).collect();
    assert_eq!(names, ["boom", "run"]);
}

#[test]
fn in_a_table() {
    let store = store();
    let double = Func::wrap(&store, |v: i32| v * 2).unwrap();
    let text = r#"(module
        (import "host" "double" (func $double (param i32) (result i32)))
        (type $t (func (param i32) (result i32)))
        (table funcref (elem $double))
        (export "again" (func $double))
        (func (export "run") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))"#;
    let instance = with_imports(&store, text, &[double.into()]).unwrap();
    assert_eq!(instance.func("run").unwrap().call(&[Val::I32(4)]).unwrap()[0].i32(), Some(8));
    assert_eq!(instance.func("again").unwrap().call(&[Val::I32(5)]).unwrap()[0].i32(), Some(10));
}

#[test]
fn closures_are_dropped_with_store_and_linker() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let counted = Counted(Arc::clone(&drops));
    let mut linker = Linker::new(&support::engine());
    linker.func_wrap("host", "fail", move || {
        let _ = &counted;
    });
    let run = linker.instantiate(&store(), &module(CALLS_FAIL)).unwrap().func("run").unwrap();
    drop(linker);
    run.call(&[]).unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(run);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}
