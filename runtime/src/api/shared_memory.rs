//! [`SharedMemory`]: linear memory that threads share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::Engine;
use super::memory::check_limits;
use crate::types::layout::PAGE_SIZE;
use crate::types::{Error, Kind, MemoryType, Phase, Result};
use crate::vm;

/// A linear memory that instances of any number of stores of one engine use at the same time, on any number of threads.
///
/// It belongs to no store: instances import it ([`Extern::SharedMemory`](crate::Extern::SharedMemory)), and it lives as long as
/// one of them or a handle does. There is no way to a reference or a slice of its bytes, since other threads write them at
/// any time: bytes are copied, and integers are accessed as atomics. Concurrent copies may see a mixture of old and new bytes.
///
/// What the limits charge: a store pays for the shared memory that a module of its own defines, and for the pages by which its
/// guests let a shared memory grow. What the host makes and grows itself is charged to nobody; the memory's own maximum
/// bounds it.
///
/// ```
/// use edge_runtime::{Engine, MemoryType, SharedMemory};
///
/// let memory = SharedMemory::new(&Engine::default(), MemoryType { shared: true, ..MemoryType::new(1, Some(16)) })?;
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| memory.atomic_add(0, 1_u32).unwrap());
///     }
/// });
/// assert_eq!(memory.atomic_load::<u32>(0)?, 4);
/// # Ok::<(), edge_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct SharedMemory {
    engine: Engine,
    memory: Arc<vm::SharedMemory>,
}

/// How waiting for a shared memory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitOutcome {
    /// Another thread woke this one.
    Woken,
    /// The value was another than the expected one, and nobody waited.
    Different,
    /// The time was over.
    TimedOut,
}

impl SharedMemory {
    /// A memory of `ty`, which is shared and has a maximum.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] when it is not shared, has no maximum, or begins above it; [`Kind::MemoryLimit`] when no memory can
    /// be that large; [`Kind::OutOfMemory`] when the system has no room.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<Self> {
        let refused = |text: &str| Err(Error::new(Phase::Instantiate, Kind::ArgumentType, text));
        if !ty.shared {
            return refused("the type of a shared memory has to say that it is shared");
        }
        if ty.max.is_none() {
            return refused("a shared memory needs a maximum");
        }
        check_limits("memory", ty.min, ty.max)?;
        let memory = vm::SharedMemory::new(ty, &vm::Quota::unlimited(), engine.config().explicit_traps())?;
        Ok(Self::from_vm(engine, memory))
    }

    pub(super) fn from_vm(engine: &Engine, memory: Arc<vm::SharedMemory>) -> Self {
        Self { engine: engine.clone(), memory }
    }

    pub(crate) fn vm(&self) -> &Arc<vm::SharedMemory> {
        &self.memory
    }

    /// The engine whose stores can use it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its type, with the present size as minimum.
    #[must_use]
    pub fn ty(&self) -> MemoryType {
        MemoryType { min: self.size(), ..self.memory.memory().ty() }
    }

    /// Its size in pages of 64 KiB. Other threads may let it grow at any time; it never shrinks.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.data_size() as u64 / PAGE_SIZE
    }

    /// Its size in bytes.
    #[must_use]
    pub fn data_size(&self) -> usize {
        self.memory.memory().length()
    }

    /// Grows it by `delta` pages; returns the pages before.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryLimit`] for the memory's own maximum, [`Kind::OutOfMemory`] when the system has no memory.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        self.memory.grow(delta, &vm::Quota::unlimited())
    }

    /// The address of a range, or the error that names it.
    fn range(&self, offset: u64, len: usize) -> Result<*mut u8> {
        self.memory.memory().range(offset, len as u64).ok_or_else(|| self.outside(offset, len))
    }

    #[cold]
    fn outside(&self, offset: u64, len: usize) -> Error {
        let text = format!("{len} bytes at {offset} are not within the shared memory of {} bytes", self.data_size());
        Error::new(Phase::Execute, Kind::MemoryOutOfBounds, text)
    }

    /// The address of an integer.
    fn place<T: AtomicInt>(&self, offset: u64) -> Result<*mut u8> {
        let place = self.range(offset, size_of::<T>())?;
        if offset.is_multiple_of(size_of::<T>() as u64) { Ok(place) } else { Err(unaligned(offset, size_of::<T>())) }
    }

    /// Copies bytes out of it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`].
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let source = self.range(offset, buffer.len())?;
        // SAFETY: the range was checked, and the memory never shrinks; the copy is one that may race.
        unsafe { vm::bytes::copy(buffer.as_mut_ptr(), source, buffer.len()) };
        Ok(())
    }

    /// [`SharedMemory::read`] into a new vector; the range is checked before anything is allocated.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`].
    pub fn read_vec(&self, offset: u64, len: usize) -> Result<Vec<u8>> {
        self.range(offset, len)?;
        let mut bytes = vec![0; len];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies bytes into it.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`].
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let target = self.range(offset, bytes.len())?;
        // SAFETY: as in `read`.
        unsafe { vm::bytes::copy(target, bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Reads an integer, sequentially consistent as the guests' own atomic accesses.
    ///
    /// # Errors
    ///
    /// [`Kind::MemoryOutOfBounds`]; [`Kind::UnalignedAtomic`] when `offset` is no multiple of the integer's width.
    pub fn atomic_load<T: AtomicInt>(&self, offset: u64) -> Result<T> {
        let place = self.place::<T>(offset)?;
        // SAFETY: aligned and inside.
        Ok(unsafe { T::load(place) })
    }

    /// Writes an integer.
    ///
    /// # Errors
    ///
    /// As [`atomic_load`](Self::atomic_load).
    pub fn atomic_store<T: AtomicInt>(&self, offset: u64, value: T) -> Result<()> {
        let place = self.place::<T>(offset)?;
        // SAFETY: aligned and inside.
        unsafe { T::store(place, value) };
        Ok(())
    }

    /// Adds to an integer, wrapping around; returns what was there before.
    ///
    /// # Errors
    ///
    /// As [`atomic_load`](Self::atomic_load).
    pub fn atomic_add<T: AtomicInt>(&self, offset: u64, value: T) -> Result<T> {
        let place = self.place::<T>(offset)?;
        // SAFETY: aligned and inside.
        Ok(unsafe { T::add(place, value) })
    }

    /// Writes `replacement` if the integer is `expected`; returns what was there before.
    ///
    /// # Errors
    ///
    /// As [`atomic_load`](Self::atomic_load).
    pub fn atomic_compare_exchange<T: AtomicInt>(&self, offset: u64, expected: T, replacement: T) -> Result<T> {
        let place = self.place::<T>(offset)?;
        // SAFETY: aligned and inside.
        Ok(unsafe { T::compare_exchange(place, expected, replacement) })
    }

    /// Waits until a guest or a host thread [notifies](Self::notify) `offset`, if the `u32` there is `expected`. Without a
    /// `timeout` it waits for ever. In a host function it ends with the guest's call; elsewhere it obeys
    /// [`Store::with_options`](crate::Store::with_options).
    ///
    /// # Errors
    ///
    /// As [`atomic_load`](Self::atomic_load); [`Kind::Cancelled`], [`Kind::DeadlineExceeded`] and whatever else ends the call.
    pub fn wait32(&self, offset: u64, expected: u32, timeout: Option<Duration>) -> Result<WaitOutcome> {
        self.place::<u32>(offset)?;
        self.wait(offset, vm::AtomicSize::Four, expected.into(), timeout)
    }

    /// The same with a `u64`.
    ///
    /// # Errors
    ///
    /// As [`wait32`](Self::wait32).
    pub fn wait64(&self, offset: u64, expected: u64, timeout: Option<Duration>) -> Result<WaitOutcome> {
        self.place::<u64>(offset)?;
        self.wait(offset, vm::AtomicSize::Eight, expected, timeout)
    }

    fn wait(&self, offset: u64, size: vm::AtomicSize, expected: u64, timeout: Option<Duration>) -> Result<WaitOutcome> {
        Ok(match self.memory.wait(offset, size, expected, timeout)? {
            vm::Waited::Woken => WaitOutcome::Woken,
            vm::Waited::Different => WaitOutcome::Different,
            vm::Waited::TimedOut => WaitOutcome::TimedOut,
        })
    }

    /// Wakes at most `count` threads that wait at `offset`, guests and hosts alike; how many were woken.
    ///
    /// # Errors
    ///
    /// As [`atomic_load`](Self::atomic_load), of a `u32`.
    pub fn notify(&self, offset: u64, count: u32) -> Result<u32> {
        self.place::<u32>(offset)?;
        self.memory.notify(offset, count)
    }

    /// Whether both are handles of one memory.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.memory, &other.memory)
    }
}

#[cold]
fn unaligned(offset: u64, size: usize) -> Error {
    let text = format!("an atomic access of {size} bytes at {offset}: the offset has to be a multiple of {size}");
    Error::new(Phase::Execute, Kind::UnalignedAtomic, text)
}

impl std::fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedMemory({:p})", Arc::as_ptr(&self.memory))
    }
}

mod sealed {
    /// What an integer does as an atomic at an address.
    pub trait Sealed: Copy {
        /// # Safety
        ///
        /// Of all functions here: the place is aligned for the integer and lies in a shared memory that lives.
        unsafe fn load(place: *mut u8) -> Self;
        /// # Safety
        ///
        /// As for `load`.
        unsafe fn store(place: *mut u8, value: Self);
        /// # Safety
        ///
        /// As for `load`.
        unsafe fn add(place: *mut u8, value: Self) -> Self;
        /// # Safety
        ///
        /// As for `load`.
        unsafe fn compare_exchange(place: *mut u8, expected: Self, replacement: Self) -> Self;
    }
}

/// An integer that a [`SharedMemory`] accesses as an atomic: `u8`, `u16`, `u32`, `u64`. Little-endian, as in the guest.
pub trait AtomicInt: sealed::Sealed {}

// The machine's own integers are the guest's: both are little-endian.
const _: () = assert!(cfg!(target_endian = "little"));

macro_rules! atomic_ints {
    ($($int:ty: $atomic:ty;)+) => { $(
        impl sealed::Sealed for $int {
            unsafe fn load(place: *mut u8) -> Self {
                // SAFETY: the caller's promise.
                unsafe { <$atomic>::from_ptr(place.cast()) }.load(SeqCst)
            }

            unsafe fn store(place: *mut u8, value: Self) {
                // SAFETY: the caller's promise.
                unsafe { <$atomic>::from_ptr(place.cast()) }.store(value, SeqCst);
            }

            unsafe fn add(place: *mut u8, value: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { <$atomic>::from_ptr(place.cast()) }.fetch_add(value, SeqCst)
            }

            unsafe fn compare_exchange(place: *mut u8, expected: Self, replacement: Self) -> Self {
                // SAFETY: the caller's promise.
                let place = unsafe { <$atomic>::from_ptr(place.cast()) };
                place.compare_exchange(expected, replacement, SeqCst, SeqCst).unwrap_or_else(|now| now)
            }
        }

        impl AtomicInt for $int {}
    )+ };
}

atomic_ints! {
    u8: AtomicU8;
    u16: AtomicU16;
    u32: AtomicU32;
    u64: AtomicU64;
}
