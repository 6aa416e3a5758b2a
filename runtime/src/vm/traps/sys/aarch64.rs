//! Entering and leaving compiled code on aarch64, AAPCS64.

use std::arch::{asm, naked_asm};
use std::mem::offset_of;

use super::super::activation::{Activation, trapped, unwound};
use crate::types::layout::{ArrayTrampoline, FuncRef, InstanceContext, RawValue};

/// Calls `trampoline(callee, caller, values)`; returns 0 when it returned, 1 when the guest ended early.
///
/// # Safety
///
/// The trampoline is that of the callee's type, and everything that it is given is valid.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn enter(
    activation: *mut Activation,
    trampoline: ArrayTrampoline,
    callee: *const FuncRef,
    caller: *mut u8,
    values: *mut RawValue,
) -> usize {
    naked_asm!(
        "stp x29, x30, [sp, #-160]!",
        "mov x29, sp",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mov x9, sp",
        "str x9, [x0, {sp}]",
        "str x29, [x0, {fp}]",
        "mov x9, x1",
        "mov x0, x2",
        "mov x1, x3",
        "mov x2, x4",
        "blr x9",
        "mov x0, #0",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #160",
        "ret",
        sp = const offset_of!(Activation, sp),
        fp = const offset_of!(Activation, fp),
    )
}

/// Returns 1 from the [`enter`] of the activation in `x0`, whatever lies on the stack below. Jumped to.
#[unsafe(naked)]
unsafe extern "C" fn resume() {
    naked_asm!(
        "ldr x29, [x0, {fp}]",
        "ldr x9, [x0, {sp}]",
        "mov sp, x9",
        "mov x0, #1",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #160",
        "ret",
        sp = const offset_of!(Activation, sp),
        fp = const offset_of!(Activation, fp),
    )
}

/// Builtin: ends the activation with the error that was left in the store. The caller's frame pointer is in `x29`, the
/// address behind the call in `x30`.
///
/// # Safety
///
/// Only for compiled code.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn raise(_: *mut InstanceContext) {
    naked_asm!(
        "mov x0, x29",
        "mov x1, x30",
        "bl {unwound}",
        "b {resume}",
        unwound = sym unwound,
        resume = sym resume,
    )
}

/// Builtin: ends the activation with the trap of this number. Frame pointer and return address as for [`raise`].
///
/// # Safety
///
/// Only for compiled code.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn trap(_: *mut InstanceContext, code: u32) {
    naked_asm!(
        "mov w2, w1",
        "mov x0, x29",
        "mov x1, x30",
        "bl {trapped}",
        "b {resume}",
        trapped = sym trapped,
        resume = sym resume,
    )
}

/// Where the signal handler makes a thread continue that faulted in compiled code: frame pointer in `x0`, faulting
/// instruction in `x1`, the stack pointer aligned.
///
/// # Safety
///
/// Only for the signal handler.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn landing() {
    naked_asm!(
        "bl {unwound}",
        "b {resume}",
        unwound = sym unwound,
        resume = sym resume,
    )
}

/// The stack pointer of who asks.
#[inline(always)]
pub(in crate::vm) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: copies a register.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Makes code that was just written visible to instruction fetch on all cores.
pub(in crate::vm) fn synchronize_code(start: *const u8, len: usize) {
    let types: usize;
    // SAFETY: reads a register that user space may read.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) types, options(nomem, nostack, preserves_flags)) };
    let (start, end) = (start as usize, start as usize + len);
    let each_line = |size: usize, operation: &dyn Fn(usize)| {
        (start & !(size - 1)..end).step_by(size).for_each(operation);
    };
    // SAFETY: cache maintenance over bytes that are mapped and readable.
    unsafe {
        each_line(4 << (types >> 16 & 15), &|at| asm!("dc cvau, {}", in(reg) at, options(nostack, preserves_flags)));
        asm!("dsb ish", options(nostack, preserves_flags));
        each_line(4 << (types & 15), &|at| asm!("ic ivau, {}", in(reg) at, options(nostack, preserves_flags)));
        asm!("dsb ish", "isb", options(nostack, preserves_flags));
    }
    // Threads that run on other cores may have fetched ahead. Kernels without the command order this by themselves on the
    // way out of `mprotect`, which interrupts those cores.
    const MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE: libc::c_int = 1 << 5;
    const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: libc::c_int = 1 << 6;
    // SAFETY: the call takes no pointers.
    unsafe {
        libc::syscall(libc::SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
        libc::syscall(libc::SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
    }
}
