//! Pools: who gets which guest, in what state, and what happens to guests that ended badly.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use edge_runtime::{Imports, Kind, Pool, Value, Vm};

const COUNTER: &str = r#"(module
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "div") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))"#;

fn pool(size: usize) -> Pool {
    Pool::builder().size(size).load(common::module(COUNTER)).unwrap()
}

#[test]
fn guests_are_made_when_they_are_needed_and_no_more_than_fit() {
    let pool = pool(2);
    assert_eq!((pool.made(), pool.size()), (1, 2));
    let one = pool.get().unwrap();
    assert_eq!(pool.made(), 1);
    let two = pool.get().unwrap();
    assert_eq!(pool.made(), 2);
    assert!(!one.same(&two));
    let error = pool.try_get().unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Busy, "all 2 guests of the pool are lent"));
    assert_eq!(pool.get_timeout(Duration::from_millis(1)).unwrap_err().kind(), Kind::Busy);
    drop(one);
    pool.try_get().unwrap();
}

#[test]
fn who_waits_gets_what_comes_back() {
    let pool = pool(1);
    let lent = pool.get().unwrap();
    let waiting = thread::spawn({
        let pool = pool.clone();
        move || pool.get().unwrap().run::<i32>("next", ()).unwrap()
    });
    drop(lent);
    assert_eq!(waiting.join().unwrap(), 1);
}

#[test]
fn nobody_finds_what_another_left_unless_that_is_wanted() {
    let fresh = pool(1);
    assert_eq!(fresh.run::<i32>("next", ()).unwrap(), 1);
    assert_eq!(fresh.run::<i32>("next", ()).unwrap(), 1);
    let kept = Pool::builder().size(1).keep_state(true).load(common::module(COUNTER)).unwrap();
    assert_eq!(kept.run::<i32>("next", ()).unwrap(), 1);
    assert_eq!(kept.run::<i32>("next", ()).unwrap(), 2);
}

#[test]
fn a_handle_that_a_borrower_kept_does_not_reach_the_next_one() {
    let pool = Pool::builder().size(1).keep_state(true).load(common::module(COUNTER)).unwrap();
    let kept: Vm = {
        let lent = pool.get().unwrap();
        (*lent).clone()
    };
    assert_eq!(pool.made(), 0, "the guest is the borrower's now");
    assert_eq!(kept.run::<i32>("next", ()).unwrap(), 1);
    let next = pool.get().unwrap();
    assert!(!next.same(&kept));
    assert_eq!(next.run::<i32>("next", ()).unwrap(), 1);
}

#[test]
fn a_guest_that_its_borrower_closed_is_replaced() {
    let pool = pool(1);
    pool.get().unwrap().close();
    assert_eq!(pool.run::<i32>("next", ()).unwrap(), 1);
}

#[test]
fn a_poisoned_guest_is_replaced_even_where_state_is_kept() {
    use common::description::{function, s};
    let text = common::guest(&[function("fail", &[], s("unit"))], "", r#"(func (export "edge:fail") unreachable)"#);
    let pool = Pool::builder().size(1).keep_state(true).load(common::module(&text)).unwrap();
    {
        let lent = pool.get().unwrap();
        assert_eq!(lent.run::<()>("fail", ()).unwrap_err().kind(), Kind::Unreachable);
        assert!(lent.poisoned().is_some());
    }
    assert!(pool.get().unwrap().poisoned().is_none());
    let failed = pool.map::<(), _>("fail", [(), (), ()], 1);
    assert!(failed.iter().all(|result| result.as_ref().unwrap_err().kind() == Kind::Unreachable), "{failed:?}");
}

#[test]
fn map_gives_results_and_errors_in_the_order_of_the_items() {
    for threads in [0, 1, 3, 100] {
        let results = pool(3).map::<i32, _>("div", (0..100).map(|n| (n * 10, n % 10)), threads);
        assert_eq!(results.len(), 100);
        for (n, result) in (0..100).zip(results) {
            match n % 10 {
                0 => assert_eq!(result.unwrap_err().kind(), Kind::IntegerDivideByZero),
                by => assert_eq!(result.unwrap(), n * 10 / by),
            }
        }
    }
    assert!(pool(1).map::<i32, (i32, i32)>("div", [], 4).is_empty());
}

#[test]
fn a_closed_pool_lends_nothing_and_wakes_who_waits() {
    let pool = pool(1);
    let lent = pool.get().unwrap();
    let (sender, about_to_wait) = mpsc::channel();
    let waiting = thread::spawn({
        let pool = pool.clone();
        move || {
            sender.send(()).unwrap();
            pool.get().map(|_| ()).unwrap_err().kind()
        }
    });
    about_to_wait.recv().unwrap();
    pool.close();
    pool.close();
    assert_eq!(waiting.join().unwrap(), Kind::Closed);
    assert_eq!(lent.run::<i32>("next", ()).unwrap(), 1, "what is lent goes on working");
    drop(lent);
    assert!(pool.is_closed());
    assert_eq!((pool.made(), pool.get().unwrap_err().kind()), (0, Kind::Closed));
}

#[test]
fn a_module_that_cannot_be_loaded_is_refused_at_once() {
    let missing = common::module(r#"(module (import "a" "b" (func)))"#);
    assert_eq!(Pool::builder().load(missing).unwrap_err().kind(), Kind::UnknownImport);
}

#[test]
fn many_threads_share_few_guests() {
    let inside = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let mut imports = Imports::new();
    let (counted, seen) = (Arc::clone(&inside), Arc::clone(&most));
    imports.func("app", "visit", move |_, _| {
        seen.fetch_max(counted.fetch_add(1, SeqCst) + 1, SeqCst);
        thread::yield_now();
        counted.fetch_sub(1, SeqCst);
        Ok(Value::Null)
    });
    let text = r#"(module (import "app" "visit" (func $visit))
        (global $n (mut i32) (i32.const 0))
        (func (export "work") (param i32) (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (call $visit)
            (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 7))) (then unreachable))
            (i32.add (local.get 0) (global.get $n))))"#;
    let pool = Pool::builder().size(3).vm(Vm::builder().imports(imports)).load(common::module(text)).unwrap();
    thread::scope(|scope| {
        for start in 0..16 {
            let pool = &pool;
            scope.spawn(move || {
                for n in (start..16 * 100).step_by(16) {
                    match pool.run::<i32>("work", (n,)) {
                        Ok(result) => assert_eq!(result, n + 1, "a guest is fresh"),
                        Err(error) => assert_eq!((error.kind(), n % 7), (Kind::Unreachable, 0)),
                    }
                }
            });
        }
    });
    assert!((1..=3).contains(&most.load(SeqCst)) && pool.made() <= 3);
}

/// Slots of pools kept what the last tenant wrote, and had memories without a guard.
#[test]
fn cve_2022_39393_and_2026_34988_a_borrower_finds_nothing_of_the_one_before() {
    let text = r#"(module
        (memory 1 4) (data (i32.const 16) "as given")
        (table 2 8 funcref) (elem (i32.const 0) $f) (func $f)
        (global $g (mut i64) (i64.const 7))
        (data $passive "xy")
        (func (export "spoil")
            (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))
            (drop (memory.grow (i32.const 2))) (i64.store (i32.const 190000) (i64.const -1))
            (table.set (i32.const 0) (ref.null func)) (drop (table.grow (ref.func $f) (i32.const 3)))
            (global.set $g (i64.const -1)) (data.drop $passive))
        (elem declare func $f)
        (func (export "state") (result i64) (local $at i32) (local $sum i64)
            (loop
                (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 1)) (i64.load (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if 0 (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
            (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 2))
            (local.set $sum (i64.xor (local.get $sum) (i64.extend_i32_u (table.size))))
            (local.set $sum (i64.xor (local.get $sum) (i64.extend_i32_u (ref.is_null (table.get (i32.const 0))))))
            (i64.xor (i64.xor (local.get $sum) (global.get $g)) (i64.extend_i32_u (i32.load16_u (i32.const 0)))))
        (func (export "beyond") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let pool = Pool::builder().size(1).load(common::module(text)).unwrap();
    let fresh = pool.run::<i64>("state", ()).unwrap();
    for _ in 0..20 {
        let lent = pool.get().unwrap();
        assert_eq!(lent.run::<i64>("state", ()).unwrap(), fresh);
        for beyond in [65_536, 190_000, i32::MAX, -1] {
            assert_eq!(lent.run::<i32>("beyond", (beyond,)).unwrap_err().kind(), Kind::MemoryOutOfBounds);
        }
        lent.run::<()>("spoil", ()).unwrap();
        assert_ne!(lent.run::<i64>("beyond", (190_000,)).unwrap(), 0);
    }
    assert_eq!((pool.made(), pool.run::<i64>("state", ()).unwrap()), (1, fresh));
}
