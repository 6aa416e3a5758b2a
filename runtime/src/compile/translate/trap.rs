//! Traps: the only place that decides whether one is a fault of an instruction or a call of the host.
//!
//! With signals, a check is an instruction that faults, and the fault becomes a trap. Without, it is a branch to a cold block
//! that calls [`Builtin::trap`]; the instruction behind that call is never reached. So that no instruction of ours faults in that
//! mode, whatever Cranelift would check by an instruction that faults is checked here first: division, conversion, the stack.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};

use super::super::trap_codes::code_of;
use super::Translator;
use crate::types::Trap;
use crate::types::layout::Builtin;

impl Translator<'_> {
    /// Ends the block with a trap.
    pub(in super::super) fn trap(&mut self, trap: Trap) {
        self.end_with(trap);
        self.reachable = false;
    }

    /// Traps where `condition` is not zero.
    pub(in super::super) fn trap_if(&mut self, condition: Value, trap: Trap) {
        if self.env.settings.explicit_traps {
            self.branch_to_trap(condition, trap, true);
        } else {
            self.ins().trapnz(condition, code_of(trap));
        }
    }

    /// Traps where `condition` is zero.
    pub(in super::super) fn trap_unless(&mut self, condition: Value, trap: Trap) {
        if self.env.settings.explicit_traps {
            self.branch_to_trap(condition, trap, false);
        } else {
            self.ins().trapz(condition, code_of(trap));
        }
    }

    /// A block per place, so that the backtrace names the right one.
    fn branch_to_trap(&mut self, condition: Value, trap: Trap, if_true: bool) {
        let (next, trapped) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(trapped);
        let (then, other) = if if_true { (trapped, next) } else { (next, trapped) };
        self.ins().brif(condition, then, &[], other, &[]);
        self.builder.seal_block(next);
        self.builder.seal_block(trapped);
        self.builder.switch_to_block(trapped);
        self.end_with(trap);
        self.builder.switch_to_block(next);
    }

    fn end_with(&mut self, trap: Trap) {
        if self.env.settings.explicit_traps {
            let code = self.ins().iconst(types::I32, i64::from(trap as u8));
            self.call_builtin(Builtin::trap, &[code]);
        }
        self.ins().trap(code_of(trap));
    }

    /// Sees to it that an integer division by the topmost operand cannot fault. With signals the processor's fault is the trap.
    pub(super) fn check_division(&mut self, overflows: bool) {
        if !self.env.settings.explicit_traps {
            return;
        }
        let (dividend, divisor) = self.pop2();
        self.push(dividend);
        self.push(divisor);
        let known = self.known_constant(divisor);
        if known.is_none_or(|divisor| divisor == 0) {
            self.trap_unless(divisor, Trap::IntegerDivideByZero);
        }
        let ty = self.func().dfg.value_type(divisor);
        // The least integer divided by -1 is the only quotient that does not fit.
        if overflows && known.is_none_or(|divisor| divisor == u64::MAX >> (64 - ty.bits())) {
            let least = i64::MIN >> (64 - ty.bits());
            let least = self.ins().icmp_imm_s(IntCC::Equal, dividend, least);
            let negated = self.ins().icmp_imm_s(IntCC::Equal, divisor, -1);
            let both = self.ins().band(least, negated);
            self.trap_if(both, Trap::IntegerOverflow);
        }
    }

    /// Sees to it that the topmost operand, a float, can be converted to an integer of type `to`.
    pub(super) fn check_conversion(&mut self, to: Type, signed: bool) {
        let float = self.pop();
        self.push(float);
        let not_a_number = self.ins().fcmp(FloatCC::Unordered, float, float);
        self.trap_if(not_a_number, Trap::InvalidConversionToInteger);
        let wide = self.func().dfg.value_type(float) == types::F64;
        let (least, beyond) = float_range(to, signed);
        // Truncation goes towards zero, so a fraction beyond the least integer still fits; only 32 bits in an f64 have any.
        let (too_small, least) = match (signed, wide && to == types::I32) {
            (true, false) => (FloatCC::LessThan, least),
            (true, true) | (false, _) => (FloatCC::LessThanOrEqual, least - 1.0),
        };
        let (least, beyond) = match wide {
            true => (self.ins().f64const(least), self.ins().f64const(beyond)),
            // Powers of two, 0 and -1: exact in both widths.
            false => (self.ins().f32const(least as f32), self.ins().f32const(beyond as f32)),
        };
        let too_small = self.ins().fcmp(too_small, float, least);
        self.trap_if(too_small, Trap::IntegerOverflow);
        let too_large = self.ins().fcmp(FloatCC::GreaterThanOrEqual, float, beyond);
        self.trap_if(too_large, Trap::IntegerOverflow);
    }
}

/// The least integer of a type, and the first number above its greatest.
fn float_range(ty: Type, signed: bool) -> (f64, f64) {
    let half = (1_u64 << (ty.bits() - 1)) as f64;
    if signed { (-half, half) } else { (0.0, 2.0 * half) }
}
