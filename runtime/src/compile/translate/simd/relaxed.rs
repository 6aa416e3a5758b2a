//! Relaxed operators: the specification (3.0, section 4.3.6) gives each a list of results to choose from.
//!
//! With [`Settings::deterministic`](crate::compile::Settings) it is the first of the list, as the deterministic profile
//! demands; each is then a strict operator under another name (`madd` is not fused). Else it is what costs the machine least.

use cranelift_codegen::ir::types::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};

use super::super::Translator;

impl Translator<'_> {
    /// Whether a choice that only suits x86-64 may be taken. Its vectors need SSE4.1 anyway, so every instruction is there.
    fn relaxed_x86(&self) -> bool {
        !self.env.settings.deterministic && self.env.isa.name() == "x64"
    }

    /// Strict: an index beyond 15 gives zero. x86: only one with its highest bit set does.
    pub(super) fn relaxed_swizzle(&mut self) {
        match self.relaxed_x86() {
            true => self.lanes_binary(I8X16, |b, x, y| b.x86_pshufb(x, y)),
            false => self.lanes_binary(I8X16, |b, x, y| b.swizzle(x, y)),
        }
    }

    /// Strict: saturating, and NaN is zero. x86: all of these are the least integer.
    pub(super) fn relaxed_truncate(&mut self, signed: bool) {
        match (signed, self.relaxed_x86()) {
            (true, true) => self.lanes_unary(F32X4, |b, x| b.x86_cvtt2dq(I32X4, x)),
            (true, false) => self.lanes_unary(F32X4, |b, x| b.fcvt_to_sint_sat(I32X4, x)),
            (false, _) => self.lanes_unary(F32X4, |b, x| b.fcvt_to_uint_sat(I32X4, x)),
        }
    }

    pub(super) fn relaxed_truncate_low(&mut self, signed: bool) {
        if signed && self.relaxed_x86() {
            let vector = self.pop_vector(F64X2);
            let wide = self.ins().x86_cvtt2dq(I64X2, vector);
            self.narrow_low_signed(wide);
        } else {
            self.truncate_saturating_low(signed);
        }
    }

    /// Strict: rounded after the multiplication and after the addition. Where there is an instruction for it: rounded once.
    /// `negated` takes the negative of the product.
    pub(super) fn relaxed_multiply_add(&mut self, ty: Type, negated: bool) {
        let (mut left, right, addend) = self.pop_vectors3(ty);
        if negated {
            left = self.ins().fneg(left);
        }
        let sum = if !self.env.settings.deterministic && self.env.isa.has_native_fma() {
            self.ins().fma(left, right, addend)
        } else {
            let product = self.ins().fmul(left, right);
            self.ins().fadd(product, addend)
        };
        self.push_vector(sum);
    }

    /// Strict: each bit of the mask chooses a bit. x86: the highest bit of a lane of the mask chooses a lane.
    pub(super) fn relaxed_lane_select(&mut self, ty: Type) {
        let (first, second, mask) = self.pop_vectors3(ty);
        let chosen = if !self.env.settings.deterministic && self.env.isa.has_blendv_lowering(ty) {
            self.ins().blendv(mask, first, second)
        } else {
            self.ins().bitselect(mask, first, second)
        };
        self.push_vector(chosen);
    }

    /// Strict: NaN if one is NaN, and -0 is less than +0. x86: the first operand in both cases.
    pub(super) fn relaxed_min(&mut self, ty: Type) {
        match self.relaxed_x86() {
            true => self.pseudo_min(ty),
            false => self.lanes_binary(ty, |b, x, y| b.fmin(x, y)),
        }
    }

    pub(super) fn relaxed_max(&mut self, ty: Type) {
        match self.relaxed_x86() {
            true => self.pseudo_max(ty),
            false => self.lanes_binary(ty, |b, x, y| b.fmax(x, y)),
        }
    }

    /// Strict: the one product that does not fit is saturated. x86: it wraps.
    pub(super) fn relaxed_multiply_q15(&mut self) {
        match self.relaxed_x86() {
            true => self.lanes_binary(I16X8, |b, x, y| b.x86_pmulhrsw(x, y)),
            false => self.lanes_binary(I16X8, |b, x, y| b.sqmul_round_sat(x, y)),
        }
    }

    /// Sums of two products of bytes, those of `right` with seven bits. Strict: an eighth bit of theirs is a sign. x86: it is
    /// another bit of the number, and sums saturate.
    fn relaxed_dot(&mut self, left: Value, right: Value) -> Value {
        match self.relaxed_x86() {
            true => self.ins().x86_pmaddubsw(left, right),
            false => self.dot(left, right),
        }
    }

    pub(super) fn relaxed_dot_product(&mut self) {
        let (left, right) = self.pop_vectors2(I8X16);
        let sums = self.relaxed_dot(left, right);
        self.push_vector(sums);
    }

    /// Sums of four products and the lanes of a third operand.
    pub(super) fn relaxed_dot_product_add(&mut self) {
        let addend = self.pop_vector(I32X4);
        let (left, right) = self.pop_vectors2(I8X16);
        let pairs = self.relaxed_dot(left, right);
        let fours = self.pair_sums(pairs, true);
        let sums = self.ins().iadd(fours, addend);
        self.push_vector(sums);
    }
}
