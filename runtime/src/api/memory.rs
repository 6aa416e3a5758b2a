//! [`Memory`]: linear memory from the host's side.

use std::ptr::NonNull;

use super::{Extern, SharedMemory, Store};
use crate::types::layout::PAGE_SIZE;
use crate::types::{Error, Kind, MemoryType, Phase, Result};
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
    /// [`Kind::ArgumentType`](crate::Kind::ArgumentType) when the least size is above the greatest, and for a type that is
    /// shared: [`SharedMemory::new`] makes those.
    pub fn new(store: &Store, ty: MemoryType) -> Result<Self> {
        check_limits("memory", ty.min, ty.max)?;
        if ty.shared {
            let text = "a shared memory belongs to no store: SharedMemory::new makes one";
            return Err(Error::new(Phase::Instantiate, Kind::ArgumentType, text));
        }
        let memory = store.0.new_memory(&store.turn()?, ty)?;
        Ok(Self::from_vm(store, memory))
    }

    fn from_vm(store: &Store, memory: NonNull<vm::Memory>) -> Self {
        Self { store: store.clone(), memory }
    }

    /// The handle of a memory of either sort. What is shared never becomes a [`Memory`], whose bytes have one owner at a time.
    pub(super) fn any_from_vm(store: &Store, memory: NonNull<vm::Memory>) -> Extern {
        // SAFETY: memories live as long as the store.
        match unsafe { memory.as_ref() }.shared() {
            Some(shared) => SharedMemory::from_vm(store.engine(), shared.clone()).into(),
            None => Self::from_vm(store, memory).into(),
        }
    }

    pub(crate) fn vm(&self) -> NonNull<vm::Memory> {
        self.memory
    }

    fn inner(&self) -> &vm::Memory {
        // SAFETY: memories live as long as the store, which this handle keeps.
        unsafe { self.memory.as_ref() }
    }

    /// The address of a range, or the error that names it.
    fn range(&self, offset: u64, len: usize) -> Result<*mut u8> {
        self.inner().range(offset, len as u64).ok_or_else(|| {
            let text = format!("{len} bytes at {offset} are not within the memory of {} bytes", self.inner().length());
            Error::new(Phase::Execute, Kind::MemoryOutOfBounds, text)
        })
    }

    /// Its type, with the present size as minimum.
    #[must_use]
    pub fn ty(&self) -> MemoryType {
        MemoryType { min: self.size(), ..self.inner().ty() }
    }

    /// Its size in pages of 64 KiB.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.data_size() as u64 / PAGE_SIZE
    }

    /// Its size in bytes.
    #[must_use]
    pub fn data_size(&self) -> usize {
        let _inside = self.store.enter();
        self.inner().length()
    }

    /// Grows it by `delta` pages; returns the pages before.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryLimit`](crate::Kind::MemoryLimit) for the store's limit,
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds) for the memory's own maximum.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        let _inside = self.store.turn()?;
        self.inner().grow(delta, self.store.0.quota())
    }

    /// Copies bytes out of it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let _inside = self.store.turn()?;
        let source = self.range(offset, buffer.len())?;
        // SAFETY: the range was checked; no guest of the store runs while this thread is inside, and the host's buffer is no
        // part of a guest's memory.
        unsafe { buffer.as_mut_ptr().copy_from(source, buffer.len()) };
        Ok(())
    }

    /// [`Memory::read`] into a new vector; the range is checked before anything is allocated.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn read_vec(&self, offset: u64, len: usize) -> Result<Vec<u8>> {
        let _inside = self.store.turn()?;
        let source = self.range(offset, len)?;
        // SAFETY: the range was checked, and no guest of the store runs while this thread is inside.
        Ok(unsafe { std::slice::from_raw_parts(source, len) }.to_vec())
    }

    /// Copies bytes into it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`](crate::Kind::MemoryOutOfBounds).
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let _inside = self.store.turn()?;
        let target = self.range(offset, bytes.len())?;
        // SAFETY: as in `read`.
        unsafe { target.copy_from(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Its first byte. Stays valid while any handle of the store lives.
    #[must_use]
    pub fn data_ptr(&self) -> *mut u8 {
        self.inner().base()
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

/// Refuses a type that no module could declare: its least size is larger than its greatest.
pub(super) fn check_limits(sort: &str, min: u64, max: Option<u64>) -> Result<()> {
    match max {
        Some(max) if min > max => {
            let text = format!("a {sort} cannot begin with {min} and be limited to {max}");
            Err(Error::new(Phase::Instantiate, Kind::ArgumentType, text))
        }
        _ => Ok(()),
    }
}
