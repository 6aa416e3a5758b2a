//! Recognises a scanned digit, inside of the sandbox.

use std::time::Instant;

use edge_runtime::{Value, Vm};

fn field<'v>(value: &'v Value<'static>, name: &str) -> &'v Value<'static> {
    let Value::Map(fields) = value else { panic!("a struct is a map, got {value:?}") };
    fields.iter().find(|(key, _)| *key == Value::from(name)).map(|(_, value)| value).expect("the field is there")
}

fn line(value: &Value<'static>) -> (String, f32) {
    match (field(value, "label"), field(value, "probability")) {
        (Value::String(label), Value::F32(probability)) => (label.to_string(), *probability),
        other => panic!("a label and a probability, got {other:?}"),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, wasm, input] = args.as_slice() else { panic!("usage: infer WASM INPUT") };
    let vm = Vm::load(wasm.as_str())?;
    let image = std::fs::read(input)?;

    let prediction: Value<'static> = vm.run("infer", (image.as_slice(),))?;
    let (label, probability) = line(&prediction);
    println!("label {label} probability {probability:.4}");
    let Value::List(ranked) = field(&prediction, "ranked") else { panic!("ranked is a list") };
    for entry in ranked {
        let (label, probability) = line(entry);
        println!("{label} {probability:.4}");
    }

    let infer = vm.function("infer")?;
    let (begin, mut calls) = (Instant::now(), 0u32);
    while begin.elapsed().as_millis() < 200 {
        infer.call(&[image.as_slice().into()])?;
        calls += 1;
    }
    eprintln!("time per call: {:.3} us", begin.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    Ok(())
}
