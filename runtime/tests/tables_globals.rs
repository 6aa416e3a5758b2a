//! Tables and globals from the host's side.

mod support;

use edge_runtime::{
    ExternRef, Func, Global, GlobalType, Instance, Kind, Limits, RefType, Store, Table, TableType, Val, ValType,
};
use support::{instance, module, store, with_imports};

const FUNCS: TableType = TableType::new(RefType::FUNCREF, 2, Some(5));
const OBJECTS: TableType = TableType::new(RefType::EXTERNREF, 2, None);

#[test]
fn elements_go_in_and_out() {
    let store = store();
    let table = Table::new(&store, FUNCS, Val::FuncRef(None)).unwrap();
    let one = Func::wrap(&store, || 1_i32).unwrap();
    table.set(1, Val::FuncRef(Some(one))).unwrap();
    assert!(matches!(table.get(0).unwrap(), Val::FuncRef(None)));
    let text = r#"(module (import "a" "t" (table 2 funcref)) (type $t (func (result i32)))
        (func (export "f") (result i32) (call_indirect (type $t) (i32.const 1))))"#;
    let instance = with_imports(&store, text, &[table.clone().into()]).unwrap();
    assert_eq!(instance.func("f").unwrap().call(&[]).unwrap()[0].i32(), Some(1));
    table.set(1, Val::FuncRef(None)).unwrap();
    assert_eq!(instance.func("f").unwrap().call(&[]).unwrap_err().kind(), Kind::UninitializedElement);
}

#[test]
fn elements_outside_are_named() {
    let table = Table::new(&store(), FUNCS, Val::FuncRef(None)).unwrap();
    let error = table.get(2).unwrap_err();
    assert_eq!(error.kind(), Kind::TableOutOfBounds);
    assert_eq!(error.message(), "element 2 is not within the table of 2 elements");
    assert_eq!(table.set(u64::MAX, Val::FuncRef(None)).unwrap_err().kind(), Kind::TableOutOfBounds);
    let error = table.fill(1, Val::FuncRef(None), 2).unwrap_err();
    assert_eq!(error.message(), "2 elements at 1 are not within the table of 2 elements");
}

#[test]
fn elements_of_another_type_are_refused() {
    let store = store();
    let table = Table::new(&store, FUNCS, Val::FuncRef(None)).unwrap();
    for wrong in [Val::ExternRef(None), Val::I32(1)] {
        assert_eq!(table.set(0, wrong.clone()).unwrap_err().kind(), Kind::ArgumentType);
        assert_eq!(table.grow(1, wrong.clone()).unwrap_err().kind(), Kind::ArgumentType);
        assert_eq!(Table::new(&store, FUNCS, wrong).unwrap_err().kind(), Kind::ArgumentType);
    }
}

#[test]
fn growth() {
    let store = store();
    let table = Table::new(&store, OBJECTS, Val::ExternRef(None)).unwrap();
    let text = r#"(module (import "a" "t" (table $t 2 externref))
        (func (export "size") (result i32) (table.size $t))
        (func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
        (func (export "grow") (param externref i32) (result i32) (table.grow $t (local.get 0) (local.get 1))))"#;
    let instance = with_imports(&store, text, &[table.clone().into()]).unwrap();
    let object = Val::ExternRef(Some(ExternRef::new(7_u8)));
    assert_eq!(table.grow(100, object.clone()).unwrap(), 2);
    assert_eq!(instance.func("size").unwrap().call(&[]).unwrap()[0].i32(), Some(102));
    let got = instance.func("get").unwrap().call(&[Val::I32(101)]).unwrap();
    let Val::ExternRef(Some(got)) = &got[0] else { panic!("{got:?}") };
    assert_eq!(got.downcast_ref::<u8>(), Some(&7));
    assert_eq!(instance.func("grow").unwrap().call(&[object, Val::I32(3)]).unwrap()[0].i32(), Some(102));
    assert_eq!((table.size(), table.ty().min), (105, 105));

    let table = Table::new(&store, FUNCS, Val::FuncRef(None)).unwrap();
    let error = table.grow(4, Val::FuncRef(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::TableLimit);
    assert_eq!(error.message(), "a table of 2 elements cannot grow by 4: its maximum is 5");
    assert_eq!(table.grow(u64::MAX, Val::FuncRef(None)).unwrap_err().kind(), Kind::TableLimit);
}

#[test]
fn the_limit_holds_for_all_tables_together() {
    let mut limits = Limits::default();
    limits.table = 10;
    let store = Store::new(&support::engine(), limits);
    let table = Table::new(&store, OBJECTS, Val::ExternRef(None)).unwrap();
    table.grow(6, Val::ExternRef(None)).unwrap();
    let text = r#"(module (table 2 funcref) (func (export "grow") (result i32)
        (table.grow 0 (ref.null func) (i32.const 1))))"#;
    let instance = Instance::new(&store, &module(text), &[]).unwrap();
    assert_eq!(instance.func("grow").unwrap().call(&[]).unwrap()[0].i32(), Some(-1));
    let error = table.grow(1, Val::ExternRef(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::TableLimit);
    assert_eq!(error.message(), "the limit on table elements is 10: 10 are in use and 1 more are wanted");
    assert_eq!(Table::new(&store, FUNCS, Val::FuncRef(None)).unwrap_err().kind(), Kind::TableLimit);
}

#[test]
fn globals() {
    let store = store();
    let ty = GlobalType { content: ValType::I64, mutable: true };
    let global = Global::new(&store, ty, Val::I64(5)).unwrap();
    let text = r#"(module (import "a" "g" (global $g (mut i64)))
        (func (export "double") (global.set $g (i64.mul (global.get $g) (i64.const 2)))))"#;
    let instance = with_imports(&store, text, &[global.clone().into()]).unwrap();
    instance.func("double").unwrap().call(&[]).unwrap();
    assert_eq!(global.get().i64(), Some(10));
    global.set(Val::I64(21)).unwrap();
    instance.func("double").unwrap().call(&[]).unwrap();
    assert_eq!(global.get().i64(), Some(42));
    let error = global.set(Val::I32(1)).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert_eq!(error.message(), "the value of the global has to be i64 and is i32");
}

#[test]
fn an_immutable_global_stays() {
    let instance = instance(r#"(module (global (export "g") f32 (f32.const 1.5)))"#);
    let global = instance.global("g").unwrap();
    let error = global.set(Val::from(2.5_f32)).unwrap_err();
    assert_eq!(error.kind(), Kind::Immutable);
    assert_eq!(error.message(), "the global is immutable and cannot be assigned to");
    assert_eq!(global.get().f32(), Some(1.5));
}

#[test]
fn initial_values() {
    let store = store();
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let base = Global::new(&store, ty, Val::I32(30)).unwrap();
    let text = r#"(module (import "a" "base" (global $base i32)) (memory (export "m") 1)
        (global (export "copy") i32 (global.get $base))
        (global (export "func") funcref (ref.func $f))
        (global (export "null") externref (ref.null extern))
        (func $f (result i32) (i32.const 9))
        (data (global.get $base) "at"))"#;
    let instance = with_imports(&store, text, &[base.into()]).unwrap();
    assert_eq!(instance.global("copy").unwrap().get().i32(), Some(30));
    let Val::FuncRef(Some(f)) = instance.global("func").unwrap().get() else { panic!("a function") };
    assert_eq!(f.call(&[]).unwrap()[0].i32(), Some(9));
    assert!(matches!(instance.global("null").unwrap().get(), Val::ExternRef(None)));
    assert_eq!(instance.memory("m").unwrap().read_vec(30, 2).unwrap(), b"at");
}
