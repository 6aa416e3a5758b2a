//! Stack overflow is a trap: in guests, through the host, on large and small stacks.

mod support;

use std::thread;

use edge_runtime::{Func, Kind, Limits, Linker, Store};
use support::{instance, module, store};

const RECURSE: &str = r#"(module (func $down (export "down") (param i64) (result i64)
    (i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (i64.const 1))))"#;

/// Goes down `n` calls and comes back.
const COUNT: &str = r#"(module (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
        (then (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
        (else (i32.const 0)))))"#;

fn overflow() {
    let down = instance(RECURSE).func("down").unwrap().typed::<i64, i64>().unwrap();
    for _ in 0..3 {
        let error = down.call(0).unwrap_err();
        assert_eq!(error.kind(), Kind::StackOverflow);
        assert_eq!(error.message(), "call stack exhausted");
        assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("down"));
        assert!(error.backtrace().len() > 10);
    }
    let count = instance(COUNT).func("down").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(count.call(100).unwrap(), 100);
}

#[test]
fn on_the_thread_of_the_test() {
    overflow();
}

#[test]
fn on_a_large_stack() {
    thread::Builder::new().stack_size(64 << 20).spawn(overflow).unwrap().join().unwrap();
}

#[test]
fn on_a_small_stack() {
    // The module is compiled elsewhere: the compiler needs more than this.
    let recurse = instance(RECURSE).func("down").unwrap().typed::<i64, i64>().unwrap();
    let count = instance(COUNT).func("down").unwrap().typed::<i32, i32>().unwrap();
    let small = move || {
        assert_eq!(recurse.call(0).unwrap_err().kind(), Kind::StackOverflow);
        assert_eq!(count.call(100).unwrap(), 100);
    };
    thread::Builder::new().stack_size(128 << 10).spawn(small).unwrap().join().unwrap();
}

#[test]
fn the_limit_is_a_limit() {
    let depth = |stack: usize| {
        let mut limits = Limits::default();
        limits.stack = stack;
        let store = Store::new(&support::engine(), limits);
        let count = edge_runtime::Instance::new(&store, &module(COUNT), &[]).unwrap();
        let count = count.func("down").unwrap().typed::<i32, i32>().unwrap();
        (1..).map(|n| n * 100).take_while(|n| count.call(*n).is_ok()).last().unwrap_or(0)
    };
    let (small, large) = (depth(32 << 10), depth(128 << 10));
    assert!(small > 0 && large > 3 * small && large < 5 * small, "{small} {large}");
}

#[test]
fn through_the_host() {
    let store = store();
    let mut linker = Linker::new(&support::engine());
    linker.func_wrap("host", "again", |caller: edge_runtime::Caller<'_>, depth: i32| {
        let run = caller.instance().unwrap().func("run")?.typed::<i32, i32>()?;
        run.call(depth + 1)
    });
    let text = r#"(module (import "host" "again" (func $again (param i32) (result i32)))
        (func $run (export "run") (param i32) (result i32) (call $again (local.get 0))))"#;
    let run = linker.instantiate(&store, &module(text)).unwrap().func("run").unwrap();
    let run = run.typed::<i32, i32>().unwrap();
    for _ in 0..3 {
        let error = run.call(0).unwrap_err();
        assert_eq!(error.kind(), Kind::StackOverflow, "{error:?}");
        assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("run"));
    }
}

#[test]
fn in_the_host_alone() {
    let store = store();
    let slot = std::sync::Arc::new(std::sync::OnceLock::<Func>::new());
    let inner = std::sync::Arc::clone(&slot);
    let again = Func::wrap(&store, move || inner.get().unwrap().call(&[]).map(|_| ())).unwrap();
    slot.set(again.clone()).unwrap();
    assert_eq!(again.call(&[]).unwrap_err().kind(), Kind::StackOverflow);
}

#[test]
fn between_two_stores() {
    let (a, b) = (store(), store());
    let text = r#"(module (import "host" "other" (func $other)) (func $run (export "run") call $other))"#;
    let link = |store: &Store, other: std::sync::Arc<std::sync::OnceLock<Func>>| {
        let mut linker = Linker::new(&support::engine());
        linker.func_wrap("host", "other", move || other.get().unwrap().call(&[]).map(|_| ()));
        linker.instantiate(store, &module(text)).unwrap().func("run").unwrap()
    };
    let (to_a, to_b) = (std::sync::Arc::default(), std::sync::Arc::<std::sync::OnceLock<Func>>::default());
    let run_a = link(&a, std::sync::Arc::clone(&to_b));
    let run_b = link(&b, std::sync::Arc::clone(&to_a));
    assert!(to_a.set(run_a.clone()).is_ok() && to_b.set(run_b.clone()).is_ok());
    assert_eq!(run_a.call(&[]).unwrap_err().kind(), Kind::StackOverflow);
    assert_eq!(run_b.call(&[]).unwrap_err().kind(), Kind::StackOverflow);
}
