//! One store, several threads: one at a time inside, others wait or are told.

mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::interrupt::set_tick;
use edge_runtime::{
    CallOptions, Caller, CancelToken, Config, Engine, Error, Func, Instance, Kind, Limits, Linker, Memory, Module,
    Phase, Pool, Store, TypedFunc, Val, Vm,
};
use support::{instance, mode, module, store};

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

/// A thread that is inside of a call into `store` until it is told to leave.
struct Holder {
    leave: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Holder {
    /// Returns once the thread is inside.
    fn new(store: &Store) -> Self {
        let (inside, entered) = mpsc::channel();
        let (leave, may_leave) = mpsc::channel();
        let may_leave = Mutex::new(may_leave);
        let wait = Func::wrap(store, move || {
            inside.send(()).unwrap();
            may_leave.lock().unwrap().recv().unwrap();
        });
        let wait = wait.unwrap();
        let thread = thread::spawn(move || drop(wait.call(&[]).unwrap()));
        entered.recv().unwrap();
        Self { leave, thread }
    }

    fn leave(self) {
        self.leave.send(()).unwrap();
        self.thread.join().unwrap();
    }
}

/// Calls `f` when this thread has waited for some time.
fn while_waiting(f: impl Fn() -> Result<(), Error> + 'static) -> Hooked {
    set_tick(Some(Rc::new(f))).unwrap();
    Hooked
}

struct Hooked;

impl Drop for Hooked {
    fn drop(&mut self) {
        set_tick(None).unwrap();
    }
}

const SEVEN: &str = r#"(module (memory (export "memory") 1) (table (export "table") 1 funcref)
    (global (export "global") (mut i32) (i32.const 0))
    (func (export "seven") (result i32) (i32.const 7)))"#;

/// Something that may have to wait and can fail, and its name.
type Wait = (&'static str, Box<dyn Fn() -> Result<(), Error>>);

fn waits(instance: &Instance) -> Vec<Wait> {
    let (store, seven) = (instance.store().clone(), instance.func("seven").unwrap());
    let (memory, table) = (instance.memory("memory").unwrap(), instance.table("table").unwrap());
    let (global, typed) = (instance.global("global").unwrap(), seven.typed::<(), i32>().unwrap());
    let module = module(SEVEN);
    let (in_memory, in_table) = (memory.clone(), table.clone());
    let new = store.clone();
    vec![
        ("call", Box::new(move || seven.call(&[]).map(drop))),
        ("typed", Box::new(move || typed.call(()).map(drop))),
        ("instance", Box::new(move || Instance::new(&store, &module, &[]).map(drop))),
        ("func", Box::new(move || Func::wrap(&new, || ()).map(drop))),
        ("read", Box::new(move || memory.read(0, &mut [0]))),
        ("grow", Box::new(move || in_memory.grow(0).map(drop))),
        ("set", Box::new(move || table.set(0, Val::FuncRef(None)))),
        ("get", Box::new(move || in_table.get(0).map(drop))),
        ("global", Box::new(move || global.set(Val::I32(1)))),
    ]
}

#[test]
fn a_deadline_holds_while_a_call_waits_for_its_turn() {
    let instance = instance(SEVEN);
    let store = instance.store();
    let holder = Holder::new(store);
    let options = CallOptions::new().deadline(Duration::from_millis(20));
    for (name, wait) in waits(&instance) {
        let began = Instant::now();
        let error = store.with_options(&options, wait).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::DeadlineExceeded), "{name}");
        assert!(began.elapsed() >= Duration::from_millis(20), "{name}");
    }
    holder.leave();
    for (name, wait) in waits(&instance) {
        let unhurried = CallOptions::new().deadline(Duration::from_secs(600));
        store.with_options(&unhurried, wait).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[test]
fn a_token_that_is_cancelled_ends_the_wait() {
    let instance = instance(SEVEN);
    let store = instance.store();
    let holder = Holder::new(store);
    for (name, wait) in waits(&instance) {
        let token = CancelToken::new();
        let waiting = token.clone();
        let _hooked = while_waiting(move || {
            // From another thread, as it usually is.
            let token = waiting.clone();
            thread::spawn(move || token.cancel()).join().unwrap();
            Ok(())
        });
        let error = store.with_options(&CallOptions::new().cancel(&token), wait).unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled, "{name}");
    }
    holder.leave();
}

#[test]
fn the_tick_hook_runs_while_a_call_waits_and_may_end_the_wait() {
    let instance = instance(SEVEN);
    let holder = Holder::new(instance.store());
    let seven = instance.func("seven").unwrap();
    let hooked = while_waiting(|| Err(Error::new(Phase::Host, Kind::HostError, "Ctrl-C")));
    assert_eq!(seven.call(&[]).unwrap_err().message(), "Ctrl-C");
    drop(hooked);
    // One that goes on lets the call have its turn in the end.
    let (ticked, waiting) = mpsc::channel();
    let releaser = thread::spawn(move || {
        waiting.recv().unwrap();
        holder.leave();
    });
    let _hooked = while_waiting(move || {
        // Nobody listens any more once the first has come.
        let _ = ticked.send(());
        Ok(())
    });
    assert_eq!(seven.call(&[]).unwrap()[0].i32(), Some(7));
    releaser.join().unwrap();
}

/// The call around the wait is cancelled, not the one that is waited for.
#[test]
fn the_cancelled_call_of_a_host_function_that_waits_ends() {
    let (outer, inner) = (store(), instance(SEVEN));
    let holder = Holder::new(inner.store());
    let seven = inner.func("seven").unwrap();
    let host = Func::wrap(&outer, move || -> Result<(), Error> { seven.call(&[]).map(drop) }).unwrap();
    let text = r#"(module (import "" "" (func $host)) (func (export "run") (call $host)))"#;
    let guest = support::with_imports(&outer, text, &[host.into()]).unwrap();
    let cancelled = outer.clone();
    let hooked = while_waiting(move || {
        assert!(cancelled.cancel(), "a call is served");
        Ok(())
    });
    assert_eq!(guest.func("run").unwrap().call(&[]).unwrap_err().kind(), Kind::Cancelled);
    drop(hooked);
    holder.leave();
    guest.func("run").unwrap().call(&[]).unwrap();
}

/// Slices that end while the lock changes hands lose nothing and take nothing twice.
#[test]
fn calls_from_many_threads_that_listen_take_turns() {
    let text = r#"(module (global $g (mut i32) (i32.const 0)) (func (export "next") (param i32) (result i32)
        (local $before i32)
        (local.set $before (global.get $g))
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (global.set $g (i32.add (local.get $before) (i32.const 1)))
        (global.get $g)))"#;
    let next = instance(text).func("next").unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let next = next.clone();
            thread::spawn(move || {
                let (options, call) = (CallOptions::new().deadline(Duration::from_secs(600)), next.typed::<i32, i32>());
                let call = call.unwrap();
                next.store().with_options(&options, || (0..500).try_for_each(|_| call.call(1_000).map(drop))).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(next.call(&[Val::I32(1)]).unwrap()[0].i32(), Some(2001));
}

/// Each of two guests calls into the other's store.
#[test]
fn deadlines_end_calls_that_wait_for_one_another() {
    let (left, right) = (instance(SEVEN), instance(SEVEN));
    let meet = Arc::new(Barrier::new(2));
    let crossing = |own: &Instance, other: &Instance| {
        let (meet, other) = (meet.clone(), other.func("seven").unwrap());
        let host = Func::wrap(own.store(), move || -> Result<(), Error> {
            meet.wait();
            other.call(&[]).map(drop)
        });
        let (host, store) = (host.unwrap(), own.store().clone());
        thread::spawn(move || {
            let options = CallOptions::new().deadline(Duration::from_millis(50));
            store.with_options(&options, || host.call(&[])).map(drop)
        })
    };
    let threads = [crossing(&left, &right), crossing(&right, &left)];
    let outcomes = threads.map(|thread| thread.join().unwrap());
    // One ends by its deadline; that may be early enough for the other to get its turn.
    let kinds: Vec<_> = outcomes.into_iter().filter_map(Result::err).map(|error| error.kind()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::DeadlineExceeded), "{kinds:?}");
}

/// It says how long a guest may run, not how long its caller waits.
#[test]
fn the_deadline_of_limits_begins_with_the_turn() {
    let mut limits = Limits::default();
    limits.deadline = Some(Duration::from_millis(20));
    let instance = Instance::new(&Store::new(&support::engine(), limits), &module(SEVEN), &[]).unwrap();
    let holder = Holder::new(instance.store());
    let (began, waited) = (Instant::now(), Cell::new(false));
    let leave = holder.leave.clone();
    let _hooked = while_waiting(move || {
        if began.elapsed() > Duration::from_millis(40) && !waited.replace(true) {
            leave.send(()).unwrap();
        }
        Ok(())
    });
    assert_eq!(instance.func("seven").unwrap().call(&[]).unwrap()[0].i32(), Some(7));
    assert!(began.elapsed() > Duration::from_millis(40));
    holder.thread.join().unwrap();
}

#[test]
fn a_scope_with_fuel_waits_for_its_turn_as_others_do() {
    let engine = mode::mode().engine(Config::new().fuel(true)).unwrap();
    let store = Store::new(&engine, Limits::default());
    let holder = Holder::new(&store);
    let options = CallOptions::new().deadline(Duration::from_millis(20)).fuel(10);
    let error = store.with_options::<()>(&options, || panic!("too late")).unwrap_err();
    assert_eq!(error.kind(), Kind::DeadlineExceeded);
    holder.leave();
}

#[test]
fn a_vm_hears_while_it_waits_for_its_turn_or_for_a_reset() {
    let (vm, engine) = (Vm::load(module(SEVEN)).unwrap(), Store::new(&support::engine(), Limits::default()));
    let holder = Holder::new(&vm.store());
    let options = CallOptions::new().deadline(Duration::from_millis(20));
    assert_eq!(vm.run_with::<i32>(&options, "seven", ()).unwrap_err().kind(), Kind::DeadlineExceeded);
    assert_eq!(engine.with_options(&options, || vm.reset()).unwrap_err().kind(), Kind::DeadlineExceeded);
    holder.leave();
    assert_eq!(vm.run::<i32>("seven", ()).unwrap(), 7);
}

#[test]
fn who_waits_for_a_guest_of_a_pool_hears_too() {
    let pool = Pool::builder().size(1).load(module(SEVEN)).unwrap();
    let scope = store();
    let lent = pool.get().unwrap();
    let options = CallOptions::new().deadline(Duration::from_millis(20));
    assert_eq!(scope.with_options(&options, || pool.get()).unwrap_err().kind(), Kind::DeadlineExceeded);
    // Waiting shorter than the deadline is being told that all are lent.
    let unhurried = CallOptions::new().deadline(Duration::from_secs(600));
    let patient = scope.with_options(&unhurried, || pool.get_timeout(Duration::from_millis(20)));
    assert_eq!(patient.unwrap_err().kind(), Kind::Busy);
    let (ticked, waiting) = mpsc::channel();
    let giver = thread::spawn(move || {
        waiting.recv().unwrap();
        drop(lent);
    });
    let _hooked = while_waiting(move || {
        let _ = ticked.send(());
        Ok(())
    });
    assert_eq!(pool.run::<i32>("seven", ()).unwrap(), 7);
    giver.join().unwrap();
}
