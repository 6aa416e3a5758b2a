//! Entering and leaving compiled code on x86-64, System V convention.

use std::arch::{asm, naked_asm};
use std::mem::offset_of;

use super::super::activation::{Activation, Landing, answer, trapped, unwound};
use super::LazyStubs;
use crate::types::layout::{ArrayTrampoline, FuncRef, InstanceContext, RawValue};
use crate::vm::lazy::code_of;

/// Assembly that puts the vector registers into the 256 bytes at the stack pointer, which is aligned.
macro_rules! save_vectors {
    () => {
        "movaps [rsp], xmm0
         movaps [rsp + 16], xmm1
         movaps [rsp + 32], xmm2
         movaps [rsp + 48], xmm3
         movaps [rsp + 64], xmm4
         movaps [rsp + 80], xmm5
         movaps [rsp + 96], xmm6
         movaps [rsp + 112], xmm7
         movaps [rsp + 128], xmm8
         movaps [rsp + 144], xmm9
         movaps [rsp + 160], xmm10
         movaps [rsp + 176], xmm11
         movaps [rsp + 192], xmm12
         movaps [rsp + 208], xmm13
         movaps [rsp + 224], xmm14
         movaps [rsp + 240], xmm15"
    };
}

/// Assembly that puts them back from there.
macro_rules! restore_vectors {
    () => {
        "movaps xmm0, [rsp]
         movaps xmm1, [rsp + 16]
         movaps xmm2, [rsp + 32]
         movaps xmm3, [rsp + 48]
         movaps xmm4, [rsp + 64]
         movaps xmm5, [rsp + 80]
         movaps xmm6, [rsp + 96]
         movaps xmm7, [rsp + 112]
         movaps xmm8, [rsp + 128]
         movaps xmm9, [rsp + 144]
         movaps xmm10, [rsp + 160]
         movaps xmm11, [rsp + 176]
         movaps xmm12, [rsp + 192]
         movaps xmm13, [rsp + 208]
         movaps xmm14, [rsp + 224]
         movaps xmm15, [rsp + 240]"
    };
}

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

/// Returns what is in `rax` from the [`enter`] whose stack pointer is in force again. Jumped to.
///
/// # Safety
///
/// Only for [`land`].
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn resume() {
    naked_asm!("add rsp, 8", "pop r15", "pop r14", "pop r13", "pop r12", "pop rbx", "pop rbp", "ret",)
}

/// Goes on at the [`Landing`] in `rax`, whatever lies on the stack below. Jumped to.
#[unsafe(naked)]
unsafe extern "C" fn land() {
    naked_asm!(
        "mov rsp, [rax + {sp}]",
        "mov rbp, [rax + {fp}]",
        "mov rcx, [rax + {pc}]",
        "mov rax, [rax + {value}]",
        "jmp rcx",
        sp = const offset_of!(Landing, sp),
        fp = const offset_of!(Landing, fp),
        pc = const offset_of!(Landing, pc),
        value = const offset_of!(Landing, value),
    )
}

/// Builtin: throws an exception, or ends the activation with the error that was left in the store. The caller's frame pointer is in `rbp`, the
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
        "jmp {land}",
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
        "mov edx, esi",
        "mov rdi, rbp",
        "mov rsi, [rsp]",
        "and rsp, -16",
        "call {trapped}",
        "jmp {land}",
        trapped = sym trapped,
        land = sym land,
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
        "jmp {land}",
        unwound = sym unwound,
        land = sym land,
    )
}

/// Where the signal handler makes a thread continue that faulted at a poll, with all registers as they were. Saves them, lets
/// [`answer`] decide, and either puts everything back and goes on at the poll, or ends the activation.
///
/// Below the guest's stack pointer it leaves what the platform lets a function use there, and keeps nothing of what the guest
/// could not have anyway: 256-bit registers and mask registers are not for compiled code.
///
/// # Safety
///
/// Only for the signal handler.
#[unsafe(naked)]
pub(in crate::vm) unsafe extern "C" fn interrupted() {
    naked_asm!(
        // The red zone, and room for the address to go on at.
        "lea rsp, [rsp - 136]",
        "pushfq",
        "push rax",
        "push rcx",
        "push rdx",
        "push rbx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rbp",
        "cld",
        // The guest's frame, and where its address goes. All else is found from `rbx`.
        "mov rdi, rbp",
        "lea rsi, [rsp + 128]",
        "mov rbx, rsp",
        "sub rsp, 256",
        "and rsp, -16",
        save_vectors!(),
        "call {answer}",
        "test rax, rax",
        "jnz 2f",
        restore_vectors!(),
        "mov rsp, rbx",
        "pop rbp",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rbx",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "popfq",
        "ret 128",
        "2:",
        "mov rdi, [rbx]",
        "mov rsi, rax",
        "call {unwound}",
        "jmp {land}",
        answer = sym answer,
        unwound = sym unwound,
        land = sym land,
    )
}

/// Gets the code of the function in `r11d` of the module whose `LazyCode` is in `r10`, and goes on there as if it had been called
/// in the first place: arguments are in registers or on the stack, and all of that is left as it is. Jumped to.
///
/// # Safety
///
/// Only for the stubs of [`LAZY_STUBS`].
#[unsafe(naked)]
unsafe extern "C" fn compile() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rax",
        "push rcx",
        "push rdx",
        "push rbx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov rbx, rsp",
        "sub rsp, 256",
        "and rsp, -16",
        save_vectors!(),
        "mov rdi, r10",
        "mov esi, r11d",
        // The guest is where it called.
        "mov rdx, [rbp]",
        "mov rcx, [rbp + 8]",
        "call {code_of}",
        "test rax, rax",
        "jz 2f",
        "mov r11, rax",
        restore_vectors!(),
        "mov rsp, rbx",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rbx",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "pop rbp",
        "jmp r11",
        "2:",
        "mov rdi, [rbp]",
        "mov rsi, [rbp + 8]",
        "and rsp, -16",
        "call {unwound}",
        "jmp {land}",
        code_of = sym code_of,
        unwound = sym unwound,
        land = sym land,
    )
}

/// Stubs that change nothing but `r10` and `r11`: no convention of compiled code passes anything there.
pub(in crate::vm) const LAZY_STUBS: Option<LazyStubs> = Some(LazyStubs { size: 48, second: 16, write: write_stubs });

fn write_stubs(entry: usize, code: usize, function: u32, to: &mut Vec<u8>) {
    let begin = to.len();
    let pad = |to: &mut Vec<u8>, len: usize| to.resize(begin + len, 0xcc);
    // mov r11, entry; jmp [r11]
    to.extend([0x49, 0xbb]);
    to.extend(entry.to_le_bytes());
    to.extend([0x41, 0xff, 0x23]);
    pad(to, 16);
    // mov r11d, function; mov r10, code; jmp [rip]; compile
    to.extend([0x41, 0xbb]);
    to.extend(function.to_le_bytes());
    to.extend([0x49, 0xba]);
    to.extend(code.to_le_bytes());
    to.extend([0xff, 0x25, 0, 0, 0, 0]);
    to.extend((compile as *const () as usize).to_le_bytes());
    pad(to, 48);
}

/// Makes a function that is called by compiled code with an instance's context, notes in the store which frame called, so that
/// a stack walk from below can begin there, and goes on as the function that it is named after.
macro_rules! noting_exit {
    ($target:ident($($param:ty),*) -> $result:ty) => {{
        #[unsafe(naked)]
        unsafe extern "C" fn noting($(_: $param),*) -> $result {
            std::arch::naked_asm!(
                "mov rax, [rdi + {store}]",
                "mov [rax + {exit_fp}], rbp",
                "mov r10, [rsp]",
                "mov [rax + {exit_pc}], r10",
                "jmp {target}",
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
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// How many registers a function leaves as it found them.
pub(in crate::vm) const SAVED_REGISTERS: usize = 6;

/// Writes down the registers that a function leaves as it found them: what callers hold in them may be nowhere else.
#[unsafe(naked)]
pub(in crate::vm) extern "C" fn save_registers(to: &mut [usize; SAVED_REGISTERS]) {
    naked_asm!(
        "mov [rdi], rbx",
        "mov [rdi + 8], rbp",
        "mov [rdi + 16], r12",
        "mov [rdi + 24], r13",
        "mov [rdi + 32], r14",
        "mov [rdi + 40], r15",
        "ret",
    )
}

/// Nothing to do: the processor sees new code by itself.
pub(in crate::vm) fn synchronize_code(_start: *const u8, _len: usize) {}
