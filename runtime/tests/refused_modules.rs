//! Modules that must not load (`tests/conformance/modules.json`): each ends in its kind of error, and the process goes on.

mod mode;

use edge_runtime::{Engine, Imports, Kind, Module, Value, Vm};
use serde_json::Value as Json;

const TABLE: &str = include_str!("../../tests/conformance/modules.json");
const GOOD: &str = r#"(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

fn module(engine: &Engine, row: &Json) -> edge_runtime::Result<Module> {
    if let Some(text) = row["text"].as_str() {
        return Module::from_text(engine, text);
    }
    let hex = row["hex"].as_str().expect("text or hex");
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect();
    Module::new(engine, &bytes)
}

fn load(row: &Json) -> edge_runtime::Result<Vm> {
    let mut imports = Imports::new();
    imports.func("app", "note", |_, _| Ok(Value::Null));
    Vm::builder().imports(imports).load(module(&mode::engine(), row)?)
}

#[test]
fn every_module_is_refused_by_its_kind_and_the_next_one_loads() {
    let rows: Vec<Json> = serde_json::from_str(TABLE).expect("the table is JSON");
    assert!(rows.len() >= 25);
    let mut wrong = Vec::new();
    for row in rows {
        let name = row["name"].as_str().expect("a name");
        let part = row["message"].as_str().unwrap_or("");
        match load(&row) {
            Ok(_) => wrong.push(format!("{name}: the module was loaded")),
            Err(error) if error.kind().name() == row["error"] && error.message().contains(part) => {
                let phase = row["phase"].as_str().unwrap_or(error.phase().name());
                if error.phase().name() != phase {
                    wrong.push(format!("{name}: expected the phase {phase}, got {error:?}"));
                }
            }
            Err(error) => wrong.push(format!("{name}: expected {} with `{part}`, got {error:?}", row["error"])),
        }
        let good = Module::from_text(&mode::engine(), GOOD).and_then(Vm::load).expect("a good module loads");
        assert_eq!(good.run::<i32>("add", (2, 3)).expect("it adds"), 5, "after {name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_kind_of_every_name_in_the_table_exists() {
    let rows: Vec<Json> = serde_json::from_str(TABLE).expect("the table is JSON");
    for row in rows {
        assert!(Kind::ALL.iter().any(|kind| kind.name() == row["error"]), "{row}");
    }
}
