//! Parts of the other targets that run with every test; `edge-fuzz` runs more.

use std::fs;
use std::path::Path;

use edge_fuzz::{artifact, bindgen, load, wasi};
use edge_runtime::{Config, Engine, Module};

fn engine() -> Engine {
    Engine::new(&Config::new().threads(1)).unwrap()
}

#[test]
fn damaged_modules_are_answered() {
    let engine = engine();
    let modules = (0..1_500).filter(|seed| load::one(&engine, *seed).unwrap()).count();
    assert!((15..1_400).contains(&modules), "{modules} were modules still");
}

#[test]
fn damaged_artifacts_are_refused() {
    let engine = engine();
    let unread = (0..1_500).filter(|seed| artifact::one(&engine, *seed).unwrap()).count();
    assert!(unread < 150, "{unread} files with damage that nobody reads");
}

#[test]
fn wasi_survives_guests_that_pass_whatever_they_like() {
    let module = Module::from_text(&engine(), &wasi::forwarder()).unwrap();
    let world = tempfile::tempdir().unwrap();
    fs::create_dir(world.path().join("inside")).unwrap();
    for seed in 0..60 {
        wasi::one(&module, &world.path().join("inside"), seed).unwrap();
    }
    assert_eq!(fs::read_dir(world.path()).unwrap().count(), 1, "only what is inside was written");
}

#[test]
fn guests_with_damaged_descriptions_are_refused_or_run() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/wasm/bindgen_funcs.wasm");
    let guest = fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}; `make guests` builds it", file.display()));
    let engine = engine();
    let section = bindgen::description(&engine, &guest).unwrap();
    let loaded = (0..40).filter(|seed| bindgen::one(&engine, &guest, section.clone(), *seed).unwrap()).count();
    assert!(loaded < 40, "damage shows");
}
