//! The content of files and streams.

use std::io::{Seek, SeekFrom};

use cap_std::fs::File;
use rustix::event::PollFlags;

use crate::wasi::context::Context;
use crate::wasi::errno::{Errno, Result};
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::poll;
use crate::wasi::sys::{self, Buffers};
use crate::wasi::table::{Descriptor, Node};
use crate::wasi::types::{FdFlags, FileType, IoVec, Rights};

/// An open file that is not a directory.
pub(in crate::wasi) struct RegularFile {
    pub(in crate::wasi) file: File,
    /// Regular, or a device, pipe or socket that lies in a directory.
    pub(in crate::wasi) file_type: FileType,
    /// What the guest opened it for; the host's descriptor can be able to do more.
    pub(in crate::wasi) readable: bool,
    pub(in crate::wasi) writable: bool,
    /// Whether its directory is open for reading only: then its times cannot be set either.
    pub(in crate::wasi) read_only: bool,
}

impl RegularFile {
    /// What it can have at most.
    pub(in crate::wasi) fn rights(&self) -> Rights {
        let mut rights = Rights::FILE;
        rights.set(Rights::FD_READ, self.readable);
        rights.set(Rights::FILE_WRITE, self.writable);
        rights
    }
}

pub(in crate::wasi) fn fd_read(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffers: Slice<IoVec>,
    read: Out<u32>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_READ)?;
    let len = match &descriptor.node {
        Node::Input(stream) => {
            refuse_to_wait(&descriptor)?;
            poll::until_ready(&descriptor, PollFlags::IN)?;
            stream.read(&memory, buffers)?
        }
        Node::File(file) => {
            wait_for_file(&descriptor, PollFlags::IN)?;
            Buffers::new(&memory, buffers)?.read(&file.file, None)?
        }
        Node::Output(_) | Node::Directory(_) => return Err(Errno::Badf),
    };
    read.set(&memory, len)
}

pub(in crate::wasi) fn fd_write(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffers: Slice<IoVec>,
    written: Out<u32>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_WRITE)?;
    let len = match &descriptor.node {
        Node::Output(stream) => {
            refuse_to_wait(&descriptor)?;
            stream.write(&memory, buffers)?
        }
        Node::File(file) => {
            wait_for_file(&descriptor, PollFlags::OUT)?;
            Buffers::new(&memory, buffers)?.write(&file.file, None)?
        }
        Node::Input(_) | Node::Directory(_) => return Err(Errno::Badf),
    };
    written.set(&memory, len)
}

pub(in crate::wasi) fn fd_pread(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffers: Slice<IoVec>,
    offset: u64,
    read: Out<u32>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_READ)?;
    let file = seekable(&descriptor)?;
    read.set(&memory, Buffers::new(&memory, buffers)?.read(&file.file, Some(offset))?)
}

pub(in crate::wasi) fn fd_pwrite(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffers: Slice<IoVec>,
    offset: u64,
    written: Out<u32>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_WRITE)?;
    let file = seekable(&descriptor)?;
    written.set(&memory, Buffers::new(&memory, buffers)?.write(&file.file, Some(offset))?)
}

pub(in crate::wasi) fn fd_seek(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    offset: u64,
    whence: u32,
    position: Out<u64>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_SEEK)?;
    let relative = offset.cast_signed();
    let target = match whence {
        0 => SeekFrom::Start(u64::try_from(relative).map_err(|_| Errno::Inval)?),
        1 => SeekFrom::Current(relative),
        2 => SeekFrom::End(relative),
        _ => return Err(Errno::Inval),
    };
    position.set(&memory, (&seekable(&descriptor)?.file).seek(target)?)
}

pub(in crate::wasi) fn fd_tell(wasi: &Context, memory: GuestMemory<'_>, fd: u32, position: Out<u64>) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_TELL)?;
    position.set(&memory, (&seekable(&descriptor)?.file).stream_position()?)
}

pub(in crate::wasi) fn fd_sync(wasi: &Context, _: GuestMemory<'_>, fd: u32) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_SYNC)?;
    match &descriptor.node {
        Node::File(file) => Ok(file.file.sync_all()?),
        node => sync_other(node),
    }
}

pub(in crate::wasi) fn fd_datasync(wasi: &Context, _: GuestMemory<'_>, fd: u32) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_DATASYNC)?;
    match &descriptor.node {
        Node::File(file) => Ok(file.file.sync_data()?),
        node => sync_other(node),
    }
}

pub(in crate::wasi) fn fd_advise(
    wasi: &Context,
    _: GuestMemory<'_>,
    fd: u32,
    offset: u64,
    len: u64,
    advice: u32,
) -> Result<()> {
    match &wasi.table.with(fd, Rights::FD_ADVISE)?.node {
        Node::File(file) => sys::advise(&file.file, offset, len, advice),
        Node::Input(_) | Node::Output(_) => Err(Errno::Spipe),
        Node::Directory(_) => Err(Errno::Badf),
    }
}

pub(in crate::wasi) fn fd_allocate(wasi: &Context, _: GuestMemory<'_>, fd: u32, offset: u64, len: u64) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_ALLOCATE)?;
    sys::allocate(&seekable(&descriptor)?.file, offset, len)
}

/// The file behind a descriptor, for what needs positions.
fn seekable(descriptor: &Descriptor) -> Result<&RegularFile> {
    match &descriptor.node {
        Node::File(file) => Ok(file),
        Node::Input(_) | Node::Output(_) => Err(Errno::Spipe),
        Node::Directory(_) => Err(Errno::Badf),
    }
}

/// A standard stream that the guest set to not waiting: the host's own descriptor goes on waiting, so this asks first.
fn refuse_to_wait(descriptor: &Descriptor) -> Result<()> {
    if descriptor.flags.lock().contains(FdFlags::NONBLOCK) && !poll::is_ready(descriptor)? {
        return Err(Errno::Again);
    }
    Ok(())
}

/// A pipe or a device in a directory, unless the guest set it to not waiting, which the host's descriptor knows.
fn wait_for_file(descriptor: &Descriptor, wanted: PollFlags) -> Result<()> {
    if descriptor.flags.lock().contains(FdFlags::NONBLOCK) {
        return Ok(());
    }
    poll::until_ready(descriptor, wanted)
}

fn sync_other(node: &Node) -> Result<()> {
    match node {
        Node::Directory(directory) => directory.sync(),
        Node::Output(stream) => stream.flush(),
        Node::Input(_) => Err(Errno::Inval),
        Node::File(file) => Ok(file.file.sync_all()?),
    }
}
