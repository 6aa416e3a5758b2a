//! Calls every function of the guest with native values: strings, bytes, numbers, structs.

use std::time::Instant;

use edge_runtime::{Result, Value, Vm};

fn main() -> Result<()> {
    let wasm = std::env::args().nth(1).expect("usage: bindgen_funcs WASM");
    let vm = Vm::load(wasm.as_str())?;

    let (p1, p2, desc) = (r#"{"x":1.5,"y":3.8}"#, r#"{"x":2.5,"y":5.8}"#, "A thin red line");
    println!("Run bindgen -- create_line: {}", vm.run::<String>("create_line", (p1, p2, desc))?);
    println!("Run bindgen -- say: {}", vm.run::<String>("say", ("bindgen funcs test",))?);
    let text = "A quick brown fox jumps over the lazy dog";
    println!("Run bindgen -- obfusticate: {}", vm.run::<String>("obfusticate", (text,))?);
    println!("Run bindgen -- lowest_common_multiple: {}", vm.run::<i32>("lowest_common_multiple", (123, 2))?);
    for digest in ["sha3_digest", "keccak_digest"] {
        let bytes: Vec<u8> = vm.run(digest, (b"This is an important message".as_slice(),))?;
        let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
        println!("Run bindgen -- {digest}: [{}]", numbers.join(" "));
    }

    let point = |x: f32, y: f32| Value::Map(vec![("x".into(), x.into()), ("y".into(), y.into())]);
    let line = vm.call("create_line_typed", &[point(1.5, 3.8), point(2.5, 5.8), desc.into()])?;
    let Value::Map(fields) = &line else { panic!("a struct is a map, got {line:?}") };
    let field = |name: &str| fields.iter().find(|(key, _)| *key == Value::from(name)).map(|(_, value)| value);
    let Some(Value::F32(length)) = field("length") else { panic!("no length in {line:?}") };
    println!("Run bindgen -- create_line_typed: {desc} from (1.5, 3.8) to (2.5, 5.8), length {length:.3}");

    let say = vm.function("say")?;
    let (begin, mut calls) = (Instant::now(), 0u32);
    while begin.elapsed().as_millis() < 200 {
        say.call(&["bindgen funcs test".into()])?;
        calls += 1;
    }
    eprintln!("time per call: {:.3} us", begin.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    Ok(())
}
