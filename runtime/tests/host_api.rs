//! The host's side beyond plain calls: linkers, host modules, endings on purpose, errors with codes. The decisions of
//! `docs/adr/0007-host-api.md`, each by its number.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use edge_runtime::{
    BoxError, Caller, Config, CostTable, Engine, Error, ExternType, Func, GlobalType, HostError, HostModule, Instance,
    Kind, Limits, Linker, MemoryType, Module, Phase, RefType, Result, Store, TableType, Terminate, Val, ValType, Vm,
    WasiConfig, terminate,
};
use support::{engine, linked, module, store};

fn linker() -> Linker {
    Linker::new(&engine())
}

fn run(instance: &Instance) -> Result<Vec<Val>> {
    instance.func("run").unwrap().call(&[])
}

const CALLS: &str = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;

#[test]
fn a_host_function_ends_the_guest_on_purpose() {
    let instance = linked(
        r#"(module (import "host" "stop" (func $stop (param i32)))
            (global $rounds (export "rounds") (mut i32) (i32.const 0))
            (func (export "run") (loop $l
                (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
                (call $stop (global.get $rounds)) (br $l))))"#,
        |linker| {
            linker.func_wrap("host", "stop", |round: i32| if round % 3 == 0 { Err(terminate()) } else { Ok(()) });
        },
    )
    .unwrap();
    // A plain guest goes on to work afterwards.
    for rounds in [3, 6] {
        let error = run(&instance).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Terminated, Phase::Host));
        assert_eq!(error.message(), "a host function ended the guest on purpose");
        assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("run"));
        assert!(error.cause().is_none() && error.code().is_none());
        assert_eq!(instance.global("rounds").unwrap().get().i32(), Some(rounds));
    }
}

#[test]
fn the_end_passes_all_layers() {
    let instance = linked(
        r#"(module (import "host" "again" (func $again (param i32)))
            (func (export "run") (call $again (i32.const 5)))
            (func (export "down") (param i32) (call $again (local.get 0))))"#,
        |linker| {
            linker.func_wrap("host", "again", |caller: Caller<'_>, depth: i32| -> Result<(), BoxError> {
                if depth == 0 {
                    return Err(Terminate::default().into());
                }
                Ok(caller.instance().unwrap().func("down")?.typed::<i32, ()>()?.call(depth - 1)?)
            });
        },
    )
    .unwrap();
    assert_eq!(run(&instance).unwrap_err().kind(), Kind::Terminated);
}

#[test]
fn errors_keep_code_message_and_cause_through_all_layers() {
    let instance = linked(
        r#"(module (import "host" "fail" (func $fail (param i32)))
            (func (export "run") (call $fail (i32.const 2)))
            (func (export "down") (param i32) (call $fail (local.get 0))))"#,
        |linker| {
            linker.func_wrap("host", "fail", |caller: Caller<'_>, depth: i32| -> Result<(), BoxError> {
                if depth > 0 {
                    return Ok(caller.instance().unwrap().func("down")?.typed::<i32, ()>()?.call(depth - 1)?);
                }
                let cause = std::io::Error::other("the disk is gone");
                Err(HostError::new(i64::MIN + 7, "cannot save").with_cause(cause).into())
            });
        },
    )
    .unwrap();
    let error = run(&instance).unwrap_err();
    assert_eq!((error.kind(), error.phase(), error.message()), (Kind::HostError, Phase::Host, "cannot save"));
    assert_eq!(error.code(), Some(i64::MIN + 7));
    let cause = error.cause().unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.to_string(), "the disk is gone");
    // Other errors have no code.
    let plain = linked(CALLS, |linker| {
        linker.func_wrap("host", "f", || -> Result<(), String> { Err("no".to_owned()) });
    });
    let error = run(&plain.unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.message(), error.code()), (Kind::HostError, "no", None));
}

#[test]
fn aliases() {
    let mut linker = linker();
    linker.func_wrap("a", "f", || 1).func_wrap("a", "g", || 2);
    linker.alias("a", "g", "host", "f").unwrap();
    let text = r#"(module (import "host" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    let value = |linker: &Linker| run(&linker.instantiate(&store(), &module(text)).unwrap()).unwrap()[0].i32();
    assert_eq!(value(&linker), Some(2));
    linker.alias_module("a", "host").unwrap();
    assert_eq!(value(&linker), Some(1));
    // An alias is a definition of its own: what becomes of the first name does not matter.
    linker.func_wrap("a", "f", || 3);
    assert_eq!(value(&linker), Some(1));
    let error = linker.alias("a", "none", "x", "y").unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::UnknownImport, Phase::Link));
    assert_eq!(error.message(), "a.none is not defined in the linker");
    let error = linker.alias_module("none", "x").unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::UnknownImport, "nothing is defined in the linker under the name \"none\"")
    );
}

#[test]
fn names_are_listed_in_the_order_of_the_alphabet_decision_12() {
    let mut linker = linker();
    linker.func_wrap("b", "y", || ()).func_wrap("a", "z", || ()).func_wrap("b", "x", || ());
    assert_eq!(linker.definitions().collect::<Vec<_>>(), [("a", "z"), ("b", "x"), ("b", "y")]);
    assert_eq!(format!("{linker:?}"), r#"{"a.z", "b.x", "b.y"}"#);
}

#[test]
fn unknown_imports_become_traps() {
    let text = r#"(module (import "gone" "f" (func $f (param i32) (result i64))) (import "host" "g" (func $g))
        (func (export "run") (result i64) (call $f (i32.const 1)))
        (func (export "fine") (call $g)))"#;
    let module = module(text);
    let mut linker = linker();
    linker.func_wrap("host", "g", || ());
    assert_eq!(linker.instantiate(&store(), &module).unwrap_err().kind(), Kind::UnknownImport);
    linker.define_unknown_as_traps(&module);
    let instance = linker.instantiate(&store(), &module).unwrap();
    instance.func("fine").unwrap().call(&[]).unwrap();
    let error = run(&instance).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::UnknownImport, Phase::Host));
    assert_eq!(error.message(), "the import gone.f is not defined, and the guest called it");
    assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("run"));
    // Nothing can stand in for a memory.
    let memory = support::module(r#"(module (import "gone" "m" (memory 1)))"#);
    linker.define_unknown_as_traps(&memory);
    assert_eq!(linker.instantiate(&store(), &memory).unwrap_err().kind(), Kind::UnknownImport);
}

#[test]
fn shadowing_decision_4() {
    let mut linker = linker();
    linker.func_wrap("host", "f", || 1).func_wrap("host", "f", || 2);
    let text = r#"(module (import "host" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    let value = |linker: &Linker| run(&linker.instantiate(&store(), &module(text))?);
    assert_eq!(value(&linker).unwrap()[0].i32(), Some(2));
    linker.allow_shadowing(false).func_wrap("host", "f", || 3);
    let error = value(&linker).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::IncompatibleImport, Phase::Link));
    assert_eq!(error.message(), "host.f was defined twice, and shadowing is not allowed");
}

fn host_module() -> HostModule {
    HostModule::new("env")
        .func_wrap("double", |x: i32| 2 * x)
        .memory("memory", MemoryType::new(1, Some(2)))
        .table("table", TableType::new(RefType::EXTERNREF, 3, None), Val::ExternRef(None))
        .global("global", GlobalType { content: ValType::I32, mutable: true }, Val::I32(20))
        .func_wrap("double", |x: i32| 2 * x + 1)
}

const USES: &str = r#"(module
    (import "env" "double" (func $double (param i32) (result i32)))
    (import "env" "memory" (memory 1 2)) (import "env" "table" (table 1 externref))
    (import "env" "global" (global $global (mut i32)))
    (func (export "run") (result i32)
        (global.set $global (call $double (global.get $global)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (i32.add (global.get $global) (i32.mul (i32.const 1000) (i32.load (i32.const 0))))))"#;

#[test]
fn host_modules_are_defined_in_any_number_of_stores_decision_4() {
    let described = host_module();
    assert_eq!(
        (described.name(), described.names().collect::<Vec<_>>()),
        ("env", vec!["memory", "table", "global", "double"])
    );
    // Each store has a memory and a global of its own; instances of one store share them.
    for _ in 0..2 {
        let (store, mut linker) = (store(), linker());
        linker.host_module(&store, &described).unwrap();
        let instances = [(), ()].map(|()| linker.instantiate(&store, &module(USES)).unwrap());
        assert_eq!(run(&instances[0]).unwrap()[0].i32(), Some(1041));
        assert_eq!(run(&instances[1]).unwrap()[0].i32(), Some(2083));
        // The same again in the same store: a definition replaces the earlier, and what was linked stays what it was.
        linker.host_module(&store, &described).unwrap();
        assert_eq!(run(&linker.instantiate(&store, &module(USES)).unwrap()).unwrap()[0].i32(), Some(1041));
        assert_eq!(run(&instances[0]).unwrap()[0].i32(), Some(3167));
    }
    let other = Store::new(&Engine::new(&Config::new()).unwrap(), Limits::default());
    assert_eq!(linker().host_module(&other, &described).unwrap_err().kind(), Kind::WrongStore);
}

#[test]
fn what_cannot_be_made_defines_nothing_decision_4() {
    let mut limits = Limits::default();
    limits.memory = 65_535;
    let (store, mut linker) = (Store::new(&engine(), limits), linker());
    let error = linker.host_module(&store, &host_module()).unwrap_err();
    assert_eq!(error.kind(), Kind::MemoryLimit);
    assert_eq!(linker.definitions().count(), 0);
}

#[test]
fn names_may_be_empty_decision_4() {
    let (store, mut linker) = (store(), linker());
    linker.host_module(&store, &HostModule::new("").func_wrap("", || 5)).unwrap();
    let text = r#"(module (import "" "" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    assert_eq!(run(&linker.instantiate(&store, &module(text)).unwrap()).unwrap()[0].i32(), Some(5));
}

#[test]
fn one_module_many_instances_with_and_without_names() {
    let (store, mut linker) = (store(), linker());
    let counter = module(
        r#"(module (global $n (mut i32) (i32.const 0)) (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#,
    );
    let next = |instance: &Instance| instance.func("next").unwrap().call(&[]).unwrap()[0].i32().unwrap();
    let instances: Vec<Instance> = (0..20).map(|_| linker.instantiate(&store, &counter).unwrap()).collect();
    assert!(instances.iter().all(|instance| next(instance) == 1));
    linker.instance("first", &instances[0]).instance("second", &instances[1]);
    let user = module(
        r#"(module (import "first" "next" (func $a (result i32))) (import "second" "next" (func $b (result i32)))
        (func (export "run") (result i32) (i32.add (i32.mul (call $a) (i32.const 10)) (i32.add (call $a) (call $b)))))"#,
    );
    let instance = linker.instantiate(&store, &user).unwrap();
    assert_eq!(run(&instance).unwrap()[0].i32(), Some(20 + 3 + 2));
}

#[test]
fn settings_and_limits_are_copied_decision_1() {
    let mut limits = Limits::default();
    let config = Config::new().limits(limits.clone());
    let engine = Engine::new(&config).unwrap();
    let store = Store::new(&engine, limits.clone());
    limits.memory = 0;
    _ = config.limits(limits);
    let text = r#"(module (memory 1))"#;
    Instance::new(&store, &Module::from_text(&engine, text).unwrap(), &[]).unwrap();
}

#[test]
fn wrong_calls_are_typed_errors_decisions_2_and_3() {
    let instance =
        support::instance(r#"(module (func (export "run") (param i32) (result i32 i32) (local.get 0) (local.get 0)))"#);
    let run = instance.func("run").unwrap();
    assert_eq!(instance.func("none").unwrap_err().kind(), Kind::UnknownExport);
    assert_eq!(run.call(&[]).unwrap_err().kind(), Kind::ArgumentCount);
    assert_eq!(run.call(&[Val::I64(1)]).unwrap_err().kind(), Kind::ArgumentType);
    // A buffer that does not fit is an error before the guest runs, never a part of the results.
    for len in [0, 1, 3] {
        let mut results = vec![Val::I32(7); len];
        let error = run.call_into(&[Val::I32(1)], &mut results).unwrap_err();
        assert_eq!(error.kind(), Kind::ArgumentCount);
        assert!(results.iter().all(|value| value.i32() == Some(7)));
    }
}

#[test]
fn what_is_imported_stays_alive_decision_7() {
    let (store, mut linker) = (store(), linker());
    {
        let module = module(r#"(module (func (export "f") (result i32) (i32.const 9)))"#);
        linker.instance("lib", &linker.instantiate(&store, &module).unwrap());
    }
    let text = r#"(module (import "lib" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    let instance = linker.instantiate(&store, &module(text)).unwrap();
    drop((store, linker));
    assert_eq!(run(&instance).unwrap()[0].i32(), Some(9));
}

#[test]
fn a_trap_leaves_a_plain_instance_usable_decision_8() {
    let instance = support::instance(
        r#"(module (global $n (mut i32) (i32.const 0)) (func (export "run") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (i32.div_u (i32.const 100) (i32.sub (global.get $n) (i32.const 1)))))"#,
    );
    assert_eq!(run(&instance).unwrap_err().kind(), Kind::IntegerDivideByZero);
    assert_eq!(run(&instance).unwrap()[0].i32(), Some(100));
}

fn metered(costs: CostTable) -> Engine {
    Engine::new(&Config::new().fuel(true).cost_table(costs)).unwrap()
}

#[test]
fn host_functions_have_a_price_decision_9() {
    let engine = metered(CostTable::default());
    let mut linker = Linker::new(&engine);
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    linker.func_wrap("host", "f", move || _ = counter.fetch_add(1, Relaxed));
    linker.func_cost("host", "f", 5).unwrap().func_cost("host", "f", 1000).unwrap();
    let module = Module::from_text(&engine, CALLS).unwrap();
    let mut limits = Limits::default();
    limits.fuel = Some(2500);
    let store = Store::new(&engine, limits);
    let instance = linker.instantiate(&store, &module).unwrap();
    run(&instance).unwrap();
    run(&instance).unwrap();
    // Counts go on over calls, and what a host function costs counts against the limit.
    assert_eq!(store.statistics().fuel_used().unwrap(), 2002);
    let error = run(&instance).unwrap_err();
    assert_eq!(error.kind(), Kind::OutOfFuel);
    assert_eq!((calls.load(Relaxed), store.fuel_left().unwrap()), (2, 497));

    assert_eq!(linker.func_cost("host", "g", 1).unwrap_err().kind(), Kind::UnknownImport);
    linker.define("host", "item", Func::wrap(&store, || ()).unwrap());
    let error = linker.func_cost("host", "item", 1).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongExportKind);
    let mut plain = Linker::new(&support::engine());
    let error = plain.func_wrap("host", "f", || ()).func_cost("host", "f", 1).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::NotEnabled, Phase::Link));
}

#[test]
fn wasi_calls_have_a_price_ghsa_j366_h8gg_77pm() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 10)
        (func (export "poll") (param i32) (result i32) (call $poll (i32.const 0) (i32.const 262144) (local.get 0) (i32.const 8)))
        (func (export "random") (param i32) (result i32) (call $random (i32.const 0) (local.get 0))))"#;
    let engine = metered(CostTable::from_pairs([("wasi_call", 100), ("per_64_bytes", 10)]).unwrap());
    let cost = |name: &str, arg: i32, fuel: Option<u64>| {
        let mut limits = Limits::default();
        limits.fuel = fuel;
        let vm = Vm::builder()
            .limits(limits)
            .wasi(WasiConfig::new())
            .load(Module::from_text(&engine, text).unwrap())
            .unwrap();
        let ended = vm.run::<i32>(name, (arg,)).map_err(|error| error.kind());
        (vm.store().statistics().fuel_used().unwrap(), ended)
    };
    // Five operators and the call; subscriptions are 48 bytes, events 32.
    assert_eq!(cost("poll", 0, None).0, 5 + 100);
    assert_eq!(cost("poll", 64, None), (5 + 100 + 10 * 64 * 80 / 64, Ok(0)));
    assert_eq!(cost("poll", 64, Some(5 + 100 + 10 * 64 * 80 / 64 - 1)), (5, Err(Kind::OutOfFuel)));
    assert_eq!(cost("random", 65, None), (3 + 100 + 20, Ok(0)));
    assert_eq!(cost("random", -1, Some(1_000_000)), (3, Err(Kind::OutOfFuel)));
}

#[test]
fn types_are_what_was_asked_for() {
    let mut linker = linker();
    linker.func_wrap("host", "f", |x: i64| x);
    let error = linker.instantiate(&store(), &module(CALLS)).unwrap_err();
    assert_eq!(error.kind(), Kind::IncompatibleImport);
    let ty = module(CALLS).imports().next().unwrap().ty();
    assert!(matches!(ty, ExternType::Func(_)));
    let error: Error = linker.alias("a", "b", "c", "d").unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownImport);
}
