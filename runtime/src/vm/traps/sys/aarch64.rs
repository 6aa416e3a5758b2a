//! Entering and leaving compiled code on aarch64, AAPCS64.

use std::arch::{asm, naked_asm};
use std::mem::offset_of;

use super::super::activation::{Activation, Landing, answer, trapped, unwound};
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

/// Returns what is in `x0` from the [`enter`] whose stack pointer is in force again. Jumped to.
///
/// # Safety
///
/// Only for [`land`].
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn resume() {
    naked_asm!(
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
    )
}

/// Goes on at the [`Landing`] in `x0`, whatever lies on the stack below. Jumped to.
#[unsafe(naked)]
unsafe extern "C" fn land() {
    naked_asm!(
        "ldr x9, [x0, {sp}]",
        "mov sp, x9",
        "ldr x29, [x0, {fp}]",
        "ldr x9, [x0, {pc}]",
        "ldr x0, [x0, {value}]",
        "br x9",
        sp = const offset_of!(Landing, sp),
        fp = const offset_of!(Landing, fp),
        pc = const offset_of!(Landing, pc),
        value = const offset_of!(Landing, value),
    )
}

/// Builtin: throws an exception, or ends the activation with the error that was left in the store. The caller's frame pointer is in `x29`, the
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
        "b {land}",
        unwound = sym unwound,
        land = sym land,
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
        "b {land}",
        trapped = sym trapped,
        land = sym land,
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
        "b {land}",
        unwound = sym unwound,
        land = sym land,
    )
}

/// Where the signal handler makes a thread continue that faulted at a poll, with all registers as they were. Saves them, lets
/// [`answer`] decide, and either puts everything back and goes on at the poll, or ends the activation.
///
/// `x17` is not kept: the code generator uses it inside of single instructions alone, since calls may change it on their way.
///
/// # Safety
///
/// Only for the signal handler.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn interrupted() {
    naked_asm!(
        "sub sp, sp, #784",
        "stp x0, x1, [sp, #0]",
        "stp x2, x3, [sp, #16]",
        "stp x4, x5, [sp, #32]",
        "stp x6, x7, [sp, #48]",
        "stp x8, x9, [sp, #64]",
        "stp x10, x11, [sp, #80]",
        "stp x12, x13, [sp, #96]",
        "stp x14, x15, [sp, #112]",
        "stp x16, x17, [sp, #128]",
        "stp x18, x19, [sp, #144]",
        "stp x20, x21, [sp, #160]",
        "stp x22, x23, [sp, #176]",
        "stp x24, x25, [sp, #192]",
        "stp x26, x27, [sp, #208]",
        "stp x28, x29, [sp, #224]",
        "mrs x2, nzcv",
        "stp x30, x2, [sp, #240]",
        "stp q0, q1, [sp, #272]",
        "stp q2, q3, [sp, #304]",
        "stp q4, q5, [sp, #336]",
        "stp q6, q7, [sp, #368]",
        "stp q8, q9, [sp, #400]",
        "stp q10, q11, [sp, #432]",
        "stp q12, q13, [sp, #464]",
        "stp q14, q15, [sp, #496]",
        "stp q16, q17, [sp, #528]",
        "stp q18, q19, [sp, #560]",
        "stp q20, q21, [sp, #592]",
        "stp q22, q23, [sp, #624]",
        "stp q24, q25, [sp, #656]",
        "stp q26, q27, [sp, #688]",
        "stp q28, q29, [sp, #720]",
        "stp q30, q31, [sp, #752]",
        "mov x0, x29",
        "add x1, sp, #256",
        "bl {answer}",
        "cbnz x0, 2f",
        "ldp q0, q1, [sp, #272]",
        "ldp q2, q3, [sp, #304]",
        "ldp q4, q5, [sp, #336]",
        "ldp q6, q7, [sp, #368]",
        "ldp q8, q9, [sp, #400]",
        "ldp q10, q11, [sp, #432]",
        "ldp q12, q13, [sp, #464]",
        "ldp q14, q15, [sp, #496]",
        "ldp q16, q17, [sp, #528]",
        "ldp q18, q19, [sp, #560]",
        "ldp q20, q21, [sp, #592]",
        "ldp q22, q23, [sp, #624]",
        "ldp q24, q25, [sp, #656]",
        "ldp q26, q27, [sp, #688]",
        "ldp q28, q29, [sp, #720]",
        "ldp q30, q31, [sp, #752]",
        "ldr x17, [sp, #248]",
        "msr nzcv, x17",
        "ldp x30, xzr, [sp, #240]",
        "ldp x0, x1, [sp, #0]",
        "ldp x2, x3, [sp, #16]",
        "ldp x4, x5, [sp, #32]",
        "ldp x6, x7, [sp, #48]",
        "ldp x8, x9, [sp, #64]",
        "ldp x10, x11, [sp, #80]",
        "ldp x12, x13, [sp, #96]",
        "ldp x14, x15, [sp, #112]",
        "ldp x16, x17, [sp, #128]",
        "ldp x18, x19, [sp, #144]",
        "ldp x20, x21, [sp, #160]",
        "ldp x22, x23, [sp, #176]",
        "ldp x24, x25, [sp, #192]",
        "ldp x26, x27, [sp, #208]",
        "ldp x28, x29, [sp, #224]",
        "ldr x17, [sp, #256]",
        "add sp, sp, #784",
        "br x17",
        "2:",
        "mov x1, x0",
        "ldr x0, [sp, #232]",
        "bl {unwound}",
        "b {land}",
        answer = sym answer,
        unwound = sym unwound,
        land = sym land,
    )
}

/// Nothing is compiled lazily on this processor yet.
pub(in crate::vm) const LAZY_STUBS: Option<super::LazyStubs> = None;

/// Makes a function that is called by compiled code with an instance's context, notes in the store which frame called, so that
/// a stack walk from below can begin there, and goes on as the function that it is named after.
macro_rules! noting_exit {
    ($target:ident($($param:ty),*) -> $result:ty) => {{
        #[unsafe(naked)]
        unsafe extern "C" fn noting($(_: $param),*) -> $result {
            std::arch::naked_asm!(
                "ldr x9, [x0, {store}]",
                "str x29, [x9, {exit_fp}]",
                "str x30, [x9, {exit_pc}]",
                "b {target}",
                store = const std::mem::offset_of!($crate::types::layout::InstanceContext, store),
                exit_fp = const std::mem::offset_of!($crate::types::layout::StoreContext, exit_fp),
                exit_pc = const std::mem::offset_of!($crate::types::layout::StoreContext, exit_pc),
                target = sym $target,
            )
        }
        noting
    }};
}
pub(in crate::vm) use noting_exit;

/// The stack pointer of who asks.
#[inline(always)]
pub(in crate::vm) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: copies a register.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// How many registers a function leaves as it found them.
pub(in crate::vm) const SAVED_REGISTERS: usize = 10;

/// Writes down the registers that a function leaves as it found them: what callers hold in them may be nowhere else.
#[unsafe(naked)]
pub(in crate::vm) extern "C" fn save_registers(to: &mut [usize; SAVED_REGISTERS]) {
    naked_asm!(
        "stp x19, x20, [x0]",
        "stp x21, x22, [x0, #16]",
        "stp x23, x24, [x0, #32]",
        "stp x25, x26, [x0, #48]",
        "stp x27, x28, [x0, #64]",
        "ret",
    )
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
