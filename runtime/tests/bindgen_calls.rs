//! Calls into hand-written bindgen guests: numbers, raw values, documents, errors, panics, poison.

mod common;

use common::description::{Doc, function, list, named, s, structure};
use common::{assert_error, guest, vm};
use edge_runtime::{Kind, Limits, Value, Vm};

/// Echoes of every way to travel.
fn echoes() -> String {
    let result = |ok: &str| list([s("result"), s(ok), s("string")]);
    let vec = list([s("vec"), s("f32")]);
    let records = [
        function("add", &[("a", s("i32")), ("b", s("i32"))], s("i32")),
        function("negate", &[("n", s("i8"))], s("i8")),
        function("letter", &[("c", s("char"))], s("char")),
        function("text", &[("text", s("string"))], s("string")),
        function("second", &[("a", s("string")), ("b", s("bytes"))], s("bytes")),
        function("vector", &[("v", vec.clone())], vec),
        function("point", &[("p", named("g::Point"))], named("g::Point")),
        function("divide", &[("a", s("i32")), ("b", s("i32"))], result("i32")),
        function("nothing", &[], s("unit")),
        structure(
            "g::Point",
            "Point",
            &[("x", s("f32")), ("y", s("f32")), ("label", list([s("option"), s("string")]))],
        ),
    ];
    let echo = |name: &str| {
        format!(
            r#"(func (export "edge:{name}") (param i32 i32) (result i64)
                (call $pack (call $arg (i32.const 0) (local.get 0) (local.get 1)) (local.get 1)))"#
        )
    };
    let functions = format!(
        r#"
  (func (export "edge:add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "edge:negate") (param i32) (result i32) (i32.extend8_s (i32.sub (i32.const 0) (local.get 0))))
  (func (export "edge:letter") (param i32) (result i32) (local.get 0))
  (func (export "edge:nothing"))
  (func (export "add") (param i32 i32) (result i32) (unreachable))
  (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "edge:second") (param i32 i32 i32 i32) (result i64)
    (call $pack (call $arg (i32.const 1) (local.get 2) (local.get 3)) (local.get 3)))
  {}{}{}
  (data (i32.const 2048) "\b0division by zero")
  (func (export "edge:divide") (param i32 i32) (result i32)
    (if (i32.eqz (local.get 1)) (then
      (i32.store (i32.const 1028) (i32.const 1))
      (i32.store (i32.const 1032) (i32.const 2048))
      (i32.store (i32.const 1036) (i32.const 17))
      (return (i32.const 0))))
    (i32.store (i32.const 1028) (i32.const 0))
    (i32.div_s (local.get 0) (local.get 1)))"#,
        echo("text"),
        echo("vector"),
        echo("point")
    );
    guest(&records, "", &functions)
}

#[test]
fn numbers_travel_in_slots() {
    let vm = vm(&echoes());
    assert_eq!(vm.run::<i32>("add", (2, 40)).unwrap(), 42, "bindgen's `add` goes before the plain export");
    assert_eq!(vm.run::<i8>("negate", (100,)).unwrap(), -100);
    assert_eq!(vm.call("letter", &[Value::Char('🦀')]).unwrap(), Value::Char('🦀'));
    assert_eq!(vm.call("nothing", &[]).unwrap(), Value::Null);
    assert_eq!(vm.run::<(f64, i32)>("swap", (7, 0.5)).unwrap(), (0.5, 7), "plain exports work beside bindgen's");
}

#[test]
fn raw_values_travel_through_the_arena_or_are_pulled() {
    let vm = vm(&echoes());
    // 64 bytes is the size of the arena.
    for len in [0, 1, 16, 63, 64, 65, 1000, 200_000] {
        let text = "x".repeat(len);
        assert_eq!(vm.run::<String>("text", (&text,)).unwrap(), text, "{len} bytes");
    }
    assert_eq!(vm.run::<String>("text", ("héllo, 漢字 🦀",)).unwrap(), "héllo, 漢字 🦀");
    let numbers: Vec<f32> = (0..1000).map(|n| n as f32).collect();
    assert_eq!(vm.run::<Vec<f32>>("vector", (&numbers,)).unwrap(), numbers);
    assert_eq!(vm.run::<Vec<f32>>("vector", (vec![1_u8, 2],)).unwrap(), [1.0, 2.0]);
}

#[test]
fn each_argument_is_pulled_by_its_own_index() {
    let vm = vm(&echoes());
    for (first, second) in [(10, 10), (100, 10), (10, 100), (100, 100), (0, 100), (50, 50)] {
        let (a, b) = ("a".repeat(first), vec![7_u8; second]);
        assert_eq!(vm.run::<Vec<u8>>("second", (&a, &b)).unwrap(), b, "{first} and {second} bytes");
    }
}

#[test]
fn structs_travel_as_documents() {
    let vm = vm(&echoes());
    let label = "a label that does not fit in the small arena of this guest, since it is very long indeed".to_owned();
    for label in [Value::Null, Value::String("p".into()), Value::String(label.into())] {
        let point =
            Value::Map(vec![("x".into(), Value::F32(1.5)), ("y".into(), Value::F32(-2.0)), ("label".into(), label)]);
        assert_eq!(vm.call("point", std::slice::from_ref(&point)).unwrap(), point);
    }
    let short = Value::Map(vec![("y".into(), Value::I64(2)), ("x".into(), Value::F64(1.0))]);
    let full =
        Value::Map(vec![("x".into(), Value::F32(1.0)), ("y".into(), Value::F32(2.0)), ("label".into(), Value::Null)]);
    assert_eq!(vm.call("point", &[short]).unwrap(), full);
}

#[test]
fn an_err_of_the_guest_is_an_error_with_its_value() {
    let vm = vm(&echoes());
    assert_eq!(vm.run::<i32>("divide", (7, 2)).unwrap(), 3);
    let error = vm.run::<i32>("divide", (7, 0)).unwrap_err();
    assert_error(&error, Kind::GuestError, "division by zero");
    assert_eq!(error.value(), Some(&Value::String("division by zero".into())));
    assert_eq!(vm.run::<i32>("divide", (8, 2)).unwrap(), 4, "an Err leaves the guest usable");
    assert_eq!(vm.poisoned(), None);
}

#[test]
fn wrong_arguments_never_enter_the_guest() {
    let vm = vm(&echoes());
    let error = vm.call("add", &[Value::I32(1)]).unwrap_err();
    assert_error(&error, Kind::ArgumentCount, "add: expected 2 arguments, got 1: add(a: i32, b: i32) -> i32");
    let error = vm.run::<i32>("add", (1, "two")).unwrap_err();
    assert_error(&error, Kind::ArgumentType, "add: argument 2 (`b`): expected i32, got a string");
    let point = Value::Map(vec![("x".into(), Value::Null)]);
    let error = vm.call("point", &[point]).unwrap_err();
    assert_error(&error, Kind::ArgumentType, "point: argument 1 (`p`).x: expected f32, got null");
    let error = vm.run::<()>("ad", ()).unwrap_err();
    assert_error(&error, Kind::UnknownExport, "the module has no function `ad`; it has add, negate, letter");
    let error = vm.run::<()>("memory", ()).unwrap_err();
    assert_error(&error, Kind::WrongExportKind, "the export `memory` is a memory of 2.. pages, not a function");
    assert_eq!(vm.run::<i32>("add", (1, 2)).unwrap(), 3);
}

#[test]
fn functions_show_what_the_description_says() {
    let vm = vm(&echoes());
    let names: Vec<String> = vm.functions().iter().map(|f| f.name().to_owned()).collect();
    assert_eq!(names, ["add", "negate", "letter", "text", "second", "vector", "point", "divide", "nothing"]);
    let add = vm.function("add").unwrap();
    assert_eq!(add.to_string(), "add(a: i32, b: i32) -> i32");
    assert!(add.is_scalar() && !vm.function("text").unwrap().is_scalar());
    assert!(!vm.function("divide").unwrap().is_scalar(), "a Result is not a number");
    assert_eq!(vm.interface().unwrap().types[0].name, "Point");
}

#[test]
fn scalar_functions_take_raw_slots() {
    use edge_runtime::types::layout::RawValue;
    let vm = vm(&echoes());
    let add = vm.function("add").unwrap();
    let mut slots = [RawValue { i32: 2 }, RawValue { i32: 40 }];
    // SAFETY: both slots hold an i32.
    unsafe { add.call_scalar(&mut slots).unwrap() };
    // SAFETY: the result is an i32.
    assert_eq!(unsafe { slots[0].i32 }, 42);
    // SAFETY: refused before anything is read.
    let error = unsafe { add.call_scalar(&mut slots[..1]).unwrap_err() };
    assert_error(&error, Kind::ArgumentCount, "the call needs 2 slots, got 1");
    // SAFETY: the same.
    let error = unsafe { vm.function("text").unwrap().call_scalar(&mut slots).unwrap_err() };
    assert_error(&error, Kind::ArgumentCount, "not a function of numbers alone");
}

#[test]
fn a_result_larger_than_the_limit_is_not_read() {
    let mut limits = Limits::default();
    limits.result_size = 100;
    let vm = Vm::builder().limits(limits).load(common::module(&echoes())).unwrap();
    assert_eq!(vm.run::<String>("text", ("x".repeat(100),)).unwrap().len(), 100);
    let error = vm.run::<String>("text", ("x".repeat(101),)).unwrap_err();
    assert_error(&error, Kind::ResultTooLarge, "`text` returned 101 bytes, the limit on the size of a result is 100");
    assert_eq!(vm.run::<i32>("add", (1, 2)).unwrap(), 3, "the call had ended: nothing is poisoned");
}

/// Ends of calls that leave destructors behind.
fn ends() -> String {
    let records = [
        function("boom", &[], s("unit")),
        function("trap", &[], s("unit")),
        function("fine", &[], s("i32")),
        function("deep", &[], s("unit")),
    ];
    guest(
        &records,
        "",
        r#"
  (data (i32.const 2048) "index out of rangesrc/lib.rs")
  (func (export "edge:boom")
    (call $panic (i32.const 2048) (i32.const 18) (i32.const 2066) (i32.const 10) (i32.const 12) (i32.const 5))
    (unreachable))
  (func (export "edge:trap") (unreachable))
  (func $deep (export "edge:deep") (call $deep))
  (func (export "edge:fine") (result i32) (i32.const 1))"#,
    )
}

#[test]
fn a_panic_has_its_text_and_place_and_poisons_until_reset() {
    let vm = vm(&ends());
    let fine = vm.function("fine").unwrap();
    let error = vm.run::<()>("boom", ()).unwrap_err();
    assert_eq!(error.kind(), Kind::GuestPanic);
    assert_eq!(error.message(), "panicked at src/lib.rs:12:5: index out of range");
    assert!(!error.backtrace().is_empty(), "a panic has the guest's backtrace");
    let error = fine.call(&[]).unwrap_err();
    assert_error(&error, Kind::Poisoned, "panicked at src/lib.rs:12:5: index out of range");
    assert_eq!(vm.run::<()>("trap", ()).unwrap_err().kind(), Kind::Poisoned);
    assert!(vm.poisoned().unwrap().contains("index out of range"), "the first cause stays");
    vm.reset().unwrap();
    assert_eq!(vm.poisoned(), None);
    assert_eq!(fine.call(&[]).unwrap(), Value::I32(1), "a function found before the reset calls the new instance");
}

#[test]
fn traps_poison_and_are_no_panics() {
    let vm = vm(&ends());
    assert_eq!(vm.run::<()>("trap", ()).unwrap_err().kind(), Kind::Unreachable);
    assert!(vm.poisoned().is_some());
    vm.reset().unwrap();
    assert_eq!(vm.run::<()>("deep", ()).unwrap_err().kind(), Kind::StackOverflow);
    assert_eq!(vm.run::<i32>("fine", ()).unwrap_err().kind(), Kind::Poisoned);
    vm.reset().unwrap();
    assert_eq!(vm.run::<i32>("fine", ()).unwrap(), 1);
}

/// A guest whose one function `evil` is this.
fn evil(result: Doc, body: &str) -> Vm {
    vm(&guest(&[function("evil", &[], result)], "", &format!(r#"(func (export "edge:evil") {body})"#)))
}

#[test]
fn what_a_guest_hands_over_is_checked() {
    let text = "(result i64) (call $pack (i32.const 0x1fff8) (i32.const 9))";
    let error = evil(s("string"), text).run::<String>("evil", ()).unwrap_err();
    assert_error(
        &error,
        Kind::AbiViolation,
        "the result is said to be 9 bytes at 0x1fff8, but the memory has 131072 bytes",
    );

    let text = "(result i64) (i64.const -1)";
    let error = evil(s("bytes"), text).run::<Vec<u8>>("evil", ()).unwrap_err();
    assert_error(&error, Kind::ResultTooLarge, "4294967295 bytes");

    let text = r#"(result i64) (i32.store8 (i32.const 64) (i32.const 0xff)) (call $pack (i32.const 64) (i32.const 1))"#;
    let error = evil(s("string"), text).run::<String>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the result of `evil`: expected a string, got bytes that are not UTF-8");

    let error = evil(s("bool"), "(result i32) (i32.const 2)").run::<bool>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the result of `evil`: expected bool, got 2");

    let result = list([s("result"), s("unit"), s("string")]);
    let error = evil(result.clone(), "(i32.store (i32.const 1028) (i32.const 7))").run::<()>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the outcome of a call is 7");
    let text = "(i32.store (i32.const 1028) (i32.const 1)) (i32.store (i32.const 1032) (i32.const -1)) (i32.store (i32.const 1036) (i32.const 1))";
    let error = evil(result, text).run::<()>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the error document is said to be 1 bytes at 0xffffffff");

    let error = evil(s("unit"), "(call $pull (i32.const 3) (i32.const 64))").run::<()>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the guest pulls argument 3, which does not wait to be pulled");
    let error = evil(s("unit"), "(call $pull_result (i32.const 64))").run::<()>("evil", ()).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "pulls a result of a host function, but none waits");
}

#[test]
fn a_pull_to_the_end_of_memory_is_refused() {
    let text = r#"(func (export "edge:evil") (param i32 i32) (call $pull (i32.const 0) (i32.const 0x1fff8)))"#;
    let vm = vm(&guest(&[function("evil", &[("text", s("string"))], s("unit"))], "", text));
    let error = vm.run::<()>("evil", ("x".repeat(100),)).unwrap_err();
    assert_error(&error, Kind::AbiViolation, "the place for a pulled argument is said to be 100 bytes at 0x1fff8");
    assert!(vm.poisoned().is_some());
}
