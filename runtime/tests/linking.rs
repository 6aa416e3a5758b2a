//! Imports: what fits, what does not, and instances that share what they are given.

mod support;

use edge_runtime::{
    Config, Engine, Extern, Func, Global, GlobalType, Instance, Kind, Limits, Linker, Memory, MemoryType, Module,
    Phase, RefType, Store, Table, TableType, Val, ValType,
};
use support::{module, store, with_imports};

#[test]
fn instances_share_what_is_exported() {
    let store = store();
    let mut linker = Linker::new(&support::engine());
    let lib = module(
        r#"(module (memory (export "memory") 1) (global (export "count") (mut i32) (i32.const 5))
            (table (export "table") 2 funcref)
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"#,
    );
    let lib = linker.instantiate(&store, &lib).unwrap();
    linker.instance("lib", &lib);
    let user = module(
        r#"(module (import "lib" "load" (func $load (param i32) (result i32))) (import "lib" "memory" (memory 1))
            (import "lib" "count" (global $count (mut i32))) (import "lib" "table" (table 2 funcref))
            (elem (i32.const 1) $mine) (func $mine (result i32) (i32.const 77))
            (func (export "run") (result i32)
                (i32.store (i32.const 100) (i32.const 37))
                (global.set $count (i32.add (global.get $count) (i32.const 1)))
                (call $load (i32.const 100))))"#,
    );
    let user = linker.instantiate(&store, &user).unwrap();
    assert_eq!(user.func("run").unwrap().call(&[]).unwrap()[0].i32(), Some(37));
    assert_eq!(lib.global("count").unwrap().get().i32(), Some(6));
    let Val::FuncRef(Some(mine)) = lib.table("table").unwrap().get(1).unwrap() else { panic!("an element") };
    drop((user, linker));
    assert_eq!(mine.call(&[]).unwrap()[0].i32(), Some(77));
}

#[test]
fn instances_of_one_module_share_nothing() {
    let module = module(
        r#"(module (global $g (mut i32) (i32.const 0)) (memory (export "m") 1)
            (func (export "next") (result i32)
                (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"#,
    );
    let store = store();
    let (a, b) = (Instance::new(&store, &module, &[]).unwrap(), Instance::new(&store, &module, &[]).unwrap());
    a.func("next").unwrap().call(&[]).unwrap();
    a.memory("m").unwrap().write(0, b"secret").unwrap();
    assert_eq!(b.func("next").unwrap().call(&[]).unwrap()[0].i32(), Some(1));
    assert_eq!(b.memory("m").unwrap().read_vec(0, 6).unwrap(), [0; 6]);
}

#[test]
fn a_missing_import_is_named() {
    let module = module(r#"(module (import "env" "log" (func (param i32 i32))))"#);
    let error = Linker::new(&support::engine()).instantiate(&store(), &module).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Link, Kind::UnknownImport));
    assert_eq!(error.message(), "the import env.log is not defined; a function (i32, i32) -> () is wanted");
    assert_eq!(Instance::new(&store(), &module, &[]).unwrap_err().kind(), Kind::UnknownImport);
}

#[test]
fn too_many_imports_are_refused() {
    let store = store();
    let func = Func::wrap(&store, || ()).unwrap();
    let error = with_imports(&store, "(module)", &[func.into()]).unwrap_err();
    assert_eq!(error.message(), "the module has 0 imports, and 1 were given");
}

/// One of every sort.
fn items(store: &Store) -> Vec<Extern> {
    let table = TableType::new(RefType::FUNCREF, 2, Some(4));
    vec![
        Func::wrap(store, |_: i32| ()).unwrap().into(),
        Memory::new(store, MemoryType::new(2, Some(4))).unwrap().into(),
        Table::new(store, table, Val::FuncRef(None)).unwrap().into(),
        Global::new(store, GlobalType { content: ValType::I32, mutable: false }, Val::I32(1)).unwrap().into(),
    ]
}

#[test]
fn every_import_is_compared_with_every_sort() {
    let store = store();
    let wanted = [
        ("(func (param i32))", 0),
        ("(memory 2 4)", 1),
        ("(memory 1)", 1),
        ("(table 2 4 funcref)", 2),
        ("(table 0 funcref)", 2),
        ("(global i32)", 3),
        ("(func (param i64))", 9),
        ("(func (param i32) (result i32))", 9),
        ("(memory 3)", 9),
        ("(memory 2 3)", 9),
        ("(table 3 funcref)", 9),
        ("(table 2 3 funcref)", 9),
        ("(table 2 4 externref)", 9),
        ("(global i64)", 9),
        ("(global (mut i32))", 9),
    ];
    for (text, fits) in wanted {
        for (position, item) in items(&store).into_iter().enumerate() {
            let result = with_imports(&store, &format!("(module (import \"a\" \"b\" {text}))"), &[item]);
            if position == fits {
                result.unwrap_or_else(|e| panic!("{text}: {e}"));
            } else {
                let error = result.expect_err(text);
                assert_eq!((error.phase(), error.kind()), (Phase::Link, Kind::IncompatibleImport), "{text}");
                assert!(error.message().starts_with("the import a.b has to be a "), "{error}");
            }
        }
    }
}

#[test]
fn both_types_are_named() {
    let store = store();
    let func = Func::wrap(&store, |_: i32| 1_i32).unwrap();
    let error = with_imports(&store, r#"(module (import "a" "b" (func (param i64))))"#, &[func.into()]).unwrap_err();
    assert_eq!(
        error.message(),
        "the import a.b has to be a function (i64) -> (), and a function (i32) -> i32 was given"
    );
}

#[test]
fn what_belongs_to_another_store_is_refused() {
    let (here, there) = (store(), store());
    for (text, item) in
        ["(func (param i32))", "(memory 1)", "(table 1 funcref)", "(global i32)"].iter().zip(items(&there))
    {
        let text = format!("(module (import \"a\" \"b\" {text}))");
        let error = with_imports(&here, &text, std::slice::from_ref(&item)).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Link, Kind::WrongStore));
        let mut linker = Linker::new(&support::engine());
        linker.define("a", "b", item);
        assert_eq!(linker.instantiate(&here, &module(&text)).unwrap_err().kind(), Kind::WrongStore);
    }
}

#[test]
fn references_of_another_store_are_refused() {
    let (here, there) = (store(), store());
    let foreign = Val::FuncRef(Some(Func::wrap(&there, || ()).unwrap()));
    let text = r#"(module (table (export "t") 1 funcref) (global (export "g") (mut funcref) (ref.null func))
        (func (export "f") (param funcref)))"#;
    let instance = with_imports(&here, text, &[]).unwrap();
    let wrong = |error: edge_runtime::Error| assert_eq!(error.kind(), Kind::WrongStore, "{error}");
    wrong(instance.func("f").unwrap().call(std::slice::from_ref(&foreign)).unwrap_err());
    wrong(instance.table("t").unwrap().set(0, foreign.clone()).unwrap_err());
    wrong(instance.table("t").unwrap().grow(1, foreign.clone()).unwrap_err());
    wrong(instance.global("g").unwrap().set(foreign.clone()).unwrap_err());
    let ty = TableType::new(RefType::FUNCREF, 1, None);
    wrong(Table::new(&here, ty, foreign.clone()).unwrap_err());
    let ty = GlobalType { content: ValType::Ref(RefType::FUNCREF), mutable: false };
    wrong(Global::new(&here, ty, foreign).unwrap_err());
}

#[test]
fn what_belongs_to_another_engine_is_refused() {
    let other = Engine::new(&Config::new()).unwrap();
    let foreign = Module::from_text(&other, "(module)").unwrap();
    assert_eq!(Instance::new(&store(), &foreign, &[]).unwrap_err().kind(), Kind::WrongStore);
    let there = Store::new(&other, Limits::default());
    let error = Linker::new(&support::engine()).instantiate(&there, &foreign).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongStore);
}

#[test]
fn a_later_definition_replaces_an_earlier_one() {
    let mut linker = Linker::new(&support::engine());
    linker.func_wrap("a", "b", || 1_i32).func_wrap("a", "b", || 2_i32);
    assert!(linker.contains("a", "b") && !linker.contains("a", "c") && !linker.contains("b", "a"));
    let text = r#"(module (import "a" "b" (func $b (result i32))) (func (export "f") (result i32) call $b))"#;
    let instance = linker.instantiate(&store(), &module(text)).unwrap();
    assert_eq!(instance.func("f").unwrap().call(&[]).unwrap()[0].i32(), Some(2));
}

#[test]
fn the_start_function_runs_once() {
    let text = r#"(module (import "a" "count" (global $count (mut i32)))
        (start $start) (func $start (global.set $count (i32.add (global.get $count) (i32.const 1)))))"#;
    let store = store();
    let ty = GlobalType { content: ValType::I32, mutable: true };
    let count = Global::new(&store, ty, Val::I32(0)).unwrap();
    with_imports(&store, text, &[count.clone().into()]).unwrap();
    assert_eq!(count.get().i32(), Some(1));
}

#[test]
fn a_start_function_that_traps_leaves_what_it_did() {
    let store = store();
    let memory = Memory::new(&store, MemoryType::new(1, None)).unwrap();
    let text = r#"(module (import "a" "m" (memory 1)) (data (i32.const 0) "here")
        (start $boom) (func $boom unreachable))"#;
    let error = with_imports(&store, text, &[memory.clone().into()]).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("boom"));
    assert_eq!(memory.read_vec(0, 4).unwrap(), b"here");
}

#[test]
fn segments_are_applied_in_order_until_one_does_not_fit() {
    let store = store();
    let memory = Memory::new(&store, MemoryType::new(1, None)).unwrap();
    let text = r#"(module (import "a" "m" (memory 1))
        (data (i32.const 0) "one") (data (i32.const 65535) "two") (data (i32.const 8) "three"))"#;
    let error = with_imports(&store, text, &[memory.clone().into()]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Instantiate, Kind::MemoryOutOfBounds));
    assert_eq!(memory.read_vec(0, 3).unwrap(), b"one");
    assert_eq!(memory.read_vec(65_535, 1).unwrap(), [0]);
    assert_eq!(memory.read_vec(8, 5).unwrap(), [0; 5]);
}

#[test]
fn the_limit_on_instances() {
    let mut limits = Limits::default();
    limits.instances = 2;
    let store = Store::new(&support::engine(), limits);
    let module = module("(module)");
    Instance::new(&store, &module, &[]).unwrap();
    Instance::new(&store, &module, &[]).unwrap();
    let error = Instance::new(&store, &module, &[]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Instantiate, Kind::InstanceLimit));
}
