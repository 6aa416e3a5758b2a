//! A million calls, and thousands of resets, leave the guest's memory and the host's as they were. One test in its own program:
//! the host's memory is that of the whole process.

mod common;

use common::description::{function, import, list, s};
use edge_runtime::{Imports, Value, Vm};

/// Bytes of this process that lie in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = statm.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("pages");
    pages * 4096
}

/// The real guest library, if its guests are built: everything that allocates in the guest.
fn conformance() -> Vm {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/wasm/conformance.wasm");
    let mut imports = Imports::new();
    for name in ["transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply", "sum", "areas"] {
        imports.func("app", name, |_, _| Err("not wanted in this test".into()));
    }
    imports.func("app", "note", |_, _| Err("a refusal that is longer than a word".into()));
    imports.func("app", "bytes_round", |_, args| Ok(args[0].clone()));
    Vm::builder().imports(imports).load(file).unwrap_or_else(|e| panic!("{e}: run tools/build-guests"))
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_behind() {
    a_million_calls_leave_nothing_behind();
    resets_leave_nothing_behind();
}

#[cfg(target_os = "linux")]
fn a_million_calls_leave_nothing_behind() {
    let vm = conformance();
    let long = "x".repeat(5000);
    let point = Value::Map(vec![("x".into(), Value::F64(1.0)), ("y".into(), Value::F64(2.0))]);
    let round = || {
        vm.run::<String>("echo_string", ("short",)).unwrap();
        vm.run::<String>("echo_string", (&long,)).unwrap();
        vm.run::<Vec<String>>("echo_vec_string", (vec!["a", "b"],)).unwrap();
        vm.call("echo_point", std::slice::from_ref(&point)).unwrap();
        vm.run::<i32>("fails_string", ()).unwrap_err();
        vm.run::<u32>("fails_long", (5000_u32,)).unwrap_err();
        vm.run::<u64>("call_note", (1, "text")).unwrap_err();
        vm.run::<Vec<u8>>("call_bytes_round", (long.as_bytes(),)).unwrap();
        vm.run::<i32>("add", (1, "two")).unwrap_err();
        vm.run::<i32>("add", (1, 2)).unwrap();
    };
    let memory = vm.memory("memory").unwrap();
    (0..2_000).for_each(|_| round());
    let (guest, host) = (memory.size(), resident());
    (0..100_000).for_each(|_| round());
    assert_eq!(memory.size(), guest, "pages of the guest");
    let grown = resident().saturating_sub(host);
    assert!(grown < 2 << 20, "the host's memory grew by {grown} bytes");
}

#[cfg(target_os = "linux")]
fn resets_leave_nothing_behind() {
    let records =
        [import("app", "ask", &[], s("string")), function("f", &[("t", s("string"))], list([s("vec"), s("f32")]))];
    let text = common::guest(
        &records,
        r#"(import "app" "ask" (func (result i64)))"#,
        r#"(func (export "edge:f") (param i32 i32) (result i64) (i64.const 0))"#,
    );
    let vm = common::vm_with(&text, |imports| {
        imports.func("app", "ask", |_, _| Ok(Value::Null));
    });
    let round = || {
        vm.run::<Vec<f32>>("f", ("text",)).unwrap();
        vm.reset().unwrap();
    };
    (0..200).for_each(|_| round());
    let host = resident();
    (0..2_000).for_each(|_| round());
    let grown = resident().saturating_sub(host);
    assert!(grown < 2 << 20, "the host's memory grew by {grown} bytes");
}
