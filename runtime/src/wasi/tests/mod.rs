//! Tests of the functions below the engine: a byte array stands in for the guest's memory, and functions are called by
//! name with raw values, as the engine calls them.

mod basics;
mod engine;
mod files;
mod hostile;
mod sandbox;
mod waiting;

use std::path::Path;

use tempfile::TempDir;

use super::config::WasiConfig;
use super::context::Context;
use super::errno::Errno;
use super::link::{Function, Visit, visit_all};
use super::memory::GuestMemory;
use super::types::{FdFlags, LookupFlags, OFlags, Rights};
use crate::types::layout::RawValue;
use crate::types::{Error, ValType};

/// Where results are put.
const OUT: u32 = 0;
/// Where lists (buffers, subscriptions, pointers) are put.
const LIST: u32 = 1024;
/// Where paths and other text are put.
const TEXT: u32 = 8192;
/// Where content is put.
const DATA: u32 = 16384;

/// A guest: a context and its memory.
struct Guest {
    context: Context,
    memory: Vec<u8>,
}

/// What `path_open` is asked for.
#[derive(Clone, Copy)]
struct Open {
    follow: bool,
    open: OFlags,
    rights: Rights,
    flags: FdFlags,
}

const READ: Open = Open { follow: true, open: OFlags::empty(), rights: Rights::FD_READ, flags: FdFlags::empty() };
const WRITE: Open = Open { rights: Rights::FD_READ.union(Rights::FD_WRITE), ..READ };
const CREATE: Open = Open { open: OFlags::CREAT, ..WRITE };
const DIRECTORY: Open = Open { open: OFlags::DIRECTORY, ..READ };

impl Guest {
    fn new(config: &WasiConfig) -> Self {
        Self { context: Context::new(config).expect("the context opens"), memory: vec![0; 128 << 10] }
    }

    /// Calls the function, which must not end the guest.
    fn call(&mut self, name: &str, args: &[u64]) -> Result<(), Errno> {
        call(&self.context, GuestMemory::of(&mut self.memory), name, args).expect("the guest goes on")
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn get(&self, at: u32, len: u32) -> &[u8] {
        &self.memory[at as usize..][..len as usize]
    }

    fn u16(&self, at: u32) -> u16 {
        u16::from_le_bytes(self.get(at, 2).try_into().unwrap())
    }

    fn u32(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.get(at, 4).try_into().unwrap())
    }

    fn u64(&self, at: u32) -> u64 {
        u64::from_le_bytes(self.get(at, 8).try_into().unwrap())
    }

    /// Puts text at `at` and returns pointer and length as arguments.
    fn text(&mut self, at: u32, text: &str) -> [u64; 2] {
        self.put(at, text.as_bytes());
        [at.into(), text.len() as u64]
    }

    /// Calls a function whose arguments are a descriptor and a path.
    fn path(&mut self, name: &str, fd: u32, path: &str) -> Result<(), Errno> {
        let [at, len] = self.text(TEXT, path);
        self.call(name, &[fd.into(), at, len])
    }

    fn open(&mut self, fd: u32, path: &str, how: Open) -> Result<u32, Errno> {
        let [at, len] = self.text(TEXT, path);
        let lookup = if how.follow { LookupFlags::SYMLINK_FOLLOW.bits() } else { 0 };
        let (open, flags) = (how.open.bits().into(), how.flags.bits().into());
        let args =
            [fd.into(), lookup.into(), at, len, open, how.rights.bits(), Rights::all().bits(), flags, OUT.into()];
        self.call("path_open", &args)?;
        Ok(self.u32(OUT))
    }

    /// Lays out buffers one after the other from `DATA` and returns their list as arguments.
    fn buffers(&mut self, lens: &[u32]) -> [u64; 2] {
        let mut start = DATA;
        for (index, len) in lens.iter().enumerate() {
            let at = LIST + 8 * index as u32;
            self.put(at, &start.to_le_bytes());
            self.put(at + 4, &len.to_le_bytes());
            start += len;
        }
        [LIST.into(), lens.len() as u64]
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, Errno> {
        self.put(DATA, bytes);
        let [list, count] = self.buffers(&[bytes.len() as u32]);
        self.call("fd_write", &[fd.into(), list, count, OUT.into()])?;
        Ok(self.u32(OUT))
    }

    fn read(&mut self, fd: u32, len: u32) -> Result<Vec<u8>, Errno> {
        let [list, count] = self.buffers(&[len]);
        self.call("fd_read", &[fd.into(), list, count, OUT.into()])?;
        Ok(self.get(DATA, self.u32(OUT)).to_vec())
    }

    fn seek(&mut self, fd: u32, offset: i64, whence: u64) -> Result<u64, Errno> {
        self.call("fd_seek", &[fd.into(), offset.cast_unsigned(), whence, OUT.into()])?;
        Ok(self.u64(OUT))
    }

    fn close(&mut self, fd: u32) -> Result<(), Errno> {
        self.call("fd_close", &[fd.into()])
    }

    /// Attributes of a path: type and size.
    fn stat(&mut self, fd: u32, path: &str, follow: bool) -> Result<(u8, u64), Errno> {
        let [at, len] = self.text(TEXT, path);
        self.call("path_filestat_get", &[fd.into(), follow.into(), at, len, OUT.into()])?;
        Ok((self.memory[OUT as usize + 16], self.u64(OUT + 32)))
    }

    /// Rights of a descriptor.
    fn rights(&mut self, fd: u32) -> (Rights, Rights) {
        self.call("fd_fdstat_get", &[fd.into(), OUT.into()]).unwrap();
        (Rights::from_bits(self.u64(OUT + 8)).unwrap(), Rights::from_bits(self.u64(OUT + 16)).unwrap())
    }

    /// Calls `path_rename` or, with the lookup flags that it has besides, `path_link`.
    fn two_paths(&mut self, name: &str, from: (u32, &str), to: (u32, &str)) -> Result<(), Errno> {
        let [from_at, from_len] = self.text(TEXT, from.1);
        let [to_at, to_len] = self.text(TEXT + 4096, to.1);
        let (from_fd, to_fd) = (from.0.into(), to.0.into());
        match name {
            "path_link" => self.call(name, &[from_fd, 0, from_at, from_len, to_fd, to_at, to_len]),
            _ => self.call(name, &[from_fd, from_at, from_len, to_fd, to_at, to_len]),
        }
    }

    fn symlink(&mut self, target: &str, fd: u32, path: &str) -> Result<(), Errno> {
        let [target_at, target_len] = self.text(TEXT + 4096, target);
        let [at, len] = self.text(TEXT, path);
        self.call("path_symlink", &[target_at, target_len, fd.into(), at, len])
    }
}

/// A directory with `inside/file` ("inside"), `inside/sub/`, and `outside/secret` ("secret").
fn world() -> TempDir {
    let world = tempfile::tempdir().unwrap();
    for dir in ["inside/sub", "outside"] {
        std::fs::create_dir_all(world.path().join(dir)).unwrap();
    }
    std::fs::write(world.path().join("inside/file"), "inside").unwrap();
    std::fs::write(world.path().join("outside/secret"), "secret").unwrap();
    world
}

/// A guest whose descriptor 3 is `inside`.
fn guest_in(world: &Path) -> Guest {
    Guest::new(&WasiConfig::new().dir(world.join("inside"), "/"))
}

/// Calls a function by name: `Err` when it ended the guest.
fn call(context: &Context, memory: GuestMemory<'_>, name: &str, args: &[u64]) -> Result<Result<(), Errno>, Error> {
    let mut call = Call { context, memory, name, args, outcome: None };
    visit_all(&mut call);
    call.outcome.unwrap_or_else(|| panic!("there is a function {name}"))
}

struct Call<'a> {
    context: &'a Context,
    memory: GuestMemory<'a>,
    name: &'a str,
    args: &'a [u64],
    outcome: Option<Result<Result<(), Errno>, Error>>,
}

impl Visit for Call<'_> {
    fn function<A, F: Function<A>>(&mut self, name: &'static str, function: F) {
        if name != self.name {
            return;
        }
        let ty = F::ty();
        assert_eq!(ty.params().len(), self.args.len(), "{name}: number of arguments");
        let mut values = vec![RawValue::default(); ty.params().len().max(1)];
        for ((ty, value), arg) in ty.params().iter().zip(&mut values).zip(self.args) {
            match ty {
                ValType::I64 => value.i64 = arg.cast_signed(),
                _ => value.i32 = u32::try_from(*arg).expect("an i32").cast_signed(),
            }
        }
        self.outcome = Some(match function.call(self.context, self.memory, &mut values) {
            // SAFETY: every function but proc_exit, which always ends the guest, returns an i32.
            Ok(()) => Ok(errno(unsafe { values[0].i32 })),
            Err(error) => Err(Error::host(error)),
        });
    }
}

fn errno(number: i32) -> Result<(), Errno> {
    match u16::try_from(number).unwrap() {
        0 => Ok(()),
        // SAFETY: the enumeration has all numbers from 0 to that of its last member.
        number if number <= Errno::Notcapable.number() => Err(unsafe { std::mem::transmute::<u16, Errno>(number) }),
        number => panic!("{number} is not an error number"),
    }
}
