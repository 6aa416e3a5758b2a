//! Atomic accesses, waiting and waking. All of them are sequentially consistent, as the specification wants.
//!
//! Unlike other accesses these must be aligned: the address with its static offset is a multiple of the width, which is
//! compared before anything else; [`bounds`](super::super::bounds) then decides about the address as for every access.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, Type, Value, types};
use wasmparser::MemArg;

use super::super::bounds;
use super::super::regions::Region;
use super::super::signature::POINTER;
use super::Translator;
use super::memory::memory_of;
use crate::types::layout::{AtomicAccess, Builtin};
use crate::types::{Result, Trap};

/// Where an atomic access goes, and its flags. Atomic instructions take no static offset.
struct Place {
    address: Value,
    flags: MemFlagsData,
}

impl Translator<'_> {
    /// The place of an access of type `access` at `index`; `None` when it always traps.
    fn atomic_place(&mut self, memarg: &MemArg, index: Value, access: Type) -> Result<Option<Place>> {
        let memory = memory_of(memarg)?;
        let size = u64::from(access.bytes());
        self.check_alignment(index, memarg.offset, size);
        let Some(address) = bounds::address(self, memory, index, memarg.offset, size) else { return Ok(None) };
        let flags = Region::Memory(self.env.own_memory(memory)).guest(self.func());
        let address = match address.offset {
            0 => address.base,
            offset => self.ins().iadd_imm_u(address.base, i64::from(offset)),
        };
        if self.env.settings.interpreter {
            // What is outside is at address 0, where instructions of the interpreter trap; the host is not one of them.
            self.trap_unless(address, Trap::MemoryOutOfBounds);
        }
        Ok(Some(Place { address, flags }))
    }

    /// Traps unless index and offset together are a multiple of `size`. Only the low bits of the sum count, so it may wrap.
    fn check_alignment(&mut self, index: Value, offset: u64, size: u64) {
        let mask = (size - 1) as i64;
        if mask == 0 {
            return;
        }
        let low = match offset as i64 & mask {
            0 => index,
            low => self.ins().iadd_imm_u(index, low),
        };
        let rest = self.ins().band_imm_u(low, mask);
        self.trap_if(rest, Trap::UnalignedAtomic);
    }

    /// The low part of an operand, as wide as the access.
    fn narrow(&mut self, value: Value, wide: Type, access: Type) -> Value {
        if wide == access { value } else { self.ins().ireduce(access, value) }
    }

    /// Pushes what was in memory, extended with zeros.
    fn push_widened(&mut self, value: Value, wide: Type, access: Type) {
        let value = if wide == access { value } else { self.ins().uextend(wide, value) };
        self.push(value);
    }

    pub(super) fn atomic_load(&mut self, memarg: &MemArg, wide: Type, access: Type) -> Result<()> {
        let index = self.pop();
        if let Some(Place { address, flags }) = self.atomic_place(memarg, index, access)? {
            let value = match self.env.settings.interpreter {
                true => self.ask(AtomicAccess::Load, access, address, None, None),
                false => self.ins().atomic_load(access, flags, address),
            };
            self.push_widened(value, wide, access);
        }
        Ok(())
    }

    pub(super) fn atomic_store(&mut self, memarg: &MemArg, wide: Type, access: Type) -> Result<()> {
        let (index, value) = self.pop2();
        if let Some(Place { address, flags }) = self.atomic_place(memarg, index, access)? {
            let value = self.narrow(value, wide, access);
            match self.env.settings.interpreter {
                true => _ = self.ask(AtomicAccess::Store, access, address, Some(value), None),
                false => _ = self.ins().atomic_store(flags, value, address),
            }
        }
        Ok(())
    }

    pub(super) fn atomic_rmw(&mut self, memarg: &MemArg, op: AtomicAccess, wide: Type, access: Type) -> Result<()> {
        let (index, value) = self.pop2();
        if let Some(Place { address, flags }) = self.atomic_place(memarg, index, access)? {
            let value = self.narrow(value, wide, access);
            let before = match (self.env.settings.interpreter, machine_op(op)) {
                (false, Some(op)) => self.ins().atomic_rmw(access, flags, op, address, value),
                (true, _) | (false, None) => self.ask(op, access, address, Some(value), None),
            };
            self.push_widened(before, wide, access);
        }
        Ok(())
    }

    pub(super) fn atomic_cmpxchg(&mut self, memarg: &MemArg, wide: Type, access: Type) -> Result<()> {
        let (index, expected, replacement) = self.pop3();
        if let Some(Place { address, flags }) = self.atomic_place(memarg, index, access)? {
            let expected = self.narrow(expected, wide, access);
            let replacement = self.narrow(replacement, wide, access);
            let before = match self.env.settings.interpreter {
                true => self.ask(AtomicAccess::CompareExchange, access, address, Some(replacement), Some(expected)),
                false => self.ins().atomic_cas(flags, address, expected, replacement),
            };
            self.push_widened(before, wide, access);
        }
        Ok(())
    }

    pub(super) fn atomic_fence(&mut self) {
        if self.env.settings.interpreter {
            let nowhere = self.ins().iconst(POINTER, 0);
            self.ask(AtomicAccess::Fence, types::I64, nowhere, None, None);
        } else {
            self.ins().fence();
        }
    }

    /// Lets the host do it: the interpreter has no atomic instructions.
    fn ask(
        &mut self,
        access: AtomicAccess,
        ty: Type,
        address: Value,
        value: Option<Value>,
        expected: Option<Value>,
    ) -> Value {
        let code = self.ins().iconst(types::I32, i64::from(access.code(ty.bytes())));
        let [value, expected] = [value, expected].map(|operand| match operand {
            None => self.ins().iconst(types::I64, 0),
            Some(operand) if ty == types::I64 => operand,
            Some(operand) => self.ins().uextend(types::I64, operand),
        });
        let args = [code, address, value, expected];
        let before = self.call_builtin(Builtin::atomic_access, &args).expect("a number comes back");
        self.narrow(before, types::I64, ty)
    }

    /// The run-time side checks the address: the call costs more than the check.
    pub(super) fn atomic_wait(&mut self, memarg: &MemArg, builtin: Builtin) -> Result<()> {
        let (index, expected, timeout) = self.pop3();
        let (memory, index, offset) = self.checked_later(memarg, index)?;
        self.call_blocking(builtin, &[memory, index, offset, expected, timeout]);
        Ok(())
    }

    pub(super) fn atomic_notify(&mut self, memarg: &MemArg) -> Result<()> {
        let (index, count) = self.pop2();
        let (memory, index, offset) = self.checked_later(memarg, index)?;
        self.call_blocking(Builtin::atomic_notify, &[memory, index, offset, count]);
        Ok(())
    }

    /// Memory, index and static offset as the builtins take them.
    fn checked_later(&mut self, memarg: &MemArg, index: Value) -> Result<(Value, Value, Value)> {
        let memory = memory_of(memarg)?;
        let wide = self.env.info.memories[memory as usize].memory64;
        let index = if wide { index } else { self.ins().uextend(POINTER, index) };
        let offset = self.ins().iconst(types::I64, memarg.offset as i64);
        Ok((self.index_const(memory), index, offset))
    }

    /// Calls a builtin that gives an i32, or all ones of an i64 when it failed.
    fn call_blocking(&mut self, builtin: Builtin, args: &[Value]) {
        let result = self.call_builtin(builtin, args).expect("a number comes back");
        let done = self.ins().icmp_imm_s(IntCC::NotEqual, result, -1);
        self.raise_unless(done);
        let result = self.ins().ireduce(types::I32, result);
        self.push(result);
    }
}

/// The machine's instruction for a read-modify-write.
const fn machine_op(access: AtomicAccess) -> Option<AtomicRmwOp> {
    match access {
        AtomicAccess::Add => Some(AtomicRmwOp::Add),
        AtomicAccess::Sub => Some(AtomicRmwOp::Sub),
        AtomicAccess::And => Some(AtomicRmwOp::And),
        AtomicAccess::Or => Some(AtomicRmwOp::Or),
        AtomicAccess::Xor => Some(AtomicRmwOp::Xor),
        AtomicAccess::Exchange => Some(AtomicRmwOp::Xchg),
        AtomicAccess::Fence | AtomicAccess::Load | AtomicAccess::Store | AtomicAccess::CompareExchange => None,
    }
}
