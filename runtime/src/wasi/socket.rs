//! Sockets: preview 1 cannot make any, and no context preopens one.

use super::context::Context;
use super::errno::{Errno, Result};
use super::memory::{GuestMemory, Out, Slice};
use super::types::IoVec;

pub(super) fn sock_accept(wasi: &Context, _: GuestMemory<'_>, fd: u32, _flags: u32, _new: Out<u32>) -> Result<()> {
    not_a_socket(wasi, fd)
}

pub(super) fn sock_recv(
    wasi: &Context,
    _: GuestMemory<'_>,
    fd: u32,
    _buffers: Slice<IoVec>,
    _flags: u32,
    _received: Out<u32>,
    _out_flags: Out<u16>,
) -> Result<()> {
    not_a_socket(wasi, fd)
}

pub(super) fn sock_send(
    wasi: &Context,
    _: GuestMemory<'_>,
    fd: u32,
    _buffers: Slice<IoVec>,
    _flags: u32,
    _sent: Out<u32>,
) -> Result<()> {
    not_a_socket(wasi, fd)
}

pub(super) fn sock_shutdown(wasi: &Context, _: GuestMemory<'_>, fd: u32, _how: u32) -> Result<()> {
    not_a_socket(wasi, fd)
}

fn not_a_socket(wasi: &Context, fd: u32) -> Result<()> {
    wasi.table.get(fd).and(Err(Errno::Notsock))
}
