//! `path_open`.

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsMaybeDirExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, FileTypeExt, OpenOptions, OpenOptionsExt};

use super::path::guest_path;
use super::stat::file_type;
use super::{Directory, RegularFile};
use crate::wasi::context::Context;
use crate::wasi::errno::{Errno, Result};
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::sys;
use crate::wasi::table::{Descriptor, DirectoryRef, Node};
use crate::wasi::types::{FdFlags, LookupFlags, OFlags, Rights, flags};
use crate::wasi::wait;

/// Nanoseconds between two looks for a reader of a pipe: the system does not tell when one comes.
const BETWEEN_LOOKS: u64 = 1_000_000;

#[expect(clippy::too_many_arguments, reason = "the specification's parameters")]
pub(in crate::wasi) fn path_open(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: Slice<u8>,
    open: u32,
    base: u64,
    inheriting: u64,
    fd_flags: u32,
    opened: Out<u32>,
) -> Result<()> {
    let request = Request {
        follow: flags::<LookupFlags>(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW),
        open: flags(open)?,
        base: Rights::from_bits_truncate(base),
        inheriting: Rights::from_bits_truncate(inheriting),
        flags: flags(fd_flags)?,
    };
    let directory = wasi.table.directory(fd, request.rights_on_directory())?;
    let path = guest_path(&memory, path)?;
    let descriptor = request.open(&directory, &path)?;
    opened.set(&memory, wasi.table.insert(descriptor)?)
}

/// What the guest asks for.
struct Request {
    follow: bool,
    open: OFlags,
    base: Rights,
    inheriting: Rights,
    flags: FdFlags,
}

impl Request {
    /// What the directory must allow.
    fn rights_on_directory(&self) -> Rights {
        let mut rights = Rights::PATH_OPEN;
        rights.set(Rights::PATH_CREATE_FILE, self.open.contains(OFlags::CREAT));
        rights.set(Rights::PATH_FILESTAT_SET_SIZE, self.open.contains(OFlags::TRUNC));
        rights
    }

    fn reads(&self) -> bool {
        self.base.intersects(Rights::FD_READ | Rights::FD_READDIR)
    }

    fn writes(&self) -> bool {
        self.base.contains(Rights::FD_WRITE)
    }

    fn open(&self, directory: &DirectoryRef, path: &std::path::Path) -> Result<Descriptor> {
        if self.open.contains(OFlags::CREAT | OFlags::DIRECTORY) {
            return Err(Errno::Inval);
        }
        if directory.read_only && self.writes() {
            return Err(Errno::Rofs);
        }
        if self.writes() && !directory.inheriting().contains(Rights::FD_WRITE) {
            return Err(Errno::Notcapable);
        }
        if self.open.contains(OFlags::DIRECTORY) && self.writes() {
            return Err(Errno::Isdir);
        }
        let file = self.open_file(directory, path)?;
        let metadata = file.metadata()?;
        // Regular files never wait.
        if !metadata.is_file() && !metadata.is_dir() {
            sys::set_flags(&file, self.flags)?;
        }
        let node = if metadata.is_dir() {
            Node::Directory(Directory::new(Dir::from_std_file(file.into_std()), directory.read_only, None))
        } else {
            Node::File(RegularFile {
                file,
                file_type: file_type(&metadata),
                readable: self.reads(),
                writable: self.writes(),
                read_only: directory.read_only,
            })
        };
        // Of a file's rights only reading and writing are the guest's choice at this point: libraries ask for few of the
        // others and use all of them.
        let inherited = directory.inheriting();
        let inheriting = match node {
            Node::Directory(_) if self.inheriting.is_empty() => inherited,
            Node::Directory(_) => inherited & (self.inheriting | Rights::DIRECTORY | Rights::FILE),
            Node::Input(_) | Node::Output(_) | Node::File(_) => Rights::empty(),
        };
        Ok(Descriptor::new(node, inherited, inheriting, self.flags))
    }

    /// Opens without waiting for the other end of a pipe. To read, that is not needed, since reading waits; to write, there must
    /// be a reader.
    fn open_file(&self, directory: &DirectoryRef, path: &std::path::Path) -> Result<File> {
        loop {
            let error = match directory.dir.open_with(path, &self.options()) {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            let waits = error.raw_os_error() == Some(libc::ENXIO) && !self.flags.contains(FdFlags::NONBLOCK);
            if !waits || !directory.dir.metadata(path)?.file_type().is_fifo() {
                return Err(error.into());
            }
            wait::wait(&mut Vec::new(), Some(BETWEEN_LOOKS))?;
        }
    }

    fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        let changes = self.open.intersects(OFlags::CREAT | OFlags::TRUNC);
        // cap-std creates and truncates only with a descriptor that writes, and a descriptor has to do something; what the
        // guest may do with it is the business of its rights.
        options.read(self.reads() || !self.writes()).write(self.writes() || changes);
        if self.open.contains(OFlags::CREAT | OFlags::EXCL) {
            options.create_new(true);
        } else {
            options.create(self.open.contains(OFlags::CREAT));
        }
        options.truncate(self.open.contains(OFlags::TRUNC));
        options.follow(if self.follow { FollowSymlinks::Yes } else { FollowSymlinks::No }).maybe_dir(true);
        options
            .sync(self.flags.contains(FdFlags::SYNC))
            .dsync(self.flags.contains(FdFlags::DSYNC))
            .rsync(self.flags.contains(FdFlags::RSYNC))
            .nonblock(true);
        let mut more = 0;
        if self.open.contains(OFlags::DIRECTORY) {
            more |= libc::O_DIRECTORY;
        }
        // Not cap-std's `append`, which would let the descriptor only append: the guest can switch it off again.
        if self.flags.contains(FdFlags::APPEND) {
            more |= libc::O_APPEND;
        }
        options.custom_flags(more);
        options
    }
}
