//! Many threads at the same time in everything that threads share: calls that are cancelled, watched and looked into at any
//! moment, and pools that lend, lose and close. What is counted is known beforehand.

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use common::description::{function, s};
use edge_runtime::{CallOptions, CancelToken, Instance, Kind, Limits, Module, Pool, Store, interrupt};
use fastrand::Rng;

/// Counts to its argument, then one more call that has come to its end.
const COUNTER: &str = r#"(module
    (global $done (export "done") (mut i64) (i64.const 0))
    (func (export "count") (param $to i32) (result i32) (local $i i32)
        (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (local.get $to))))
        (global.set $done (i64.add (global.get $done) (i64.const 1)))
        (local.get $i)))"#;

const THREADS: u64 = 8;

fn counter() -> Instance {
    let engine = common::engine();
    Instance::new(&Store::new(&engine, Limits::default()), &Module::from_text(&engine, COUNTER).unwrap(), &[]).unwrap()
}

/// A moment that is another one each time.
fn a_moment(rng: &mut Rng) {
    (0..rng.u32(..3_000)).for_each(|_| std::hint::spin_loop());
}

/// Every call has a token of its own that another thread cancels before, while or after it runs.
#[test]
fn tokens_are_cancelled_before_while_and_after() {
    const CALLS: usize = 400;
    let instances: Vec<Instance> = (0..THREADS).map(|_| counter()).collect();
    thread::scope(|scope| {
        for (seed, instance) in instances.iter().enumerate() {
            let (calls, tokens) = mpsc::channel::<CancelToken>();
            let canceller = scope.spawn(move || {
                let mut rng = Rng::with_seed(seed as u64);
                tokens
                    .iter()
                    .map(|token| {
                        a_moment(&mut rng);
                        token.cancel();
                    })
                    .count()
            });
            scope.spawn(move || {
                let count = instance.func("count").unwrap().typed::<i32, i32>().unwrap();
                let mut rng = Rng::with_seed(!seed as u64);
                let (mut returned, mut cancelled) = (0, 0);
                for _ in 0..CALLS {
                    let token = CancelToken::new();
                    calls.send(token.clone()).unwrap();
                    a_moment(&mut rng);
                    let options = CallOptions::new().cancel(&token);
                    match instance.store().with_options(&options, || count.call(2_000)) {
                        Ok(number) => {
                            assert_eq!(number, 2_000);
                            returned += 1;
                        }
                        Err(error) => {
                            assert_eq!(error.kind(), Kind::Cancelled, "{error:?}");
                            assert!(token.is_cancelled(), "nobody else ends a call");
                            cancelled += 1;
                        }
                    }
                    // The token is cancelled now or soon, and what ran under it before concerns no other call.
                    assert_eq!(count.call(3).unwrap(), 3);
                }
                drop(calls);
                assert_eq!(canceller.join().unwrap(), CALLS);
                assert_eq!(returned + cancelled, CALLS);
                // Guests poll where loops begin anew and where functions begin: who has counted to the end, returns.
                let done = instance.global("done").unwrap().get().i64().unwrap();
                assert_eq!(done as usize, returned + CALLS);
            });
        }
    });
}

/// One store, many threads: they take turns, and are cancelled, have deadlines and hooks while others wait.
#[test]
fn calls_that_take_turns_are_ended_by_everything_at_once() {
    const CALLS: usize = 150;
    let instance = counter();
    let store = instance.store();
    let (done, returned) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let hammer = scope.spawn(|| {
            let (mut rng, mut hits) = (Rng::with_seed(7), 0_usize);
            while !done.load(SeqCst) {
                hits += usize::from(store.cancel());
                a_moment(&mut rng);
            }
            hits
        });
        let callers: Vec<_> = (0..THREADS)
            .map(|seed| {
                let (instance, returned) = (&instance, &returned);
                scope.spawn(move || {
                    let count = instance.func("count").unwrap().typed::<i32, i32>().unwrap();
                    let mut rng = Rng::with_seed(seed);
                    let (ticks, mut cancelled) = (Rc::new(Cell::new(0_u64)), 0_usize);
                    if seed % 2 == 0 {
                        let ticks = Rc::clone(&ticks);
                        interrupt::set_tick(Some(Rc::new(move || {
                            ticks.set(ticks.get() + 1);
                            Ok(())
                        })))
                        .unwrap();
                    }
                    for _ in 0..CALLS {
                        let time = Duration::from_micros(rng.u64(1..2_000));
                        let options = CallOptions::new().deadline(time);
                        match store.with_options(&options, || count.call(rng.i32(1..100_000))) {
                            Ok(number) => {
                                assert!(number > 0);
                                returned.fetch_add(1, SeqCst);
                            }
                            Err(error) if error.kind() == Kind::Cancelled => cancelled += 1,
                            Err(error) => assert_eq!(error.kind(), Kind::DeadlineExceeded, "{error:?}"),
                        }
                    }
                    interrupt::set_tick(None).unwrap();
                    cancelled
                })
            })
            .collect();
        let cancelled: usize = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
        done.store(true, SeqCst);
        assert!(hammer.join().unwrap() >= cancelled, "no call ends that nobody cancelled");
    });
    assert_eq!(instance.global("done").unwrap().get().i64().unwrap() as usize, returned.load(SeqCst));
    assert_eq!(instance.func("count").unwrap().typed::<i32, i32>().unwrap().call(9).unwrap(), 9);
}

/// A bindgen guest: `fail` poisons it, `next` counts how often it was called since it was fresh.
fn bindgen_guest() -> Module {
    let functions = [function("fail", &[], s("unit")), function("next", &[], s("u32"))];
    let text = common::guest(
        &functions,
        "(global $n (mut i32) (i32.const 0))",
        r#"(func (export "edge:fail") unreachable)
           (func (export "edge:next") (result i32)
              (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))"#,
    );
    common::module(&text)
}

/// Borrowers wait, do not wait, poison what they get, keep it, close it. Nobody gets what another has, or has spoilt.
#[test]
fn pools_lend_to_many_what_others_spoil() {
    const ROUNDS: usize = 150;
    const SIZE: usize = 3;
    let pool = Pool::builder().size(SIZE).load(bindgen_guest()).unwrap();
    let lent = AtomicUsize::new(0);
    let (served, busy) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let (pool, lent, served, busy) = (&pool, &lent, &served, &busy);
            scope.spawn(move || {
                let mut rng = Rng::with_seed(seed);
                for _ in 0..ROUNDS {
                    let got = match rng.u8(..3) {
                        0 => pool.try_get(),
                        1 => pool.get_timeout(Duration::from_micros(rng.u64(..500))),
                        _ => pool.get(),
                    };
                    let vm = match got {
                        Ok(vm) => vm,
                        Err(error) => {
                            assert_eq!(error.kind(), Kind::Busy, "{error:?}");
                            busy.fetch_add(1, SeqCst);
                            continue;
                        }
                    };
                    assert!(lent.fetch_add(1, SeqCst) < SIZE, "more are lent than there may be");
                    assert_eq!(vm.run::<u32>("next", ()).unwrap(), 1, "it is fresh");
                    let kept = match rng.u8(..6) {
                        0 => {
                            assert_eq!(vm.run::<()>("fail", ()).unwrap_err().kind(), Kind::Unreachable);
                            assert_eq!(vm.run::<u32>("next", ()).unwrap_err().kind(), Kind::Poisoned);
                            None
                        }
                        1 => Some((*vm).clone()),
                        2 => {
                            vm.close();
                            None
                        }
                        _ => None,
                    };
                    lent.fetch_sub(1, SeqCst);
                    drop(vm);
                    served.fetch_add(1, SeqCst);
                    if let Some(kept) = kept {
                        assert_eq!(kept.run::<u32>("next", ()).unwrap(), 2, "what was kept is nobody else's");
                    }
                }
            });
        }
    });
    assert_eq!(served.load(SeqCst) + busy.load(SeqCst), THREADS as usize * ROUNDS);
    assert!(pool.made() <= SIZE);
    // All are back: as many can be had at once as there may be, and no more.
    let all: Vec<_> = (0..SIZE).map(|_| pool.try_get().unwrap()).collect();
    assert_eq!(pool.try_get().unwrap_err().kind(), Kind::Busy);
    assert!(all.iter().all(|vm| vm.run::<u32>("next", ()).unwrap() == 1));
}

/// A pool is closed while others wait, make, use and give back: each of them comes to an end, and nothing is left.
#[test]
fn pools_close_at_any_moment() {
    let module = bindgen_guest();
    for round in 0..60 {
        let pool = Pool::builder().size(2).load(module.clone()).unwrap();
        let begin = Barrier::new(5);
        let runs: usize = thread::scope(|scope| {
            let borrowers: Vec<_> = (0..4)
                .map(|seed| {
                    let (pool, begin) = (&pool, &begin);
                    scope.spawn(move || {
                        let mut rng = Rng::with_seed(round * 4 + seed);
                        begin.wait();
                        let mut runs = 0;
                        loop {
                            match pool.get() {
                                Ok(vm) => {
                                    assert_eq!(vm.run::<u32>("next", ()).unwrap(), 1, "what is lent works on");
                                    if rng.bool() {
                                        let _ = vm.run::<()>("fail", ()).unwrap_err();
                                    }
                                    runs += 1;
                                }
                                Err(error) => {
                                    assert_eq!(error.kind(), Kind::Closed, "{error:?}");
                                    return runs;
                                }
                            }
                        }
                    })
                })
                .collect();
            let mut rng = Rng::with_seed(round);
            begin.wait();
            a_moment(&mut rng);
            pool.close();
            borrowers.into_iter().map(|borrower| borrower.join().unwrap()).sum()
        });
        assert!(pool.is_closed(), "after {runs} runs");
        assert_eq!(pool.made(), 0, "after {runs} runs");
        assert_eq!(pool.try_get().unwrap_err().kind(), Kind::Closed);
    }
}
