//! The value of a constant expression: the one place for globals, tables, offsets and elements.

use std::ptr::NonNull;

use smallvec::SmallVec;

use crate::parse::{ConstExpr, ConstOp};
use crate::types::layout::{FuncRef, GlobalSlot, RawValue};

/// Evaluates an expression over the globals that exist so far. `func` gives the reference of a function.
///
/// # Safety
///
/// The expression is of a validated module, and every global that it reads is alive and filled.
pub(super) unsafe fn evaluate(
    expression: &ConstExpr,
    globals: &[NonNull<GlobalSlot>],
    func: impl Fn(u32) -> NonNull<FuncRef>,
) -> RawValue {
    let mut stack = Stack(SmallVec::new());
    for operator in expression.operators() {
        let value = match *operator {
            ConstOp::I32(v) => RawValue { i32: v },
            ConstOp::I64(v) => RawValue { i64: v },
            ConstOp::F32(v) => RawValue { f32: v },
            ConstOp::F64(v) => RawValue { f64: v },
            ConstOp::V128(v) => RawValue { bytes: v },
            // SAFETY: the caller's promise.
            ConstOp::GlobalGet(index) => unsafe { (*globals[index as usize].as_ptr()).value },
            ConstOp::RefFunc(index) => RawValue { funcref: func(index).as_ptr() as usize },
            ConstOp::RefNull => RawValue::default(),
            ConstOp::I32Add => stack.i32(i32::wrapping_add),
            ConstOp::I32Sub => stack.i32(i32::wrapping_sub),
            ConstOp::I32Mul => stack.i32(i32::wrapping_mul),
            ConstOp::I64Add => stack.i64(i64::wrapping_add),
            ConstOp::I64Sub => stack.i64(i64::wrapping_sub),
            ConstOp::I64Mul => stack.i64(i64::wrapping_mul),
        };
        stack.0.push(value);
    }
    stack.pop()
}

/// Operands; one suffices for nearly every expression.
struct Stack(SmallVec<[RawValue; 4]>);

impl Stack {
    fn pop(&mut self) -> RawValue {
        self.0.pop().expect("validation counts operands")
    }

    fn i32(&mut self, f: impl FnOnce(i32, i32) -> i32) -> RawValue {
        let (second, first) = (self.pop(), self.pop());
        // SAFETY: any bytes are an `i32`.
        RawValue { i32: unsafe { f(first.i32, second.i32) } }
    }

    fn i64(&mut self, f: impl FnOnce(i64, i64) -> i64) -> RawValue {
        let (second, first) = (self.pop(), self.pop());
        // SAFETY: any bytes are an `i64`.
        RawValue { i64: unsafe { f(first.i64, second.i64) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(operators: &[ConstOp]) -> RawValue {
        // SAFETY: no global is read.
        unsafe { evaluate(&ConstExpr::Many(operators.into()), &[], |_| unreachable!("no function is named")) }
    }

    #[test]
    fn arithmetic_wraps_and_takes_its_operands_in_order() {
        let ops = [ConstOp::I32(i32::MAX), ConstOp::I32(5), ConstOp::I32(3), ConstOp::I32Sub, ConstOp::I32Add];
        // SAFETY: the expressions end with values of these types.
        unsafe {
            assert_eq!(value(&ops).i32, i32::MIN + 1);
            assert_eq!(value(&[ConstOp::I64(i64::MIN), ConstOp::I64(1), ConstOp::I64Sub]).i64, i64::MAX);
            assert_eq!(value(&[ConstOp::I64(1 << 62), ConstOp::I64(6), ConstOp::I64Mul]).i64, i64::MIN);
            assert_eq!(value(&[ConstOp::I32(-7), ConstOp::I32(9), ConstOp::I32Mul]).i32, -63);
        }
    }
}
