//! The conformance table (`tests/conformance`), run over a real guest through the easy door.
//!
//! The guest is built by `tools/build-guests`; a missing guest fails the test and says so.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use edge_runtime::bindgen::GuestErr;
use edge_runtime::{BoxError, Imports, Value, Vector, Vm};
use serde_json::Value as Json;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A value of the table in the form that the runtime gives and takes.
fn value(json: &Json) -> Value<'static> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::String(text) => Value::String(text.clone().into()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(map) => {
            let (tag, content) = map.iter().next().expect("one tag");
            tagged(tag, content)
        }
        Json::Number(n) => panic!("the table has no bare number: {n}"),
    }
}

fn tagged(tag: &str, content: &Json) -> Value<'static> {
    let repeated = || (content[0].as_str().unwrap(), content[1].as_u64().unwrap() as usize);
    match tag {
        "i8" => Value::I8(number(content)),
        "i16" => Value::I16(number(content)),
        "i32" => Value::I32(number(content)),
        "i64" => Value::I64(number(content)),
        "u8" => Value::U8(number(content)),
        "u16" => Value::U16(number(content)),
        "u32" => Value::U32(number(content)),
        "u64" => Value::U64(number(content)),
        "f32" => Value::F32(number(content)),
        "f64" => Value::F64(number(content)),
        "char" => Value::Char(number(content)),
        "bytes" => Value::Bytes(hex(content.as_str().unwrap()).into()),
        "repeat_bytes" => Value::Bytes(hex(repeated().0).repeat(repeated().1).into()),
        "repeat_string" => Value::String(repeated().0.repeat(repeated().1).into()),
        "vector" => Value::Vector(vector(content[0].as_str().unwrap(), content[1].as_array().unwrap())),
        "tuple" => Value::Tuple(content.as_array().unwrap().iter().map(value).collect()),
        "struct" => {
            let pairs = content.as_object().unwrap().iter();
            Value::Map(pairs.map(|(k, v)| (Value::String(k.clone().into()), value(v))).collect())
        }
        "map" => {
            Value::Map(content.as_array().unwrap().iter().map(|pair| (value(&pair[0]), value(&pair[1]))).collect())
        }
        other => panic!("the table has a new sort of value: {other}"),
    }
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(json: &Json) -> T {
    json.as_str().expect("numbers are text").parse().unwrap_or_else(|e| panic!("{json}: {e:?}"))
}

fn vector(ty: &str, items: &[Json]) -> Vector<'static> {
    match ty {
        "i8" => Vector::I8(items.iter().map(number).collect()),
        "i16" => Vector::I16(items.iter().map(number).collect()),
        "i32" => Vector::I32(items.iter().map(number).collect()),
        "i64" => Vector::I64(items.iter().map(number).collect()),
        "u16" => Vector::U16(items.iter().map(number).collect()),
        "u32" => Vector::U32(items.iter().map(number).collect()),
        "u64" => Vector::U64(items.iter().map(number).collect()),
        "f32" => Vector::F32(items.iter().map(number).collect()),
        "f64" => Vector::F64(items.iter().map(number).collect()),
        other => panic!("a vector of {other}"),
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Equality by kind and bits: `NaN` equals `NaN`, `-0.0` differs from `0.0`, maps have no order.
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    let all = |a: &[Value<'_>], b: &[Value<'_>]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::Vector(a), Value::Vector(b)) => {
            std::mem::discriminant(a) == std::mem::discriminant(b) && all(&a.to_values(), &b.to_values())
        }
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => all(a, b),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(k2, v2)| same(k, k2) && same(v, v2)))
        }
        (a, b) => a == b,
    }
}

fn text<'v>(value: &'v Value<'_>) -> &'v str {
    match value {
        Value::String(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

fn float(value: &Value<'_>) -> f64 {
    match value {
        Value::F64(f) => *f,
        other => panic!("{other:?} is no f64"),
    }
}

fn field<'v>(map: &'v Value<'static>, name: &str) -> &'v Value<'static> {
    match map {
        Value::Map(pairs) => &pairs.iter().find(|(k, _)| text(k) == name).expect("the field is there").1,
        other => panic!("{other:?} is no map"),
    }
}

/// The area of a shape as the table's README defines it.
fn area(shape: &Value<'static>) -> f64 {
    match shape {
        Value::Map(pairs) => match (text(&pairs[0].0), &pairs[0].1) {
            ("Circle", radius) => 3.0 * float(radius) * float(radius),
            ("Rectangle", Value::Tuple(sides)) => float(&sides[0]) * float(&sides[1]),
            _ => 0.0,
        },
        _ => 0.0,
    }
}

/// The host functions of the table's README.
fn host_functions(notes: Arc<AtomicU64>) -> Imports {
    let failed = || -> BoxError { "the host failed".into() };
    let mut imports = Imports::new();
    imports
        .func("app", "note", move |_, args| match text(&args[1]) {
            "refuse" => Err("the host refuses".into()),
            _ => Ok(Value::U64(notes.fetch_add(1, Relaxed) + 1)),
        })
        .func("app", "transform", |_, args| {
            let (x, y) = (field(&args[0], "x").clone(), field(&args[0], "y").clone());
            Ok(Value::Map(vec![("x".into(), y), ("y".into(), x)]))
        })
        .func("app", "fetch", |_, args| match text(&args[0]) {
            "present" => Ok("value of present".into()),
            _ => Ok(Value::Null),
        })
        .func("app", "bytes_round", |_, args| Ok(args[0].clone()))
        .func("app", "fail_host", move |_, _| Err(failed()))
        .func("app", "fail_typed", move |_, args| match args[0] {
            Value::U32(0) => Err(failed()),
            Value::U32(kind) => Ok(Value::U32(3 * kind)),
            ref other => Err(GuestErr(other.clone()).into()),
        })
        .func("app", "reenter", |call, args| Ok(call.vm().call("count_down", args)?))
        .func("app", "multiply", |_, args| match args {
            [Value::I64(a), Value::F64(b)] => Ok(Value::F64(*a as f64 * b)),
            other => panic!("{other:?}"),
        })
        .func("app", "sum", |_, args| match args {
            [Value::Vector(Vector::I32(numbers))] => Ok(Value::I64(numbers.iter().map(|n| i64::from(*n)).sum())),
            other => panic!("{other:?}"),
        })
        .func("app", "areas", |_, args| match &args[0] {
            Value::Map(pairs) => {
                Ok(Value::Map(pairs.iter().map(|(name, shape)| (name.clone(), Value::F64(area(shape)))).collect()))
            }
            other => panic!("{other:?}"),
        });
    imports
}

/// What is wrong with the outcome of a row, if anything.
fn check(row: &Json, vm: &Vm) -> Result<(), String> {
    let args: Vec<Value<'static>> = row["args"].as_array().unwrap().iter().map(value).collect();
    let outcome = vm.call(row["call"].as_str().unwrap(), &args);
    match (outcome, row.get("error").and_then(Json::as_str)) {
        (Ok(got), None) => {
            let expected = value(&row["result"]);
            if same(&got, &expected) { Ok(()) } else { Err(format!("{got:?} instead of {expected:?}")) }
        }
        (Ok(got), Some(kind)) => Err(format!("{got:?} instead of an error of kind {kind}")),
        (Err(error), None) => Err(format!("{error:?}")),
        (Err(error), Some(kind)) => {
            vm.reset().map_err(|e| format!("reset: {e}"))?;
            if error.kind().name() != kind {
                return Err(format!("{error:?} instead of kind {kind}"));
            }
            if let Some(message) = row.get("message").and_then(Json::as_str)
                && !error.message().contains(message)
            {
                return Err(format!("`{error}` does not say `{message}`"));
            }
            match row.get("value").map(value) {
                Some(expected) if !error.value().is_some_and(|got| same(got, &expected)) => {
                    Err(format!("the value {:?} instead of {expected:?}", error.value()))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Runs the whole table over one build of the guest.
fn run(guest: &str) {
    let table = std::fs::read_to_string(root().join("tests/conformance/table.json")).expect("the table");
    let rows: Vec<Json> = serde_json::from_str(&table).expect("the table is JSON");
    let file = root().join("target/guests/wasm").join(guest);
    assert!(file.exists(), "{} is missing: run `make guests`", file.display());
    let notes = Arc::new(AtomicU64::new(0));
    let vm = Vm::builder().imports(host_functions(Arc::clone(&notes))).load(&file).unwrap_or_else(|e| panic!("{e:?}"));
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    for row in &rows {
        if row["args"].to_string().contains("invalid_string") {
            skipped.push(format!("{}: a String of Rust is always UTF-8", row["name"]));
            continue;
        }
        notes.store(0, Relaxed);
        if let Err(why) = check(row, &vm) {
            failed.push(format!("{}: {:.600}", row["name"], why));
        }
    }
    assert!(rows.len() >= 60, "the table has {} rows", rows.len());
    // Not by `println!`, which the harness keeps to itself when all is well: a skipped row must not go unseen.
    let counts = format!("{guest}: {} rows run, {} skipped\n", rows.len() - skipped.len(), skipped.len());
    let reasons: String = skipped.iter().map(|reason| format!("  skipped {reason}\n")).collect();
    std::io::stderr().write_all((counts + &reasons).as_bytes()).unwrap();
    assert!(skipped.len() < 3, "{} rows skipped", skipped.len());
    assert!(failed.is_empty(), "{} of {} rows fail:\n{}", failed.len(), rows.len(), failed.join("\n"));
}

#[test]
fn the_table_over_a_guest_without_a_system() {
    run("conformance.wasm");
}

#[test]
fn the_table_over_a_wasi_guest() {
    run("conformance-wasip1.wasm");
}
