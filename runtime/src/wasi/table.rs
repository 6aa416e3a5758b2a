//! The guest's file descriptors.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::errno::{Errno, Result};
use super::fs::{Directory, RegularFile};
use super::stdio::{InStream, OutStream, host_file_type};
use super::types::{FdFlags, FileType, Rights};

/// Descriptors that one context may have open: few enough that a guest does not use up the host's.
const MAX_DESCRIPTORS: usize = 1024;

/// The descriptors by number.
#[derive(Default)]
pub(super) struct Table(Mutex<Vec<Option<Arc<Descriptor>>>>);

/// Something open.
pub(super) struct Descriptor {
    pub(super) node: Node,
    /// What may be done with it, and with what is opened through it.
    rights: Mutex<(Rights, Rights)>,
    pub(super) flags: Mutex<FdFlags>,
}

/// What a descriptor stands for.
pub(super) enum Node {
    Input(InStream),
    Output(OutStream),
    File(RegularFile),
    Directory(Directory),
}

/// A descriptor that is known to be a directory.
pub(super) struct DirectoryRef(Arc<Descriptor>);

impl Table {
    /// The descriptor with this number.
    ///
    /// # Errors
    ///
    /// `EBADF` if there is none.
    pub(super) fn get(&self, fd: u32) -> Result<Arc<Descriptor>> {
        self.0.lock().get(fd as usize).and_then(Clone::clone).ok_or(Errno::Badf)
    }

    /// The descriptor with this number, if it has the right.
    ///
    /// # Errors
    ///
    /// `EBADF` if there is none, or if it is not open for reading or writing and that is wanted; `ENOTCAPABLE` for any
    /// other right.
    pub(super) fn with(&self, fd: u32, right: Rights) -> Result<Arc<Descriptor>> {
        let descriptor = self.get(fd)?;
        descriptor.require(right)?;
        Ok(descriptor)
    }

    /// The directory with this number, if it has the right.
    ///
    /// # Errors
    ///
    /// `EBADF` if there is none, `ENOTDIR` if it is something else, `EROFS` if it is read-only and the right is to change
    /// something, `ENOTCAPABLE` if it does not have the right.
    pub(super) fn directory(&self, fd: u32, right: Rights) -> Result<DirectoryRef> {
        let descriptor = self.get(fd)?;
        let Node::Directory(directory) = &descriptor.node else { return Err(Errno::Notdir) };
        if directory.read_only && right.intersects(Rights::DIRECTORY_WRITE) {
            return Err(Errno::Rofs);
        }
        descriptor.require(right)?;
        Ok(DirectoryRef(descriptor))
    }

    /// Gives a descriptor the lowest free number.
    ///
    /// # Errors
    ///
    /// `EMFILE` if the context has too many.
    pub(super) fn insert(&self, descriptor: Descriptor) -> Result<u32> {
        let mut slots = self.0.lock();
        let free = slots.iter().position(Option::is_none).unwrap_or(slots.len());
        if free >= MAX_DESCRIPTORS {
            return Err(Errno::Mfile);
        }
        if free == slots.len() {
            slots.push(None);
        }
        slots[free] = Some(Arc::new(descriptor));
        Ok(free as u32)
    }

    /// Takes a number out of use. What it stood for is closed when the last call that uses it ends.
    pub(super) fn remove(&self, fd: u32) -> Result<Arc<Descriptor>> {
        self.0.lock().get_mut(fd as usize).and_then(Option::take).ok_or(Errno::Badf)
    }

    /// Closes `to` and gives its number to `from`, in one step.
    pub(super) fn renumber(&self, from: u32, to: u32) -> Result<()> {
        let mut slots = self.0.lock();
        let open = |fd: u32| matches!(slots.get(fd as usize), Some(Some(_)));
        if !open(from) || !open(to) {
            return Err(Errno::Badf);
        }
        if from != to {
            slots[to as usize] = slots[from as usize].take();
        }
        Ok(())
    }
}

impl Descriptor {
    /// A descriptor with all rights that its kind can have and `allowed` contains.
    pub(super) fn new(node: Node, allowed: Rights, inheriting: Rights, flags: FdFlags) -> Self {
        let base = node.rights().intersection(allowed);
        Self { node, rights: Mutex::new((base, inheriting)), flags: Mutex::new(flags) }
    }

    /// Base and inheriting rights.
    pub(super) fn rights(&self) -> (Rights, Rights) {
        *self.rights.lock()
    }

    /// Gives rights up.
    ///
    /// # Errors
    ///
    /// `ENOTCAPABLE` if a right is named that it does not have.
    pub(super) fn reduce_rights(&self, base: Rights, inheriting: Rights) -> Result<()> {
        let mut rights = self.rights.lock();
        if !rights.0.contains(base) || !rights.1.contains(inheriting) {
            return Err(Errno::Notcapable);
        }
        *rights = (base, inheriting);
        Ok(())
    }

    fn require(&self, right: Rights) -> Result<()> {
        let missing = right.difference(self.rights.lock().0);
        if missing.is_empty() {
            return Ok(());
        }
        match &self.node {
            // What every system answers for a descriptor that is not open for that.
            _ if missing.intersects(Rights::FD_READ | Rights::FD_WRITE) => Err(match self.node {
                Node::Directory(_) => Errno::Isdir,
                Node::Input(_) | Node::Output(_) | Node::File(_) => Errno::Badf,
            }),
            Node::Input(_) | Node::Output(_) if missing.intersects(Rights::FD_SEEK | Rights::FD_TELL) => {
                Err(Errno::Spipe)
            }
            Node::Input(_) | Node::Output(_) | Node::File(_) if missing.contains(Rights::FD_READDIR) => {
                Err(Errno::Notdir)
            }
            Node::Directory(_) if Rights::FILE.difference(Rights::DIRECTORY).intersects(missing) => Err(Errno::Badf),
            Node::Input(_) | Node::Output(_) | Node::File(_) | Node::Directory(_) => Err(Errno::Notcapable),
        }
    }

    /// What it is.
    pub(super) fn file_type(&self) -> FileType {
        match &self.node {
            Node::Input(stream) => stream.host_fd().map_or(FileType::Unknown, host_file_type),
            Node::Output(stream) => stream.host_fd().map_or(FileType::Unknown, host_file_type),
            Node::File(file) => file.file_type,
            Node::Directory(_) => FileType::Directory,
        }
    }
}

impl Node {
    /// What something of this kind can have at most.
    fn rights(&self) -> Rights {
        match self {
            Self::Input(_) => Rights::STREAM.difference(Rights::FD_WRITE),
            Self::Output(_) => Rights::STREAM.difference(Rights::FD_READ),
            Self::File(file) => file.rights(),
            Self::Directory(directory) if directory.read_only => Rights::DIRECTORY.difference(Rights::DIRECTORY_WRITE),
            Self::Directory(_) => Rights::DIRECTORY,
        }
    }
}

impl DirectoryRef {
    /// Rights that what is opened through it can have.
    pub(super) fn inheriting(&self) -> Rights {
        self.0.rights().1
    }
}

impl Deref for DirectoryRef {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        match &self.0.node {
            Node::Directory(directory) => directory,
            Node::Input(_) | Node::Output(_) | Node::File(_) => unreachable!("checked by Table::directory"),
        }
    }
}
