//! Single lanes, constants, and bytes that change their place.

use cranelift_codegen::ir::types::{I8, I8X16, I16, I32};
use cranelift_codegen::ir::{InstBuilder, Type, Value};

use super::super::Translator;

impl Translator<'_> {
    pub(in super::super) fn v128_const(&mut self, bytes: &[u8; 16]) {
        let constant = self.func().dfg.constants.insert(bytes.as_slice().into());
        let value = self.ins().vconst(I8X16, constant);
        self.push(value);
    }

    /// The operand as a lane of `ty`: lanes narrower than 32 bits are the lower bits of an `i32`.
    fn pop_lane(&mut self, ty: Type) -> Value {
        let scalar = self.pop();
        match ty.lane_type() {
            narrow @ (I8 | I16) => self.ins().ireduce(narrow, scalar),
            _ => scalar,
        }
    }

    pub(super) fn splat(&mut self, ty: Type) {
        let lane = self.pop_lane(ty);
        let vector = self.ins().splat(ty, lane);
        self.push_vector(vector);
    }

    pub(super) fn replace_lane(&mut self, ty: Type, lane: u8) {
        let scalar = self.pop_lane(ty);
        let vector = self.pop_vector(ty);
        let vector = self.ins().insertlane(vector, scalar, lane);
        self.push_vector(vector);
    }

    /// A lane that is a wasm type by itself.
    pub(super) fn extract_lane(&mut self, ty: Type, lane: u8) {
        let vector = self.pop_vector(ty);
        let scalar = self.ins().extractlane(vector, lane);
        self.push(scalar);
    }

    /// A lane that has to be made as wide as an `i32`.
    pub(super) fn extract_narrow_lane(&mut self, ty: Type, lane: u8, signed: bool) {
        self.extract_lane(ty, lane);
        self.unary(|b, x| if signed { b.sextend(I32, x) } else { b.uextend(I32, x) });
    }

    pub(super) fn shuffle(&mut self, lanes: &[u8; 16]) {
        let mask = self.func().dfg.immediates.push(lanes.as_slice().into());
        self.lanes_binary(I8X16, |b, x, y| b.shuffle(x, y, mask));
    }
}
