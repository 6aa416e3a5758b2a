//! Integers. Most operators are one instruction and stand in the table of [`operators`](super::operators); division
//! traps, on zero and on overflow.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type, types};

use super::Translator;

impl Translator<'_> {
    /// Division, of which only the signed overflows.
    pub(super) fn divide(&mut self, signed: bool) {
        self.check_division(signed);
        self.binary(|b, x, y| if signed { b.sdiv(x, y) } else { b.udiv(x, y) });
    }

    /// Remainder, which never overflows: Cranelift's gives 0 for what is left of the least integer by -1.
    pub(super) fn remainder(&mut self, signed: bool) {
        self.check_division(false);
        self.binary(|b, x, y| if signed { b.srem(x, y) } else { b.urem(x, y) });
    }

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
