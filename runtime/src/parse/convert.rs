//! The parser's types as ours.

use crate::types::{Error, FuncType, GlobalType, Kind, MemoryType, Phase, RefType, Result, TableType, ValType};

/// What the validator should have refused already, since the proposal is off.
#[cold]
pub(super) fn unsupported(what: &str, at: u64) -> Error {
    Error::new(Phase::Validate, Kind::Unsupported, format!("{what} is not supported (at offset {at:#x})"))
}

pub(super) fn ref_type(ty: wasmparser::RefType) -> Result<RefType> {
    match ty {
        wasmparser::RefType::FUNCREF => Ok(RefType::FUNCREF),
        wasmparser::RefType::EXTERNREF => Ok(RefType::EXTERNREF),
        other => Err(Error::new(Phase::Validate, Kind::Unsupported, format!("the type {other} is not supported"))),
    }
}

pub(super) fn val_type(ty: wasmparser::ValType) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::Ref(ty) => ValType::Ref(ref_type(ty)?),
        wasmparser::ValType::V128 => ValType::V128,
    })
}

pub(super) fn func_type(ty: &wasmparser::FuncType) -> Result<FuncType> {
    let all = |types: &[wasmparser::ValType]| types.iter().map(|t| val_type(*t)).collect::<Result<Vec<_>>>();
    Ok(FuncType::new(all(ty.params())?, all(ty.results())?))
}

pub(super) fn table_type(ty: wasmparser::TableType) -> Result<TableType> {
    Ok(TableType { element: ref_type(ty.element_type)?, min: ty.initial, max: ty.maximum, table64: ty.table64 })
}

pub(super) fn memory_type(ty: wasmparser::MemoryType) -> MemoryType {
    MemoryType { min: ty.initial, max: ty.maximum, memory64: ty.memory64, shared: ty.shared }
}

pub(super) fn global_type(ty: wasmparser::GlobalType) -> Result<GlobalType> {
    Ok(GlobalType { content: val_type(ty.content_type)?, mutable: ty.mutable })
}
