//! Open directories and their entries.

use std::sync::Arc;

use cap_std::fs::Dir;
use cap_std::fs::MetadataExt;
use parking_lot::Mutex;
use rustix::fs::FileType as HostFileType;

use crate::wasi::context::Context;
use crate::wasi::errno::Result;
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::types::{DirEntry, FileType, Rights};

/// An open directory.
pub(in crate::wasi) struct Directory {
    pub(in crate::wasi) dir: Dir,
    /// Whether every change in it, and in what is opened through it, is refused.
    pub(in crate::wasi) read_only: bool,
    /// What the guest calls it, if it was open from the start.
    pub(in crate::wasi) preopen: Option<String>,
    /// The entries as they were when the guest last began to read them.
    listing: Mutex<Option<Arc<[Entry]>>>,
}

struct Entry {
    name: Box<[u8]>,
    ino: u64,
    file_type: FileType,
}

impl Directory {
    pub(in crate::wasi) fn new(dir: Dir, read_only: bool, preopen: Option<String>) -> Self {
        Self { dir, read_only, preopen, listing: Mutex::new(None) }
    }

    /// Writes the directory itself to its device.
    pub(in crate::wasi) fn sync(&self) -> Result<()> {
        // cap-std may hold it by a descriptor that names it and can do no more.
        Ok(rustix::fs::fsync(self.dir.open(".")?)?)
    }

    /// The entries from which `cookie` counts.
    ///
    /// A cookie is an index into a listing that is made when reading begins: it stays good while the guest deletes what it
    /// has read, which systems do not promise for theirs.
    fn entries(&self, cookie: u64) -> Result<Arc<[Entry]>> {
        let mut listing = self.listing.lock();
        match &*listing {
            Some(known) if cookie != 0 => Ok(Arc::clone(known)),
            _ => {
                let fresh: Arc<[Entry]> = self.list()?.into();
                *listing = Some(Arc::clone(&fresh));
                Ok(fresh)
            }
        }
    }

    fn list(&self) -> Result<Vec<Entry>> {
        // The parent's own number is none of the guest's business, since it can lie outside.
        let ino = self.dir.dir_metadata()?.ino();
        let dot = |name: &[u8]| Entry { name: name.into(), ino, file_type: FileType::Directory };
        let mut entries = vec![dot(b"."), dot(b"..")];
        for entry in rustix::fs::Dir::read_from(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                entries.push(Entry { name: name.into(), ino: entry.ino(), file_type: file_type(entry.file_type()) });
            }
        }
        Ok(entries)
    }
}

/// Fills `buffer` with entries from the one that `cookie` names. The last is cut where the buffer ends: a buffer that is
/// full tells the guest that there may be more.
pub(in crate::wasi) fn fd_readdir(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    buffer: Slice<u8>,
    cookie: u64,
    used: Out<u32>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::FD_READDIR)?;
    let entries = directory.entries(cookie)?;
    let first = usize::try_from(cookie).unwrap_or(usize::MAX).min(entries.len());
    let mut writer = Writer { memory, at: buffer.start(), left: buffer.count() };
    for (index, entry) in entries.iter().enumerate().skip(first) {
        let next = index as u64 + 1;
        let head = DirEntry { next, ino: entry.ino, name_len: entry.name.len() as u32, filetype: entry.file_type };
        writer.write(&head.to_bytes())?;
        writer.write(&entry.name)?;
        if writer.left == 0 {
            break;
        }
    }
    used.set(&memory, buffer.count() - writer.left)
}

/// Writes until the buffer is full, then drops the rest.
struct Writer<'m> {
    memory: GuestMemory<'m>,
    at: u32,
    left: u32,
}

impl Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let len = bytes.len().min(self.left as usize);
        self.memory.copy_in(self.at, &bytes[..len])?;
        self.left -= len as u32;
        // Wraps only when the buffer is full and ends with the address space.
        self.at = self.at.wrapping_add(len as u32);
        Ok(())
    }
}

fn file_type(host: HostFileType) -> FileType {
    match host {
        HostFileType::RegularFile => FileType::RegularFile,
        HostFileType::Directory => FileType::Directory,
        HostFileType::Symlink => FileType::SymbolicLink,
        HostFileType::CharacterDevice => FileType::CharacterDevice,
        HostFileType::BlockDevice => FileType::BlockDevice,
        HostFileType::Socket => FileType::SocketStream,
        HostFileType::Fifo | HostFileType::Unknown => FileType::Unknown,
    }
}
