//! SANDBOX-CRITICAL: access to table elements, and whole-table operations.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};

use super::super::environment::offset;
use super::super::regions::{Region, constant};
use super::super::signature::POINTER;
use super::Translator;
use crate::types::Trap;
use crate::types::layout::{Builtin, TableDefinition};

impl Translator<'_> {
    /// A table of the module's own lies in the context itself; that of an import is behind a pointer.
    fn table_definition(&mut self, table: u32) -> (Value, usize) {
        match self.env.own_table(table) {
            Some(own) => (self.context, self.env.layout.own_table(own) as usize),
            None => (self.context_field(self.env.layout.table(table) as usize), 0),
        }
    }

    /// The size of a table that can never grow.
    fn fixed_table_size(&self, table: u32) -> Option<u64> {
        let ty = &self.env.info.tables[table as usize];
        (ty.max == Some(ty.min)).then_some(ty.min)
    }

    fn table_flags(&mut self, table: u32) -> MemFlagsData {
        match self.fixed_table_size(table) {
            Some(_) => constant(),
            None => Region::TableDefinitions.trusted(self.func()),
        }
    }

    fn table_length(&mut self, table: u32) -> Value {
        if let Some(size) = self.fixed_table_size(table) {
            return self.ins().iconst(POINTER, size as i64);
        }
        let (definition, at) = self.table_definition(table);
        let flags = self.table_flags(table);
        self.ins().load(POINTER, flags, definition, offset(at + offset_of!(TableDefinition, length)))
    }

    fn is_table64(&self, table: u32) -> bool {
        self.env.info.tables[table as usize].table64
    }

    /// The address of element `index`; outside of the table `trap` is raised.
    fn element_address(&mut self, table: u32, index: Value, trap: Trap) -> Value {
        let index = if self.is_table64(table) { index } else { self.ins().uextend(POINTER, index) };
        let length = self.table_length(table);
        let outside = self.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, length);
        self.trap_if(outside, trap);
        let (definition, at) = self.table_definition(table);
        let flags = self.table_flags(table);
        let base = self.ins().load(POINTER, flags, definition, offset(at + offset_of!(TableDefinition, base)));
        let distance = self.ins().ishl_imm_u(index, i64::from(size_of::<usize>().trailing_zeros()));
        let address = self.ins().iadd(base, distance);
        // A mispredicted branch must not read behind the table either.
        self.guard(outside, base, address)
    }

    fn element_flags(&mut self, table: u32) -> MemFlagsData {
        Region::Table(self.env.own_table(table)).trusted(self.func())
    }

    /// Element `index` of a table.
    pub(super) fn table_element(&mut self, table: u32, index: Value, trap: Trap) -> Value {
        let address = self.element_address(table, index, trap);
        let flags = self.element_flags(table);
        self.ins().load(POINTER, flags, address, 0)
    }

    pub(super) fn table_get(&mut self, table: u32) {
        let index = self.pop();
        let element = self.table_element(table, index, Trap::TableOutOfBounds);
        self.push(element);
    }

    pub(super) fn table_set(&mut self, table: u32) {
        let (index, value) = self.pop2();
        let address = self.element_address(table, index, Trap::TableOutOfBounds);
        let flags = self.element_flags(table);
        self.ins().store(flags, value, address, 0);
    }

    pub(super) fn table_size(&mut self, table: u32) {
        let length = self.table_length(table);
        self.push_index(length, self.is_table64(table));
    }

    pub(super) fn table_grow(&mut self, table: u32) {
        let wide = self.is_table64(table);
        let delta = self.pop_index(wide);
        let init = self.pop();
        let table = self.index_const(table);
        let before = self.call_builtin(Builtin::table_grow, &[table, delta, init]).expect("a number comes back");
        self.push_index(before, wide);
    }

    pub(super) fn table_fill(&mut self, table: u32) {
        let wide = self.is_table64(table);
        let len = self.pop_index(wide);
        let value = self.pop();
        let dst = self.pop_index(wide);
        let table = self.index_const(table);
        self.call_builtin(Builtin::table_fill, &[table, dst, value, len]);
    }

    pub(super) fn table_copy(&mut self, dst_table: u32, src_table: u32) {
        let (dst_wide, src_wide) = (self.is_table64(dst_table), self.is_table64(src_table));
        // As many elements as the narrower of both can name.
        let len = self.pop_index(dst_wide && src_wide);
        let src = self.pop_index(src_wide);
        let dst = self.pop_index(dst_wide);
        let (dst_table, src_table) = (self.index_const(dst_table), self.index_const(src_table));
        self.call_builtin(Builtin::table_copy, &[dst_table, src_table, dst, src, len]);
    }

    pub(super) fn table_init(&mut self, segment: u32, table: u32) {
        let (src, len) = self.pop2();
        let dst = self.pop_index(self.is_table64(table));
        let (table, segment) = (self.index_const(table), self.index_const(segment));
        self.call_builtin(Builtin::table_init, &[table, segment, dst, src, len]);
    }

    pub(super) fn elem_drop(&mut self, segment: u32) {
        let segment = self.index_const(segment);
        self.call_builtin(Builtin::elem_drop, &[segment]);
    }
}
