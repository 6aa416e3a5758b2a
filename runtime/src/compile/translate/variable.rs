//! Locals, globals and constants.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::Variable;

use super::super::environment::offset;
use super::super::regions::{Region, constant};
use super::super::signature::{POINTER, value_type};
use super::Translator;
use crate::parse::{ConstExpr, ConstOp};
use crate::types::ValType;

impl Translator<'_> {
    /// The value that locals of this type begin with.
    pub(super) fn zero(&mut self, ty: ValType) -> Value {
        match ty {
            ValType::I32 => self.ins().iconst(types::I32, 0),
            ValType::I64 => self.ins().iconst(types::I64, 0),
            ValType::F32 => self.ins().f32const(0.0),
            ValType::F64 => self.ins().f64const(0.0),
            ValType::V128 => self.zero_vector(types::I8X16),
            ValType::Ref(_) => self.ins().iconst(POINTER, 0),
        }
    }

    pub(super) fn local_get(&mut self, index: u32) {
        let value = self.builder.use_var(Variable::from_u32(index));
        self.push(value);
    }

    pub(super) fn local_set(&mut self, index: u32) {
        let value = self.pop();
        self.builder.def_var(Variable::from_u32(index), value);
    }

    pub(super) fn local_tee(&mut self, index: u32) {
        let value = self.pop();
        self.builder.def_var(Variable::from_u32(index), value);
        self.push(value);
    }

    pub(super) fn i32_const(&mut self, value: i32) {
        // The upper half of the immediate is to be zero.
        let value = self.ins().iconst(types::I32, i64::from(value as u32));
        self.push(value);
    }

    pub(super) fn i64_const(&mut self, value: i64) {
        let value = self.ins().iconst(types::I64, value);
        self.push(value);
    }

    pub(super) fn f32_const(&mut self, bits: u32) {
        let value = self.ins().f32const(cranelift_codegen::ir::immediates::Ieee32::with_bits(bits));
        self.push(value);
    }

    pub(super) fn f64_const(&mut self, bits: u64) {
        let value = self.ins().f64const(cranelift_codegen::ir::immediates::Ieee64::with_bits(bits));
        self.push(value);
    }

    pub(super) fn global_get(&mut self, index: u32) {
        let ty = self.env.info.globals[index as usize];
        if !ty.mutable && self.push_constant_global(index) {
            return;
        }
        let (base, at) = self.global_address(index);
        let flags = self.global_flags(index, ty.mutable);
        let value = self.ins().load(value_type(ty.content), flags, base, at);
        self.push(value);
    }

    pub(super) fn global_set(&mut self, index: u32) {
        let value = self.pop();
        let (base, at) = self.global_address(index);
        let flags = self.global_flags(index, true);
        self.ins().store(flags, value, base, at);
    }

    /// The value of an immutable global whose initial value is a number is that number.
    fn push_constant_global(&mut self, index: u32) -> bool {
        let Some(own) = self.env.own_global(index) else { return false };
        let ConstExpr::One(operator) = &self.env.info.global_inits[own as usize] else { return false };
        match *operator {
            ConstOp::I32(value) => self.i32_const(value),
            ConstOp::I64(value) => self.i64_const(value),
            ConstOp::F32(bits) => self.f32_const(bits),
            ConstOp::F64(bits) => self.f64_const(bits),
            ConstOp::V128(bytes) => self.v128_const(&bytes),
            ConstOp::GlobalGet(_) | ConstOp::RefFunc(_) | ConstOp::RefNull => return false,
            // Validation excludes these as the only operator.
            ConstOp::I32Add
            | ConstOp::I32Sub
            | ConstOp::I32Mul
            | ConstOp::I64Add
            | ConstOp::I64Sub
            | ConstOp::I64Mul => return false,
        }
        true
    }

    fn global_address(&mut self, index: u32) -> (Value, i32) {
        match self.env.own_global(index) {
            Some(own) => (self.context, offset(self.env.layout.own_global(own))),
            None => (self.context_field(self.env.layout.imported_global(index) as usize), 0),
        }
    }

    fn global_flags(&mut self, index: u32, mutable: bool) -> MemFlagsData {
        match mutable {
            true => Region::Global(self.env.own_global(index)).trusted(self.func()),
            false => constant(),
        }
    }
}
