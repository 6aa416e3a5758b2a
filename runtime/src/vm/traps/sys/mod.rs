//! What depends on the operating system and the processor: one file each.

/// How the stubs of a function are made whose code may not exist yet.
#[derive(Clone, Copy)]
pub(in crate::vm) struct LazyStubs {
    /// Bytes for each function.
    pub(in crate::vm) size: usize,
    /// Where in them the second stub begins.
    pub(in crate::vm) second: usize,
    /// Writes both for a function: the first goes on where the entry of the code table at this address says; the second asks
    /// [`code_of`](crate::vm::lazy::code_of), with the address of the module's lazy code and the position of the function, and goes on
    /// there.
    pub(in crate::vm) write: fn(entry: usize, code: usize, function: u32, to: &mut Vec<u8>),
}

#[cfg(all(unix, target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
mod linux_aarch64;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux_x86_64;
#[cfg(unix)]
mod unix;
#[cfg(all(unix, target_arch = "x86_64"))]
mod x86_64;

#[cfg(all(unix, target_arch = "aarch64"))]
pub(in crate::vm) use aarch64::{
    LAZY_STUBS, SAVED_REGISTERS, enter, interrupted, landing, noting_exit, raise, resume, save_registers,
    stack_pointer, synchronize_code, trap,
};
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
pub(super) use linux_aarch64::Registers;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) use linux_x86_64::Registers;
#[cfg(unix)]
pub(super) use unix::{Action, SIGNALS, claim, forward, thread_id, thread_stack};
#[cfg(all(unix, target_arch = "x86_64"))]
pub(in crate::vm) use x86_64::{
    LAZY_STUBS, SAVED_REGISTERS, enter, interrupted, landing, noting_exit, raise, resume, save_registers,
    stack_pointer, synchronize_code, trap,
};
