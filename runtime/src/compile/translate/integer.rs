//! Integers. Most operators are one instruction and stand in the table of [`operators`](super::operators); division traps
//! by itself, on zero and on overflow.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type, types};

use super::Translator;

impl Translator<'_> {
    pub(super) fn compare(&mut self, condition: IntCC) {
        self.binary(|b, left, right| b.icmp(condition, left, right));
        self.unary(|b, truth| b.uextend(types::I32, truth));
    }

    pub(super) fn eqz(&mut self) {
        self.unary(|b, operand| b.icmp_imm_u(IntCC::Equal, operand, 0));
        self.unary(|b, truth| b.uextend(types::I32, truth));
    }

    /// Sign-extends the lower `part` of an integer of type `whole`.
    pub(super) fn extend_part(&mut self, whole: Type, part: Type) {
        self.unary(|b, operand| b.ireduce(part, operand));
        self.unary(|b, low| b.sextend(whole, low));
    }
}
