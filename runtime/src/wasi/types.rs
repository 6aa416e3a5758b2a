//! The types of preview 1 with their layouts and numbers.

use bitflags::bitflags;

use super::errno::{Errno, Result};
use super::memory::{Layout, Load, Store, field};

bitflags! {
    /// What may be done with a descriptor.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Rights: u64 {
        const FD_DATASYNC = 1 << 0;
        const FD_READ = 1 << 1;
        const FD_SEEK = 1 << 2;
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        const FD_SYNC = 1 << 4;
        const FD_TELL = 1 << 5;
        const FD_WRITE = 1 << 6;
        const FD_ADVISE = 1 << 7;
        const FD_ALLOCATE = 1 << 8;
        const PATH_CREATE_DIRECTORY = 1 << 9;
        const PATH_CREATE_FILE = 1 << 10;
        const PATH_LINK_SOURCE = 1 << 11;
        const PATH_LINK_TARGET = 1 << 12;
        const PATH_OPEN = 1 << 13;
        const FD_READDIR = 1 << 14;
        const PATH_READLINK = 1 << 15;
        const PATH_RENAME_SOURCE = 1 << 16;
        const PATH_RENAME_TARGET = 1 << 17;
        const PATH_FILESTAT_GET = 1 << 18;
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        const FD_FILESTAT_GET = 1 << 21;
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        const PATH_SYMLINK = 1 << 24;
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        const PATH_UNLINK_FILE = 1 << 26;
        const POLL_FD_READWRITE = 1 << 27;
        const SOCK_SHUTDOWN = 1 << 28;
        const SOCK_ACCEPT = 1 << 29;
    }

    /// State of a descriptor.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct FdFlags: u16 {
        const APPEND = 1 << 0;
        const DSYNC = 1 << 1;
        const NONBLOCK = 1 << 2;
        const RSYNC = 1 << 3;
        const SYNC = 1 << 4;
    }

    /// How `path_open` opens.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct OFlags: u16 {
        const CREAT = 1 << 0;
        const DIRECTORY = 1 << 1;
        const EXCL = 1 << 2;
        const TRUNC = 1 << 3;
    }

    /// How the last component of a path is treated.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct LookupFlags: u32 {
        const SYMLINK_FOLLOW = 1 << 0;
    }

    /// Which times are set, and to what.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct FstFlags: u16 {
        const ATIM = 1 << 0;
        const ATIM_NOW = 1 << 1;
        const MTIM = 1 << 2;
        const MTIM_NOW = 1 << 3;
    }

    /// How the timeout of a clock subscription is meant.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct SubClockFlags: u16 {
        const ABSTIME = 1 << 0;
    }

    /// State of a descriptor that an event reports.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct EventFlags: u16 {
        const HANGUP = 1 << 0;
    }
}

impl Rights {
    /// What a regular file can have.
    pub(super) const FILE: Self = Self::FD_DATASYNC
        .union(Self::FD_READ)
        .union(Self::FD_SEEK)
        .union(Self::FD_FDSTAT_SET_FLAGS)
        .union(Self::FD_SYNC)
        .union(Self::FD_TELL)
        .union(Self::FD_WRITE)
        .union(Self::FD_ADVISE)
        .union(Self::FD_ALLOCATE)
        .union(Self::FD_FILESTAT_GET)
        .union(Self::FD_FILESTAT_SET_SIZE)
        .union(Self::FD_FILESTAT_SET_TIMES)
        .union(Self::POLL_FD_READWRITE);
    /// What a stream without positions can have.
    pub(super) const STREAM: Self = Self::FD_READ
        .union(Self::FD_WRITE)
        .union(Self::FD_FDSTAT_SET_FLAGS)
        .union(Self::FD_SYNC)
        .union(Self::FD_DATASYNC)
        .union(Self::FD_FILESTAT_GET)
        .union(Self::POLL_FD_READWRITE);
    /// What changes the content or size of a file.
    pub(super) const FILE_WRITE: Self = Self::FD_WRITE.union(Self::FD_ALLOCATE).union(Self::FD_FILESTAT_SET_SIZE);
    /// What changes a directory or what lies in it.
    pub(super) const DIRECTORY_WRITE: Self = Self::PATH_CREATE_DIRECTORY
        .union(Self::PATH_CREATE_FILE)
        .union(Self::PATH_LINK_SOURCE)
        .union(Self::PATH_LINK_TARGET)
        .union(Self::PATH_RENAME_SOURCE)
        .union(Self::PATH_RENAME_TARGET)
        .union(Self::PATH_FILESTAT_SET_SIZE)
        .union(Self::PATH_FILESTAT_SET_TIMES)
        .union(Self::FD_FILESTAT_SET_TIMES)
        .union(Self::PATH_SYMLINK)
        .union(Self::PATH_REMOVE_DIRECTORY)
        .union(Self::PATH_UNLINK_FILE);
    /// What a directory can have.
    pub(super) const DIRECTORY: Self = Self::DIRECTORY_WRITE
        .union(Self::FD_FDSTAT_SET_FLAGS)
        .union(Self::FD_SYNC)
        .union(Self::FD_DATASYNC)
        .union(Self::FD_ADVISE)
        .union(Self::PATH_OPEN)
        .union(Self::FD_READDIR)
        .union(Self::PATH_READLINK)
        .union(Self::PATH_FILESTAT_GET)
        .union(Self::FD_FILESTAT_GET);
}

/// Decodes flags.
///
/// # Errors
///
/// `EINVAL` if an unknown bit is set.
pub(super) fn flags<F: bitflags::Flags>(bits: u32) -> Result<F>
where
    F::Bits: TryFrom<u32>,
{
    F::Bits::try_from(bits).ok().and_then(F::from_bits).ok_or(Errno::Inval)
}

/// What a descriptor or a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SocketStream = 6,
    SymbolicLink = 7,
}

/// State of a descriptor, for `fd_fdstat_get`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FdStat {
    pub(super) filetype: FileType,
    pub(super) flags: FdFlags,
    pub(super) base: Rights,
    pub(super) inheriting: Rights,
}

impl Layout for FdStat {
    const SIZE: u32 = 24;
}

impl Store for FdStat {
    fn store(&self, field: &mut dyn FnMut(u32, &[u8])) {
        field(0, &[self.filetype as u8]);
        field(2, &self.flags.bits().to_le_bytes());
        field(8, &self.base.bits().to_le_bytes());
        field(16, &self.inheriting.bits().to_le_bytes());
    }
}

/// Attributes of a file, times in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileStat {
    pub(super) dev: u64,
    pub(super) ino: u64,
    pub(super) filetype: FileType,
    pub(super) nlink: u64,
    pub(super) size: u64,
    pub(super) accessed: u64,
    pub(super) modified: u64,
    pub(super) changed: u64,
}

impl Layout for FileStat {
    const SIZE: u32 = 64;
}

impl Store for FileStat {
    fn store(&self, field: &mut dyn FnMut(u32, &[u8])) {
        field(0, &self.dev.to_le_bytes());
        field(8, &self.ino.to_le_bytes());
        field(16, &[self.filetype as u8]);
        field(24, &self.nlink.to_le_bytes());
        field(32, &self.size.to_le_bytes());
        field(40, &self.accessed.to_le_bytes());
        field(48, &self.modified.to_le_bytes());
        field(56, &self.changed.to_le_bytes());
    }
}

/// A preopened directory: the length of its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct PreStat(pub(super) u32);

impl Layout for PreStat {
    const SIZE: u32 = 8;
}

impl Store for PreStat {
    fn store(&self, field: &mut dyn FnMut(u32, &[u8])) {
        field(0, &[0]); // the only tag: a directory
        field(4, &self.0.to_le_bytes());
    }
}

/// The fixed part of a directory entry; the name follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirEntry {
    pub(super) next: u64,
    pub(super) ino: u64,
    pub(super) name_len: u32,
    pub(super) filetype: FileType,
}

impl DirEntry {
    /// The entry as bytes, padding zero: entries follow each other without regard to alignment and may be cut anywhere.
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[0..8].copy_from_slice(&self.next.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.ino.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.name_len.to_le_bytes());
        bytes[20] = self.filetype as u8;
        bytes
    }
}

/// One buffer of a scattered read or gathered write.
#[derive(Clone, Copy, Debug)]
pub(super) struct IoVec {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Layout for IoVec {
    const SIZE: u32 = 8;
}

impl Load for IoVec {
    fn load(bytes: &[u8]) -> Self {
        Self { start: field(bytes, 0), len: field(bytes, 4) }
    }
}

/// What `poll_oneoff` waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscription {
    pub(super) userdata: u64,
    /// `None` for a tag that the specification does not have.
    pub(super) event: Option<SubscribedEvent>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum SubscribedEvent {
    Clock { id: u32, timeout: u64, flags: u16 },
    Read { fd: u32 },
    Write { fd: u32 },
}

impl Layout for Subscription {
    const SIZE: u32 = 48;
}

impl Load for Subscription {
    fn load(bytes: &[u8]) -> Self {
        let event = match bytes[8] {
            0 => Some(SubscribedEvent::Clock {
                id: field(bytes, 16),
                timeout: field(bytes, 24),
                flags: field(bytes, 40),
            }),
            1 => Some(SubscribedEvent::Read { fd: field(bytes, 16) }),
            2 => Some(SubscribedEvent::Write { fd: field(bytes, 16) }),
            _ => None,
        };
        Self { userdata: field(bytes, 0), event }
    }
}

/// What an [`Event`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum EventType {
    Clock = 0,
    Read = 1,
    Write = 2,
}

/// What `poll_oneoff` reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) userdata: u64,
    pub(super) error: Errno,
    pub(super) event_type: EventType,
    pub(super) bytes: u64,
    pub(super) flags: EventFlags,
}

impl Layout for Event {
    const SIZE: u32 = 32;
}

impl Store for Event {
    fn store(&self, field: &mut dyn FnMut(u32, &[u8])) {
        field(0, &self.userdata.to_le_bytes());
        field(8, &self.error.number().to_le_bytes());
        field(10, &[self.event_type as u8]);
        field(16, &self.bytes.to_le_bytes());
        field(24, &self.flags.bits().to_le_bytes());
    }
}
