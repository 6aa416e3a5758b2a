//! Every trap as an error with its kind and the names of the guest's frames.

mod support;

use edge_runtime::{Error, Kind, Phase, Val};
use support::instance;

/// The error of calling `run` of a module with this body.
fn trap(body: &str) -> Error {
    let text = format!(
        r#"(module
            (type $v (func))
            (memory 1 2)
            (table 2 funcref)
            (elem (table 0) (i32.const 0) func $other)
            (func $other (param i32))
            (func $inner {body})
            (func $run (export "run") call $inner))"#
    );
    instance(&text).func("run").unwrap().call(&[]).unwrap_err()
}

fn check(body: &str, kind: Kind, message: &str) {
    let error = trap(body);
    assert_eq!((error.phase(), error.kind(), error.message()), (Phase::Execute, kind, message), "{body}");
    let names: Vec<_> = error.backtrace().iter().map(|f| f.func_name.as_deref().unwrap_or("?")).collect();
    assert_eq!(names, ["inner", "run"], "{body}");
    assert!(error.backtrace().iter().all(|f| f.module_offset.is_some()), "{body}");
}

#[test]
fn unreachable() {
    check("unreachable", Kind::Unreachable, "unreachable");
}

#[test]
fn memory_out_of_bounds() {
    let message = "out of bounds memory access";
    for body in [
        "(drop (i32.load8_u (i32.const 65536)))",
        "(drop (i64.load (i32.const 65529)))",
        "(i32.store (i32.const -1) (i32.const 0))",
        "(drop (i32.load8_u offset=4294967295 (i32.const -1)))",
        "(drop (i64.load offset=33554424 (i32.const -1)))",
        "(drop (f64.load offset=2147483648 (i32.const -8)))",
        "(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))",
        "(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))",
    ] {
        check(body, Kind::MemoryOutOfBounds, message);
    }
}

#[test]
fn integers() {
    check("(drop (i32.div_s (i32.const 1) (i32.const 0)))", Kind::IntegerDivideByZero, "integer divide by zero");
    check("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", Kind::IntegerDivideByZero, "integer divide by zero");
    check("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Kind::IntegerOverflow, "integer overflow");
    check("(drop (i32.trunc_f64_s (f64.const 1e30)))", Kind::IntegerOverflow, "integer overflow");
    check(
        "(drop (i32.trunc_f32_u (f32.const nan)))",
        Kind::InvalidConversionToInteger,
        "invalid conversion to integer",
    );
}

#[test]
fn tables() {
    check("(call_indirect (type $v) (i32.const 2))", Kind::UndefinedElement, "undefined element");
    check("(call_indirect (type $v) (i32.const 1))", Kind::UninitializedElement, "uninitialized element");
    check("(call_indirect (type $v) (i32.const 0))", Kind::IndirectCallTypeMismatch, "indirect call type mismatch");
    check("(drop (table.get 0 (i32.const 2)))", Kind::TableOutOfBounds, "out of bounds table access");
    check("(table.set 0 (i32.const -1) (ref.null func))", Kind::TableOutOfBounds, "out of bounds table access");
    check(
        "(table.fill 0 (i32.const 1) (ref.null func) (i32.const 2))",
        Kind::TableOutOfBounds,
        "out of bounds table access",
    );
}

#[test]
fn the_instance_goes_on_after_a_trap() {
    let instance = instance(
        r#"(module (global $g (mut i32) (i32.const 0)) (memory 1)
            (func (export "next") (param i32) (result i32)
                (global.set $g (i32.add (global.get $g) (i32.const 1)))
                (if (local.get 0) (then (drop (i32.load (i32.const -4)))))
                (global.get $g)))"#,
    );
    let next = instance.func("next").unwrap().typed::<i32, i32>().unwrap();
    for i in 0..100 {
        assert_eq!(next.call(0).unwrap(), 2 * i + 1);
        assert_eq!(next.call(1).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    }
}

#[test]
fn callee_saved_registers_survive_a_trap() {
    let trap = instance(r#"(module (func (export "f") unreachable))"#).func("f").unwrap().typed::<(), ()>().unwrap();
    // Values that the compiler keeps in registers over the call.
    let mut sums = [0_u64; 6];
    for i in 0..1000_u64 {
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum = sum.wrapping_mul(31).wrapping_add(i + k as u64);
        }
        assert!(trap.call(()).is_err());
    }
    let mut expected = [0_u64; 6];
    for i in 0..1000_u64 {
        for (k, sum) in expected.iter_mut().enumerate() {
            *sum = sum.wrapping_mul(31).wrapping_add(i + k as u64);
        }
    }
    assert_eq!(sums, expected);
}

#[test]
fn traps_on_many_threads_at_once() {
    let threads: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(|| {
                let load = instance(
                    r#"(module (memory 1) (func (export "f") (param i32) (result i32)
                    (i32.load (local.get 0))))"#,
                );
                let load = load.func("f").unwrap().typed::<u32, u32>().unwrap();
                for i in 0..500 {
                    assert_eq!(load.call(0).unwrap(), 0);
                    assert_eq!(load.call(65_533 + i).unwrap_err().kind(), Kind::MemoryOutOfBounds);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
fn functions_without_a_name_are_told_by_index() {
    let error = instance(r#"(module (func) (func unreachable) (func (export "go") call 1))"#);
    let error = error.func("go").unwrap().call(&[]).unwrap_err();
    assert_eq!(error.backtrace()[0].func_index, 1);
    assert_eq!(error.backtrace()[0].func_name, None);
    assert_eq!(error.backtrace()[1].func_name.as_deref(), Some("go"));
    assert!(format!("{error:?}").contains("<function 1>"), "{error:?}");
}

#[test]
fn a_reference_that_is_null() {
    let get = instance(
        r#"(module (table 1 externref) (func (export "f") (param i32) (result i32)
            (ref.is_null (table.get 0 (local.get 0)))))"#,
    );
    assert_eq!(get.func("f").unwrap().call(&[Val::I32(0)]).unwrap()[0].i32(), Some(1));
}
