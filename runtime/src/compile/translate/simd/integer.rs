//! Integer lanes, where one instruction of Cranelift is not enough.

use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use cranelift_frontend::FuncInstBuilder;

use super::super::Translator;

/// Which half of a vector is widened, and how.
#[derive(Clone, Copy)]
pub(super) enum Half {
    LowSigned,
    LowUnsigned,
    HighSigned,
    HighUnsigned,
}

impl Translator<'_> {
    fn widen(&mut self, half: Half, vector: Value) -> Value {
        match half {
            Half::LowSigned => self.ins().swiden_low(vector),
            Half::LowUnsigned => self.ins().uwiden_low(vector),
            Half::HighSigned => self.ins().swiden_high(vector),
            Half::HighUnsigned => self.ins().uwiden_high(vector),
        }
    }

    /// Lanes of twice the width out of a half of the lanes of `ty`.
    pub(super) fn extend_half(&mut self, ty: Type, half: Half) {
        let vector = self.pop_vector(ty);
        let wide = self.widen(half, vector);
        self.push_vector(wide);
    }

    /// Products of twice the width of halves of lanes of `ty`.
    pub(super) fn multiply_half(&mut self, ty: Type, half: Half) {
        let (left, right) = self.pop_vectors2(ty);
        let (left, right) = (self.widen(half, left), self.widen(half, right));
        let product = self.ins().imul(left, right);
        self.push_vector(product);
    }

    /// Sums of twice the width of neighbouring lanes of `ty`.
    pub(super) fn add_pairs(&mut self, ty: Type, signed: bool) {
        let vector = self.pop_vector(ty);
        let sums = self.pair_sums(vector, signed);
        self.push_vector(sums);
    }

    pub(super) fn pair_sums(&mut self, vector: Value, signed: bool) -> Value {
        let (low, high) = match signed {
            true => (Half::LowSigned, Half::HighSigned),
            false => (Half::LowUnsigned, Half::HighUnsigned),
        };
        let (low, high) = (self.widen(low, vector), self.widen(high, vector));
        self.ins().iadd_pairwise(low, high)
    }

    /// Sums of neighbouring products, all in twice the width of the signed lanes of `ty`.
    pub(super) fn dot_product(&mut self, ty: Type) {
        let (left, right) = self.pop_vectors2(ty);
        let sums = self.dot(left, right);
        self.push_vector(sums);
    }

    pub(super) fn dot(&mut self, left: Value, right: Value) -> Value {
        let [low, high] = [Half::LowSigned, Half::HighSigned].map(|half| {
            let (left, right) = (self.widen(half, left), self.widen(half, right));
            self.ins().imul(left, right)
        });
        self.ins().iadd_pairwise(low, high)
    }

    /// Shifts by an `i32`, of which as many bits count as a lane has numbers: Cranelift's instructions do the same.
    pub(super) fn shift_lanes(&mut self, ty: Type, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value, Value) -> Value) {
        let amount = self.pop();
        let vector = self.pop_vector(ty);
        let shifted = make(self.ins(), vector, amount);
        self.push_vector(shifted);
    }

    pub(super) fn bitselect(&mut self) {
        let (first, second, mask) = self.pop3();
        let chosen = self.ins().bitselect(mask, first, second);
        self.push(chosen);
    }

    pub(super) fn any_true(&mut self) {
        self.unary(|b, x| b.vany_true(x));
        self.unary(|b, truth| b.uextend(I32, truth));
    }

    pub(super) fn all_true(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let truth = self.ins().vall_true(vector);
        let truth = self.ins().uextend(I32, truth);
        self.push(truth);
    }

    pub(super) fn bitmask(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let mask = self.ins().vhigh_bits(I32, vector);
        self.push(mask);
    }
}
