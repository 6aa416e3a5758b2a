//! Fuel and statistics: what is charged, where, and that every mode charges the same. `docs/metering.md` in programs.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use edge_runtime::{
    CallOptions, Caller, Config, CostTable, Engine, Error, Extern, Func, Instance, Kind, Limits, Linker, Mode, Module,
    Phase, Result, Store, Val,
};

/// Ways to compile that must all charge the same.
fn modes() -> Vec<(&'static str, Config)> {
    let metered = || Config::new().fuel(true).count_instructions(true);
    let mut modes: Vec<_> = Mode::ALL.iter().map(|mode| (mode.name(), mode.config(metered()))).collect();
    modes.push(("not interruptible", metered().interruptible(false)));
    modes
}

/// Runs `f` once per mode; what it asserts is the same everywhere.
fn in_all_modes(f: impl Fn(&Config)) {
    for (mode, config) in modes() {
        // Shown with the assertion that fails.
        println!("{mode}");
        f(&config);
    }
}

fn limited(fuel: Option<u64>) -> Limits {
    let mut limits = Limits::default();
    limits.fuel = fuel;
    limits
}

/// A guest in a store with fuel.
fn guest(config: &Config, text: &str, fuel: Option<u64>) -> Instance {
    let engine = Engine::new(config).unwrap();
    let module = Module::from_text(&engine, text).unwrap();
    Instance::new(&Store::new(&engine, limited(fuel)), &module, &[]).unwrap()
}

fn call(instance: &Instance, name: &str, args: &[Val]) -> Result<Vec<Val>> {
    instance.func(name).unwrap().call(args)
}

/// Fuel and instructions that a call in a new instance uses, the same in all modes, and what it ends with.
#[track_caller]
fn used(text: &str, args: &[i32]) -> (u64, u64, Option<Kind>) {
    let mut all = modes().into_iter().map(|(mode, config)| {
        let instance = guest(&config, text, None);
        let args: Vec<Val> = args.iter().map(|arg| Val::I32(*arg)).collect();
        let kind = call(&instance, "run", &args).err().map(|error| error.kind());
        let statistics = instance.store().statistics();
        (mode, (statistics.fuel_used().unwrap(), statistics.instructions().unwrap(), kind))
    });
    let (_, first) = all.next().unwrap();
    for (mode, other) in all {
        assert_eq!(first, other, "{mode}");
    }
    first
}

#[test]
fn operators_that_are_executed_cost_one() {
    // local.get, local.get, i32.add; the end is free.
    let add = r#"(module (func (export "run") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;
    assert_eq!(used(add, &[1, 2]), (3, 3, None));
    assert_eq!(used(r#"(module (func (export "run") nop nop (block nop (loop nop))))"#, &[]), (0, 0, None));
    // Nothing behind a branch is executed.
    let dead = r#"(module (func (export "run") (block (br 0) (drop (i32.const 1)) (drop (i32.const 2))) (return)))"#;
    assert_eq!(used(dead, &[]), (2, 2, None));
}

#[test]
fn only_the_path_that_is_taken_is_charged() {
    let text = r#"(module (func (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (i32.const 2)))
            (else (i32.const 3)))))"#;
    assert_eq!(used(text, &[1]).0, 2 + 3);
    assert_eq!(used(text, &[0]).0, 2 + 1);
}

#[test]
fn loops_are_charged_for_every_round() {
    // 6 in a round; the loop itself is free.
    let text = r#"(module (func (export "run") (param i32)
        (loop $again
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if $again (local.get 0)))))"#;
    for rounds in [1, 2, 1000] {
        assert_eq!(used(text, &[rounds]), (6 * rounds as u64, 6 * rounds as u64, None));
    }
}

#[test]
fn br_table_and_blocks() {
    let text = r#"(module (func (export "run") (param i32) (result i32)
        (block $c (block $b (block $a
            (br_table $a $b $c (local.get 0)))
            (return (i32.const 1)))
            (return (i32.add (i32.const 1) (i32.const 1))))
        (i32.const 3)))"#;
    assert_eq!([0, 1, 2, 9].map(|case| used(text, &[case]).0), [2 + 2, 2 + 4, 2 + 1, 2 + 1]);
}

/// A module whose `run` reaches `$leaf` ten times in the way that `call` says.
fn ten_calls(call: &str) -> String {
    format!(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (import "host" "leaf" (func $import (type $t)))
            (table funcref (elem $leaf $import))
            (func $leaf (type $t) (i32.add (local.get 0) (i32.const 1)))
            (func (export "leaf") (type $t) (i32.add (local.get 0) (i32.const 1)))
            (func (export "run") (param i32) (result i32)
                (local $rounds i32)
                (loop $again
                    (local.set 0 {call})
                    (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $rounds) (i32.const 10))))
                (local.get 0)))"#
    )
}

/// wasmtime 48.0.8 forgot `call_ref` in its list of operators that charge before they call, unseen, since the list had a
/// wildcard. Here every way of calling costs the operators that it is made of, in guests and of imports.
#[test]
fn every_way_to_call_costs_the_same_accident_of_wasmtime_48() {
    let totals = |text: &str| -> Vec<(u64, u64)> {
        let run = |(_, config): (&str, Config)| {
            let engine = Engine::new(&config).unwrap();
            let store = Store::new(&engine, Limits::default());
            let leaf = Func::wrap(&store, |x: i32| x + 1).unwrap();
            let module = Module::from_text(&engine, text).unwrap();
            let instance = Instance::new(&store, &module, &[Extern::from(leaf)]).unwrap();
            assert_eq!(call(&instance, "run", &[Val::I32(5)]).unwrap()[0].i32(), Some(15));
            let statistics = store.statistics();
            (statistics.fuel_used().unwrap(), statistics.instructions().unwrap())
        };
        modes().into_iter().map(run).collect()
    };
    let same = |call: &str| {
        let totals = totals(&ten_calls(call));
        assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
        assert_eq!(totals[0].0, totals[0].1);
        totals[0].0
    };
    // local.get, call, local.set, and 8 that count the rounds; 3 in the guest's function; the last local.get.
    let direct = same("(call $leaf (local.get 0))");
    assert_eq!(direct, 10 * (3 + 8 + 3) + 1);
    // One constant more, for the index.
    assert_eq!(same("(call_indirect (type $t) (local.get 0) (i32.const 0))"), direct + 10);
    // What a host function does costs nothing by itself.
    let import = same("(call $import (local.get 0))");
    assert_eq!(import, direct - 30);
    assert_eq!(same("(call_indirect (type $t) (local.get 0) (i32.const 1))"), import + 10);
}

#[test]
fn a_trap_in_the_middle_has_paid_for_its_whole_run() {
    // Two constants, div_u, and two operators that are never reached, but belong to the run.
    let text = r#"(module (func (export "run") (drop (i32.div_u (i32.const 1) (i32.const 0))) (drop (i32.const 1))))"#;
    assert_eq!(used(text, &[]), (6, 6, Some(Kind::IntegerDivideByZero)));
    // Some modes know at compile time that this is out of bounds, some find out when it happens.
    let text = r#"(module (memory 1 1) (func (export "run")
        (drop (i32.load offset=4294967295 (i32.const 4))) (drop (i32.const 1)) (drop (i32.const 1))))"#;
    assert_eq!(used(text, &[]), (7, 7, Some(Kind::MemoryOutOfBounds)));
    // Behind the call begins another run, that is not charged.
    let text = r#"(module (func $trap unreachable)
        (func (export "run") (drop (i32.const 1)) (call $trap) (drop (i32.const 1)) (drop (i32.const 1))))"#;
    assert_eq!(used(text, &[]), (4, 4, Some(Kind::Unreachable)));
}

#[test]
fn out_of_fuel_at_the_exact_boundary() {
    // Three operators.
    let text = r#"(module (global $ran (export "ran") (mut i32) (i32.const 0))
        (func (export "run") (global.set $ran (i32.const 1)) (br 0)))"#;
    for (mode, config) in modes() {
        let enough = guest(&config, text, Some(3));
        call(&enough, "run", &[]).unwrap();
        assert_eq!(enough.store().fuel_left().unwrap(), 0, "{mode}");

        let short = guest(&config, text, Some(2));
        let error = call(&short, "run", &[]).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::OutOfFuel, Phase::Execute), "{mode}");
        assert!(error.message().contains("2 is left"), "{error}");
        assert_eq!(error.backtrace().len(), 1, "{mode}");
        // Nothing of the run happened, and nothing was taken for it.
        assert_eq!(short.store().fuel_left().unwrap(), 2);
        assert_eq!(short.global("ran").unwrap().get().i32(), Some(0));
        assert_eq!(short.store().statistics().fuel_used().unwrap(), 0);
        // With more it goes on to work.
        short.store().add_fuel(1).unwrap();
        call(&short, "run", &[]).unwrap();
    }
}

#[test]
fn an_endless_guest_ends() {
    let texts = [
        r#"(module (func (export "run") (loop (br 0))))"#,
        r#"(module (func $run (export "run") (call $other)) (func $other (call $run)))"#,
        r#"(module (func $run (export "run") (if (i32.const 1) (then (call $run) (call $run)))))"#,
    ];
    for (mode, config) in modes() {
        let left = texts.map(|text| {
            let guest = guest(&config, text, Some(300));
            assert_eq!(call(&guest, "run", &[]).unwrap_err().kind(), Kind::OutOfFuel, "{mode}: {text}");
            guest.store().fuel_left().unwrap()
        });
        // A loop without operators but its branch; two calls in turn; if, its condition and a call.
        assert_eq!(left, [0, 0, 0], "{mode}");
    }
}

#[test]
fn bulk_operations_are_paid_for_before_they_begin() {
    let text = r#"(module (memory (export "memory") 2) (table 4 100 funcref) (data $d "0123456789") (elem $e func)
        (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
        (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 65536) (local.get 0)))
        (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
        (func (export "grow") (param i32) (drop (table.grow (ref.null func) (local.get 0))))
        (func (export "tfill") (param i32) (table.fill (i32.const 0) (ref.null func) (local.get 0)))
        (func (export "tcopy") (param i32) (table.copy (i32.const 0) (i32.const 0) (local.get 0)))
        (func (export "tinit") (param i32) (table.init $e (i32.const 0) (i32.const 0) (local.get 0)))
        (func (export "pages") (param i32) (drop (memory.grow (local.get 0)))))"#;
    for (mode, config) in modes() {
        let instance = guest(&config, text, None);
        let cost = |name: &str, length: i32| {
            instance.store().reset_statistics();
            let ended = call(&instance, name, &[Val::I32(length)]).map_err(|error| error.kind());
            (instance.store().statistics().fuel_used().unwrap(), ended.err())
        };
        assert_eq!([0, 1, 64, 65, 65536].map(|length| cost("fill", length).0), [4, 5, 5, 6, 4 + 1024], "{mode}");
        assert_eq!(cost("copy", 128), (4 + 2, None));
        assert_eq!(cost("init", 10), (4 + 1, None));
        // Eight bytes an element.
        assert_eq!(cost("grow", 16), (4 + 2, None));
        assert_eq!(cost("tfill", 8), (4 + 1, None));
        assert_eq!(cost("tcopy", 9), (4 + 2, None));
        assert_eq!(cost("tinit", 0), (4, None));
        assert_eq!(cost("pages", 1), (3, None));
        // It is paid for also where it then turns out to be out of bounds.
        assert_eq!(cost("fill", -1), (4 + (1 << 26), Some(Kind::MemoryOutOfBounds)));
        assert_eq!(cost("tcopy", 90), (4 + 12, Some(Kind::TableOutOfBounds)));

        // One too little, and not a byte is written.
        instance.store().set_fuel(4 + 1023).unwrap();
        let memory = instance.memory("memory").unwrap();
        memory.write(0, &[1]).unwrap();
        let error = call(&instance, "fill", &[Val::I32(65536)]).unwrap_err();
        assert_eq!((error.kind(), error.backtrace().len()), (Kind::OutOfFuel, 1), "{mode}");
        assert_eq!(instance.store().fuel_left().unwrap(), 1023);
        let mut byte = [0];
        memory.read(0, &mut byte).unwrap();
        assert_eq!(byte, [1]);
    }
}

#[test]
fn users_say_what_operators_cost() {
    let text = r#"(module (memory 1) (func (export "run") (param i32) (result i32)
        (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 640))
        (i32.mul (local.get 0) (local.get 0))))"#;
    let costs =
        [("local.get", 0), ("local.set", 10), ("i32.sub", 100), ("loop", 7), ("i32.mul", 1 << 40), ("per_64_bytes", 3)];
    let costs = CostTable::from_pairs(costs).unwrap();
    let free = CostTable::from_pairs(CostTable::default().entries().map(|(name, _)| (name, 0))).unwrap();
    let dear = CostTable::from_pairs([("i32.sub", u64::MAX), ("i32.const", u64::MAX)]).unwrap();
    for (mode, config) in modes() {
        let run = |costs: &CostTable, fuel| {
            let instance = guest(&config.clone().cost_table(costs.clone()), text, fuel);
            let kind = call(&instance, "run", &[Val::I32(4)]).err().map(|error| error.kind());
            let statistics = instance.store().statistics();
            (statistics.fuel_used().unwrap(), statistics.instructions().unwrap(), kind)
        };
        // The loop is charged where control falls into it, once; i32.const and br_if cost 1.
        let rounds = 4 * (1 + 100 + 10 + 1);
        assert_eq!(run(&costs, None), (7 + rounds + 3 + 1 + 30 + (1 << 40), 24 + 7, None), "{mode}");
        assert_eq!(run(&free, Some(0)), (0, 31, None), "{mode}");
        // Sums stay at the largest number, which everything but all fuel is less than.
        assert_eq!(run(&dear, Some(u64::MAX - 1)), (0, 0, Some(Kind::OutOfFuel)), "{mode}");
    }
}

#[test]
fn what_is_not_switched_on_is_an_error() {
    let engine = Engine::default();
    let store = Store::new(&engine, Limits::default());
    let statistics = store.statistics();
    let refused = |result: Result<()>, setting: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::NotEnabled);
        assert!(error.message().contains(setting), "{error}");
    };
    refused(statistics.instructions().map(drop), "count_instructions");
    refused(statistics.time().map(drop), "measure_time");
    refused(statistics.instructions_per_second().map(drop), "count_instructions");
    for result in [
        statistics.fuel_used().map(drop),
        statistics.fuel_left().map(drop),
        store.fuel_left().map(drop),
        store.set_fuel(1),
        store.add_fuel(1),
        store.consume_fuel(1),
    ] {
        refused(result, "setting fuel");
    }
    // A limit that nobody would enforce is refused before any guest runs.
    let limited = Store::new(&engine, limited(Some(5)));
    let module = Module::from_text(&engine, r#"(module (func (export "run")))"#).unwrap();
    refused(Instance::new(&limited, &module, &[]).map(drop), "setting fuel");
}

#[test]
fn fuel_is_put_in_and_read_back() {
    in_all_modes(put_in_and_read_back);
}

fn put_in_and_read_back(config: &Config) {
    let text = r#"(module (func (export "run") (drop (i32.const 1))))"#;
    let instance = guest(config, text, Some(10));
    let store = instance.store();
    call(&instance, "run", &[]).unwrap();
    assert_eq!((store.fuel_left().unwrap(), store.statistics().fuel_used().unwrap()), (8, 2));
    // What was used stays known over set and add.
    store.set_fuel(5).unwrap();
    call(&instance, "run", &[]).unwrap();
    store.add_fuel(100).unwrap();
    assert_eq!((store.fuel_left().unwrap(), store.statistics().fuel_used().unwrap()), (103, 4));
    store.consume_fuel(3).unwrap();
    assert_eq!((store.fuel_left().unwrap(), store.statistics().fuel_used().unwrap()), (100, 7));
    assert_eq!(store.consume_fuel(101).unwrap_err().kind(), Kind::OutOfFuel);
    assert_eq!(store.fuel_left().unwrap(), 100);
    store.add_fuel(u64::MAX).unwrap();
    assert_eq!((store.fuel_left().unwrap(), store.statistics().fuel_used().unwrap()), (u64::MAX, 7));
    store.reset_statistics();
    let statistics = store.statistics();
    assert_eq!((statistics.fuel_left().unwrap(), statistics.fuel_used().unwrap()), (u64::MAX, 0));
}

#[test]
fn a_host_function_refuels_and_reads_while_the_guest_runs() {
    in_all_modes(refuel_and_read);
}

fn refuel_and_read(config: &Config) {
    let engine = Engine::new(config).unwrap();
    let store = Store::new(&engine, limited(Some(20)));
    let mut linker = Linker::new(&engine);
    let seen = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&seen);
    linker.func_wrap("host", "refuel", move |caller: Caller<'_>| -> Result<(), Error> {
        told.store(caller.store().statistics().instructions()?, Relaxed);
        caller.store().add_fuel(2)
    });
    // Each round costs 3: call, i32.const, br_if.
    let text = r#"(module (import "host" "refuel" (func $refuel))
        (func (export "run") (loop $l (call $refuel) (br_if $l (i32.const 1)))))"#;
    let instance = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
    assert_eq!(call(&instance, "run", &[]).unwrap_err().kind(), Kind::OutOfFuel);
    let statistics = store.statistics();
    // 20 last for 20 rounds that cost 3 and bring 2.
    assert_eq!((statistics.fuel_used().unwrap(), statistics.fuel_left().unwrap()), (60, 0));
    assert_eq!(seen.load(Relaxed), 3 * 19 + 1);
}

#[test]
fn counts_go_on_over_calls_and_traps_until_they_are_reset() {
    in_all_modes(go_on_until_reset);
}

fn go_on_until_reset(config: &Config) {
    let text = r#"(module (memory 1 4)
        (func (export "run") (drop (i32.const 1)))
        (func (export "trap") (unreachable))
        (func (export "grow") (drop (memory.grow (i32.const 2)))))"#;
    let instance = guest(&config.clone().measure_time(true), text, None);
    let store = instance.store();
    call(&instance, "run", &[]).unwrap();
    call(&instance, "run", &[]).unwrap();
    call(&instance, "trap", &[]).unwrap_err();
    call(&instance, "grow", &[]).unwrap();
    let statistics = store.statistics();
    assert_eq!((statistics.calls(), statistics.instructions().unwrap()), (4, 2 + 2 + 1 + 3));
    assert_eq!(statistics.memory_peak(), 3 * 65536);
    assert!(statistics.time().unwrap() > Duration::ZERO);
    let speed = statistics.instructions_per_second().unwrap();
    assert!((speed - 8.0 / statistics.time().unwrap().as_secs_f64()).abs() < 1e-6);
    // The copy stays what it is.
    store.reset_statistics();
    assert_eq!(statistics.calls(), 4);
    let statistics = store.statistics();
    assert_eq!((statistics.calls(), statistics.instructions().unwrap()), (0, 0));
    assert_eq!((statistics.time().unwrap(), statistics.instructions_per_second().unwrap()), (Duration::ZERO, 0.0));
    assert_eq!(statistics.memory_peak(), 3 * 65536);
}

#[test]
fn calls_are_counted_and_timed_once_however_deep_they_go() {
    in_all_modes(|config| count_and_time_deep_calls(&config.clone().measure_time(true)));
}

fn count_and_time_deep_calls(config: &Config) {
    let engine = Engine::new(config).unwrap();
    let store = Store::new(&engine, Limits::default());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "again", |caller: Caller<'_>, n: i32| -> Result<(), Error> {
        caller.instance().unwrap().func("run")?.typed::<i32, ()>()?.call(n - 1)
    });
    let text = r#"(module (import "host" "again" (func $again (param i32)))
        (func (export "run") (param i32) (if (local.get 0) (then (call $again (local.get 0))))))"#;
    let instance = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
    let began = std::time::Instant::now();
    call(&instance, "run", &[Val::I32(50)]).unwrap();
    let statistics = store.statistics();
    assert_eq!(statistics.calls(), 1);
    assert!(statistics.time().unwrap() > Duration::ZERO && statistics.time().unwrap() <= began.elapsed());
}

#[test]
fn a_call_may_use_less_than_the_store_has() {
    in_all_modes(use_less_than_the_store_has);
    let plain = Store::new(&Engine::default(), Limits::default());
    let error = plain.with_options(&CallOptions::new().fuel(1), || Ok(())).unwrap_err();
    assert_eq!(error.kind(), Kind::NotEnabled);
}

fn use_less_than_the_store_has(config: &Config) {
    let text = r#"(module (func (export "run") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let instance = guest(config, text, Some(1000));
    let store = instance.store();
    let run = |fuel: u64, rounds: i32| {
        let call = || call(&instance, "run", &[Val::I32(rounds)]).map(drop);
        store.with_options(&CallOptions::new().fuel(fuel), call).map_err(|error| error.kind())
    };
    // Five a round.
    assert_eq!(run(50, 10), Ok(()));
    assert_eq!(store.fuel_left().unwrap(), 950);
    assert_eq!(run(49, 10), Err(Kind::OutOfFuel));
    assert_eq!(store.fuel_left().unwrap(), 905);
    // Scopes inside of one another: the tightest holds. What the store has left is a limit as well.
    let nested = store.with_options(&CallOptions::new().fuel(10), || Ok(run(100, 3)));
    assert_eq!((nested.unwrap(), store.fuel_left().unwrap()), (Err(Kind::OutOfFuel), 895));
    assert_eq!(run(u64::MAX, 1000), Err(Kind::OutOfFuel));
    assert_eq!((store.fuel_left().unwrap(), store.statistics().fuel_used().unwrap()), (0, 1000));
}

/// What exceptions leave and enter is charged as branches are: up to the throw, and from the handler on.
#[test]
fn exceptions_cost_the_operators_on_their_way() {
    let text = r#"(module (tag $t (param i32)) (tag $other)
        (func $throw (param i32) (if (local.get 0) (then (throw $t (local.get 0)))))
        (func (export "run") (param i32 i32) (result i32) (local $sum i32)
            (loop $again
                (block $h (result i32)
                    (block $no (try_table (catch $other $no) (catch $t $h) (call $throw (local.get 0))))
                    (i32.const 100))
                (local.set $sum (i32.add (local.get $sum)))
                (br_if $again (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
            (local.get $sum)))"#;
    // local.get and call; local.get and if; local.get and throw, or the constant; 3 for the sum; 5 for the loop.
    let round = |thrown: u64| 2 + 2 + if thrown != 0 { 2 } else { 1 } + 3 + 5;
    for thrown in [0, 1, 7] {
        let total = 30 * round(thrown) + 1;
        assert_eq!(used(text, &[thrown as i32, 30]), (total, total, None), "{thrown}");
    }
    let uncaught = r#"(module (tag) (func (export "run") (drop (i32.const 1)) (throw 0)))"#;
    assert_eq!(used(uncaught, &[]), (3, 3, Some(Kind::UncaughtException)));
}

/// Operators that some modes do not have as code of their own, but ask the host for.
#[test]
fn operators_of_every_family_cost_one_in_every_mode() {
    let cases: &[(&str, u64)] = &[
        ("(drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))", 4),
        ("(drop (i64.atomic.rmw.cmpxchg (i32.const 8) (i64.const 1) (i64.const 2)))", 5),
        ("(drop (memory.atomic.notify (i32.const 8) (i32.const 1)))", 4),
        ("(atomic.fence)", 1),
        ("(drop (i32x4.add (v128.const i32x4 1 2 3 4) (v128.load (i32.const 16))))", 5),
        (
            "(drop (f32x4.relaxed_madd (v128.const i32x4 1 2 3 4) (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))",
            5,
        ),
        ("(i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) (drop) (drop)", 7),
        ("(drop (f64.sqrt (f64.const 2))) (drop (f32.nearest (f32.const 2.5)))", 6),
        ("(drop (i32.rem_s (i32.const 7) (i32.const 3))) (drop (i32.trunc_sat_f64_s (f64.const 1e99)))", 7),
        ("(drop (call_ref $t (i32.const 5) (ref.func $leaf)))", 4 + 1),
        ("(drop (table.get 0 (i32.const 0))) (table.set 0 (i32.const 0) (ref.null func))", 6),
        ("(drop (memory.size)) (drop (table.size 0)) (drop (ref.is_null (ref.null func)))", 7),
        ("(drop (select (i32.const 1) (i32.const 2) (i32.const 0)))", 5),
    ];
    for (body, cost) in cases {
        let text = format!(
            r#"(module (type $t (func (param i32) (result i32))) (memory 1) (table 4 funcref) (elem declare func $leaf)
            (func $leaf (type $t) (local.get 0)) (func (export "run") {body}))"#
        );
        assert_eq!(used(&text, &[]), (*cost, *cost, None), "{body}");
    }
    let tail = r#"(module (func $down (export "run") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (return_call $down (i32.sub (local.get 0) (i32.const 1)))))"#;
    // Three to look, four to go on; at last three to look and two to return.
    assert_eq!(used(tail, &[10]), (10 * 7 + 5, 10 * 7 + 5, None));
}
