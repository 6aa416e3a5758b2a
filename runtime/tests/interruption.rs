//! Ending guests from outside, and asking them to look up: cancel, deadline, ticks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use edge_runtime::{
    CallOptions, CancelToken, Config, Engine, Error, Instance, Kind, Limits, Linker, Module, OptLevel, Phase, Result,
    Store, Val, interrupt,
};

/// Every way to make code that changes how it is interrupted.
fn modes() -> [(&'static str, Engine); 4] {
    let engine = |config: &Config| Engine::new(config).unwrap();
    [
        ("optimised", engine(&Config::new())),
        ("fast", engine(&Config::new().opt_level(OptLevel::None))),
        ("explicit polls", engine(&Config::new().signals(false))),
        ("interpreter", engine(&Config::new().interpreter(true))),
    ]
}

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
    for (mode, engine) in modes() {
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
    for (mode, engine) in modes() {
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
    for (mode, engine) in modes() {
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
    for (mode, engine) in modes() {
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

/// Many values of every sort stay in registers over the loop; each iteration changes them in a way that shows when one is lost.
const LIVE: &str = r#"(func (export "live") (param $n i64) (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64) (local $g i64) (local $h i64)
    (local $p f64) (local $q f64) (local $r f64) (local $s f64) (local $t f64) (local $u f64) (local $v f64) (local $w f64)
    (local.set $a (i64.const 1)) (local.set $b (i64.const 2)) (local.set $c (i64.const 3)) (local.set $d (i64.const 5))
    (local.set $e (i64.const 7)) (local.set $f (i64.const 11)) (local.set $g (i64.const 13)) (local.set $h (i64.const 17))
    (local.set $p (f64.const 1)) (local.set $q (f64.const 2)) (local.set $r (f64.const 3)) (local.set $s (f64.const 5))
    (local.set $t (f64.const 7)) (local.set $u (f64.const 11)) (local.set $v (f64.const 13)) (local.set $w (f64.const 17))
    (loop
        (local.set $a (i64.add (i64.mul (local.get $a) (i64.const 31)) (local.get $h)))
        (local.set $b (i64.xor (i64.rotl (local.get $b) (i64.const 7)) (local.get $a)))
        (local.set $c (i64.add (local.get $c) (i64.rotl (local.get $b) (i64.const 3))))
        (local.set $d (i64.xor (local.get $d) (local.get $c)))
        (local.set $e (i64.add (local.get $e) (local.get $d)))
        (local.set $f (i64.sub (local.get $f) (local.get $e)))
        (local.set $g (i64.xor (local.get $g) (i64.rotl (local.get $f) (i64.const 11))))
        (local.set $h (i64.add (local.get $h) (local.get $g)))
        (local.set $p (f64.sub (f64.const 1) (f64.mul (local.get $p) (f64.const 0.75))))
        (local.set $q (f64.add (f64.mul (local.get $q) (f64.const 0.5)) (local.get $p)))
        (local.set $r (f64.add (f64.mul (local.get $r) (f64.const 0.25)) (local.get $q)))
        (local.set $s (f64.add (f64.mul (local.get $s) (f64.const 0.125)) (local.get $r)))
        (local.set $t (f64.add (f64.mul (local.get $t) (f64.const 0.5)) (local.get $s)))
        (local.set $u (f64.add (f64.mul (local.get $u) (f64.const 0.25)) (local.get $t)))
        (local.set $v (f64.add (f64.mul (local.get $v) (f64.const 0.5)) (local.get $u)))
        (local.set $w (f64.add (f64.mul (local.get $w) (f64.const 0.125)) (local.get $v)))
        (local.set $n (i64.sub (local.get $n) (i64.const 1)))
        (br_if 0 (i64.ne (local.get $n) (i64.const 0))))
    (i64.xor (i64.xor (i64.xor (local.get $a) (local.get $b)) (i64.xor (local.get $c) (local.get $d)))
        (i64.xor (i64.xor (i64.xor (local.get $e) (local.get $f)) (i64.xor (local.get $g) (local.get $h)))
            (i64.xor (i64.xor (i64.xor (i64.reinterpret_f64 (local.get $p)) (i64.reinterpret_f64 (local.get $q)))
                              (i64.xor (i64.reinterpret_f64 (local.get $r)) (i64.reinterpret_f64 (local.get $s))))
                     (i64.xor (i64.xor (i64.reinterpret_f64 (local.get $t)) (i64.reinterpret_f64 (local.get $u)))
                              (i64.xor (i64.reinterpret_f64 (local.get $v)) (i64.reinterpret_f64 (local.get $w))))))))"#;

/// Calls `live` and gives its result.
fn live(instance: &Instance, n: i64) -> i64 {
    instance.func("live").unwrap().call(&[Val::I64(n)]).unwrap()[0].i64().unwrap()
}

#[test]
fn a_guest_that_is_interrupted_and_goes_on_loses_nothing() {
    for (mode, engine) in modes() {
        let instance = instance(&engine, Limits::default(), LIVE, || {});
        let expected = live(&instance, 3_000_000);
        // A second store, cancelled over and over while it is in no call of its own: each time the thread looks up in vain.
        let ticks = Rc::new(Cell::new(0));
        let count = Rc::clone(&ticks);
        interrupt::set_tick(Some(Rc::new(move || {
            count.set(count.get() + 1);
            Ok(())
        })))
        .unwrap();
        while ticks.get() < 5 {
            assert_eq!(live(&instance, 3_000_000), expected, "{mode}");
        }
        interrupt::set_tick(None).unwrap();
    }
}

#[test]
fn a_hook_ends_the_guest_with_its_error() {
    for (mode, engine) in modes() {
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
    for (mode, engine) in modes() {
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
