//! Calling guest functions: typed, untyped, raw.

use edge_runtime::{Engine, Instance, Kind, Limits, Module, Store, Val};

fn instance(text: &str) -> Instance {
    let engine = Engine::default();
    let module = Module::from_text(&engine, text).unwrap();
    let store = Store::new(&engine, Limits::default());
    Instance::new(&store, &module, &[]).unwrap()
}

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

#[test]
fn typed() {
    let add = instance(ADD).func("add").unwrap().typed::<(i32, i32), i32>().unwrap();
    assert_eq!(add.call((2, 3)).unwrap(), 5);
    assert_eq!(add.call((i32::MAX, 1)).unwrap(), i32::MIN);
}

#[test]
fn untyped() {
    let add = instance(ADD).func("add").unwrap();
    let results = add.call(&[Val::I32(40), Val::I32(2)]).unwrap();
    assert_eq!(results[0].i32(), Some(42));
    assert_eq!(add.call(&[Val::I32(40)]).unwrap_err().kind(), Kind::ArgumentCount);
}
