//! Modules and host functions made to break the host: each of these ended the process, or took all of its memory, once.

mod mode;

use std::fmt::Write as _;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use edge_runtime::{Compile, Engine, Func, FuncType, Instance, Kind, Limits, Module, Phase, Store, Val, ValType};

/// `count` types with this text.
fn many(ty: &str, count: usize) -> String {
    format!(" {ty}").repeat(count)
}

/// Loads a module that carries too much, for as little time and memory as its size suggests.
fn refused(text: &str) {
    // Where functions are compiled when they are called, it is the call that is refused: see the tests of that.
    let engine = Engine::new(&mode::engine().config().clone().compile(Compile::Eager)).unwrap();
    let error = Module::from_text(&engine, text).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::TooLarge), "{error}");
    assert!(error.message().contains("carry more than"), "{error}");
}

#[test]
fn calls_that_carry_a_thousand_operands_each_are_bounded() {
    let (types, calls) = (many("i32", 1000), "call $f ".repeat(100_000));
    refused(
        &format!("(module (func $f (param{types}) (result{types}) unreachable) (func call $f{calls} unreachable))")
            .replace("(func call $f", &format!("(func {} ", many("i32.const 0", 1000))),
    );
}

#[test]
fn branches_that_carry_a_thousand_operands_each_are_bounded() {
    let (types, values) = (many("i32", 1000), many("i32.const 0", 1000));
    for branches in ["i32.const 1 br_if 0 ".repeat(100_000), format!("i32.const 1 br_table{}", many("0", 60_000))] {
        refused(&format!("(module (func (block (result{types}) {values} {branches} unreachable) unreachable))"));
    }
    let loops = "loop (type $wide) end ".repeat(10_000);
    refused(&format!(
        "(module (type $wide (func (param{types}) (result{types}))) (func {values} {loops} unreachable))"
    ));
}

#[test]
fn loops_that_carry_every_local_are_bounded() {
    let (locals, uses) = (many("i32", 5000), (0..5000).map(|i| format!("local.get {i} drop ")).collect::<String>());
    let (begin, end) = ("loop ".repeat(5000), "end ".repeat(5000));
    refused(&format!("(module (func (local{locals}) {begin} {uses} {end}))"));
}

#[test]
fn tables_of_branches_are_bounded_together() {
    let table = format!("local.get 0 br_table{}", many("0", 60_000));
    refused(&format!("(module (func (param i32) {}))", format!("block {table} end ").repeat(20)));
}

#[test]
fn a_host_function_of_too_many_values_is_refused() {
    let store = Store::new(&mode::engine(), Limits::default());
    let func = |n| Func::new(&store, FuncType::new(vec![ValType::I64; n], []), |_, _, _| Ok(()));
    func(1000).unwrap().call(&vec![Val::I64(1); 1000]).unwrap();
    let error = func(1001).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge, "{error}");
    assert!(error.message().contains("1001 parameters or results"), "{error}");
}

#[test]
fn ordinary_functions_carry_as_much_as_they_like() {
    let mut calls = String::new();
    for i in 0..50_000 {
        write!(calls, "(local.set 0 (call $f (local.get 0) (i32.const {i})))").unwrap();
    }
    let text = format!(
        "(module (func $f (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
           (func (export \"sum\") (param i32) (result i32) {calls} (local.get 0)))"
    );
    let engine = Engine::new(&edge_runtime::Config::new().opt_level(edge_runtime::OptLevel::None)).unwrap();
    let module = Module::from_text(&engine, &text).unwrap();
    let store = Store::new(&engine, Limits::default());
    let sum = Instance::new(&store, &module, &[]).unwrap().func("sum").unwrap();
    assert_eq!(sum.typed::<i32, i32>().unwrap().call(7).unwrap(), 7 + (0..50_000).sum::<i32>());
}

/// LEB128.
fn number(mut n: u32, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![id];
    number(contents.len() as u32, &mut out);
    out.extend(contents);
    out
}

#[test]
fn sections_of_very_many_items_are_refused_before_they_are_read() {
    let engine = mode::engine();
    // (section, bytes of one small item)
    for (id, item) in [(1, &[0x60, 0, 0][..]), (2, &[0, 0, 3, 0x7f, 0]), (9, &[0, 0x41, 0, 0x0b, 0]), (11, &[1, 0])] {
        let mut contents = Vec::new();
        number(1_000_001, &mut contents);
        contents.extend(item.repeat(1_000_001));
        let bytes = [b"\0asm\x01\0\0\0", &section(id, &contents)[..]].concat();
        let error = Module::validate(&engine, &bytes).unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge, "{error}");
        assert!(error.message().contains("1000001 items in a section"), "{error}");
    }
    let bytes = [b"\0asm\x01\0\0\0", &section(0, &[0]).repeat(1_000_001)[..]].concat();
    let error = Module::validate(&engine, &bytes).unwrap_err();
    assert!(error.message().contains("1000001 custom sections"), "{error}");
}

struct PanicsAgain(Arc<AtomicBool>);

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
        panic!("once more");
    }
}

#[test]
fn what_a_host_function_panicked_with_may_panic_when_it_is_dropped() {
    let engine = mode::engine();
    let module =
        Module::from_text(&engine, r#"(module (import "h" "f" (func $f)) (func (export "go") call $f))"#).unwrap();
    let store = Store::new(&engine, Limits::default());
    let dropped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&dropped);
    let f = Func::wrap(&store, move || -> () { panic_any(PanicsAgain(Arc::clone(&seen))) }).unwrap();
    let go = Instance::new(&store, &module, &[f.into()]).unwrap().func("go").unwrap();
    for _ in 0..2 {
        assert_eq!(go.call(&[]).unwrap_err().kind(), Kind::HostPanic);
        assert!(dropped.swap(false, SeqCst));
    }
    drop(store.try_enter().unwrap());
}
