//! The parser's types as ours.

use std::fmt::Display;

use wasmparser::{AbstractHeapType, CompositeInnerType, UnpackedIndex};

use crate::types::interner::{Member, MemberType};
use crate::types::{
    Error, GlobalType, HeapType, Kind, MemoryType, Phase, Proposal, RefType, Result, TableType, TypeId, ValType,
};

/// What the validator should have refused already, since the proposal is off.
#[cold]
pub(super) fn unsupported(what: &str, at: u64) -> Error {
    Error::new(Phase::Validate, Kind::Unsupported, format!("{what} is not supported (at offset {at:#x})"))
}

/// What only garbage collection has.
#[cold]
pub(super) fn needs_gc(what: impl Display, at: u64) -> Error {
    let text = format!("{what}: the proposal {} is not supported (at offset {at:#x})", Proposal::Gc);
    Error::new(Phase::Validate, Kind::Unsupported, text)
}

/// Types of a module, whose type section gave these numbers so far. `at` is where in the module's bytes.
#[derive(Clone, Copy)]
pub(super) struct Types<'a> {
    pub(super) numbers: &'a [TypeId],
    pub(super) at: u64,
}

impl Types<'_> {
    pub(super) fn ref_type(self, ty: wasmparser::RefType) -> Result<RefType> {
        let heap = match ty.heap_type() {
            wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => {
                HeapType::Concrete(self.numbers[index as usize])
            }
            other => abstract_heap_type(other).ok_or_else(|| needs_gc(format_args!("the type {ty}"), self.at))?,
        };
        Ok(RefType { nullable: ty.is_nullable(), heap })
    }

    pub(super) fn val_type(self, ty: wasmparser::ValType) -> Result<ValType> {
        Ok(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::Ref(ty) => ValType::Ref(self.ref_type(ty)?),
            wasmparser::ValType::V128 => ValType::V128,
        })
    }

    pub(super) fn table_type(self, ty: wasmparser::TableType) -> Result<TableType> {
        let element = self.ref_type(ty.element_type)?;
        Ok(TableType { element, min: ty.initial, max: ty.maximum, table64: ty.table64 })
    }

    pub(super) fn global_type(self, ty: wasmparser::GlobalType) -> Result<GlobalType> {
        Ok(GlobalType { content: self.val_type(ty.content_type)?, mutable: ty.mutable })
    }

    /// A member of the recursion group whose first member has the next index.
    pub(super) fn member(self, ty: &wasmparser::SubType) -> Result<Member> {
        let func = match &ty.composite_type.inner {
            CompositeInnerType::Func(func) if ty.is_final && ty.supertype_idxs.is_empty() => func,
            CompositeInnerType::Func(_) => return Err(needs_gc("a type that others can extend", self.at)),
            CompositeInnerType::Array(_) => return Err(needs_gc("an array type", self.at)),
            CompositeInnerType::Struct(_) => return Err(needs_gc("a structure type", self.at)),
            CompositeInnerType::Cont(_) => return Err(unsupported("a continuation type", self.at)),
        };
        let all = |types: &[wasmparser::ValType]| types.iter().map(|ty| self.member_type(*ty)).collect::<Result<_>>();
        Ok(Member { params: all(func.params())?, results: all(func.results())? })
    }

    fn member_type(self, ty: wasmparser::ValType) -> Result<MemberType> {
        if let wasmparser::ValType::Ref(reference) = ty
            && let wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) = reference.heap_type()
            && let Some(position) = index.checked_sub(self.numbers.len() as u32)
        {
            return Ok(MemberType::Inside { nullable: reference.is_nullable(), position });
        }
        self.val_type(ty).map(MemberType::Outside)
    }
}

/// A heap type that is declared nowhere; `None` for those of garbage collection.
pub(super) fn abstract_heap_type(ty: wasmparser::HeapType) -> Option<HeapType> {
    let wasmparser::HeapType::Abstract { shared: false, ty } = ty else { return None };
    match ty {
        AbstractHeapType::Func => Some(HeapType::Func),
        AbstractHeapType::NoFunc => Some(HeapType::NoFunc),
        AbstractHeapType::Extern => Some(HeapType::Extern),
        AbstractHeapType::NoExtern => Some(HeapType::NoExtern),
        AbstractHeapType::Exn => Some(HeapType::Exn),
        AbstractHeapType::NoExn => Some(HeapType::NoExn),
        AbstractHeapType::Any
        | AbstractHeapType::None
        | AbstractHeapType::Eq
        | AbstractHeapType::Struct
        | AbstractHeapType::Array
        | AbstractHeapType::I31
        | AbstractHeapType::Cont
        | AbstractHeapType::NoCont => None,
    }
}

pub(super) fn memory_type(ty: wasmparser::MemoryType) -> MemoryType {
    MemoryType { min: ty.initial, max: ty.maximum, memory64: ty.memory64, shared: ty.shared }
}
