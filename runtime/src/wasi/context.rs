//! A living WASI context.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::clock::Clocks;
use super::config::{Preopen, WasiConfig};
use super::fs::Directory;
use super::link;
use super::random::Random;
use super::stdio::{Capture, InStream, OutStream};
use super::table::{Descriptor, Node, Table};
use super::types::{FdFlags, Rights};
use crate::api::Linker;
use crate::types::{Error, Kind, Phase, Result};

/// What one guest, or several that share it, has of the world: made from a [`WasiConfig`], given to a guest by
/// [`Wasi::link`]. Cloning makes another handle of the same context.
#[derive(Clone)]
pub struct Wasi(Arc<Context>);

/// The state behind [`Wasi`], which every function of the specification gets.
pub(super) struct Context {
    /// Arguments without their final NUL.
    pub(super) args: Vec<Vec<u8>>,
    /// Variables as `KEY=value`, without their final NUL.
    pub(super) env: Vec<Vec<u8>>,
    pub(super) table: Table,
    pub(super) clocks: Clocks,
    pub(super) random: Random,
    stdout: Option<Arc<Capture>>,
    stderr: Option<Arc<Capture>>,
}

impl Wasi {
    /// Opens everything that the configuration names.
    ///
    /// # Errors
    ///
    /// [`Kind::Io`] names the directory that cannot be opened; [`Kind::ArgumentType`] names the argument or variable that
    /// no guest could receive.
    pub fn new(config: &WasiConfig) -> Result<Self> {
        Context::new(config).map(|context| Self(Arc::new(context)))
    }

    /// Defines all functions of `wasi_snapshot_preview1`, on this context.
    pub fn link(&self, linker: &mut Linker) {
        link::define_all(&self.0, linker);
    }

    /// What the guest has written to standard output, if that is captured.
    #[must_use]
    pub fn stdout(&self) -> Vec<u8> {
        self.0.stdout.as_ref().map_or_else(Vec::new, |capture| capture.bytes())
    }

    /// What the guest has written to standard error, if that is captured.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        self.0.stderr.as_ref().map_or_else(Vec::new, |capture| capture.bytes())
    }
}

impl std::fmt::Debug for Wasi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wasi").finish_non_exhaustive()
    }
}

impl Context {
    /// Makes the context: descriptors 0 to 2 are the standard streams, the directories follow from 3.
    pub(super) fn new(config: &WasiConfig) -> Result<Self> {
        let stdout = OutStream::new(&config.stdout, OutStream::HostOut, config.capture_limit);
        let stderr = OutStream::new(&config.stderr, OutStream::HostErr, config.capture_limit);
        let context = Self {
            args: arguments(config)?,
            env: variables(config)?,
            table: Table::default(),
            clocks: Clocks::new(config.fixed_clock),
            random: Random::new(config.random_seed),
            stdout: stdout.capture(),
            stderr: stderr.capture(),
        };
        context.open(Node::Input(InStream::new(&config.stdin)), Rights::empty())?;
        context.open(Node::Output(stdout), Rights::empty())?;
        context.open(Node::Output(stderr), Rights::empty())?;
        for preopen in &config.dirs {
            // The inheriting rights of a read-only directory contain those to write: a libc leaves out of what it asks for
            // what is not inherited, and a file would open that cannot be written, where `EROFS` is due.
            context.open(Node::Directory(open_directory(preopen)?), Rights::FILE | Rights::DIRECTORY)?;
        }
        Ok(context)
    }

    fn open(&self, node: Node, inheriting: Rights) -> Result<()> {
        let descriptor = Descriptor::new(node, Rights::all(), inheriting, FdFlags::empty());
        match self.table.insert(descriptor) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::new(Phase::Io, Kind::TooLarge, "WASI: too many preopened directories")),
        }
    }
}

fn open_directory(preopen: &Preopen) -> Result<Directory> {
    let Preopen { host, guest, read_only } = preopen;
    let dir = Dir::open_ambient_dir(host, ambient_authority())
        .map_err(|error| Error::io(format_args!("WASI: directory {} (the guest's {guest})", host.display()), error))?;
    Ok(Directory::new(dir, *read_only, Some(guest.clone())))
}

fn arguments(config: &WasiConfig) -> Result<Vec<Vec<u8>>> {
    let check = |(index, arg): (usize, &std::ffi::OsString)| match arg.as_bytes() {
        bytes if bytes.contains(&0) => Err(unfit(format!("WASI: argument {index} contains a NUL byte"))),
        bytes => Ok(bytes.to_vec()),
    };
    config.args.iter().enumerate().map(check).collect()
}

fn variables(config: &WasiConfig) -> Result<Vec<Vec<u8>>> {
    let join = |(key, value): &(std::ffi::OsString, std::ffi::OsString)| {
        let (name, value) = (key.as_bytes(), value.as_bytes());
        if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
            return Err(unfit(format!(
                "WASI: {key:?} is not the name of a variable: it is empty or contains = or NUL"
            )));
        }
        if value.contains(&0) {
            return Err(unfit(format!("WASI: the value of variable {key:?} contains a NUL byte")));
        }
        Ok([name, b"=", value].concat())
    };
    config.env.iter().map(join).collect()
}

fn unfit(message: String) -> Error {
    Error::new(Phase::Instantiate, Kind::ArgumentType, message)
}
