//! Host functions of hand-written bindgen guests: values out and back, errors as values and as ends, re-entry.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use common::description::{function, import, list, map, named, s, structure};
use common::{assert_error, guest, vm_with};
use edge_runtime::bindgen::GuestErr;
use edge_runtime::{Error, Imports, Kind, Phase, Value, Vm};

/// `ask`: hands a string to `app.ask` and returns what comes back. `note`: `app.note` with a `Result`. `typed`: the same with
/// a derived error. `count`: `app.count`, numbers alone. `down`: calls `app.down`, which may call `down` again.
fn asking() -> String {
    let result = |ok: &str, err| list([s("result"), s(ok), err]);
    let records = [
        import("app", "ask", &[("question", s("string"))], s("string")),
        import("app", "note", &[("level", s("u8"))], result("u64", s("string"))),
        import("app", "typed", &[], result("unit", named("g::Refusal"))),
        import("app", "count", &[("n", s("u32"))], s("u32")),
        import("app", "down", &[("n", s("u32")), ("text", s("string"))], s("string")),
        function("ask", &[("question", s("string"))], s("string")),
        function("note", &[("level", s("u8"))], s("string")),
        function("typed", &[], s("bytes")),
        function("count", &[("n", s("u32"))], s("u32")),
        function("down", &[("n", s("u32")), ("text", s("string"))], s("string")),
        structure("g::Refusal", "Refusal", &[("code", s("u16"))]),
    ];
    let imports = r#"
  (import "app" "ask" (func $ask (param i32 i32) (result i64)))
  (import "app" "note" (func $note (param i32) (result i64)))
  (import "app" "typed" (func $typed))
  (import "app" "count" (func $count (param i32) (result i32)))
  (import "app" "down" (func $down (param i32 i32 i32) (result i64)))
  (import "env" "twice" (func $twice (param f64) (result f64)))"#;
    let functions = r#"
  ;; What a host function gave, pulled if it must be, and moved out of the arena.
  (func $take (param $packed i64) (result i64) (local $ptr i32) (local $len i32) (local $to i32)
    (local.set $ptr (i32.wrap_i64 (local.get $packed)))
    (local.set $len (i32.wrap_i64 (i64.shr_u (local.get $packed) (i64.const 32))))
    (local.set $to (call $alloc (local.get $len)))
    (if (i32.and (i32.eqz (local.get $ptr)) (i32.ne (local.get $len) (i32.const 0)))
      (then (call $pull_result (local.get $to)))
      (else (memory.copy (local.get $to) (local.get $ptr) (local.get $len))))
    (call $pack (local.get $to) (local.get $len)))
  (func $error (result i64)
    (call $take (call $pack (i32.load (i32.const 1032)) (i32.load (i32.const 1036)))))
  (func (export "edge:ask") (param i32 i32) (result i64)
    (call $take (call $ask (call $arg (i32.const 0) (local.get 0) (local.get 1)) (local.get 1))))
  (data (i32.const 2048) "fine")
  ;; The error document is a MessagePack string of less than 32 bytes: its text begins one byte in.
  (func (export "edge:note") (param i32) (result i64) (local $e i64)
    (if (i64.eq (call $note (local.get 0)) (i64.const 77)) (then (return (call $pack (i32.const 2048) (i32.const 4)))))
    (if (i32.ne (i32.load (i32.const 1028)) (i32.const 1)) (then unreachable))
    (local.set $e (call $error))
    (i64.sub (i64.add (local.get $e) (i64.const 1)) (i64.const 0x100000000)))
  (func (export "edge:typed") (result i64) (call $typed)
    (if (i32.ne (i32.load (i32.const 1028)) (i32.const 1)) (then (return (i64.const 0))))
    (call $error))
  (func (export "edge:count") (param i32) (result i32) (call $count (local.get 0)))
  (func (export "edge:down") (param $n i32) (param $ptr i32) (param $len i32) (result i64)
    (local.set $ptr (call $arg (i32.const 1) (local.get $ptr) (local.get $len)))
    (if (i32.eqz (local.get $n)) (then (return (call $pack (local.get $ptr) (local.get $len)))))
    (call $take (call $down (i32.sub (local.get $n) (i32.const 1)) (local.get $ptr) (local.get $len))))
  (func (export "twice") (param f64) (result f64) (call $twice (local.get 0)))"#;
    guest(&records, imports, functions)
}

/// The functions that a test does not care about.
fn rest(imports: &mut Imports) {
    for name in ["ask", "note", "typed", "count", "down"] {
        imports.func("app", name, |_, _| Err("not wanted in this test".into()));
    }
    imports.func("env", "twice", |_, args| match args {
        [Value::F64(n)] => Ok(Value::F64(2.0 * n)),
        other => panic!("{other:?}"),
    });
}

fn with(
    name: &'static str,
    f: impl Fn(&[Value<'static>]) -> Result<Value<'static>, edge_runtime::BoxError> + Send + Sync + 'static,
) -> Vm {
    vm_with(&asking(), |imports| {
        rest(imports);
        imports.func("app", name, move |_, args| f(args));
    })
}

#[test]
fn values_go_out_and_come_back() {
    let vm = with("ask", |args| match args {
        [Value::String(question)] => Ok(Value::String(format!("{question}!").into())),
        other => panic!("{other:?}"),
    });
    for len in [0, 1, 62, 63, 64, 500, 100_000] {
        let question = "q".repeat(len);
        assert_eq!(vm.run::<String>("ask", (&question,)).unwrap(), format!("{question}!"), "{len} bytes");
    }
}

#[test]
fn plain_imports_take_numbers() {
    let vm = vm_with(&asking(), rest);
    assert_eq!(vm.run::<f64>("twice", (21,)).unwrap(), 42.0);
}

#[test]
fn an_err_is_an_err_to_a_guest_that_asked_for_one() {
    let vm = with("note", |args| match args {
        [Value::U8(0)] => Ok(Value::I64(77)),
        _ => Err("the disk is full".into()),
    });
    assert_eq!(vm.run::<String>("note", (0,)).unwrap(), "fine");
    assert_eq!(vm.run::<String>("note", (1,)).unwrap(), "the disk is full");
    assert_eq!(vm.run::<String>("note", (0,)).unwrap(), "fine", "the outcome is written every time");
    assert_eq!(vm.poisoned(), None);
}

#[test]
fn a_typed_err_is_encoded_by_its_type() {
    let refusal = |code: Value<'static>| GuestErr(Value::Map(vec![("code".into(), code)]));
    let vm = with("typed", move |_| Err(refusal(Value::I64(404)).into()));
    let document = map([("code", common::description::Doc::Int(404))]).bytes();
    assert_eq!(vm.run::<Vec<u8>>("typed", ()).unwrap(), document);

    let vm = with("typed", move |_| Err(refusal(Value::I64(-1)).into()));
    let error = vm.run::<Vec<u8>>("typed", ()).unwrap_err();
    assert_error(
        &error,
        Kind::ResultType,
        "the host function `app.typed` returned a wrong value.code: -1 is out of range for u16",
    );

    let vm = with("typed", |_| Err("only text".into()));
    let error = vm.run::<Vec<u8>>("typed", ()).unwrap_err();
    assert_error(&error, Kind::HostError, "only text");
}

#[derive(Debug)]
struct Special(u32);

impl std::fmt::Display for Special {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "special {}", self.0)
    }
}

impl std::error::Error for Special {}

#[test]
fn an_err_that_nobody_asked_for_ends_the_guest_with_its_cause() {
    let vm = with("count", |_| Err(Special(7).into()));
    let error = vm.run::<u32>("count", (1,)).unwrap_err();
    assert_error(&error, Kind::HostError, "special 7");
    let cause = error.cause().and_then(|cause| cause.downcast_ref::<Special>()).expect("the very error");
    assert_eq!(cause.0, 7);
    assert!(vm.poisoned().unwrap().contains("special 7"));
    assert_eq!(vm.run::<f64>("twice", (1,)).unwrap_err().kind(), Kind::Poisoned);
}

#[test]
fn a_wrong_result_is_named() {
    let vm = with("count", |_| Ok(Value::I64(-1)));
    let error = vm.run::<u32>("count", (1,)).unwrap_err();
    assert_error(
        &error,
        Kind::ResultType,
        "the host function `app.count` returned a wrong value: -1 is out of range for u32 (0 to 4294967295)",
    );
    let vm = with("ask", |_| Ok(Value::Null));
    let error = vm.run::<String>("ask", ("?",)).unwrap_err();
    assert_error(&error, Kind::ResultType, "expected string, got null");
}

#[test]
fn a_host_panic_is_an_error() {
    let vm = with("count", |_| panic!("out of luck"));
    let error = vm.run::<u32>("count", (1,)).unwrap_err();
    assert_error(&error, Kind::HostPanic, "out of luck");
}

#[test]
fn host_functions_call_back_at_any_depth() {
    let deepest = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&deepest);
    let vm = vm_with(&asking(), move |imports| {
        rest(imports);
        imports.func("app", "down", move |call, args| {
            seen.fetch_add(1, Relaxed);
            let [Value::U32(n), Value::String(text)] = args else { panic!("{args:?}") };
            let inner = call.vm().run::<String>("down", (*n, format!("{text}{n}")))?;
            Ok(Value::String(format!("<{inner}>").into()))
        });
    });
    // This guest has two arenas: from depth two on everything is pulled.
    assert_eq!(vm.run::<String>("down", (0, "x")).unwrap(), "x");
    assert_eq!(vm.run::<String>("down", (5, "x")).unwrap(), "<<<<<x43210>>>>>");
    assert_eq!(deepest.load(Relaxed), 5);
    let long = "y".repeat(500);
    assert_eq!(vm.run::<String>("down", (3, &long)).unwrap(), format!("<<<{long}210>>>"));
    assert_eq!(vm.poisoned(), None);
}

#[test]
fn an_inner_failure_that_the_host_lets_through_reaches_the_outer_call() {
    let vm = vm_with(&asking(), |imports| {
        rest(imports);
        imports.func("app", "down", |call, _| Ok(call.vm().call("note", &[Value::String("x".into())])?));
        imports.func("app", "count", |call, _| match call.vm().call("gone", &[]) {
            Err(error) if error.kind() == Kind::UnknownExport => Ok(Value::U32(1)),
            other => panic!("{other:?}"),
        });
    });
    let error = vm.run::<String>("down", (1, "x")).unwrap_err();
    assert_error(&error, Kind::ArgumentType, "note: argument 1 (`level`): expected u8, got a string");
    vm.reset().unwrap();
    assert_eq!(vm.run::<u32>("count", (1,)).unwrap(), 1, "a failure that the host handles leaves no trace");
}

#[test]
fn a_missing_host_function_is_named_with_its_type() {
    let mut imports = Imports::new();
    imports.func("app", "ask", |_, _| Ok(Value::Null));
    let error = Vm::builder().imports(imports).load(common::module(&asking())).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::UnknownImport, Phase::Link));
    assert!(error.message().contains("app.note") || error.message().contains("`app`.`note`"), "{error}");
}

#[test]
fn a_reset_from_a_host_function_is_refused_and_a_close_takes_effect_at_the_end() {
    let vm = vm_with(&asking(), |imports| {
        rest(imports);
        imports.func("app", "count", |call, args| {
            let error = call.vm().reset().unwrap_err();
            assert_eq!(error.kind(), Kind::Busy);
            if args == [Value::U32(2)] {
                call.vm().close();
                assert_eq!(call.vm().run::<u32>("count", (1,)).unwrap_err().kind(), Kind::Closed);
            }
            Ok(args[0].clone())
        });
    });
    assert_eq!(vm.run::<u32>("count", (1,)).unwrap(), 1);
    assert_eq!(vm.run::<u32>("count", (2,)).unwrap(), 2, "the call in progress ends as usual");
    assert_eq!(vm.run::<u32>("count", (1,)).unwrap_err().kind(), Kind::Closed);
}

#[test]
fn our_own_errors_pass_through_a_host_function() {
    let vm = with("count", |_| Err(Error::new(Phase::Io, Kind::Io, "no such file").into()));
    let error = vm.run::<u32>("count", (1,)).unwrap_err();
    assert_eq!((error.phase(), error.kind(), error.message()), (Phase::Io, Kind::Io, "no such file"));
}
