//! Guests that are interrupted over and over and go on.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use super::control::{TICK, current};
use super::{Woken, set_tick, wait};
use crate::types::{Config, Limits, OptLevel};
use crate::{Engine, Instance, Linker, Module, Store};

/// A thread that is asked and woken at once hears both: answering the one drains the descriptor of the other.
#[test]
fn who_is_asked_while_it_is_woken_wakes_up() {
    for _ in 0..300 {
        let woken = AtomicBool::new(false);
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let control = current().unwrap();
                send.send(control).unwrap();
                while !woken.load(SeqCst) {
                    assert_ne!(wait(&mut Vec::new(), None).unwrap(), Woken::Ready);
                }
            });
            let control = receive.recv().unwrap();
            control.ask(TICK);
            woken.store(true, SeqCst);
            control.wake();
        });
    }
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

/// The same with vectors, whose upper halves must not be lost either.
const LIVE_VECTORS: &str = r#"(func (export "live") (param $n i64) (result i64)
    (local $a v128)(local $b v128)(local $c v128)(local $d v128)(local $e v128)(local $f v128)(local $g v128)(local $h v128)(local $i v128)(local $j v128)(local $k v128)(local $l v128) (local $sum v128)
    (local.set $a (v128.const i64x2 1 2))(local.set $b (v128.const i64x2 4 7))(local.set $c (v128.const i64x2 7 12))(local.set $d (v128.const i64x2 10 17))(local.set $e (v128.const i64x2 13 22))(local.set $f (v128.const i64x2 16 27))(local.set $g (v128.const i64x2 19 32))(local.set $h (v128.const i64x2 22 37))(local.set $i (v128.const i64x2 25 42))(local.set $j (v128.const i64x2 28 47))(local.set $k (v128.const i64x2 31 52))(local.set $l (v128.const i64x2 34 57))
    (loop
        (local.set $a (i64x2.add (i64x2.mul (local.get $a) (v128.const i64x2 31 37)) (local.get $l)))
        (local.set $b (i64x2.add (i64x2.mul (local.get $b) (v128.const i64x2 31 37)) (local.get $a)))
        (local.set $c (i64x2.add (i64x2.mul (local.get $c) (v128.const i64x2 31 37)) (local.get $b)))
        (local.set $d (i64x2.add (i64x2.mul (local.get $d) (v128.const i64x2 31 37)) (local.get $c)))
        (local.set $e (i64x2.add (i64x2.mul (local.get $e) (v128.const i64x2 31 37)) (local.get $d)))
        (local.set $f (i64x2.add (i64x2.mul (local.get $f) (v128.const i64x2 31 37)) (local.get $e)))
        (local.set $g (i64x2.add (i64x2.mul (local.get $g) (v128.const i64x2 31 37)) (local.get $f)))
        (local.set $h (i64x2.add (i64x2.mul (local.get $h) (v128.const i64x2 31 37)) (local.get $g)))
        (local.set $i (i64x2.add (i64x2.mul (local.get $i) (v128.const i64x2 31 37)) (local.get $h)))
        (local.set $j (i64x2.add (i64x2.mul (local.get $j) (v128.const i64x2 31 37)) (local.get $i)))
        (local.set $k (i64x2.add (i64x2.mul (local.get $k) (v128.const i64x2 31 37)) (local.get $j)))
        (local.set $l (i64x2.add (i64x2.mul (local.get $l) (v128.const i64x2 31 37)) (local.get $k)))
        (local.set $n (i64.sub (local.get $n) (i64.const 1)))
        (br_if 0 (i64.ne (local.get $n) (i64.const 0))))
    (local.set $sum (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (v128.xor (local.get $a) (local.get $b)) (local.get $c)) (local.get $d)) (local.get $e)) (local.get $f)) (local.get $g)) (local.get $h)) (local.get $i)) (local.get $j)) (local.get $k)) (local.get $l)))
    (i64.xor (i64x2.extract_lane 0 (local.get $sum)) (i64x2.extract_lane 1 (local.get $sum))))"#;

/// Interrupts the calls of `live` a thousand times; the hook runs the same code, so that it uses the same registers.
fn loses_nothing(instance: &Instance, what: &str) {
    let live = instance.func("live").unwrap().typed::<i64, i64>().unwrap();
    let (long, short) = (live.call(20_000).unwrap(), live.call(7).unwrap());
    let ticks = Rc::new(Cell::new(0));
    let (count, inner) = (Rc::clone(&ticks), live.clone());
    let hook = move || {
        assert_eq!(inner.call(7)?, short);
        count.set(count.get() + 1);
        Ok(())
    };
    set_tick(Some(Rc::new(hook))).unwrap();
    let (control, done) = (current().unwrap(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                control.ask(TICK);
                thread::yield_now();
            }
        });
        while ticks.get() < 1000 {
            let result = live.call(20_000);
            if result.as_ref().ok() != Some(&long) {
                done.store(true, Relaxed);
                panic!("{what}: {result:?} instead of {long}");
            }
        }
        done.store(true, Relaxed);
    });
    set_tick(None).unwrap();
}

#[test]
fn a_guest_that_is_interrupted_and_goes_on_loses_nothing() {
    let fast = Config::new().opt_level(OptLevel::None);
    for config in [Config::new(), fast, Config::new().signals(false)] {
        let engine = Engine::new(&config).unwrap();
        for (what, guest) in [("numbers", LIVE), ("vectors", LIVE_VECTORS)] {
            let module = Module::from_text(&engine, &format!("(module {guest})")).unwrap();
            let instance = Linker::new(&engine).instantiate(&Store::new(&engine, Limits::default()), &module).unwrap();
            loses_nothing(&instance, what);
        }
    }
}
