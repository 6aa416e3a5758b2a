//! What polls cost: the same guests compiled with and without, in one run. `cargo run --release --example polls`.

use std::time::{Duration, Instant};

use edge_runtime::{Config, Engine, Instance, Limits, Linker, Module, Store, TypedFunc};

/// Rounds whose best time counts: short ones, so that some of them have the machine for themselves.
const ROUNDS: usize = 300;

/// A guest for each way in which polls can cost something: name, body of `run`, argument.
const GUESTS: &[(&str, &str, i64)] = &[
    (
        "tightest loop",
        "(func (export \"run\") (param $n i64) (result i64)
            (loop (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br_if 0 (i64.ne (local.get $n) (i64.const 0))))
            (local.get $n))",
        2_000_000,
    ),
    (
        "sum of products",
        "(func (export \"run\") (param $n i64) (result i64) (local $sum i64)
            (loop (local.set $sum (i64.add (local.get $sum) (i64.mul (local.get $n) (local.get $n))))
                (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br_if 0 (i64.ne (local.get $n) (i64.const 0))))
            (local.get $sum))",
        2_000_000,
    ),
    (
        "fib",
        "(func $fib (export \"run\") (param $n i64) (result i64)
            (if (result i64) (i64.lt_s (local.get $n) (i64.const 2)) (then (local.get $n))
                (else (i64.add (call $fib (i64.sub (local.get $n) (i64.const 1)))
                               (call $fib (i64.sub (local.get $n) (i64.const 2)))))))",
        25,
    ),
    (
        "sieve",
        "(memory 16) (func (export \"run\") (param $n i64) (result i64) (local $i i32) (local $j i32) (local $count i64)
            (loop $rounds
                (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (local.set $count (i64.const 0))
                (local.set $i (i32.const 2))
                (loop $next
                    (if (i32.load8_u (local.get $i)) (then
                        (local.set $count (i64.add (local.get $count) (i64.const 1)))
                        (local.set $j (i32.shl (local.get $i) (i32.const 1)))
                        (block $done (loop $strike
                            (br_if $done (i32.ge_u (local.get $j) (i32.const 1000000)))
                            (i32.store8 (local.get $j) (i32.const 0))
                            (local.set $j (i32.add (local.get $j) (local.get $i))) (br $strike)))))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $next (i32.lt_u (local.get $i) (i32.const 1000000))))
                (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br_if $rounds (i64.ne (local.get $n) (i64.const 0))))
            (local.get $count))",
        1,
    ),
    (
        "matrix product",
        "(memory 64) (func (export \"run\") (param $n i64) (result i64)
            (local $i i32) (local $j i32) (local $k i32) (local $sum f64)
            (loop $rows (local.set $j (i32.const 0))
                (loop $columns (local.set $k (i32.const 0)) (local.set $sum (f64.const 0))
                    (loop $inner
                        (local.set $sum (f64.add (local.get $sum) (f64.mul
                            (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 200)) (local.get $k)) (i32.const 3)))
                            (f64.load offset=400000 (i32.shl (i32.add (i32.mul (local.get $k) (i32.const 200)) (local.get $j)) (i32.const 3))))))
                        (local.set $k (i32.add (local.get $k) (i32.const 1))) (br_if $inner (i32.lt_u (local.get $k) (i32.const 200))))
                    (f64.store offset=800000 (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 200)) (local.get $j)) (i32.const 3)) (local.get $sum))
                    (local.set $j (i32.add (local.get $j) (i32.const 1))) (br_if $columns (i32.lt_u (local.get $j) (i32.const 200))))
                (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $rows (i32.lt_u (local.get $i) (i32.const 200))))
            (i64.const 0))",
        0,
    ),
];

fn guest(config: &Config, text: &str) -> TypedFunc<i64, i64> {
    let engine = Engine::new(config).expect("this machine is supported");
    let module = Module::from_text(&engine, &format!("(module {text})")).expect("the guest is valid");
    let store = Store::new(&engine, Limits::default());
    let instance: Instance = Linker::new(&engine).instantiate(&store, &module).expect("it imports nothing");
    instance.func("run").and_then(|run| run.typed()).expect("it exports `run`")
}

fn time(run: &TypedFunc<i64, i64>, argument: i64) -> Duration {
    let start = Instant::now();
    std::hint::black_box(run.call(argument).expect("it does not trap"));
    start.elapsed()
}

fn main() {
    for (name, text, argument) in GUESTS {
        let runs = [
            guest(&Config::new().interruptible(false), text),
            guest(&Config::new(), text),
            guest(&Config::new().signals(false).interruptible(false), text),
            guest(&Config::new().signals(false), text),
        ];
        let mut best = [Duration::MAX; 4];
        // In turns, so that whatever else the machine does meets all of them.
        for _ in 0..ROUNDS {
            for (best, run) in best.iter_mut().zip(&runs) {
                *best = (*best).min(time(run, *argument));
            }
        }
        let [without, with, free_without, free] = best;
        for (case, who, best) in [
            ("polls", "edge", with),
            ("polls", "without polls", without),
            ("polls, signal-free", "edge", free),
            ("polls, signal-free", "without polls", free_without),
        ] {
            println!(r#"{{"case": "{case}: {name}", "who": "{who}", "ns": {}}}"#, best.as_nanos());
        }
    }
}
