//! Conversions between number types.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type};

use super::Translator;

impl Translator<'_> {
    /// Float to integer; NaN and what does not fit are traps.
    pub(super) fn truncate(&mut self, to: Type, signed: bool) {
        if self.env.settings.explicit_traps {
            self.check_conversion(to, signed);
            return self.truncate_saturating(to, signed);
        }
        self.unary(|b, x| if signed { b.fcvt_to_sint(to, x) } else { b.fcvt_to_uint(to, x) });
    }

    /// Float to integer; NaN is zero and what does not fit is the nearest that does.
    pub(super) fn truncate_saturating(&mut self, to: Type, signed: bool) {
        self.unary(|b, x| if signed { b.fcvt_to_sint_sat(to, x) } else { b.fcvt_to_uint_sat(to, x) });
    }

    /// Integer to float.
    pub(super) fn convert(&mut self, to: Type, signed: bool) {
        self.unary(|b, x| if signed { b.fcvt_from_sint(to, x) } else { b.fcvt_from_uint(to, x) });
    }

    /// The same bits as another type.
    pub(super) fn reinterpret(&mut self, to: Type) {
        self.unary(|b, x| b.bitcast(to, MemFlagsData::new(), x));
    }
}
