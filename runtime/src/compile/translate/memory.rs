//! Loads, stores and whole-memory operations. Addresses come from [`bounds`](super::super::bounds).

use std::mem::offset_of;

use cranelift_codegen::ir::immediates::Offset32;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FuncInstBuilder;
use wasmparser::{MemArg, MemArgTarget};

use super::super::bounds;
use super::super::environment::offset;
use super::super::regions::{Region, constant};
use super::super::signature::POINTER;
use super::{Translator, not_validated};
use crate::types::Result;
use crate::types::layout::{Builtin, MemoryDefinition, PAGE_SIZE};

/// The memory that an access names.
pub(super) fn memory_of(memarg: &MemArg) -> Result<u32> {
    match memarg.target {
        MemArgTarget::Memory(memory) => Ok(memory),
        MemArgTarget::Array(_) => Err(not_validated("an access to an array")),
    }
}

impl Translator<'_> {
    /// The memory's first byte, which never moves.
    pub(in super::super) fn memory_base(&mut self, memory: u32) -> Value {
        let (definition, at) = self.memory_definition(memory);
        self.ins().load(POINTER, constant(), definition, offset(at + offset_of!(MemoryDefinition, base)))
    }

    /// The memory's accessible bytes.
    pub(in super::super) fn memory_length(&mut self, memory: u32) -> Value {
        let (definition, at) = self.memory_definition(memory);
        let flags = Region::MemoryLengths.trusted(self.func());
        if self.env.info.memories[memory as usize].shared && !self.env.settings.interpreter {
            // Another thread may grow it: a plain load would be merged with an earlier one, also over the turns of a loop.
            let length = self.ins().iadd_imm_u(definition, (at + offset_of!(MemoryDefinition, length)) as i64);
            return self.ins().atomic_load(POINTER, flags, length);
        }
        self.ins().load(POINTER, flags, definition, offset(at + offset_of!(MemoryDefinition, length)))
    }

    /// A memory of the module's own lies in the context itself; that of an import is behind a pointer.
    fn memory_definition(&mut self, memory: u32) -> (Value, usize) {
        match self.env.own_memory(memory) {
            Some(own) => (self.context, self.env.layout.own_memory(own) as usize),
            None => (self.context_field(self.env.layout.memory(memory) as usize), 0),
        }
    }

    /// Loads `size` bytes with the instruction that `make` inserts.
    pub(super) fn load(
        &mut self,
        memarg: &MemArg,
        size: u64,
        make: impl FnOnce(FuncInstBuilder<'_, '_>, MemFlagsData, Value, Offset32) -> Value,
    ) -> Result<()> {
        let memory = memory_of(memarg)?;
        let index = self.pop();
        if let Some(address) = bounds::address(self, memory, index, memarg.offset, size) {
            let flags = Region::Memory(self.env.own_memory(memory)).guest(self.func());
            let value = make(self.ins(), flags, address.base, address.offset.into());
            self.push(value);
        }
        Ok(())
    }

    /// Stores `size` bytes with the instruction that `make` inserts, which takes the value before the address.
    pub(super) fn store(
        &mut self,
        memarg: &MemArg,
        size: u64,
        make: impl FnOnce(FuncInstBuilder<'_, '_>, MemFlagsData, Value, Value, Offset32),
    ) -> Result<()> {
        let memory = memory_of(memarg)?;
        let (index, value) = self.pop2();
        if let Some(address) = bounds::address(self, memory, index, memarg.offset, size) {
            let flags = Region::Memory(self.env.own_memory(memory)).guest(self.func());
            make(self.ins(), flags, value, address.base, address.offset.into());
        }
        Ok(())
    }

    pub(super) fn memory_size(&mut self, memory: u32) {
        if self.env.info.memories[memory as usize].shared && self.env.settings.interpreter {
            // Without an atomic load it is the call that keeps the length from being read only once.
            self.atomic_fence();
        }
        let length = self.memory_length(memory);
        let pages = self.ins().ushr_imm_u(length, i64::from(PAGE_SIZE.trailing_zeros()));
        self.push_index(pages, self.is_memory64(memory));
    }

    pub(super) fn memory_grow(&mut self, memory: u32) {
        let wide = self.is_memory64(memory);
        let delta = self.pop_index(wide);
        let memory = self.index_const(memory);
        let before = self.call_builtin(Builtin::memory_grow, &[memory, delta]).expect("a number comes back");
        self.push_index(before, wide);
    }

    pub(super) fn memory_fill(&mut self, memory: u32) {
        let wide = self.is_memory64(memory);
        let len = self.pop_index(wide);
        let byte = self.pop();
        let dst = self.pop_index(wide);
        let memory = self.index_const(memory);
        self.call_builtin(Builtin::memory_fill, &[memory, dst, byte, len]);
    }

    pub(super) fn memory_copy(&mut self, dst_memory: u32, src_memory: u32) {
        let (dst_wide, src_wide) = (self.is_memory64(dst_memory), self.is_memory64(src_memory));
        // As many bytes as the narrower of both can name.
        let len = self.pop_index(dst_wide && src_wide);
        let src = self.pop_index(src_wide);
        let dst = self.pop_index(dst_wide);
        let (dst_memory, src_memory) = (self.index_const(dst_memory), self.index_const(src_memory));
        self.call_builtin(Builtin::memory_copy, &[dst_memory, src_memory, dst, src, len]);
    }

    pub(super) fn memory_init(&mut self, segment: u32, memory: u32) {
        // Segments are shorter than 4 GiB.
        let (src, len) = self.pop2();
        let dst = self.pop_index(self.is_memory64(memory));
        let (memory, segment) = (self.index_const(memory), self.index_const(segment));
        self.call_builtin(Builtin::memory_init, &[memory, segment, dst, src, len]);
    }

    pub(super) fn data_drop(&mut self, segment: u32) {
        let segment = self.index_const(segment);
        self.call_builtin(Builtin::data_drop, &[segment]);
    }

    fn is_memory64(&self, memory: u32) -> bool {
        self.env.info.memories[memory as usize].memory64
    }

    /// An index into a memory or table, or a length, as builtins take it; `wide` tells whether it is an `i64` in the guest.
    pub(super) fn pop_index(&mut self, wide: bool) -> Value {
        let value = self.pop();
        if wide { value } else { self.ins().uextend(types::I64, value) }
    }

    /// Pushes a size as the guest has it. All ones stay all ones.
    pub(super) fn push_index(&mut self, value: Value, wide: bool) {
        let value = if wide { value } else { self.ins().ireduce(types::I32, value) };
        self.push(value);
    }

    /// The index of a memory, table or segment, as builtins take it.
    pub(super) fn index_const(&mut self, index: u32) -> Value {
        self.ins().iconst(types::I32, i64::from(index))
    }
}
