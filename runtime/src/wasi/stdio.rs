//! Standard streams: the host's own, bytes in memory, or a reader or writer of the host.
//!
//! A stream takes or gives at most [`CHUNK`] bytes at once, through a buffer of ours: no code of the host's user ever
//! holds a reference into guest memory. Short reads and writes are the guest's daily bread.

use std::io::{Read, Write};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::event::PollFlags;
use rustix::fs::FileType as HostFileType;
use rustix::stdio::{stderr, stdin, stdout};

use super::config::{Input, Output, SharedRead, SharedWrite};
use super::errno::{Errno, Result};
use super::memory::{CHUNK, GuestMemory, Slice};
use super::types::{FileType, IoVec};
use super::{sys, wait};

/// A stream that the guest reads.
pub(super) enum InStream {
    /// The host's standard input, without the buffer that `std` puts before it, so that `poll_oneoff` sees what is left.
    Host,
    /// Bytes, and how many have been read.
    Bytes(Arc<[u8]>, Mutex<usize>),
    /// A reader of the host.
    Reader(SharedRead),
}

/// A stream that the guest writes.
pub(super) enum OutStream {
    /// The host's standard output.
    HostOut,
    /// The host's standard error.
    HostErr,
    /// Memory.
    Capture(Arc<Capture>),
    /// A writer of the host.
    Writer(SharedWrite),
}

/// Output kept in memory.
pub(super) struct Capture {
    bytes: Mutex<Vec<u8>>,
    limit: usize,
}

impl InStream {
    pub(super) fn new(input: &Input) -> Self {
        match input {
            Input::Inherit => Self::Host,
            Input::Bytes(bytes) => Self::Bytes(Arc::clone(bytes), Mutex::new(0)),
            Input::Reader(reader) => Self::Reader(Arc::clone(reader)),
        }
    }

    /// The descriptor whose readiness can be waited for; a stream without one is always ready.
    pub(super) fn host_fd(&self) -> Option<BorrowedFd<'static>> {
        match self {
            Self::Host => Some(stdin()),
            Self::Bytes(..) | Self::Reader(_) => None,
        }
    }

    /// Bytes that can be read without waiting, as far as that is known; at least 1.
    pub(super) fn available(&self) -> u64 {
        match self {
            Self::Host => rustix::io::ioctl_fionread(stdin()).unwrap_or(1).max(1),
            Self::Bytes(bytes, at) => (bytes.len() - *at.lock()).max(1) as u64,
            Self::Reader(_) => 1,
        }
    }

    /// Reads into the guest's buffers and returns how many bytes; 0 at the end.
    pub(super) fn read(&self, memory: &GuestMemory<'_>, buffers: Slice<IoVec>) -> Result<u32> {
        let mut bytes = vec![0; total(memory, buffers)?];
        if bytes.is_empty() {
            return Ok(0);
        }
        let len = match self {
            Self::Host => rustix::io::read(stdin(), &mut bytes)?,
            Self::Bytes(source, at) => {
                let mut at = at.lock();
                let len = (source.len() - *at).min(bytes.len());
                bytes[..len].copy_from_slice(&source[*at..*at + len]);
                *at += len;
                len
            }
            // A reader that claims more than the buffer holds is wrong; it must not take the host down.
            Self::Reader(reader) => reader.lock().read(&mut bytes)?.min(bytes.len()),
        };
        scatter(memory, buffers, &bytes[..len])?;
        Ok(len as u32)
    }
}

impl OutStream {
    /// The stream for `output`; `host` is what inheriting means.
    pub(super) fn new(output: &Output, host: Self, limit: usize) -> Self {
        match output {
            Output::Inherit => host,
            Output::Capture => Self::Capture(Arc::new(Capture { bytes: Mutex::default(), limit })),
            Output::Writer(writer) => Self::Writer(Arc::clone(writer)),
        }
    }

    /// The descriptor whose readiness can be waited for; a stream without one is always ready.
    pub(super) fn host_fd(&self) -> Option<BorrowedFd<'static>> {
        match self {
            Self::HostOut => Some(stdout()),
            Self::HostErr => Some(stderr()),
            Self::Capture(_) | Self::Writer(_) => None,
        }
    }

    /// What was captured, if this stream captures.
    pub(super) fn capture(&self) -> Option<Arc<Capture>> {
        match self {
            Self::Capture(capture) => Some(Arc::clone(capture)),
            Self::HostOut | Self::HostErr | Self::Writer(_) => None,
        }
    }

    /// Writes the guest's buffers and returns how many bytes.
    pub(super) fn write(&self, memory: &GuestMemory<'_>, buffers: Slice<IoVec>) -> Result<u32> {
        let bytes = gather(memory, buffers)?;
        let len = match self {
            Self::HostOut => {
                std::io::stdout().flush()?;
                write_to_host(stdout(), &bytes)?
            }
            Self::HostErr => write_to_host(stderr(), &bytes)?,
            Self::Capture(capture) => capture.write(&bytes)?,
            Self::Writer(writer) => write_all(&mut *writer.lock(), &bytes)?,
        };
        Ok(len as u32)
    }

    /// Hands on what a writer holds back.
    pub(super) fn flush(&self) -> Result<()> {
        match self {
            Self::HostOut => std::io::stdout().flush()?,
            Self::HostErr | Self::Capture(_) => {}
            Self::Writer(writer) => writer.lock().flush()?,
        }
        Ok(())
    }
}

impl Capture {
    /// A copy of what has been written so far.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().clone()
    }

    fn write(&self, bytes: &[u8]) -> Result<usize> {
        let mut kept = self.bytes.lock();
        let room = self.limit.saturating_sub(kept.len());
        if room == 0 && !bytes.is_empty() {
            return Err(Errno::Nospc);
        }
        let len = bytes.len().min(room);
        kept.extend_from_slice(&bytes[..len]);
        Ok(len)
    }
}

/// What the host's descriptor is.
pub(super) fn host_file_type(fd: BorrowedFd<'_>) -> FileType {
    let Ok(stat) = rustix::fs::fstat(fd) else { return FileType::Unknown };
    match HostFileType::from_raw_mode(stat.st_mode) {
        HostFileType::CharacterDevice => FileType::CharacterDevice,
        HostFileType::BlockDevice => FileType::BlockDevice,
        HostFileType::RegularFile => FileType::RegularFile,
        HostFileType::Directory => FileType::Directory,
        HostFileType::Socket => FileType::SocketStream,
        HostFileType::Symlink | HostFileType::Fifo | HostFileType::Unknown => FileType::Unknown,
    }
}

/// Writes in pieces for which a pipe that reports itself ready has room, so that waiting for its reader can be ended. Not through
/// the buffer that `std` puts before its streams: that keeps what the system refused for another time, and takes what a closed
/// stream loses for written. So the guest is told exactly how much went out.
fn write_to_host(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize> {
    /// What a ready pipe takes at least.
    const PIECE: usize = 4096;
    let waits = host_file_type(fd) != FileType::RegularFile;
    let mut written = 0;
    while written < bytes.len() {
        let rest = &bytes[written..];
        let piece = if waits { &rest[..rest.len().min(PIECE)] } else { rest };
        if waits {
            wait::until_ready(fd, PollFlags::OUT)?;
        }
        match sys::without_signals(|| Ok(rustix::io::write(fd, piece)?)) {
            Ok(len) => written += len,
            Err(Errno::Intr | Errno::Again) if waits => {}
            // The next call of the guest meets the error again.
            Err(_) if written > 0 => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(written)
}

/// Everything goes out at once: a guest that asks whether its output arrived must not find it in a buffer of the host.
fn write_all(writer: &mut dyn Write, bytes: &[u8]) -> Result<usize> {
    writer.write_all(bytes)?;
    writer.flush()?;
    Ok(bytes.len())
}

/// Bytes that the buffers hold together, up to [`CHUNK`].
fn total(memory: &GuestMemory<'_>, buffers: Slice<IoVec>) -> Result<usize> {
    let mut total = 0;
    for buffer in buffers.iter(memory) {
        let buffer = buffer?;
        memory.range(buffer.start, buffer.len as usize)?;
        total += buffer.len as usize;
        if total >= CHUNK {
            return Ok(CHUNK);
        }
    }
    Ok(total)
}

/// The bytes of the buffers, up to [`CHUNK`].
fn gather(memory: &GuestMemory<'_>, buffers: Slice<IoVec>) -> Result<Vec<u8>> {
    let mut bytes = vec![0; total(memory, buffers)?];
    let mut rest = &mut bytes[..];
    for buffer in buffers.iter(memory) {
        let buffer = buffer?;
        let (piece, after) = rest.split_at_mut(rest.len().min(buffer.len as usize));
        memory.copy_out(buffer.start, piece)?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    // The guest's list may overlap what its own host functions change; what was not filled is not written.
    let missing = rest.len();
    bytes.truncate(bytes.len() - missing);
    Ok(bytes)
}

/// Spreads `bytes` over the buffers.
fn scatter(memory: &GuestMemory<'_>, buffers: Slice<IoVec>, bytes: &[u8]) -> Result<()> {
    // Collected first: the bytes may land on the list itself.
    let mut places = Vec::new();
    let mut left = bytes.len();
    for buffer in buffers.iter(memory) {
        if left == 0 {
            break;
        }
        let buffer = buffer?;
        let len = left.min(buffer.len as usize);
        if len > 0 {
            places.push((buffer.start, len));
        }
        left -= len;
    }
    let mut rest = bytes;
    for (start, len) in places {
        let (piece, after) = rest.split_at(len);
        memory.copy_in(start, piece)?;
        rest = after;
    }
    Ok(())
}
