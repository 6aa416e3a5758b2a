//! Vectors of 128 bits.
//!
//! Between operators every vector has the one type [`I8X16`], the type of locals, parameters and block parameters too. An
//! operator sees its own lanes by [`bitcast`](InstBuilder::bitcast) of what it pops and casts its result back; Cranelift drops
//! casts that meet. What an operator becomes stands in [`operators`], one table for all.

mod conversion;
mod float;
mod integer;
mod lanes;
mod memory;
mod operators;
mod relaxed;

use cranelift_codegen::ir::types::I8X16;
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FuncInstBuilder;

use super::Translator;
use crate::types::{Error, Kind, Phase, Result};

/// Lane 0 has the lowest bits, whatever the order of the machine.
const LITTLE: MemFlagsData = MemFlagsData::new().with_endianness(Endianness::Little);

impl Translator<'_> {
    fn check_vectors(&self) -> Result<()> {
        if self.env.vectors {
            return Ok(());
        }
        let text = "this processor lacks instructions that vectors need; on x86-64, SSSE3 and SSE4.1 are required";
        Err(Error::new(Phase::Compile, Kind::CompileFailed, text))
    }

    /// The same bits as lanes of another type.
    fn cast_vector(&mut self, vector: Value, ty: Type) -> Value {
        if self.func().dfg.value_type(vector) == ty {
            return vector;
        }
        self.ins().bitcast(ty, LITTLE, vector)
    }

    fn push_vector(&mut self, vector: Value) {
        let vector = self.cast_vector(vector, I8X16);
        self.push(vector);
    }

    fn pop_vector(&mut self, ty: Type) -> Value {
        let vector = self.pop();
        self.cast_vector(vector, ty)
    }

    fn pop_vectors2(&mut self, ty: Type) -> (Value, Value) {
        let second = self.pop_vector(ty);
        (self.pop_vector(ty), second)
    }

    fn pop_vectors3(&mut self, ty: Type) -> (Value, Value, Value) {
        let third = self.pop_vector(ty);
        let (first, second) = self.pop_vectors2(ty);
        (first, second, third)
    }

    /// Replaces the topmost operand, a vector with lanes of type `ty`, by a vector.
    fn lanes_unary(&mut self, ty: Type, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value) -> Value) {
        let operand = self.pop_vector(ty);
        let result = make(self.ins(), operand);
        self.push_vector(result);
    }

    /// Replaces the two topmost operands, vectors with lanes of type `ty`, by a vector.
    fn lanes_binary(&mut self, ty: Type, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value, Value) -> Value) {
        let (left, right) = self.pop_vectors2(ty);
        let result = make(self.ins(), left, right);
        self.push_vector(result);
    }

    /// A vector of zeros.
    pub(super) fn zero_vector(&mut self, ty: Type) -> Value {
        let zero = self.func().dfg.constants.insert([0; 16].as_slice().into());
        self.ins().vconst(ty, zero)
    }
}
