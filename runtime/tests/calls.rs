//! Calling guest functions: typed, untyped, raw; and arguments that do not fit.

mod support;

use edge_runtime::types::layout::RawValue;
use edge_runtime::{ExternRef, Kind, Val};
use support::instance;

const ADD: &str = r#"(module (func $add (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

#[test]
fn typed() {
    let add = instance(ADD).func("add").unwrap().typed::<(i32, i32), i32>().unwrap();
    assert_eq!(add.call((2, 3)).unwrap(), 5);
    assert_eq!(add.call((i32::MAX, 1)).unwrap(), i32::MIN);
}

#[test]
fn typed_with_unsigned_integers() {
    let add = instance(ADD).func("add").unwrap().typed::<(u32, u32), u32>().unwrap();
    assert_eq!(add.call((u32::MAX, 2)).unwrap(), 1);
}

#[test]
fn untyped() {
    let add = instance(ADD).func("add").unwrap();
    assert_eq!(add.call(&[Val::I32(40), Val::I32(2)]).unwrap()[0].i32(), Some(42));
    let mut results = [Val::I64(0)];
    add.call_into(&[Val::I32(1), Val::I32(2)], &mut results).unwrap();
    assert_eq!(results[0].i32(), Some(3));
    assert_eq!(add.call_into(&[Val::I32(1), Val::I32(2)], &mut []).unwrap_err().kind(), Kind::ArgumentCount);
}

#[test]
fn raw() {
    let add = instance(ADD).func("add").unwrap();
    let mut values = [RawValue { i32: 20 }, RawValue { i32: 22 }];
    // SAFETY: two slots that hold two i32, as the function takes.
    unsafe { add.call_raw(&mut values).unwrap() };
    // SAFETY: the function gives an i32.
    assert_eq!(unsafe { values[0].i32 }, 42);
}

#[test]
fn every_type_goes_in_and_out() {
    let all = instance(
        r#"(module (func (export "all") (param i32 i64 f32 f64 funcref externref) (result externref funcref f64 f32 i64 i32)
            local.get 5 local.get 4 local.get 3 local.get 2 local.get 1 local.get 0))"#,
    )
    .func("all")
    .unwrap();
    let object = ExternRef::new("object");
    let args = [
        Val::I32(-1),
        Val::I64(i64::MIN),
        Val::F32(0x7fa0_0001),
        Val::F64(0x7ff4_0000_0000_0001),
        Val::FuncRef(Some(all.clone())),
        Val::ExternRef(Some(object.clone())),
    ];
    let results = all.call(&args).unwrap();
    let Val::ExternRef(Some(same)) = &results[0] else { panic!("{results:?}") };
    assert!(same.ptr_eq(&object));
    assert_eq!(same.downcast_ref::<&str>(), Some(&"object"));
    let Val::FuncRef(Some(func)) = &results[1] else { panic!("{results:?}") };
    assert_eq!(func.ty(), all.ty());
    assert!(matches!(results[2], Val::F64(0x7ff4_0000_0000_0001)), "{results:?}");
    assert!(matches!(results[3], Val::F32(0x7fa0_0001)), "{results:?}");
    assert_eq!((results[4].i64(), results[5].i32()), (Some(i64::MIN), Some(-1)));
}

#[test]
fn null_references_go_in_and_out() {
    let same = instance(
        r#"(module (func (export "f") (param funcref externref) (result funcref externref)
        local.get 0 local.get 1))"#,
    );
    let results = same.func("f").unwrap().call(&[Val::FuncRef(None), Val::ExternRef(None)]).unwrap();
    assert!(matches!(results[..], [Val::FuncRef(None), Val::ExternRef(None)]), "{results:?}");
}

#[test]
fn many_results() {
    let many = instance(
        r#"(module (func (export "f") (param i64) (result i64 i32 f64 i64 i32 f32 i64 i64)
        local.get 0 i32.const 1 f64.const 2 i64.const 3 i32.const 4 f32.const 5 i64.const 6 i64.const 7))"#,
    );
    let f = many.func("f").unwrap().typed::<i64, (i64, i32, f64, i64, i32, f32, i64, i64)>().unwrap();
    assert_eq!(f.call(9).unwrap(), (9, 1, 2.0, 3, 4, 5.0, 6, 7));
}

#[test]
fn arguments_that_do_not_fit() {
    let add = instance(ADD).func("add").unwrap();
    let error = add.call(&[Val::I32(1)]).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentCount);
    assert_eq!(error.message(), "the function takes 2 arguments, and 1 were given");
    let error = add.call(&[Val::I32(1), Val::I64(1)]).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert_eq!(error.message(), "argument 2 has to be i32 and is i64");
}

#[test]
fn a_typed_handle_of_another_type_is_refused() {
    let add = instance(ADD).func("add").unwrap();
    let error = add.typed::<(i32, i64), i32>().unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert_eq!(error.message(), "the function takes (i32, i32), and (i32, i64) was asked for");
    assert_eq!(add.typed::<(i32, i32), ()>().unwrap_err().kind(), Kind::ResultType);
}

#[test]
fn names_of_exports() {
    let instance =
        instance(r#"(module (func $f (export "multiply")) (func (export "add")) (memory (export "memory") 1))"#);
    let error = instance.func("ad").unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownExport);
    assert_eq!(error.message(), "the module exports no function \"ad\"; near to it are: add, multiply");
    let error = instance.func("memory").unwrap_err();
    assert_eq!(error.kind(), Kind::WrongExportKind);
    assert_eq!(error.message(), "the export memory is a memory, and a function was asked for");
    assert_eq!(instance.func("multiply").unwrap().name().as_deref(), Some("f"));
    assert_eq!(instance.func("add").unwrap().name().as_deref(), Some("add"));
}

#[test]
fn a_call_outlives_every_other_handle() {
    let add = instance(ADD).func("add").unwrap();
    assert_eq!(add.typed::<(i32, i32), i32>().unwrap().call((1, 2)).unwrap(), 3);
}
