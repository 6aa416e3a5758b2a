//! Descriptions that are damaged or contradict their module are refused when the module is loaded, and named.

mod common;

use common::description::{Doc, abi, function, import, list, s, section};
use common::{assert_error, guest, guest_with_section, module};
use edge_runtime::bindgen::{Interface, Type};
use edge_runtime::{Error, Kind, Vm};

fn refused(text: &str) -> Error {
    let module = module(text);
    let error = Vm::load(&module).unwrap_err();
    assert_eq!(Interface::read(&module).unwrap_err().message(), error.message(), "asked twice, said twice");
    error
}

#[test]
fn a_damaged_section_is_refused_by_its_place() {
    let mut bytes = section(&[abi(1), function("f", &[], s("unit"))]);
    bytes.truncate(bytes.len() - 1);
    let error = refused(&guest_with_section(&bytes, "", r#"(func (export "edge:f"))"#));
    assert_error(
        &error,
        Kind::BadDescription,
        "the bindgen description is damaged: record 1 (offset 10): the document ends early",
    );
    let error = refused(&guest_with_section(b"\xc1", "", ""));
    assert_error(&error, Kind::BadDescription, "byte 0xc1 at offset 0 is no value of this format");
    let error = refused(&guest_with_section(b"", "", ""));
    assert_error(&error, Kind::BadDescription, "no record tells the version");
}

#[test]
fn a_function_without_its_export_is_refused() {
    let error = refused(&guest(&[function("gone", &[], s("unit"))], "", ""));
    assert_error(&error, Kind::BadDescription, "`gone` needs the export `edge:gone`, which the module does not have");
}

#[test]
fn an_export_of_another_type_is_refused() {
    let f = function("f", &[("text", s("string"))], s("i64"));
    let error = refused(&guest(
        std::slice::from_ref(&f),
        "",
        r#"(func (export "edge:f") (param i64) (result i64) (local.get 0))"#,
    ));
    assert_error(
        &error,
        Kind::BadDescription,
        "`f` needs the export `edge:f` to be a function (i32, i32) -> i64, but it is a function (i64) -> i64",
    );
    let error = refused(&guest(&[f], "", r#"(global (export "edge:f") i32 (i32.const 0))"#));
    assert_error(&error, Kind::BadDescription, "but it is a global i32");
}

#[test]
fn an_import_of_another_type_is_refused() {
    let text = guest(
        &[import("app", "ask", &[("n", s("u8"))], s("string"))],
        r#"(import "app" "ask" (func (param i32) (result i32)))"#,
        "",
    );
    assert_error(
        &refused(&text),
        Kind::BadDescription,
        "`app.ask` is described as ask(n: u8) -> string, which is a function (i32) -> i64, but imported as a function (i32) -> i32",
    );
}

#[test]
fn a_described_import_that_the_linker_dropped_is_no_contradiction() {
    let vm = common::vm(&guest(&[import("app", "unused", &[], list([s("result"), s("unit"), s("string")]))], "", ""));
    let interface = vm.interface().unwrap();
    assert!(matches!(interface.import("app", "unused").unwrap().result, Type::Result(..)));
}

#[test]
fn a_module_without_a_description_has_none() {
    let vm = common::vm(r#"(module (func (export "f") (param i64 f32) (result i32) (i32.const 1)))"#);
    assert!(vm.interface().is_none());
    assert_eq!(vm.functions()[0].to_string(), "f(arg0: i64, arg1: f32) -> i32");
}

#[test]
fn a_header_that_lies_is_refused() {
    let lying = |header: &str| {
        let text = guest(
            &[function("f", &[], s("unit"))],
            "",
            &format!(r#"(func (export "edge:f")) (data (i32.const 1024) "{header}")"#),
        );
        Vm::load(module(&text)).unwrap_err()
    };
    assert_error(&lying("\\02"), Kind::AbiViolation, "the header is of version 2, this host reads version 1");
    let arenas = |ptr: &str, size: &str, count: &str| {
        lying(&format!("\\01\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00{ptr}{size}{count}"))
    };
    let error = arenas("\\00\\f0\\ff\\ff", "\\00\\10\\00\\00", "\\02\\00\\00\\00");
    assert_error(&error, Kind::AbiViolation, "the arenas is said to be 8192 bytes at 0xfffff000");
    let error = arenas("\\00\\10\\00\\00", "\\f0\\ff\\ff\\ff", "\\00\\02\\00\\00");
    assert_error(&error, Kind::AbiViolation, "the arenas");
    let error = arenas("\\01\\10\\00\\00", "\\00\\10\\00\\00", "\\02\\00\\00\\00");
    assert_error(&error, Kind::AbiViolation, "must be multiples of 16");
    let error = arenas("\\00\\10\\00\\00", "\\00\\00\\00\\00", "\\ff\\ff\\ff\\ff");
    assert_error(&error, Kind::AbiViolation, "there may be 1024");
}

#[test]
fn a_described_function_of_many_types_loads() {
    let many: Vec<(String, Doc)> = (0..40).map(|i| (format!("p{i}"), s("string"))).collect();
    let params: Vec<(&str, Doc)> = many.iter().map(|(name, ty)| (&**name, ty.clone())).collect();
    let text = guest(
        &[function("wide", &params, s("i32"))],
        "",
        &format!(r#"(func (export "edge:wide") (param {}) (result i32) (local.get 79))"#, "i32 ".repeat(80)),
    );
    let vm = common::vm(&text);
    let args: Vec<edge_runtime::Value<'_>> = (0..40).map(|_| "abc".into()).collect();
    assert_eq!(vm.run::<i32>("wide", &args).unwrap(), 3);
}
