//! Arguments, environment and the end of the process.

use super::context::Context;
use super::errno::{Errno, Result};
use super::memory::{GuestMemory, Out, Slice};

/// The guest's wish to end with this code.
pub(super) struct Exit(pub(super) i32);

pub(super) fn args_sizes_get(wasi: &Context, memory: GuestMemory<'_>, count: Out<u32>, size: Out<u32>) -> Result<()> {
    sizes(&wasi.args, &memory, count, size)
}

pub(super) fn args_get(wasi: &Context, memory: GuestMemory<'_>, pointers: u32, buffer: u32) -> Result<()> {
    strings(&wasi.args, &memory, pointers, buffer)
}

pub(super) fn environ_sizes_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    count: Out<u32>,
    size: Out<u32>,
) -> Result<()> {
    sizes(&wasi.env, &memory, count, size)
}

pub(super) fn environ_get(wasi: &Context, memory: GuestMemory<'_>, pointers: u32, buffer: u32) -> Result<()> {
    strings(&wasi.env, &memory, pointers, buffer)
}

/// Ends the guest.
pub(super) fn proc_exit(_: &Context, _: GuestMemory<'_>, code: u32) -> Exit {
    Exit(code.cast_signed())
}

/// There are no signals.
pub(super) fn proc_raise(_: &Context, _: GuestMemory<'_>, _signal: u32) -> Result<()> {
    Err(Errno::Nosys)
}

pub(super) fn sched_yield(_: &Context, _: GuestMemory<'_>) -> Result<()> {
    std::thread::yield_now();
    Ok(())
}

fn sizes(list: &[Vec<u8>], memory: &GuestMemory<'_>, count: Out<u32>, size: Out<u32>) -> Result<()> {
    let bytes: usize = list.iter().map(|item| item.len() + 1).sum();
    count.set(memory, u32::try_from(list.len()).map_err(|_| Errno::Overflow)?)?;
    size.set(memory, u32::try_from(bytes).map_err(|_| Errno::Overflow)?)
}

/// Writes the strings one after the other, NUL-terminated, and a pointer to each.
fn strings(list: &[Vec<u8>], memory: &GuestMemory<'_>, pointers: u32, buffer: u32) -> Result<()> {
    let mut bytes = Vec::new();
    let mut offsets = Vec::with_capacity(list.len());
    for item in list {
        offsets.push(bytes.len());
        bytes.extend_from_slice(item);
        bytes.push(0);
    }
    let pointers = Slice::<u32>::new(memory, pointers, u32::try_from(list.len()).map_err(|_| Errno::Overflow)?)?;
    memory.copy_in(buffer, &bytes)?;
    for (index, offset) in offsets.into_iter().enumerate() {
        pointers.set(memory, index as u32, &(buffer + offset as u32))?;
    }
    Ok(())
}
