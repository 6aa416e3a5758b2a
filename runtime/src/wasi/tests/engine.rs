//! The functions as a module imports them.

use crate::api::{Engine, Instance, Linker, Module, Store};
use crate::types::{Error, Kind, Limits};
use crate::wasi::{Wasi, WasiConfig};

/// Instantiates a module in text form with this context.
fn instantiate(wasi: &Wasi, text: &str) -> Result<Instance, Error> {
    let engine = Engine::default();
    let module = Module::from_text(&engine, text)?;
    let mut linker = Linker::new(&engine);
    wasi.link(&mut linker);
    linker.instantiate(&Store::new(&engine, Limits::default()), &module)
}

#[test]
fn a_module_prints_and_ends_with_its_code() {
    let wasi = Wasi::new(&WasiConfig::new().stdout_capture().stderr_capture()).unwrap();
    let instance = instantiate(
        &wasi,
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory 1)
            (data (i32.const 16) "\20\00\00\00\06\00\00\00")
            (data (i32.const 32) "hello\n")
            (func (export "_start")
                (call $exit (i32.add (i32.const 40)
                    (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0))))))"#,
    )
    .unwrap();
    let error = instance.func("_start").unwrap().call(&[]).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (Kind::GuestExit, Some(40)));
    assert_eq!((wasi.stdout(), wasi.stderr()), (b"hello\n".to_vec(), Vec::new()));
}

#[test]
fn a_module_without_memory_gets_faults() {
    let wasi = Wasi::new(&WasiConfig::new()).unwrap();
    let instance = instantiate(
        &wasi,
        r#"(module
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (func (export "random") (param i32) (result i32) (call $random (i32.const 0) (local.get 0))))"#,
    )
    .unwrap();
    let random = instance.func("random").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(random.call(0).unwrap(), 0);
    assert_eq!(random.call(1).unwrap(), 21, "EFAULT");
}

#[test]
fn pointers_reach_the_last_byte_of_a_memory_that_grew() {
    let wasi = Wasi::new(&WasiConfig::new()).unwrap();
    let instance = instantiate(
        &wasi,
        r#"(module
            (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
            (memory 1)
            (func (export "grow") (result i32) (memory.grow (i32.const 1)))
            (func (export "time") (param i32) (result i32) (call $time (i32.const 0) (i64.const 0) (local.get 0))))"#,
    )
    .unwrap();
    let time = instance.func("time").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!((time.call(65_528).unwrap(), time.call(65_529).unwrap()), (0, 21));
    instance.func("grow").unwrap().call(&[]).unwrap();
    assert_eq!((time.call(65_529).unwrap(), time.call(131_064).unwrap(), time.call(131_065).unwrap()), (0, 0, 21));
    assert_eq!(time.call(-1).unwrap(), 21);
}

#[test]
fn a_wrong_type_or_name_is_an_error_at_linking() {
    let wasi = Wasi::new(&WasiConfig::new()).unwrap();
    let import = |name: &str, ty: &str| {
        let text = format!(r#"(module (import "wasi_snapshot_preview1" "{name}" (func {ty})))"#);
        instantiate(&wasi, &text).map(drop).map_err(|error| error.kind())
    };
    assert_eq!(import("fd_close", "(param i32) (result i32)"), Ok(()));
    assert_eq!(import("fd_close", "(param i64) (result i32)"), Err(Kind::IncompatibleImport));
    assert_eq!(import("fd_fly", "(param i32) (result i32)"), Err(Kind::UnknownImport));
}
