//! The registers of an interrupted thread on Linux, x86-64.

use libc::{REG_RBP, REG_RDI, REG_RIP, REG_RSI, REG_RSP, c_void, ucontext_t};

/// The registers that a signal handler may read and change.
pub(in crate::vm::traps) struct Registers<'a>(&'a mut ucontext_t);

impl Registers<'_> {
    /// # Safety
    ///
    /// `context` is the third argument of a signal handler that is running.
    pub(in crate::vm::traps) unsafe fn of(context: *mut c_void) -> Self {
        // SAFETY: that argument is such a structure.
        Self(unsafe { &mut *context.cast() })
    }

    /// The address of the interrupted instruction.
    pub(in crate::vm::traps) fn pc(&self) -> usize {
        self.0.uc_mcontext.gregs[REG_RIP as usize] as usize
    }

    /// Makes the thread continue as if the interrupted function had called `target(frame pointer, pc)`, which never
    /// returns.
    pub(in crate::vm::traps) fn call(&mut self, target: unsafe extern "C" fn()) {
        let pc = self.pc();
        let registers = &mut self.0.uc_mcontext.gregs;
        registers[REG_RDI as usize] = registers[REG_RBP as usize];
        registers[REG_RSI as usize] = pc as i64;
        registers[REG_RSP as usize] &= -16;
        registers[REG_RIP as usize] = target as usize as i64;
    }

    /// Makes the thread continue at `target` with everything else as it is. Always `true`.
    pub(in crate::vm::traps) fn go_to(&mut self, target: unsafe extern "C" fn()) -> bool {
        self.0.uc_mcontext.gregs[REG_RIP as usize] = target as usize as i64;
        true
    }
}
