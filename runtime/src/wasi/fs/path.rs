//! Directories and links by path.

use std::path::{Path, PathBuf};

use super::stat::follows;
use crate::wasi::context::Context;
use crate::wasi::errno::{Errno, Result};
use crate::wasi::memory::{GuestMemory, Out, Slice};
use crate::wasi::types::Rights;

/// The longest path that a guest may pass, as on Linux.
const MAX_PATH: usize = 4096;

/// The path in the guest's memory.
///
/// # Errors
///
/// `ENAMETOOLONG`, `EILSEQ` unless it is UTF-8, `ENOENT` for an empty one, `EINVAL` for one with a NUL.
pub(super) fn guest_path(memory: &GuestMemory<'_>, path: Slice<u8>) -> Result<PathBuf> {
    if path.is_empty() {
        return Err(Errno::Noent);
    }
    let path = String::from_utf8(path.to_vec(memory, MAX_PATH)?).map_err(|_| Errno::Ilseq)?;
    if path.contains('\0') {
        return Err(Errno::Inval);
    }
    Ok(path.into())
}

pub(in crate::wasi) fn path_create_directory(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    path: Slice<u8>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_CREATE_DIRECTORY)?;
    Ok(directory.dir.create_dir(guest_path(&memory, path)?)?)
}

pub(in crate::wasi) fn path_remove_directory(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    path: Slice<u8>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_REMOVE_DIRECTORY)?;
    let path = guest_path(&memory, path)?;
    Ok(directory.dir.remove_dir(without_trailing_slashes(&path))?)
}

/// `dir/` for `dir`: systems take it, cap-std does not. Only for names of directories, where both mean the same.
fn without_trailing_slashes(path: &Path) -> &Path {
    let text = path.to_str().expect("a guest's path is UTF-8");
    let end = text.trim_end_matches('/').len();
    if end == 0 { path } else { Path::new(&text[..end]) }
}

pub(in crate::wasi) fn path_unlink_file(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    path: Slice<u8>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_UNLINK_FILE)?;
    Ok(directory.dir.remove_file(guest_path(&memory, path)?)?)
}

pub(in crate::wasi) fn path_rename(
    wasi: &Context,
    memory: GuestMemory<'_>,
    from_fd: u32,
    from: Slice<u8>,
    to_fd: u32,
    to: Slice<u8>,
) -> Result<()> {
    let from_directory = wasi.table.directory(from_fd, Rights::PATH_RENAME_SOURCE)?;
    let to_directory = wasi.table.directory(to_fd, Rights::PATH_RENAME_TARGET)?;
    let (from, to) = (guest_path(&memory, from)?, guest_path(&memory, to)?);
    // cap-std drops the slash, which says that this is to become the name of a directory.
    if names_directory(&to) && !from_directory.dir.symlink_metadata(&from)?.is_dir() {
        return Err(Errno::Notdir);
    }
    Ok(from_directory.dir.rename(from, &to_directory.dir, to)?)
}

/// Whether a path ends as only the name of a directory may: `dir/`, `dir/.`.
fn names_directory(path: &Path) -> bool {
    let text = path.to_str().expect("a guest's path is UTF-8");
    text.ends_with('/') || text.ends_with("/.")
}

/// Makes a second name. The source must be in a directory that can be written too: otherwise the new name would open for
/// writing what the old one protects.
pub(in crate::wasi) fn path_link(
    wasi: &Context,
    memory: GuestMemory<'_>,
    from_fd: u32,
    lookup: u32,
    from: Slice<u8>,
    to_fd: u32,
    to: Slice<u8>,
) -> Result<()> {
    let from_directory = wasi.table.directory(from_fd, Rights::PATH_LINK_SOURCE)?;
    let to_directory = wasi.table.directory(to_fd, Rights::PATH_LINK_TARGET)?;
    // No system links to what a link leads to without races; no library asks for it.
    if follows(lookup)? {
        return Err(Errno::Inval);
    }
    let (from, to) = (guest_path(&memory, from)?, guest_path(&memory, to)?);
    Ok(from_directory.dir.hard_link(from, &to_directory.dir, to)?)
}

pub(in crate::wasi) fn path_symlink(
    wasi: &Context,
    memory: GuestMemory<'_>,
    target: Slice<u8>,
    fd: u32,
    path: Slice<u8>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_SYMLINK)?;
    // An absolute target is refused: it would mean one thing to the guest and another to whoever meets it on the host.
    let (target, path) = (guest_path(&memory, target)?, guest_path(&memory, path)?);
    Ok(directory.dir.symlink(target, path)?)
}

/// Reads where a link leads, cut where the buffer ends.
pub(in crate::wasi) fn path_readlink(
    wasi: &Context,
    memory: GuestMemory<'_>,
    fd: u32,
    path: Slice<u8>,
    buffer: Slice<u8>,
    used: Out<u32>,
) -> Result<()> {
    let directory = wasi.table.directory(fd, Rights::PATH_READLINK)?;
    let target = directory.dir.read_link(guest_path(&memory, path)?)?;
    let target = target.as_os_str().as_encoded_bytes();
    let len = target.len().min(buffer.count() as usize);
    memory.copy_in(buffer.start(), &target[..len])?;
    used.set(&memory, len as u32)
}
