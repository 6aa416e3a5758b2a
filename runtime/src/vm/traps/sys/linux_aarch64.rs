//! The registers of an interrupted thread on Linux, aarch64.

use libc::{c_void, ucontext_t};

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
        self.0.uc_mcontext.pc as usize
    }

    /// Makes the thread continue as if the interrupted function had called `target(frame pointer, pc)`, which never
    /// returns.
    pub(in crate::vm::traps) fn call(&mut self, target: unsafe extern "C" fn()) {
        let machine = &mut self.0.uc_mcontext;
        machine.regs[0] = machine.regs[29];
        machine.regs[1] = machine.pc;
        machine.sp &= !15;
        machine.pc = target as usize as u64;
    }

    /// Makes the thread continue at `target` with everything else as it is. Always `true`.
    pub(in crate::vm::traps) fn go_to(&mut self, target: unsafe extern "C" fn()) -> bool {
        self.0.uc_mcontext.pc = target as usize as u64;
        true
    }
}
