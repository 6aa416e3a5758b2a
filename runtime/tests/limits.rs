//! Every limit once, at its exact boundary.

mod common;

use std::time::{Duration, Instant};

use common::description::{function, list, s};
use common::module;
use edge_runtime::{
    Caller, Config, Engine, Error, Instance, Kind, Limits, Linker, Memory, MemoryType, Module, ModuleLimits, Phase,
    RefType, Result, Store, Table, TableType, Val, Vm,
};

const PAGE: u64 = 65_536;

fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

fn store_with(set: impl FnOnce(&mut Limits)) -> Store {
    Store::new(&common::engine(), limits(set))
}

fn instance_in(store: &Store, text: &str) -> Result<Instance> {
    Instance::new(store, &module(text), &[])
}

fn number(instance: &Instance, name: &str, args: &[Val]) -> i32 {
    instance.func(name).unwrap().call(args).unwrap()[0].i32().unwrap()
}

#[track_caller]
fn assert_error(error: &Error, kind: Kind, phase: Phase, text: &str) {
    assert_eq!((error.kind(), error.phase()), (kind, phase), "{error:?}");
    assert!(error.message().contains(text), "{error}");
}

#[test]
fn memory() {
    let text = r#"(module (memory 2) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let error = instance_in(&store_with(|limits| limits.memory = 2 * PAGE - 1), text).unwrap_err();
    assert_error(&error, Kind::MemoryLimit, Phase::Instantiate, "131071");

    let store = store_with(|limits| limits.memory = 4 * PAGE);
    let instance = instance_in(&store, text).unwrap();
    assert_eq!(number(&instance, "grow", &[Val::I32(3)]), -1);
    assert_eq!(number(&instance, "grow", &[Val::I32(1)]), 2);
    // Memories of the host count too.
    let host = Memory::new(&store, MemoryType::new(1, Some(9))).unwrap();
    assert_eq!(number(&instance, "grow", &[Val::I32(1)]), -1);
    assert_error(&host.grow(1).unwrap_err(), Kind::MemoryLimit, Phase::Execute, "262144");
    assert_error(
        &Memory::new(&store, MemoryType::new(1, None)).unwrap_err(),
        Kind::MemoryLimit,
        Phase::Instantiate,
        "65536",
    );
    assert_eq!((store.memory_used(), store.statistics().memory_peak()), (4 * PAGE, 4 * PAGE));
    assert_eq!(number(&instance, "grow", &[Val::I32(0)]), 3);
}

#[test]
fn table_elements() {
    let text = r#"(module (table 3 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;
    let error = instance_in(&store_with(|limits| limits.table = 2), text).unwrap_err();
    assert_error(&error, Kind::TableLimit, Phase::Instantiate, "table elements is 2");
    let store = store_with(|limits| limits.table = 5);
    let instance = instance_in(&store, text).unwrap();
    assert_eq!(number(&instance, "grow", &[Val::I32(3)]), -1);
    assert_eq!(number(&instance, "grow", &[Val::I32(1)]), 3);
    let ty = TableType::new(RefType::FUNCREF, 2, None);
    assert_eq!(Table::new(&store, ty, Val::FuncRef(None)).unwrap_err().kind(), Kind::TableLimit);
    Table::new(&store, TableType::new(RefType::FUNCREF, 1, None), Val::FuncRef(None)).unwrap();
    assert_eq!(number(&instance, "grow", &[Val::I32(1)]), -1);
}

#[test]
fn instances() {
    let store = store_with(|limits| limits.instances = 3);
    for _ in 0..3 {
        instance_in(&store, "(module)").unwrap();
    }
    assert_error(
        &instance_in(&store, "(module)").unwrap_err(),
        Kind::InstanceLimit,
        Phase::Instantiate,
        "instances is 3",
    );
}

/// Calls of the guest by the host inside one another, `depth` of them.
fn nested(limit: u32, depth: i32) -> Result<()> {
    let store = store_with(|limits| limits.recursion = limit);
    let mut linker = Linker::new(&common::engine());
    linker.func_wrap("host", "again", |caller: Caller<'_>, depth: i32| -> Result<(), Error> {
        caller.instance().unwrap().func("run")?.typed::<i32, ()>()?.call(depth)
    });
    let text = r#"(module (import "host" "again" (func $again (param i32)))
        (func (export "run") (param i32)
            (if (i32.gt_u (local.get 0) (i32.const 1)) (then (call $again (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let instance = linker.instantiate(&store, &module(text))?;
    let outcome = instance.func("run")?.typed::<i32, ()>()?.call(depth);
    // Whatever happened, all calls have ended.
    instance.func("run")?.typed::<i32, ()>()?.call(1)?;
    outcome
}

#[test]
fn recursion() {
    for limit in [1, 2, 20] {
        nested(limit, limit.cast_signed()).unwrap();
        let error = nested(limit, limit.cast_signed() + 1).unwrap_err();
        assert_error(&error, Kind::RecursionLimit, Phase::Execute, &format!("is {limit}, and as many"));
        assert_eq!(error.backtrace().len(), limit as usize);
    }
    assert_eq!(Limits::default().recursion, 1_000);
}

#[test]
fn stack() {
    let text = r#"(module (func $f (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))
        (i32.add (i32.const 1))))"#;
    let run = |stack| {
        let instance = instance_in(&store_with(|limits| limits.stack = stack), text).unwrap();
        instance.func("run").unwrap().call(&[Val::I32(2_000)]).map(|values| values[0].i32())
    };
    assert_eq!(run(512 << 10).unwrap(), Some(2_001));
    assert_error(&run(16 << 10).unwrap_err(), Kind::StackOverflow, Phase::Execute, "call stack exhausted");
}

#[test]
fn fuel() {
    let engine = Engine::new(&Config::new().fuel(true)).unwrap();
    let module =
        Module::from_text(&engine, r#"(module (func (export "run") (drop (i32.const 1)) (drop (i32.const 1))))"#)
            .unwrap();
    for (fuel, kind) in [(4, None), (3, Some(Kind::OutOfFuel))] {
        let vm = Vm::builder().limits(limits(|limits| limits.fuel = Some(fuel))).load(module.clone()).unwrap();
        assert_eq!(vm.run::<()>("run", ()).err().map(|error| error.kind()), kind);
    }
    let error =
        Vm::builder().limits(limits(|limits| limits.fuel = Some(1))).load(common::module("(module)")).unwrap_err();
    assert_error(&error, Kind::NotEnabled, Phase::Instantiate, "setting fuel");
}

/// The deadline is that of each call, counted anew, and of all that the call leads to.
#[test]
fn deadline() {
    let text = r#"(module (import "host" "again" (func $again)) (func (export "spin") (loop (br 0)))
        (func (export "brief")) (func (export "through") (call $again)))"#;
    let time = Duration::from_millis(5);
    let store = store_with(|limits| limits.deadline = Some(time));
    let mut linker = Linker::new(&common::engine());
    linker.func_wrap("host", "again", |caller: Caller<'_>| -> Result<(), Error> {
        caller.instance().unwrap().func("spin")?.call(&[]).map(drop)
    });
    let instance = linker.instantiate(&store, &module(text)).unwrap();
    let call = |name: &str| instance.func(name).unwrap().call(&[]);
    for name in ["spin", "through", "spin"] {
        let began = Instant::now();
        assert_error(&call(name).unwrap_err(), Kind::DeadlineExceeded, Phase::Execute, "the deadline passed");
        assert!(began.elapsed() >= time, "{name}");
        call("brief").unwrap();
    }
    let start = "(module (func $spin (loop (br 0))) (start $spin))";
    let error = instance_in(&store, start).unwrap_err();
    assert_error(&error, Kind::DeadlineExceeded, Phase::Instantiate, "the deadline passed");
    let unhurried = store_with(|limits| limits.deadline = Some(Duration::MAX));
    instance_in(&unhurried, r#"(module (func (export "brief")))"#).unwrap().func("brief").unwrap().call(&[]).unwrap();
    assert_eq!(Limits::default().deadline, None);
}

/// The size is that of the bytes in the guest, of strings and documents alike; errors of the guest count too.
#[test]
fn result_size() {
    let text = common::guest(
        &[
            function("text", &[("text", s("string"))], s("string")),
            function("fail", &[("text", s("string"))], list([s("result"), s("unit"), s("string")])),
        ],
        "",
        r#"(func (export "edge:text") (param i32 i32) (result i64)
            (call $pack (call $arg (i32.const 0) (local.get 0) (local.get 1)) (local.get 1)))
        (func (export "edge:fail") (param i32 i32) (local $at i32)
            (local.set $at (call $alloc (i32.const 3)))
            (i32.store8 (local.get $at) (i32.const 0xa2))
            (i32.store16 offset=1 (local.get $at) (i32.const 0x6f6e))
            (i32.store (i32.const 1028) (i32.const 1))
            (i32.store (i32.const 1032) (local.get $at))
            (i32.store (i32.const 1036) (i32.const 3)))"#,
    );
    let vm = |size| Vm::builder().limits(limits(|limits| limits.result_size = size)).load(module(&text)).unwrap();
    for size in [3, 4, 1_000, 100_000] {
        let vm = vm(size);
        assert_eq!(vm.run::<String>("text", ("x".repeat(size),)).unwrap().len(), size);
        let error = vm.run::<String>("text", ("x".repeat(size + 1),)).unwrap_err();
        let told = format!("`text` returned {} bytes, the limit on the size of a result is {size}", size + 1);
        assert_error(&error, Kind::ResultTooLarge, Phase::Execute, &told);
        assert_eq!(vm.run::<String>("text", ("",)).unwrap(), "", "the guest goes on");
        assert_error(&vm.run::<()>("fail", ("",)).unwrap_err(), Kind::GuestError, Phase::Execute, "no");
    }
    let error = vm(2).run::<()>("fail", ("",)).unwrap_err();
    assert_error(&error, Kind::ResultTooLarge, Phase::Execute, "`fail` returned 3 bytes");
    assert_eq!(Limits::default().result_size, 256 << 20);
}

#[test]
fn the_start_function_is_metered() {
    let engine = Engine::new(&Config::new().fuel(true)).unwrap();
    let module = Module::from_text(&engine, r#"(module (func $s (loop (br 0))) (start $s))"#).unwrap();
    let store = Store::new(&engine, limits(|limits| limits.fuel = Some(100)));
    let error = Instance::new(&store, &module, &[]).unwrap_err();
    assert_error(&error, Kind::OutOfFuel, Phase::Instantiate, "fuel is used up");
}

/// A limit on modules by its name, with a module that has exactly `at` of the thing.
type Case = (&'static str, fn(&mut ModuleLimits) -> &mut u64, fn(usize) -> String);

#[test]
fn modules() {
    let cases: &[Case] = &[
        ("functions", |limits| &mut limits.functions, |n| format!("(module {})", "(func)".repeat(n))),
        ("globals", |limits| &mut limits.items, |n| format!("(module {})", "(global i32 (i32.const 0))".repeat(n))),
        (
            "locals",
            |limits| &mut limits.locals,
            |n| format!("(module (func (param i32) (local {})))", "i64 ".repeat(n - 1)),
        ),
        (
            "targets of a br_table",
            |limits| &mut limits.branch_targets,
            |n| format!("(module (func (br_table {} 0 (i32.const 0))))", "0 ".repeat(n)),
        ),
        // The body is a block itself.
        (
            "blocks",
            |limits| &mut limits.nesting,
            |n| format!("(module (func {}{}))", "(block ".repeat(n - 1), ")".repeat(n - 1)),
        ),
        (
            "operands",
            |limits| &mut limits.operands,
            |n| format!("(module (func {} {}))", "i32.const 0 ".repeat(n), "drop ".repeat(n)),
        ),
        // No locals, the operators, and the end.
        (
            "bytes in a function's body",
            |limits| &mut limits.body_size,
            |n| format!("(module (func {}))", "nop ".repeat(n - 2)),
        ),
    ];
    for (what, field, text) in cases {
        for at in [5_usize, 40] {
            let load = |n: usize| {
                let limits = limits(|limits| *field(&mut limits.module) = at as u64);
                let bytes = wat_bytes(&text(n));
                Vm::builder().limits(limits).load(bytes)
            };
            load(at).unwrap_or_else(|error| panic!("{what}, {at}: {error:?}"));
            let error = load(at + 1).unwrap_err();
            assert_eq!(error.kind(), Kind::TooLarge, "{what}: {error:?}");
        }
    }
}

fn wat_bytes(text: &str) -> Vec<u8> {
    let buffer = wast::parser::ParseBuffer::new(text).unwrap();
    wast::parser::parse::<wast::Wat<'_>>(&buffer).unwrap().encode().unwrap()
}

#[test]
fn module_size() {
    let bytes = wat_bytes("(module (func))");
    let load =
        |size: usize| Vm::builder().limits(limits(|limits| limits.module.module_size = size as u64)).load(&bytes);
    load(bytes.len()).unwrap();
    assert_eq!(load(bytes.len() - 1).unwrap_err().kind(), Kind::TooLarge);
}

#[test]
fn an_engine_has_limits_for_all_who_name_none() {
    let set = |limits: &mut Limits| {
        limits.memory = PAGE;
        limits.module.functions = 2;
    };
    let engine = Engine::new(&Config::new().limits(limits(set))).unwrap();
    assert_eq!(Module::from_text(&engine, "(module (func) (func) (func))").unwrap_err().kind(), Kind::TooLarge);
    let two_pages = wat_bytes("(module (memory 2))");
    let error = Vm::builder().engine(engine.clone()).load(&two_pages).unwrap_err();
    assert_eq!(error.kind(), Kind::MemoryLimit);
    // Limits of one's own replace all of them.
    Vm::builder().engine(engine.clone()).limits(Limits::default()).load(&two_pages).unwrap();
    let three = wat_bytes("(module (func) (func) (func))");
    Vm::builder().engine(engine).limits(Limits::default()).load(&three).unwrap();
}
