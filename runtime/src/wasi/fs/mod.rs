//! Files and directories.

mod descriptor;
mod directory;
mod file;
mod open;
mod path;
mod stat;

pub(super) use descriptor::{
    fd_close, fd_fdstat_get, fd_fdstat_set_flags, fd_fdstat_set_rights, fd_prestat_dir_name, fd_prestat_get,
    fd_renumber,
};
pub(super) use directory::{Directory, fd_readdir};
pub(super) use file::{
    RegularFile, fd_advise, fd_allocate, fd_datasync, fd_pread, fd_pwrite, fd_read, fd_seek, fd_sync, fd_tell, fd_write,
};
pub(super) use open::path_open;
pub(super) use path::{
    path_create_directory, path_link, path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file,
};
pub(super) use stat::{
    fd_filestat_get, fd_filestat_set_size, fd_filestat_set_times, path_filestat_get, path_filestat_set_times,
};
