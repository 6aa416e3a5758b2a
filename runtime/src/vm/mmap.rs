//! Address space: reserved in whole, made accessible from the front.

use std::fs::File;
use std::ptr::{self, NonNull};

use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};

use crate::types::{Error, Kind, Phase, Result};

/// A range of addresses that is ours until dropped. Nothing in it is accessible at first.
pub(super) struct Reservation {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: an owned range of addresses; what is done to the bytes in it is its user's matter.
unsafe impl Send for Reservation {}
// SAFETY: as above.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves `len` bytes, a multiple of the page size of the machine and not 0.
    pub(super) fn new(len: usize) -> Result<Self> {
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe {
            mmap_anonymous(ptr::null_mut(), len, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE)
        };
        let base = base.map_err(|e| out_of_memory(&format!("cannot reserve {len} bytes of address space"), e))?;
        let base = NonNull::new(base.cast()).expect("the system maps nothing at address 0 unasked");
        Ok(Self { base, len })
    }

    /// `len` bytes of a file from `offset` on, readable; both are multiples of the page size. What others write to the file may
    /// be seen or not: code is only mapped from files that nobody changes.
    pub(super) fn of_file(file: &File, offset: u64, len: usize) -> Result<Self> {
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, file, offset) };
        let base = base.map_err(|e| out_of_memory(&format!("cannot map {len} bytes of a file"), e))?;
        let base = NonNull::new(base.cast()).expect("the system maps nothing at address 0 unasked");
        Ok(Self { base, len })
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Whether `address` lies in the range.
    pub(super) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base.as_ptr() as usize) < self.len
    }

    /// Makes `len` bytes from `offset` on readable and writable; new ones are zero.
    pub(super) fn commit(&self, offset: usize, len: usize) -> Result<()> {
        self.protect(offset, len, MprotectFlags::READ | MprotectFlags::WRITE)
            .map_err(|e| out_of_memory(&format!("cannot commit {len} bytes of memory"), e))
    }

    /// Makes `len` bytes from `offset` on readable and executable, and no longer writable.
    pub(super) fn make_executable(&self, offset: usize, len: usize) -> Result<()> {
        self.protect(offset, len, MprotectFlags::READ | MprotectFlags::EXEC).map_err(|e| match e {
            // A policy of the system or of the process, which the interpreter gets along with.
            Errno::ACCESS | Errno::PERM => refused(
                Kind::Unsupported,
                "this process may not make code executable (the setting `interpreter` needs no such thing)",
                e,
            ),
            e => out_of_memory(&format!("cannot make {len} bytes of code executable"), e),
        })
    }

    /// Makes `len` bytes from `offset` on readable, and no longer writable.
    pub(super) fn make_read_only(&self, offset: usize, len: usize) -> Result<()> {
        self.protect(offset, len, MprotectFlags::READ)
            .map_err(|e| out_of_memory(&format!("cannot make {len} bytes of code read-only"), e))
    }

    fn protect(&self, offset: usize, len: usize, flags: MprotectFlags) -> Result<(), Errno> {
        assert!(offset.checked_add(len).is_some_and(|end| end <= self.len), "a part of the reservation");
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range was checked to be a part of our own mapping.
        unsafe { mprotect(self.base.as_ptr().add(offset).cast(), len, flags) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and who used it is gone. A failure would only leak it.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.len) };
    }
}

#[cold]
fn out_of_memory(what: &str, error: Errno) -> Error {
    refused(Kind::OutOfMemory, what, error)
}

#[cold]
fn refused(kind: Kind, what: &str, error: Errno) -> Error {
    let error = std::io::Error::from(error);
    Error::new(Phase::Instantiate, kind, format!("{what}: {error}")).with_cause(error.into())
}

/// The size of a page of the machine.
pub(super) fn host_page() -> usize {
    rustix::param::page_size()
}
