//! What of garbage collection the validator lets pass in function bodies. It is switched on there for the sake of recursion
//! groups of function types and of constant expressions; all else of it is refused here, by its name.

use wasmparser::{BinaryReader, BlockType, HeapType, Operator, OperatorsReader, ValType};

use super::convert::{abstract_heap_type, needs_gc};
use crate::types::Result;

/// Opcodes that the proposal added: a prefix, and `ref.eq`.
const OWN: [u8; 2] = [0xfb, 0xd3];

/// Opcodes that carry types: `block`, `loop`, `if`, `try`, `try_table`; `select` with types; `ref.null`.
const BLOCKS: [u8; 5] = [0x02, 0x03, 0x04, 0x06, 0x1f];
const SELECT: u8 = 0x1c;
const REF_NULL: u8 = 0xd0;

/// Where the types of references begin, in a block's type: below are numbers of types, above are numeric types.
const REFERENCES: std::ops::RangeInclusive<u8> = 0x62..=0x77;

/// Refuses the operator that `code` begins with if it is one of garbage collection or says a type of it. It was validated.
#[inline]
pub(super) fn check_operator(code: &[u8], at: u64) -> Result<()> {
    let opcode = code[0];
    let typed = opcode == SELECT
        || opcode == REF_NULL
        || (BLOCKS.contains(&opcode) && code.get(1).is_some_and(|byte| REFERENCES.contains(byte)));
    if OWN.contains(&opcode) || typed { check_closely(code, at) } else { Ok(()) }
}

#[cold]
fn check_closely(code: &[u8], at: u64) -> Result<()> {
    if OWN.contains(&code[0]) {
        return Err(needs_gc("this operator", at));
    }
    let types = match OperatorsReader::new(BinaryReader::new(code, at)).read() {
        Ok(Operator::RefNull { hty }) => return check_heap_type(hty, at),
        Ok(Operator::TypedSelect { ty }) => vec![ty],
        Ok(Operator::TypedSelectMulti { tys }) => tys,
        Ok(Operator::Block { blockty: BlockType::Type(ty) })
        | Ok(Operator::Loop { blockty: BlockType::Type(ty) })
        | Ok(Operator::If { blockty: BlockType::Type(ty) })
        | Ok(Operator::Try { blockty: BlockType::Type(ty) }) => vec![ty],
        Ok(Operator::TryTable { try_table }) => match try_table.ty {
            BlockType::Type(ty) => vec![ty],
            BlockType::Empty | BlockType::FuncType(_) => vec![],
        },
        // All others carry no types, or none of references; and what cannot be read was refused before.
        Ok(_) | Err(_) => vec![],
    };
    types.into_iter().try_for_each(|ty| check_type(ty, at))
}

/// Refuses a type that only garbage collection has. Types with a number were looked at where they are declared.
pub(super) fn check_type(ty: ValType, at: u64) -> Result<()> {
    match ty {
        ValType::Ref(ty) => check_heap_type(ty.heap_type(), at),
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::V128 => Ok(()),
    }
}

fn check_heap_type(ty: HeapType, at: u64) -> Result<()> {
    match ty {
        HeapType::Abstract { .. } if abstract_heap_type(ty).is_none() => {
            Err(needs_gc(format_args!("the type {ty:?}"), at))
        }
        HeapType::Abstract { .. } | HeapType::Concrete(_) | HeapType::Exact(_) => Ok(()),
    }
}
