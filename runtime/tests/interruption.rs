//! Ending guests from outside, and asking them to look up: cancel, deadline, ticks.

mod mode;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use edge_runtime::{
    CallOptions, CancelToken, Engine, Error, Instance, Kind, Limits, Linker, Module, Phase, Result, Store, interrupt,
};

/// Guests that never end by themselves, or not in this century. Each says `started` before.
const ENDLESS: &[(&str, &str)] = &[
    ("an empty loop", "(func (export \"run\") (call $started) (loop (br 0)))"),
    (
        "a loop that is left only by a condition that never holds",
        "(func (export \"run\") (local i64) (call $started)
            (loop (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br_if 0 (i64.ne (local.get 0) (i64.const 0)))))",
    ),
    (
        "a tree of calls without loops",
        "(func $fib (param i64) (result i64)
            (if (result i64) (i64.lt_s (local.get 0) (i64.const 2)) (then (local.get 0))
                (else (i64.add (call $fib (i64.sub (local.get 0) (i64.const 1)))
                               (call $fib (i64.sub (local.get 0) (i64.const 2)))))))
         (func (export \"run\") (call $started) (drop (call $fib (i64.const 90))))",
    ),
    (
        "a tree of indirect calls without loops",
        "(table 1 1 funcref) (elem (i32.const 0) $twice) (type $t (func (param i64)))
         (func $twice (type $t) (if (i64.ne (local.get 0) (i64.const 0)) (then
            (call_indirect (type $t) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0))
            (call_indirect (type $t) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))))
         (func (export \"run\") (call $started) (call_indirect (type $t) (i64.const 90) (i32.const 0)))",
    ),
    ("a loop of calls of a host function", "(func (export \"run\") (call $started) (loop (call $nothing) (br 0)))"),
    (
        "a loop of short bulk operations",
        "(func (export \"run\") (call $started)
            (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))",
    ),
];

fn instance(engine: &Engine, limits: Limits, text: &str, started: impl Fn() + Send + Sync + 'static) -> Instance {
    let text = format!(
        r#"(module (import "host" "started" (func $started)) (import "host" "nothing" (func $nothing))
            (memory 1) (func (export "answer") (result i32) (i32.const 42)) {text})"#
    );
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "started", started);
    linker.func_wrap("host", "nothing", || {});
    let module = Module::from_text(engine, &text).unwrap_or_else(|e| panic!("{e:?}"));
    linker.instantiate(&Store::new(engine, limits), &module).unwrap_or_else(|e| panic!("{e:?}"))
}

/// Calls `run` and lets another thread do `stop` once the guest runs; the error. The instance works afterwards.
fn stopped(
    instance: &Instance,
    running: &mpsc::Receiver<()>,
    stop: impl FnOnce() + Send,
    call: impl FnOnce() -> Result<()>,
) -> Error {
    while running.try_recv().is_ok() {}
    thread::scope(|scope| {
        // Receivers are not shared: the thread of the test gives its own to the other for as long as it is in the guest.
        struct Lent<'a>(&'a mpsc::Receiver<()>);
        // SAFETY: nobody else uses it meanwhile.
        unsafe impl Send for Lent<'_> {}
        let lent = Lent(running);
        scope.spawn(move || {
            let lent = lent;
            lent.0.recv().unwrap();
            stop();
        });
        let error = call().unwrap_err();
        let answer = instance.func("answer").unwrap().call(&[]).unwrap();
        assert_eq!(answer[0].i32(), Some(42), "the instance works on");
        error
    })
}

fn run(instance: &Instance) -> Result<()> {
    instance.func("run").unwrap().call(&[]).map(drop)
}

#[test]
fn a_token_ends_whatever_runs() {
    for (mode, engine) in mode::engines() {
        for (what, text) in ENDLESS {
            let (started, running) = mpsc::channel();
            let instance = instance(&engine, Limits::default(), text, move || started.send(()).unwrap());
            let token = CancelToken::new();
            let options = CallOptions::new().cancel(&token);
            let error = stopped(
                &instance,
                &running,
                || token.cancel(),
                || instance.store().with_options(&options, || run(&instance)),
            );
            assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::Cancelled), "{mode}, {what}: {error:?}");
            assert!(!error.backtrace().is_empty(), "{mode}, {what}");
        }
    }
}

#[test]
fn a_store_ends_the_call_that_it_serves() {
    for (mode, engine) in mode::engines() {
        for (what, text) in ENDLESS {
            let (started, running) = mpsc::channel();
            let instance = instance(&engine, Limits::default(), text, move || started.send(()).unwrap());
            let store = instance.store().clone();
            assert!(!store.cancel(), "{mode}, {what}: no call is served");
            let error = stopped(&instance, &running, || assert!(store.cancel()), || run(&instance));
            assert_eq!(error.kind(), Kind::Cancelled, "{mode}, {what}: {error:?}");
            assert!(!store.cancel(), "{mode}, {what}: the call has ended");
        }
    }
}

#[test]
fn a_deadline_ends_whatever_runs() {
    for (mode, engine) in mode::engines() {
        for (what, text) in ENDLESS {
            let instance = instance(&engine, Limits::default(), text, || {});
            let options = CallOptions::new().deadline(Duration::from_millis(3));
            let error = instance.store().with_options(&options, || run(&instance)).unwrap_err();
            assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::DeadlineExceeded), "{mode}, {what}");
        }
    }
}

#[test]
fn a_store_s_limit_is_a_deadline_of_each_call() {
    for (mode, engine) in mode::engines() {
        let mut limits = Limits::default();
        limits.deadline = Some(Duration::from_millis(3));
        let instance = instance(&engine, limits, ENDLESS[0].1, || {});
        for _ in 0..3 {
            assert_eq!(run(&instance).unwrap_err().kind(), Kind::DeadlineExceeded, "{mode}");
        }
    }
}

#[test]
fn what_is_over_before_it_begins_does_not_run() {
    let engine = Engine::default();
    let store = Store::new(&engine, Limits::default());
    let token = CancelToken::new();
    token.cancel();
    assert!(token.is_cancelled());
    let not_run = || -> Result<()> { panic!("it ran") };
    let cancelled = store.with_options(&CallOptions::new().cancel(&token), not_run).unwrap_err();
    assert_eq!(cancelled.kind(), Kind::Cancelled);
    let late = store.with_options(&CallOptions::new().deadline(Duration::ZERO), not_run).unwrap_err();
    assert_eq!(late.kind(), Kind::DeadlineExceeded);
    let forever = CallOptions::new().deadline(Duration::MAX);
    assert_eq!(store.with_options(&forever, || Ok(1)).unwrap(), 1);
}

#[test]
fn a_hook_that_returns_lets_the_guest_go_on() {
    for (mode, engine) in mode::engines() {
        let text = "(global $left (mut i32) (i32.const 3)) (func (export \"tick\") (global.set $left (i32.sub (global.get $left) (i32.const 1))))
            (func (export \"run\") (loop (br_if 0 (global.get $left))))";
        let instance = instance(&engine, Limits::default(), text, || {});
        let (guest, ticks) = (instance.clone(), Rc::new(Cell::new(0)));
        let count = Rc::clone(&ticks);
        let hook = move || {
            count.set(count.get() + 1);
            guest.func("tick")?.call(&[]).map(drop)
        };
        interrupt::set_tick(Some(Rc::new(hook))).unwrap();
        let outcome = run(&instance);
        interrupt::set_tick(None).unwrap();
        outcome.unwrap_or_else(|e| panic!("{mode}: {e:?}"));
        assert_eq!(ticks.get(), 3, "{mode}");
    }
}

#[test]
fn a_hook_ends_the_guest_with_its_error() {
    for (mode, engine) in mode::engines() {
        let instance = instance(&engine, Limits::default(), ENDLESS[0].1, || {});
        let hook = || Err(Error::new(Phase::Host, Kind::HostError, "the hook has had enough"));
        interrupt::set_tick(Some(Rc::new(hook))).unwrap();
        let error = run(&instance).unwrap_err();
        interrupt::set_tick(None).unwrap();
        assert_eq!((error.kind(), error.message()), (Kind::HostError, "the hook has had enough"), "{mode}");
    }
}

#[test]
fn a_hook_that_panics_ends_the_guest() {
    let instance = instance(&Engine::default(), Limits::default(), ENDLESS[0].1, || {});
    interrupt::set_tick(Some(Rc::new(|| panic!("in the hook")))).unwrap();
    let error = run(&instance).unwrap_err();
    interrupt::set_tick(None).unwrap();
    assert_eq!(error.kind(), Kind::HostPanic);
    assert!(error.message().contains("in the hook"));
}

#[test]
fn a_hook_may_call_the_guest_that_it_interrupts() {
    for (mode, engine) in mode::engines() {
        let text = "(global $stop (mut i32) (i32.const 0))
            (func (export \"stop\") (global.set $stop (i32.const 1)))
            (func (export \"trap\") unreachable)
            (func (export \"run\") (loop (br_if 0 (i32.eqz (global.get $stop)))))";
        let instance = instance(&engine, Limits::default(), text, || {});
        let seen = Rc::new(RefCell::new(Vec::new()));
        let (inner, log) = (instance.clone(), Rc::clone(&seen));
        let hook = move || {
            log.borrow_mut().push(inner.func("trap")?.call(&[]).unwrap_err());
            inner.func("stop")?.call(&[]).map(drop)
        };
        interrupt::set_tick(Some(Rc::new(hook))).unwrap();
        let outcome = run(&instance);
        interrupt::set_tick(None).unwrap();
        outcome.unwrap_or_else(|e| panic!("{mode}: {e:?}"));
        let seen = seen.borrow();
        assert_eq!(seen[0].kind(), Kind::Unreachable, "{mode}");
        assert_eq!(seen[0].backtrace().len(), 2, "{mode}: the guest that was interrupted stands below: {:?}", seen[0]);
    }
}

/// Bulk operations over all of a memory of 4 GiB and a large table, on and on.
#[test]
fn bulk_operations_end_between_pieces() {
    let operations = [
        ("fill", "(memory.fill (i32.const 0) (i32.const 7) (i32.const -1))"),
        ("copy", "(memory.copy (i32.const 1) (i32.const 0) (i32.const -2))"),
        ("table fill", "(table.fill (i32.const 0) (ref.null func) (i32.const 9000000))"),
        ("table copy", "(table.copy (i32.const 1) (i32.const 0) (i32.const 8999999))"),
    ];
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let (started, running) = mpsc::channel();
    linker.func_wrap("host", "started", move || started.send(()).unwrap());
    for (what, operation) in operations {
        let text = format!(
            "(module (import \"host\" \"started\" (func $started)) (memory 65536) (table 9000000 funcref)
                (func (export \"answer\") (result i32) (i32.const 42))
                (func (export \"run\") (call $started) {operation} (loop (br 0))))"
        );
        let mut limits = Limits::default();
        limits.memory = 1 << 32;
        let module = Module::from_text(&engine, &text).unwrap();
        let instance = linker.instantiate(&Store::new(&engine, limits), &module).unwrap();
        let store = instance.store().clone();
        let error = stopped(&instance, &running, || assert!(store.cancel()), || run(&instance));
        assert_eq!(error.kind(), Kind::Cancelled, "{what}");
    }
}

#[test]
fn an_inner_scope_that_ends_leaves_the_outer_alone() {
    for (mode, engine) in mode::engines() {
        let (store, linker) = nest(&engine, |inner, store| {
            let options = CallOptions::new().deadline(Duration::from_millis(1));
            let error = store.with_options(&options, || run(inner)).unwrap_err();
            assert_eq!(error.kind(), Kind::DeadlineExceeded);
        });
        let text = "(module (import \"host\" \"nested\" (func $nested))
            (func (export \"run\") (result i32) (local $i i32)
                (call $nested)
                (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (i32.const 1000))))
                (local.get $i)))";
        let outer = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
        let result = outer.func("run").unwrap().call(&[]).unwrap_or_else(|e| panic!("{mode}: {e:?}"));
        assert_eq!(result[0].i32(), Some(1000), "{mode}");
    }
}

#[test]
fn a_host_function_that_swallows_the_error_does_not_keep_the_guest_alive() {
    for (mode, engine) in mode::engines() {
        let (store, linker) = nest(&engine, |inner, _| {
            assert_eq!(run(inner).unwrap_err().kind(), Kind::DeadlineExceeded);
            // The time is over for whatever it tries next.
            assert_eq!(run(inner).unwrap_err().kind(), Kind::DeadlineExceeded);
        });
        let text =
            "(module (import \"host\" \"nested\" (func $nested)) (func (export \"run\") (call $nested) (loop (br 0))))";
        let outer = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
        let options = CallOptions::new().deadline(Duration::from_millis(1));
        let error = store.with_options(&options, || run(&outer)).unwrap_err();
        assert_eq!(error.kind(), Kind::DeadlineExceeded, "{mode}");
    }
}

/// A store with a linker whose host function `nested` does `f` with an endless instance in the same store.
fn nest(engine: &Engine, f: impl Fn(&Instance, &Store) + Send + Sync + 'static) -> (Store, Linker) {
    let store = Store::new(engine, Limits::default());
    let endless = Module::from_text(engine, "(module (func (export \"run\") (loop (br 0))))").unwrap();
    let inner = Linker::new(engine).instantiate(&store, &endless).unwrap();
    let (own, mut linker) = (store.clone(), Linker::new(engine));
    linker.func_wrap("host", "nested", move || f(&inner, &own));
    (store, linker)
}

#[test]
fn cancelling_at_any_moment_ends_one_call_or_none() {
    for (mode, engine) in mode::engines() {
        let text = "(func (export \"count\") (param i32) (result i32) (local $i i32)
            (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (local.get 0))))
            (local.get $i))";
        let instance = instance(&engine, Limits::default(), text, || {});
        let count = instance.func("count").unwrap().typed::<i32, i32>().unwrap();
        let store = instance.store().clone();
        let done = std::sync::atomic::AtomicBool::new(false);
        let (mut ended, mut cancelled) = (0, 0);
        thread::scope(|scope| {
            let hammer = scope.spawn(|| {
                let (mut hits, mut gap) = (0_u32, 1_u32);
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    hits += u32::from(store.cancel());
                    // Another time for each call, so that all of it is hit.
                    gap = gap.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (0..gap >> 19).for_each(|_| std::hint::spin_loop());
                }
                hits
            });
            while cancelled < 50 || ended < 50 {
                match count.call(3000) {
                    Ok(result) => {
                        assert_eq!(result, 3000, "{mode}");
                        ended += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), Kind::Cancelled, "{mode}: {error:?}");
                        cancelled += 1;
                    }
                }
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(hammer.join().unwrap() >= cancelled, "{mode}: nothing ends without having been cancelled");
        });
        assert_eq!(count.call(5).unwrap(), 5, "{mode}");
    }
}

#[test]
fn one_token_ends_calls_of_many_threads() {
    let engine = Engine::default();
    let token = CancelToken::new();
    let (started, running) = mpsc::channel();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let (started, token, engine) = (started.clone(), token.clone(), engine.clone());
                scope.spawn(move || {
                    let instance =
                        instance(&engine, Limits::default(), ENDLESS[0].1, move || started.send(()).unwrap());
                    let options = CallOptions::new().cancel(&token);
                    instance.store().with_options(&options, || run(&instance)).unwrap_err().kind()
                })
            })
            .collect();
        calls.iter().for_each(|_| running.recv().unwrap());
        token.cancel();
        for call in calls {
            assert_eq!(call.join().unwrap(), Kind::Cancelled);
        }
    });
}

#[test]
fn a_store_that_moves_between_threads_is_found_where_it_runs() {
    let (started, running) = mpsc::channel();
    let instance = instance(&Engine::default(), Limits::default(), ENDLESS[0].1, move || started.send(()).unwrap());
    for _ in 0..20 {
        thread::scope(|scope| {
            let call = scope.spawn(|| run(&instance).unwrap_err().kind());
            running.recv().unwrap();
            assert!(instance.store().cancel());
            assert_eq!(call.join().unwrap(), Kind::Cancelled);
        });
    }
}

#[test]
fn the_child_of_a_fork_watches_deadlines_itself() {
    let engine = Engine::default();
    let (started, running) = mpsc::channel();
    let busy = instance(&engine, Limits::default(), ENDLESS[0].1, move || started.send(()).unwrap());
    let mine = instance(&engine, Limits::default(), ENDLESS[0].1, || {});
    let options = CallOptions::new().deadline(Duration::from_millis(1));
    let forever = CallOptions::new().deadline(Duration::from_secs(3600));
    thread::scope(|scope| {
        // The watchdog runs, and another thread is in a guest, when the process is copied.
        let call = scope.spawn(|| busy.store().with_options(&forever, || run(&busy)).unwrap_err().kind());
        running.recv().unwrap();
        // SAFETY: the child calls one guest and ends without returning into the test.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let ended = mine.store().with_options(&options, || run(&mine));
            let right = ended.is_err_and(|error| error.kind() == Kind::DeadlineExceeded);
            // SAFETY: always allowed.
            unsafe { libc::_exit(if right { 0 } else { 1 }) };
        }
        let mut status = -1;
        // SAFETY: waits for the child that was just made.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child's call ended at its deadline");
        assert!(busy.store().cancel());
        assert_eq!(call.join().unwrap(), Kind::Cancelled);
    });
}

/// Guests that wait for the host for ever.
const WAITING: &[(&str, &str)] = &[
    (
        "a sleep of an hour",
        "(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
         (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))",
    ),
    (
        "a pipe that nobody writes to",
        "(drop (call $open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0)
            (i32.const 0) (i32.const 512)))
         (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 16))
         (drop (call $read (i32.load (i32.const 512)) (i32.const 0) (i32.const 1) (i32.const 516)))",
    ),
    (
        "a pipe that nobody reads",
        "(drop (call $open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const 4) (i32.const 0) (i64.const 64) (i64.const 0)
            (i32.const 0) (i32.const 512)))",
    ),
];

fn waiting(body: &str) -> (tempfile::TempDir, edge_runtime::Vm) {
    let directory = tempfile::tempdir().unwrap();
    let pipe = std::ffi::CString::new(directory.path().join("pipe").to_str().unwrap()).unwrap();
    // SAFETY: a path that ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "path_open"
                (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 256) "pipe")
            (func (export "run") {body}) (func (export "answer") (result i32) (i32.const 42)))"#
    );
    let wasi = edge_runtime::WasiConfig::new().dir(directory.path(), "/");
    let module = Module::from_text(&Engine::default(), &text).unwrap();
    let vm = edge_runtime::Vm::builder().wasi(wasi).load(module).unwrap();
    (directory, vm)
}

#[test]
fn waiting_for_the_host_ends_at_a_deadline_and_by_a_token() {
    for (what, body) in WAITING {
        let (_directory, vm) = waiting(body);
        let options = CallOptions::new().deadline(Duration::from_millis(2));
        let error = vm.run_with::<()>(&options, "run", ()).unwrap_err();
        assert_eq!(error.kind(), Kind::DeadlineExceeded, "{what}: {error:?}");
        let token = CancelToken::new();
        thread::scope(|scope| {
            scope.spawn(|| token.cancel());
            let error = vm.run_with::<()>(&CallOptions::new().cancel(&token), "run", ()).unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled, "{what}: {error:?}");
        });
        assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42, "{what}");
    }
}

#[test]
fn hooks_run_while_a_guest_waits_for_the_host() {
    for (what, body) in WAITING {
        let (_directory, vm) = waiting(body);
        let ticks = Rc::new(Cell::new(0));
        let count = Rc::clone(&ticks);
        let hook = move || {
            count.set(count.get() + 1);
            if count.get() < 3 {
                Ok(())
            } else {
                Err(Error::new(Phase::Host, Kind::HostError, "three times is enough"))
            }
        };
        interrupt::set_tick(Some(Rc::new(hook))).unwrap();
        let error = vm.run::<()>("run", ()).unwrap_err();
        interrupt::set_tick(None).unwrap();
        assert_eq!((error.kind(), error.message()), (Kind::HostError, "three times is enough"), "{what}");
        assert_eq!(ticks.get(), 3, "{what}");
    }
}
