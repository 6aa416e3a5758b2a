//! [`Memory`]: linear memory from the host's side.

use std::ptr::NonNull;

use super::Store;
use crate::types::{MemoryType, Result};
use crate::vm;

/// A linear memory. It never moves while it lives.
#[derive(Clone)]
pub struct Memory {
    store: Store,
    memory: NonNull<vm::Memory>,
}

// SAFETY: the memory lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// A memory of the host's own.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryLimit`](crate::Kind::MemoryLimit) and [`Kind::OutOfMemory`](crate::Kind::OutOfMemory).
    pub fn new(store: &Store, ty: MemoryType) -> Result<Self> {
        let _ = (store, ty);
        todo!()
    }

    /// Its type, with the present size as minimum.
    #[must_use]
    pub fn ty(&self) -> MemoryType {
        todo!()
    }

    /// Its size in pages of 64 KiB.
    #[must_use]
    pub fn size(&self) -> u64 {
        todo!()
    }

    /// Its size in bytes.
    #[must_use]
    pub fn data_size(&self) -> usize {
        todo!()
    }

    /// Grows it by `delta` pages; returns the pages before.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryLimit`](crate::Kind::MemoryLimit) for the store's limit,
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds) for the memory's own maximum.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        let _ = delta;
        todo!()
    }

    /// Copies bytes out of it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let _ = (offset, buffer);
        todo!()
    }

    /// [`Memory::read`] into a new vector; the range is checked before anything is allocated.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn read_vec(&self, offset: u64, len: usize) -> Result<Vec<u8>> {
        let _ = (offset, len);
        todo!()
    }

    /// Copies bytes into it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let _ = (offset, bytes);
        todo!()
    }

    /// Its first byte. Stays valid while any handle of the store lives.
    #[must_use]
    pub fn data_ptr(&self) -> *mut u8 {
        let _ = self.memory;
        todo!()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether both are handles of one memory.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.memory == other.memory
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({:p})", self.memory)
    }
}
