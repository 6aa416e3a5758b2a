//! Constant expressions: initial values of globals and tables, offsets of segments, elements.

use std::slice;

use wasmparser::Operator;

use super::failure::invalid;
use super::{caps, convert};
use crate::types::{ModuleLimits, Result};

/// A validated constant expression: a program for a stack that begins empty and ends with one value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConstExpr {
    /// A single operator, as nearly all expressions are: a module may have a million of them.
    One(ConstOp),
    /// Several.
    Many(Box<[ConstOp]>),
}

/// An operator of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ConstOp {
    /// `i32.const`.
    I32(i32),
    /// `i64.const`.
    I64(i64),
    /// `f32.const`, bits.
    F32(u32),
    /// `f64.const`, bits.
    F64(u64),
    /// `v128.const`, lane 0 first: a number of 128 bits would make all of them larger.
    V128([u8; 16]),
    /// `global.get` of a global that is imported or comes earlier.
    GlobalGet(u32),
    /// `ref.func`.
    RefFunc(u32),
    /// `ref.null` of any type.
    RefNull,
    /// `i32.add`.
    I32Add,
    /// `i32.sub`.
    I32Sub,
    /// `i32.mul`.
    I32Mul,
    /// `i64.add`.
    I64Add,
    /// `i64.sub`.
    I64Sub,
    /// `i64.mul`.
    I64Mul,
}

impl ConstExpr {
    /// The operators in order.
    pub(crate) fn operators(&self) -> &[ConstOp] {
        match self {
            Self::One(operator) => slice::from_ref(operator),
            Self::Many(operators) => operators,
        }
    }
}

/// Reads an expression that the validator accepted.
pub(super) fn read(expr: &wasmparser::ConstExpr<'_>, caps: &ModuleLimits) -> Result<ConstExpr> {
    let mut reader = expr.get_operators_reader();
    let start = reader.original_position();
    let mut operators = Vec::new();
    loop {
        let at = reader.original_position();
        let operator = reader.read().map_err(|e| invalid(&e))?;
        if matches!(operator, Operator::End) {
            break;
        }
        operators.push(convert_operator(&operator, at)?);
        // What is kept of an operator is many times larger than its two bytes.
        caps::check("operators in a constant expression", operators.len() as u64, caps.operands, start)?;
    }
    Ok(match operators[..] {
        [operator] => ConstExpr::One(operator),
        _ => ConstExpr::Many(operators.into()),
    })
}

fn convert_operator(operator: &Operator<'_>, at: u64) -> Result<ConstOp> {
    Ok(match *operator {
        Operator::I32Const { value } => ConstOp::I32(value),
        Operator::I64Const { value } => ConstOp::I64(value),
        Operator::F32Const { value } => ConstOp::F32(value.bits()),
        Operator::F64Const { value } => ConstOp::F64(value.bits()),
        Operator::V128Const { value } => ConstOp::V128(*value.bytes()),
        Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
        Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
        Operator::RefNull { .. } => ConstOp::RefNull,
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        _ => return Err(convert::needs_gc("this constant expression", at)),
    })
}
