//! Fuel and the count of instructions, as `docs/metering.md` says: every straight-line run is charged as a whole where it is
//! entered.
//!
//! What a run costs is known at its end, so the code in front of it takes a constant that is written then. Where a run ends
//! depends on its operators alone, never on what the translator makes of them: so totals are the same in every mode.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::immediates::Imm64;
use cranelift_codegen::ir::{Inst, InstBuilder, InstructionData, Opcode as Instruction, Value, types};

use super::super::environment::offset;
use super::super::regions::Region;
use super::Translator;
use crate::types::layout::{Builtin, InstanceContext, StoreContext};
use crate::types::{Class, Opcode, is_executed};

/// What is charged for the run at hand; nothing yet where `None`.
#[derive(Default)]
pub(super) struct Runs {
    fuel: Option<Sum>,
    instructions: Option<Sum>,
}

/// A sum that grows with every operator of a run.
struct Sum {
    total: u64,
    /// The constant in the code that becomes the total.
    constant: Inst,
}

impl Translator<'_> {
    /// Adds an operator, that is about to be translated, to its run.
    pub(super) fn meter(&mut self, opcode: Opcode) {
        let settings = self.env.settings;
        if let Some(costs) = &settings.fuel {
            self.charge_fuel(costs.of(opcode));
        }
        if settings.count_instructions {
            self.count(u64::from(is_executed(opcode)));
        }
        match opcode.class() {
            Class::Step | Class::Bulk | Class::Mark => {}
            Class::Border | Class::Leap => self.end_run(),
        }
    }

    /// Operators behind an instruction that always traps still belong to its run: another mode may find out later.
    fn charge_fuel(&mut self, cost: u64) {
        if let Some(sum) = &mut self.state.runs.fuel {
            sum.total = sum.total.saturating_add(cost);
        } else if cost > 0 && self.reachable {
            let constant = self.take_fuel();
            self.state.runs.fuel = Some(Sum { total: cost, constant });
        }
    }

    fn count(&mut self, executed: u64) {
        if let Some(sum) = &mut self.state.runs.instructions {
            sum.total += executed;
        } else if executed > 0 && self.reachable {
            let constant = self.add_instructions();
            self.state.runs.instructions = Some(Sum { total: executed, constant });
        }
    }

    /// Writes the totals of the run, which the next operator no longer belongs to.
    fn end_run(&mut self) {
        let Runs { fuel, instructions } = std::mem::take(&mut self.state.runs);
        for Sum { total, constant } in fuel.into_iter().chain(instructions) {
            let imm = Imm64::new(total.cast_signed());
            self.func().dfg.insts[constant] = InstructionData::UnaryImm { opcode: Instruction::Iconst, imm };
        }
    }

    /// A constant that is written when the run ends.
    fn constant_to_come(&mut self) -> (Value, Inst) {
        let constant = self.ins().iconst(types::I64, 0);
        let instruction = self.func().dfg.value_def(constant).unwrap_inst();
        (constant, instruction)
    }

    /// Takes fuel away, or ends the guest and leaves the fuel as it is.
    fn take_fuel(&mut self) -> Inst {
        let store = self.context_field(offset_of!(InstanceContext, store));
        let flags = Region::Fuel.trusted(self.func());
        let at = offset(offset_of!(StoreContext, fuel));
        let left = self.ins().load(types::I64, flags, store, at);
        let (cost, constant) = self.constant_to_come();
        let short = self.ins().icmp(IntCC::UnsignedLessThan, left, cost);
        let (next, empty) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(empty);
        self.ins().brif(short, empty, &[], next, &[]);
        self.builder.seal_block(next);
        self.builder.seal_block(empty);
        self.builder.switch_to_block(empty);
        self.call_host(Builtin::out_of_fuel, &[]);
        self.raise();
        self.builder.switch_to_block(next);
        let rest = self.ins().isub(left, cost);
        self.ins().store(flags, rest, store, at);
        constant
    }

    fn add_instructions(&mut self) -> Inst {
        let store = self.context_field(offset_of!(InstanceContext, store));
        let flags = Region::Instructions.trusted(self.func());
        let at = offset(offset_of!(StoreContext, instructions));
        let before = self.ins().load(types::I64, flags, store, at);
        let (executed, constant) = self.constant_to_come();
        let after = self.ins().iadd(before, executed);
        self.ins().store(flags, after, store, at);
        constant
    }

    /// Charges for what a builtin that is about to be called will move.
    pub(super) fn charge_moved(&mut self, builtin: Builtin, args: &[Value]) {
        let Some(costs) = &self.env.settings.fuel else { return };
        let price = costs.per_64_bytes();
        let Some((length, size)) = moved(builtin) else { return };
        if price == 0 {
            return;
        }
        let length = match self.func().dfg.value_type(args[length]) {
            types::I64 => args[length],
            _ => self.ins().uextend(types::I64, args[length]),
        };
        let (size, price) = (self.ins().iconst(types::I32, size), self.ins().iconst(types::I64, price.cast_signed()));
        self.call_builtin(Builtin::charge_moved, &[length, size, price]);
    }
}

/// Which argument of a builtin says how much it moves, and the bytes of one thing that is moved.
const fn moved(builtin: Builtin) -> Option<(usize, i64)> {
    /// A reference.
    const ELEMENT: i64 = 8;
    match builtin {
        Builtin::memory_fill => Some((3, 1)),
        Builtin::memory_copy | Builtin::memory_init => Some((4, 1)),
        Builtin::table_grow => Some((1, ELEMENT)),
        Builtin::table_fill => Some((3, ELEMENT)),
        Builtin::table_copy | Builtin::table_init => Some((4, ELEMENT)),
        // Growth makes bytes accessible and touches none.
        Builtin::memory_grow
        | Builtin::raise
        | Builtin::exception_new
        | Builtin::trap
        | Builtin::atomic_wait32
        | Builtin::atomic_wait64
        | Builtin::atomic_notify
        | Builtin::atomic_access
        | Builtin::data_drop
        | Builtin::elem_drop
        | Builtin::out_of_fuel
        | Builtin::charge_moved
        | Builtin::interrupt => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::layout::BuiltinType;

    #[test]
    fn what_says_how_much_is_moved_is_a_number() {
        for builtin in Builtin::ALL {
            if let Some((length, size)) = moved(*builtin) {
                assert!(matches!(builtin.params()[length], BuiltinType::I32 | BuiltinType::I64), "{builtin:?}");
                assert!(size == if format!("{builtin:?}").starts_with("memory") { 1 } else { 8 }, "{builtin:?}");
            }
        }
    }
}
