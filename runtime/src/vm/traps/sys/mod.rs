//! What depends on the operating system and the processor: one file each.

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
    SAVED_REGISTERS, enter, interrupted, landing, noting_exit, raise, resume, save_registers, stack_pointer,
    synchronize_code, trap,
};
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
pub(super) use linux_aarch64::Registers;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) use linux_x86_64::Registers;
#[cfg(unix)]
pub(super) use unix::{Action, SIGNALS, claim, forward, thread_id, thread_stack};
#[cfg(all(unix, target_arch = "x86_64"))]
pub(in crate::vm) use x86_64::{
    SAVED_REGISTERS, enter, interrupted, landing, noting_exit, raise, resume, save_registers, stack_pointer,
    synchronize_code, trap,
};
