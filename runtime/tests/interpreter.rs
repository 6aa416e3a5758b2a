//! What is the interpreter's own: nothing executable, no handlers, its stack, calls in both directions.

use edge_runtime::{Config, Engine, Instance, Limits, Module, Store};

fn engine() -> Engine {
    Engine::new(&Config::new().interpreter(true)).unwrap()
}

fn instance(text: &str) -> Instance {
    let engine = engine();
    Instance::new(&Store::new(&engine, Limits::default()), &Module::from_text(&engine, text).unwrap(), &[]).unwrap()
}

#[test]
fn functions_call_one_another() {
    let instance = instance(
        r#"(module (func $fib (export "fib") (param i32) (result i32)
          (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#,
    );
    let fib = instance.func("fib").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(fib.call(15).unwrap(), 610);
}
