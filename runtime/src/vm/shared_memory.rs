//! SANDBOX-CRITICAL: a memory that instances of many stores, on many threads, use at the same time.
//!
//! Inside it is a [`Memory`] like every other: it reserves all that it can ever reach, and never moves. What is different:
//! nobody's lock keeps other threads out, so there is never a reference into it, growth takes a lock of its own, its length is an
//! atomic, and it is freed when the last store and the last handle of the host are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::memory::Memory;
use super::store::Quota;
use super::wait_queue::{WaitQueue, Waited};
use crate::types::{Error, MemoryType, Result};

/// A shared memory.
pub(crate) struct SharedMemory {
    memory: Memory,
    growth: Mutex<()>,
    waiting: WaitQueue,
}

// SAFETY: the definition is written under the lock of `growth` and read as an atomic; bytes are only touched as atomics, by
// copies outside of Rust, and by compiled code.
unsafe impl Send for SharedMemory {}
// SAFETY: as above.
unsafe impl Sync for SharedMemory {}

impl SharedMemory {
    /// A memory of `ty`, charged to `quota`, for code that is compiled with or without explicit traps.
    pub(crate) fn new(ty: MemoryType, quota: &Quota, explicit_traps: bool) -> Result<Arc<Self>> {
        let memory = Memory::new(ty, None, quota, explicit_traps)?;
        Ok(Arc::new(Self { memory, growth: Mutex::new(()), waiting: WaitQueue::default() }))
    }

    /// Everything that needs no lock.
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Grows by `delta` pages, charged to `quota`; returns the pages before.
    pub(crate) fn grow(&self, delta: u64, quota: &Quota) -> Result<u64> {
        let _growing = self.growth.lock();
        self.memory.grow(delta, quota)
    }

    /// Waits until another thread wakes this one, if the `size` bytes at `offset` are `expected`. What interrupts a guest
    /// interrupts this too.
    pub(crate) fn wait(
        &self,
        offset: u64,
        size: AtomicSize,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<Waited> {
        let place = self.memory.aligned(offset, size.bytes()).map_err(Error::trap)?;
        // What is too long for the clock is for ever.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        // SAFETY: the place is aligned and in memory, which never shrinks.
        let load = || unsafe {
            match size {
                AtomicSize::Four => u64::from(AtomicU32::from_ptr(place.cast()).load(SeqCst)),
                AtomicSize::Eight => AtomicU64::from_ptr(place.cast()).load(SeqCst),
            }
        };
        self.waiting.wait(offset, deadline, || load() == expected)
    }

    /// Wakes at most `count` threads that wait at `offset`; how many.
    pub(crate) fn notify(&self, offset: u64, count: u32) -> Result<u32> {
        self.memory.aligned(offset, 4).map_err(Error::trap)?;
        Ok(self.waiting.notify(offset, count))
    }
}

/// How wide a value is that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtomicSize {
    /// 32 bits.
    Four,
    /// 64 bits.
    Eight,
}

impl AtomicSize {
    /// In bytes.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}
