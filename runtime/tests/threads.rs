//! One store, several threads: one at a time inside, others wait or are told.

mod support;

use std::sync::mpsc;
use std::thread;

use edge_runtime::{Caller, Engine, Func, Instance, Kind, Limits, Linker, Memory, Module, Phase, Store, TypedFunc};
use support::{instance, module, store};

#[test]
fn handles_travel() {
    fn travels<T: Clone + Send + Sync + 'static>() {}
    travels::<Engine>();
    travels::<Module>();
    travels::<Store>();
    travels::<Linker>();
    travels::<Instance>();
    travels::<Func>();
    travels::<TypedFunc<(i32, f64), ()>>();
    travels::<Memory>();
}

#[test]
fn another_thread_is_told_that_the_store_is_busy() {
    let store = store();
    let (inside, entered) = mpsc::channel::<()>();
    let (leave, may_leave) = mpsc::channel::<()>();
    let may_leave = std::sync::Mutex::new(may_leave);
    let wait = Func::wrap(&store, move |caller: Caller<'_>| {
        // The thread that is inside goes in and out.
        let _again = caller.store().try_enter().unwrap();
        inside.send(()).unwrap();
        may_leave.lock().unwrap().recv().unwrap();
    });
    let wait = wait.unwrap();
    let runner = thread::spawn(move || wait.call(&[]).unwrap());
    entered.recv().unwrap();
    let error = store.try_enter().map(|_| ()).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::Busy));
    leave.send(()).unwrap();
    runner.join().unwrap();
    drop(store.try_enter().unwrap());
}

#[test]
fn calls_from_many_threads_take_turns() {
    let next = instance(
        r#"(module (global $g (mut i32) (i32.const 0)) (func (export "next") (param i32) (result i32)
            (local $before i32)
            (local.set $before (global.get $g))
            (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (global.set $g (i32.add (local.get $before) (i32.const 1)))
            (global.get $g)))"#,
    );
    let next = next.func("next").unwrap().typed::<i32, i32>().unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let next = next.clone();
            thread::spawn(move || (0..500).for_each(|_| assert!(next.call(100).unwrap() > 0)))
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(next.call(1).unwrap(), 2001);
}

#[test]
fn modules_are_made_and_dropped_on_many_threads() {
    let threads: Vec<_> = (0..8)
        .map(|t| {
            thread::spawn(move || {
                for i in 0..20 {
                    let text = format!(
                        r#"(module (func (export "f") (result i32) (i32.const {i}))
                            (func (export "g") (param {}) unreachable))"#,
                        "i32 ".repeat(t)
                    );
                    let instance = Instance::new(&store(), &module(&text), &[]).unwrap();
                    assert_eq!(instance.func("f").unwrap().call(&[]).unwrap()[0].i32(), Some(i));
                    let args = vec![0_i32.into(); t];
                    assert_eq!(instance.func("g").unwrap().call(&args).unwrap_err().kind(), Kind::Unreachable);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
fn an_instance_moves_between_threads() {
    let store = Store::new(&support::engine(), Limits::default());
    let trap = Instance::new(&store, &module(r#"(module (func (export "f") unreachable))"#), &[]).unwrap();
    for _ in 0..3 {
        let trap = trap.clone();
        let error = thread::spawn(move || trap.func("f").unwrap().call(&[]).unwrap_err()).join().unwrap();
        assert_eq!(error.kind(), Kind::Unreachable);
    }
}
