//! Entering and leaving compiled code on x86-64, System V convention.

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
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov [rdi + {sp}], rsp",
        "mov [rdi + {fp}], rbp",
        "mov rax, rsi",
        "mov rdi, rdx",
        "mov rsi, rcx",
        "mov rdx, r8",
        "call rax",
        "xor eax, eax",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        sp = const offset_of!(Activation, sp),
        fp = const offset_of!(Activation, fp),
    )
}

/// Returns 1 from the [`enter`] of the activation in `rax`, whatever lies on the stack below. Jumped to.
#[unsafe(naked)]
unsafe extern "C" fn resume() {
    naked_asm!(
        "mov rsp, [rax + {sp}]",
        "mov rbp, [rax + {fp}]",
        "mov eax, 1",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        sp = const offset_of!(Activation, sp),
        fp = const offset_of!(Activation, fp),
    )
}

/// Builtin: ends the activation with the error that was left in the store. The caller's frame pointer is in `rbp`, the
/// address behind the call on the stack.
///
/// # Safety
///
/// Only for compiled code.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn raise(_: *mut InstanceContext) {
    naked_asm!(
        "mov rdi, rbp",
        "mov rsi, [rsp]",
        "and rsp, -16",
        "call {unwound}",
        "jmp {resume}",
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
        "mov edx, esi",
        "mov rdi, rbp",
        "mov rsi, [rsp]",
        "and rsp, -16",
        "call {trapped}",
        "jmp {resume}",
        trapped = sym trapped,
        resume = sym resume,
    )
}

/// Where the signal handler makes a thread continue that faulted in compiled code: frame pointer in `rdi`, faulting
/// instruction in `rsi`, the stack pointer aligned.
///
/// # Safety
///
/// Only for the signal handler.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn landing() {
    naked_asm!(
        "call {unwound}",
        "jmp {resume}",
        unwound = sym unwound,
        resume = sym resume,
    )
}

/// The stack pointer of who asks.
#[inline(always)]
pub(in crate::vm) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: copies a register.
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Nothing to do: the processor sees new code by itself.
pub(in crate::vm) fn synchronize_code(_start: *const u8, _len: usize) {}
