//! Descriptors themselves: state, rights, numbers, preopened names.

use crate::wasi::context::Context;
use crate::wasi::errno::{Errno, Result};
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::sys;
use crate::wasi::table::Node;
use crate::wasi::types::{FdFlags, FdStat, PreStat, Rights, flags};

pub(in crate::wasi) fn fd_close(wasi: &Context, _: GuestMemory<'_>, fd: u32) -> Result<()> {
    let closed = wasi.table.remove(fd)?;
    // A writer of the host may hold bytes back; the guest learns here, last, that they did not go out.
    if let Node::Output(stream) = &closed.node {
        stream.flush()?;
    }
    Ok(())
}

pub(in crate::wasi) fn fd_renumber(wasi: &Context, _: GuestMemory<'_>, from: u32, to: u32) -> Result<()> {
    wasi.table.renumber(from, to)
}

pub(in crate::wasi) fn fd_fdstat_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    result: Out<FdStat>,
) -> Result<()> {
    let descriptor = wasi.table.get(fd)?;
    let (base, inheriting) = descriptor.rights();
    let flags = *descriptor.flags.lock();
    result.set(&memory, FdStat { filetype: descriptor.file_type(), flags, base, inheriting })
}

pub(in crate::wasi) fn fd_fdstat_set_flags(wasi: &Context, _: GuestMemory<'_>, fd: u32, new: u32) -> Result<()> {
    let new: FdFlags = flags(new)?;
    let descriptor = wasi.table.with(fd, Rights::FD_FDSTAT_SET_FLAGS)?;
    let mut old = descriptor.flags.lock();
    // Systems accept these only when a file is opened.
    if (*old ^ new).intersects(FdFlags::DSYNC | FdFlags::RSYNC | FdFlags::SYNC) {
        return Err(Errno::Notsup);
    }
    match &descriptor.node {
        Node::File(file) => sys::set_flags(&file.file, new)?,
        // Kept here, not set on the host's descriptor, which the host and its other guests share.
        Node::Input(_) | Node::Output(_) => {}
        Node::Directory(_) => return Err(Errno::Badf),
    }
    *old = new;
    Ok(())
}

pub(in crate::wasi) fn fd_fdstat_set_rights(
    wasi: &Context,
    _: GuestMemory<'_>,
    fd: u32,
    base: u64,
    inheriting: u64,
) -> Result<()> {
    let descriptor = wasi.table.get(fd)?;
    // A right that does not exist is a right that the descriptor does not have.
    let rights = |bits| Rights::from_bits(bits).ok_or(Errno::Notcapable);
    descriptor.reduce_rights(rights(base)?, rights(inheriting)?)
}

pub(in crate::wasi) fn fd_prestat_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    result: Out<PreStat>,
) -> Result<()> {
    let name = preopen_name(wasi, fd)?;
    result.set(&memory, PreStat(u32::try_from(name.len()).map_err(|_| Errno::Overflow)?))
}

pub(in crate::wasi) fn fd_prestat_dir_name(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffer: Slice<u8>,
) -> Result<()> {
    let name = preopen_name(wasi, fd)?;
    if name.len() > buffer.count() as usize {
        return Err(Errno::Nametoolong);
    }
    memory.copy_in(buffer.start(), name.as_bytes())
}

/// The name under which the guest finds this directory open.
///
/// # Errors
///
/// `EBADF` for anything that was not open from the start: that is how a guest's library finds the last one.
fn preopen_name(wasi: &Context, fd: u32) -> Result<String> {
    match &wasi.table.get(fd)?.node {
        Node::Directory(directory) => directory.preopen.clone().ok_or(Errno::Badf),
        Node::Input(_) | Node::Output(_) | Node::File(_) => Err(Errno::Badf),
    }
}
