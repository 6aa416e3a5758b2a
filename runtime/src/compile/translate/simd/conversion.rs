//! Conversions between lanes of numbers.

use cranelift_codegen::ir::types::{F64X2, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Value};

use super::super::Translator;

impl Translator<'_> {
    /// The lower two lanes as floats of twice the width.
    pub(super) fn convert_low(&mut self, signed: bool) {
        let vector = self.pop_vector(I32X4);
        let floats = if signed {
            let wide = self.ins().swiden_low(vector);
            self.ins().fcvt_from_sint(F64X2, wide)
        } else {
            let wide = self.ins().uwiden_low(vector);
            self.ins().fcvt_from_uint(F64X2, wide)
        };
        self.push_vector(floats);
    }

    /// Two floats to the lower two lanes, saturating twice: to 64 bits, then to 32. The code generator knows the pattern.
    pub(super) fn truncate_saturating_low(&mut self, signed: bool) {
        let vector = self.pop_vector(F64X2);
        if signed {
            let wide = self.ins().fcvt_to_sint_sat(I64X2, vector);
            self.narrow_low_signed(wide);
        } else {
            let wide = self.ins().fcvt_to_uint_sat(I64X2, vector);
            let zero = self.zero_vector(I64X2);
            let narrow = self.ins().uunarrow(wide, zero);
            self.push_vector(narrow);
        }
    }

    /// Pushes two 64-bit lanes as the lower two 32-bit lanes, saturating; the upper ones are zero.
    pub(super) fn narrow_low_signed(&mut self, wide: Value) {
        let zero = self.zero_vector(I64X2);
        let narrow = self.ins().snarrow(wide, zero);
        self.push_vector(narrow);
    }
}
