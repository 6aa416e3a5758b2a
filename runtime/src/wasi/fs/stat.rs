//! Attributes of files.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_fs_ext::{DirExt, SystemTimeSpec};
use cap_std::fs::{FileTypeExt, Metadata, MetadataExt};

use super::path::guest_path;
use crate::wasi::context::Context;
use crate::wasi::errno::{Errno, Result};
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::sys::{self, NewTime};
use crate::wasi::table::Node;
use crate::wasi::types::{FileStat, FileType, FstFlags, LookupFlags, Rights, flags};

pub(in crate::wasi) fn fd_filestat_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    result: Out<FileStat>,
) -> Result<()> {
    let descriptor = wasi.table.with(fd, Rights::FD_FILESTAT_GET)?;
    let stat = match &descriptor.node {
        Node::File(file) => file_stat(&file.file.metadata()?),
        Node::Directory(directory) => file_stat(&directory.dir.dir_metadata()?),
        // What the host's terminal or log file is otherwise is not the guest's business.
        Node::Input(_) | Node::Output(_) => FileStat {
            dev: 0,
            ino: 0,
            filetype: descriptor.file_type(),
            nlink: 0,
            size: 0,
            accessed: 0,
            modified: 0,
            changed: 0,
        },
    };
    result.set(&memory, stat)
}

pub(in crate::wasi) fn fd_filestat_set_size(wasi: &Context, _: GuestMemory<'_>, fd: u32, size: u64) -> Result<()> {
    match &wasi.table.with(fd, Rights::FD_FILESTAT_SET_SIZE)?.node {
        Node::File(file) if i64::try_from(size).is_ok() => sys::without_signals(|| Ok(file.file.set_len(size)?)),
        Node::File(_) | Node::Input(_) | Node::Output(_) => Err(Errno::Inval),
        Node::Directory(_) => Err(Errno::Badf),
    }
}

pub(in crate::wasi) fn fd_filestat_set_times(
    wasi: &Context,
    _: GuestMemory<'_>,
    fd: u32,
    accessed: u64,
    modified: u64,
    which: u32,
) -> Result<()> {
    let (accessed, modified) = new_times(accessed, modified, which)?;
    let descriptor = wasi.table.get(fd)?;
    match &descriptor.node {
        Node::File(file) if file.read_only => return Err(Errno::Rofs),
        Node::Directory(directory) if directory.read_only => return Err(Errno::Rofs),
        Node::File(_) | Node::Directory(_) | Node::Input(_) | Node::Output(_) => {}
    }
    match &wasi.table.with(fd, Rights::FD_FILESTAT_SET_TIMES)?.node {
        Node::File(file) => sys::set_times(&file.file, accessed, modified),
        Node::Directory(directory) => sys::set_times(&directory.dir.open(".")?, accessed, modified),
        Node::Input(_) | Node::Output(_) => Err(Errno::Badf),
    }
}

pub(in crate::wasi) fn path_filestat_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: Slice<u8>,
    result: Out<FileStat>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_FILESTAT_GET)?;
    let path = guest_path(&memory, path)?;
    let metadata =
        if follows(lookup)? { directory.dir.metadata(path)? } else { directory.dir.symlink_metadata(path)? };
    result.set(&memory, file_stat(&metadata))
}

#[expect(clippy::too_many_arguments, reason = "the specification's parameters")]
pub(in crate::wasi) fn path_filestat_set_times(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: Slice<u8>,
    accessed: u64,
    modified: u64,
    which: u32,
) -> Result<()> {
    let (accessed, modified) = new_times(accessed, modified, which)?;
    let directory = wasi.table.directory(fd, Rights::PATH_FILESTAT_SET_TIMES)?;
    let path = guest_path(&memory, path)?;
    let (accessed, modified) = (time_spec(accessed), time_spec(modified));
    if follows(lookup)? {
        directory.dir.set_times(path, accessed, modified)?;
    } else {
        directory.dir.set_symlink_times(path, accessed, modified)?;
    }
    Ok(())
}

/// What a file of the host is to the guest.
pub(super) fn file_type(metadata: &Metadata) -> FileType {
    let host = metadata.file_type();
    if host.is_file() {
        FileType::RegularFile
    } else if host.is_dir() {
        FileType::Directory
    } else if host.is_symlink() {
        FileType::SymbolicLink
    } else if host.is_char_device() {
        FileType::CharacterDevice
    } else if host.is_block_device() {
        FileType::BlockDevice
    } else if host.is_socket() {
        FileType::SocketStream
    } else {
        FileType::Unknown
    }
}

/// Whether a link in the last place is followed.
pub(super) fn follows(lookup: u32) -> Result<bool> {
    Ok(flags::<LookupFlags>(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW))
}

fn file_stat(metadata: &Metadata) -> FileStat {
    FileStat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        filetype: file_type(metadata),
        nlink: metadata.nlink(),
        size: metadata.size(),
        accessed: timestamp(metadata.atime(), metadata.atime_nsec()),
        modified: timestamp(metadata.mtime(), metadata.mtime_nsec()),
        changed: timestamp(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Times before 1970 do not fit the guest's timestamp.
fn timestamp(seconds: i64, nanos: i64) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(nanos).unwrap_or(0))
}

fn new_times(accessed: u64, modified: u64, which: u32) -> Result<(NewTime, NewTime)> {
    let which: FstFlags = flags(which)?;
    let time = |at: u64, given, now| match (which.contains(given), which.contains(now)) {
        (false, false) => Ok(NewTime::Keep),
        (true, false) => Ok(NewTime::At(at)),
        (false, true) => Ok(NewTime::Now),
        (true, true) => Err(Errno::Inval),
    };
    Ok((time(accessed, FstFlags::ATIM, FstFlags::ATIM_NOW)?, time(modified, FstFlags::MTIM, FstFlags::MTIM_NOW)?))
}

fn time_spec(time: NewTime) -> Option<SystemTimeSpec> {
    let absolute = |nanos| cap_std::time::SystemTime::from_std(system_time(nanos));
    match time {
        NewTime::Keep => None,
        NewTime::Now => Some(SystemTimeSpec::SymbolicNow),
        NewTime::At(nanos) => Some(SystemTimeSpec::Absolute(absolute(nanos))),
    }
}

fn system_time(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}
