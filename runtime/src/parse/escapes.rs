//! Which functions can be called by somebody who is not the module itself.

use std::collections::BTreeSet;

use super::const_expr::{ConstExpr, ConstOp};
use super::info::{ExternIndex, ModuleInfo};

/// Numbers the functions that need a [`FuncRef`](crate::types::layout::FuncRef): exported, started by the host, in an element
/// segment, or in the initial value of a global or table. Code is not searched: validation demands that every `ref.func` names
/// a function that is mentioned outside of code.
pub(super) fn find(info: &mut ModuleInfo) {
    let mut escaping: BTreeSet<u32> = info.start.into_iter().collect();
    escaping.extend(info.exports.iter().filter_map(|export| match export.index {
        ExternIndex::Func(function) => Some(function),
        ExternIndex::Table(_) | ExternIndex::Memory(_) | ExternIndex::Global(_) | ExternIndex::Tag(_) => None,
    }));
    let constants = info
        .elements
        .iter()
        .flat_map(|segment| &segment.items)
        .chain(&info.global_inits)
        .chain(info.table_inits.iter().flatten());
    escaping.extend(constants.flat_map(ConstExpr::operators).filter_map(|operator| match operator {
        ConstOp::RefFunc(function) => Some(*function),
        ConstOp::I32(_)
        | ConstOp::I64(_)
        | ConstOp::F32(_)
        | ConstOp::F64(_)
        | ConstOp::V128(_)
        | ConstOp::GlobalGet(_)
        | ConstOp::RefNull
        | ConstOp::I32Add
        | ConstOp::I32Sub
        | ConstOp::I32Mul
        | ConstOp::I64Add
        | ConstOp::I64Sub
        | ConstOp::I64Mul => None,
    }));
    info.escaping = escaping.into_iter().collect();
    info.escapes = info.escaping.iter().zip(0..).map(|(function, escape)| (*function, escape)).collect();
    info.counts.func_refs = info.escaping.len() as u32;
}
