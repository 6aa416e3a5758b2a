//! Traps without signals: every check is code of its own, and no handler is ever installed. This program runs no engine of
//! another sort, so that what is in force for a signal can be compared.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::mem;

use edge_runtime::{
    Config, Engine, Func, FuncType, Instance, Kind, Limits, Memory, MemoryType, Module, OptLevel, Store, Val, ValType,
};

const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// What is in force for the signals that compiled code could raise: handler and flags.
fn actions() -> Vec<(usize, libc::c_int)> {
    let action = |signal| {
        // SAFETY: only asks; an all-zero structure is a valid one.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: as above.
        assert_eq!(unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) }, 0);
        (action.sa_sigaction, action.sa_flags)
    };
    SIGNALS.into_iter().map(action).collect()
}

fn engine(level: OptLevel) -> Engine {
    Engine::new(&Config::new().signals(false).opt_level(level)).unwrap()
}

fn instance(engine: &Engine, text: &str) -> Instance {
    let module = Module::from_text(engine, text).unwrap();
    Instance::new(&Store::new(engine, Limits::default()), &module, &[]).unwrap()
}

const TRAPS: &str = r#"(module
  (memory 1) (table 4 funcref) (elem (i32.const 1) $nothing $number)
  (type $nothing (func)) (type $number (func (result i32)))
  (func $nothing) (func $number (result i32) (i32.const 1))
  (func (export "unreachable") (unreachable))
  (func (export "load") (drop (i32.load (i32.const 65533))))
  (func (export "load far") (drop (i32.load offset=4294967295 (i32.const -1))))
  (func (export "load beyond any memory") (drop (i64.load offset=4294967295 (i32.const 0))))
  (func (export "store") (i64.store offset=65530 (i32.const 0) (i64.const 1)))
  (func (export "fill") (memory.fill (i32.const 65536) (i32.const 0) (i32.const 1)))
  (func (export "table.get") (drop (table.get (i32.const 4))))
  (func (export "table.set") (table.set (i32.const -1) (ref.null func)))
  (func (export "undefined") (call_indirect (type $nothing) (i32.const 4)))
  (func (export "uninitialised") (call_indirect (type $nothing) (i32.const 3)))
  (func (export "mismatch") (call_indirect (type $nothing) (i32.const 2)))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func (export "divide u") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "rest") (param i32) (result i32) (i32.rem_s (i32.const 1) (local.get 0)))
  (func (export "rest u") (param i32) (result i32) (i32.rem_u (i32.const 1) (local.get 0)))
  (func (export "by zero") (drop (i64.div_s (i64.const 1) (i64.const 0))))
  (func (export "overflow") (drop (i32.div_s (i32.const -2147483648) (i32.const -1))))
  (func (export "overflow 64") (param i64) (result i64) (i64.div_s (i64.const -9223372036854775808) (local.get 0)))
  (func (export "no number") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "too large") (drop (i64.trunc_f64_u (f64.const 18446744073709551616))))
  (func $deeper (export "deep") (call $deeper)))"#;

#[test]
fn every_trap_comes_without_a_signal() {
    let before = actions();
    for level in [OptLevel::None, OptLevel::Speed] {
        let instance = instance(&engine(level), TRAPS);
        for (name, args, kind) in [
            ("unreachable", &[][..], Kind::Unreachable),
            ("load", &[], Kind::MemoryOutOfBounds),
            ("load far", &[], Kind::MemoryOutOfBounds),
            ("load beyond any memory", &[], Kind::MemoryOutOfBounds),
            ("store", &[], Kind::MemoryOutOfBounds),
            ("fill", &[], Kind::MemoryOutOfBounds),
            ("table.get", &[], Kind::TableOutOfBounds),
            ("table.set", &[], Kind::TableOutOfBounds),
            ("undefined", &[], Kind::UndefinedElement),
            ("uninitialised", &[], Kind::UninitializedElement),
            ("mismatch", &[], Kind::IndirectCallTypeMismatch),
            ("divide", &[Val::I32(0)], Kind::IntegerDivideByZero),
            ("divide u", &[Val::I32(0)], Kind::IntegerDivideByZero),
            ("rest", &[Val::I32(0)], Kind::IntegerDivideByZero),
            ("rest u", &[Val::I32(0)], Kind::IntegerDivideByZero),
            ("by zero", &[], Kind::IntegerDivideByZero),
            ("overflow", &[], Kind::IntegerOverflow),
            ("overflow 64", &[Val::I64(-1)], Kind::IntegerOverflow),
            ("no number", &[], Kind::InvalidConversionToInteger),
            ("too large", &[], Kind::IntegerOverflow),
            ("deep", &[], Kind::StackOverflow),
        ] {
            let error = instance.func(name).unwrap().call(args).unwrap_err();
            assert_eq!(error.kind(), kind, "{name} at {level:?}: {error:?}");
            assert!(!error.backtrace().is_empty(), "{name}");
        }
    }
    assert_eq!(actions(), before);
}

#[test]
fn divisions_that_do_not_trap_give_what_they_should() {
    let instance = instance(&engine(OptLevel::Speed), TRAPS);
    let call = |name: &str, value| instance.func(name).unwrap().call(&[value]).unwrap()[0].clone();
    assert_eq!(call("divide", Val::I32(-1)).i32(), Some(-1));
    assert_eq!(call("rest", Val::I32(-1)).i32(), Some(0));
    assert_eq!(call("overflow 64", Val::I64(1)).i64(), Some(i64::MIN));
}

#[test]
fn a_backtrace_names_the_place() {
    let text = r#"(module (memory 1)
        (func $inner (param i32) (drop (i32.load (i32.const 0))) (drop (i32.load (local.get 0))))
        (func $outer (export "f") (param i32) (nop) (call $inner (local.get 0))))"#;
    let bytes = wat::parse_str(text).unwrap();
    let engine = engine(OptLevel::Speed);
    let module = Module::new(&engine, &bytes).unwrap();
    let instance = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap();
    let error = instance.func("f").unwrap().call(&[Val::I32(-1)]).unwrap_err();
    let names: Vec<_> = error.backtrace().iter().map(|frame| frame.func_name.as_deref()).collect();
    assert_eq!(names, [Some("inner"), Some("outer")]);
    // The opcode of `i32.load`; the one that traps is the second.
    let loads: Vec<_> = bytes.windows(3).zip(0..).filter(|(w, _)| **w == [0x28, 2, 0]).map(|(_, at)| at).collect();
    assert_eq!((error.backtrace()[0].module_offset, loads.len()), (Some(loads[1]), 2));
}

/// A function that recurses with `count` values alive across the call.
fn large_frame(count: usize) -> String {
    let (mut loads, mut uses) = (String::new(), String::new());
    for i in 0..count {
        writeln!(loads, "(i64.load offset={} (local.get 0))", i * 8).unwrap();
        writeln!(uses, "(call $use (i32.const {i}))").unwrap();
    }
    format!(
        r#"(module (memory 1)
             (func $use (param i64 i32) (i64.store (local.get 1) (local.get 0)))
             (func $deeper (export "deep") (param i32) {loads} (call $deeper (local.get 0)) {uses}))"#
    )
}

#[test]
fn large_frames_stay_above_the_limit_on_any_stack() {
    let text = large_frame(4_000);
    for level in [OptLevel::None, OptLevel::Speed] {
        let instance = instance(&engine(level), &text);
        for size in [96 << 10, 256 << 10, 2 << 20] {
            let deep = instance.func("deep").unwrap();
            // Whoever went beyond the end of this stack would die of it: no handler could help.
            let thread = std::thread::Builder::new().stack_size(size);
            let result = thread.spawn(move || deep.call(&[Val::I32(0)]).map(drop)).unwrap().join().unwrap();
            assert_eq!(result.unwrap_err().kind(), Kind::StackOverflow, "{size} bytes at {level:?}");
        }
    }
}

#[test]
fn hosts_and_guests_that_call_each_other_end_in_an_overflow() {
    let engine = engine(OptLevel::Speed);
    let store = Store::new(&engine, Limits::default());
    let many = FuncType::new([ValType::I64; 300], []);
    let through = Func::new(&store, many, |caller, args, _| {
        let again = caller.export("f").and_then(|e| e.into_func()).expect("the module exports it");
        Ok(again.call(&args[..1]).map(drop)?)
    });
    let args = "(local.get 0)".repeat(300);
    let params = "i64 ".repeat(300);
    let text = format!(
        r#"(module (import "a" "b" (func $host (param {params}))) (func (export "f") (param i64) (call $host {args})))"#
    );
    let module = Module::from_text(&engine, &text).unwrap();
    let instance = Instance::new(&store, &module, &[through.unwrap().into()]).unwrap();
    let error = instance.func("f").unwrap().call(&[Val::I64(1)]).unwrap_err();
    assert_eq!(error.kind(), Kind::StackOverflow, "{error:?}");
}
#[test]
fn memories_reserve_what_they_may_become_and_no_more() {
    let engine = engine(OptLevel::Speed);
    let mut limits = Limits::default();
    limits.memory = 1 << 40;
    let store = Store::new(&engine, limits);
    // More than the address space holds of those with 4 GiB and guards.
    let memories: Vec<_> = (0..40_000).map(|_| Memory::new(&store, MemoryType::new(0, Some(2))).unwrap()).collect();
    for memory in [&memories[0], &memories[39_999]] {
        let before = memory.data_ptr();
        assert_eq!(memory.grow(2).unwrap(), 0);
        memory.write(131_071, &[7]).unwrap();
        assert_eq!(memory.grow(1).unwrap_err().kind(), Kind::MemoryLimit);
        assert_eq!(memory.data_ptr(), before);
    }
}
