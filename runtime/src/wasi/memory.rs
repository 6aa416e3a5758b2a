//! SANDBOX-CRITICAL: access to the guest's memory. Nothing else in this folder touches it.
//!
//! Guest numbers become [`Out`] or [`Slice`], which are checked when a function's arguments are decoded, before
//! the function does anything. The memory may be shared with guests on other threads, so nothing here ever refers to its
//! bytes: they are copied, or the system reads and writes them.

use std::marker::PhantomData;

use super::errno::{Errno, Result};
use crate::vm::bytes;

/// The largest buffer that is set aside for the guest at once; what is longer goes in pieces.
pub(super) const CHUNK: usize = 64 << 10;

/// The memory of the guest that made the call.
#[derive(Clone, Copy)]
pub(super) struct GuestMemory<'a> {
    base: *mut u8,
    len: usize,
    guest: PhantomData<&'a ()>,
}

/// The address where the function puts a `T`, known to lie in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out<T>(u32, PhantomData<T>);

/// An array of `T` in the guest, known to lie in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice<T> {
    start: u32,
    count: u32,
    item: PhantomData<T>,
}

/// A type of the specification with its layout.
pub(super) trait Layout: Copy {
    /// Bytes that it takes.
    const SIZE: u32;
}

/// A type that the guest passes.
pub(super) trait Load: Layout {
    /// Reads it from exactly [`Layout::SIZE`] bytes.
    fn load(bytes: &[u8]) -> Self;
}

/// A type that the guest receives.
pub(super) trait Store: Layout {
    /// Writes its fields, each at its offset, and leaves the padding between them alone.
    fn store(&self, field: &mut dyn FnMut(u32, &[u8]));
}

impl<'a> GuestMemory<'a> {
    /// The memory of `len` bytes from `base`.
    ///
    /// # Safety
    ///
    /// The bytes must be readable and writable for `'a`, and no Rust reference may point at them in that time.
    pub(super) unsafe fn new(base: *mut u8, len: usize) -> Self {
        Self { base, len, guest: PhantomData }
    }

    /// Memory that these bytes stand in for.
    #[cfg(test)]
    pub(super) fn of(bytes: &'a mut [u8]) -> Self {
        // SAFETY: the exclusive borrow of the bytes is given up to the result.
        unsafe { Self::new(bytes.as_mut_ptr(), bytes.len()) }
    }

    /// The host's address of `len` bytes at `at`.
    ///
    /// # Errors
    ///
    /// `EFAULT` unless all of them lie in memory.
    pub(super) fn range(&self, at: u32, len: usize) -> Result<*mut u8> {
        let start = at as usize;
        match start.checked_add(len) {
            // SAFETY: start is at most the memory's length.
            Some(end) if end <= self.len => Ok(unsafe { self.base.add(start) }),
            _ => Err(Errno::Fault),
        }
    }

    /// Copies bytes out of the guest.
    pub(super) fn copy_out(&self, at: u32, to: &mut [u8]) -> Result<()> {
        let from = self.range(at, to.len())?;
        // SAFETY: `from` is valid for that many bytes, and no reference, so not `to`, points into the memory.
        unsafe { bytes::copy(to.as_mut_ptr(), from, to.len()) };
        Ok(())
    }

    /// Copies bytes into the guest.
    pub(super) fn copy_in(&self, at: u32, from: &[u8]) -> Result<()> {
        let to = self.range(at, from.len())?;
        // SAFETY: as in `copy_out`.
        unsafe { bytes::copy(to, from.as_ptr(), from.len()) };
        Ok(())
    }

    fn load<T: Load>(&self, at: u32) -> Result<T> {
        let mut bytes = [0; 64];
        let bytes = bytes.get_mut(..T::SIZE as usize).ok_or(Errno::Fault)?;
        self.copy_out(at, bytes)?;
        Ok(T::load(bytes))
    }

    fn store<T: Store>(&self, at: u32, value: &T) -> Result<()> {
        self.range(at, T::SIZE as usize)?;
        let mut result = Ok(());
        value.store(&mut |offset, bytes| {
            // The whole was checked: no field lies outside.
            result = result.and(self.copy_in(at + offset, bytes));
        });
        result
    }
}

impl<T: Store> Out<T> {
    pub(super) fn new(memory: &GuestMemory<'_>, at: u32) -> Result<Self> {
        memory.range(at, T::SIZE as usize)?;
        Ok(Self(at, PhantomData))
    }

    pub(super) fn set(self, memory: &GuestMemory<'_>, value: T) -> Result<()> {
        memory.store(self.0, &value)
    }
}

impl<T: Layout> Slice<T> {
    pub(super) fn new(memory: &GuestMemory<'_>, start: u32, count: u32) -> Result<Self> {
        let len = (count as usize).checked_mul(T::SIZE as usize).ok_or(Errno::Fault)?;
        memory.range(start, len)?;
        Ok(Self { start, count, item: PhantomData })
    }

    /// Where the first item lies.
    pub(super) fn start(self) -> u32 {
        self.start
    }

    /// How many items there are.
    pub(super) fn count(self) -> u32 {
        self.count
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The first `count` items, or all if there are fewer.
    pub(super) fn first(self, count: u32) -> Self {
        Self { count: self.count.min(count), ..self }
    }

    fn address(self, index: u32) -> Result<u32> {
        if index >= self.count {
            return Err(Errno::Overflow);
        }
        Ok(self.start + index * T::SIZE)
    }

    /// Writes one item.
    pub(super) fn set(self, memory: &GuestMemory<'_>, index: u32, value: &T) -> Result<()>
    where
        T: Store,
    {
        memory.store(self.address(index)?, value)
    }

    /// Reads one item after the other.
    pub(super) fn iter<'m>(self, memory: &'m GuestMemory<'_>) -> impl Iterator<Item = Result<T>> + 'm
    where
        T: Load + 'm,
    {
        (0..self.count).map(move |index| memory.load(self.address(index)?))
    }
}

impl Slice<u8> {
    /// Copies the bytes out, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// `ENAMETOOLONG` if there are more.
    pub(super) fn to_vec(self, memory: &GuestMemory<'_>, limit: usize) -> Result<Vec<u8>> {
        if self.count as usize > limit {
            return Err(Errno::Nametoolong);
        }
        let mut bytes = vec![0; self.count as usize];
        memory.copy_out(self.start, &mut bytes)?;
        Ok(bytes)
    }
}

macro_rules! integers {
    ($($int:ty),+) => { $(
        impl Layout for $int {
            const SIZE: u32 = size_of::<$int>() as u32;
        }
        impl Load for $int {
            fn load(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("the caller passes SIZE bytes"))
            }
        }
        impl Store for $int {
            fn store(&self, field: &mut dyn FnMut(u32, &[u8])) {
                field(0, &self.to_le_bytes());
            }
        }
    )+ };
}
integers!(u8, u16, u32, u64);

/// The integer at `offset` of a structure's bytes.
pub(super) fn field<T: Load>(bytes: &[u8], offset: usize) -> T {
    T::load(&bytes[offset..offset + T::SIZE as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_at_the_last_byte() {
        let mut bytes = [0; 16];
        let memory = GuestMemory::of(&mut bytes);
        assert!(memory.range(0, 16).is_ok());
        assert!(memory.range(16, 0).is_ok());
        assert_eq!(memory.range(17, 0), Err(Errno::Fault));
        assert_eq!(memory.range(15, 2), Err(Errno::Fault));
        assert_eq!(memory.range(u32::MAX, usize::MAX), Err(Errno::Fault));
    }

    #[test]
    fn a_slice_whose_size_overflows_is_refused() {
        let mut bytes = [0; 16];
        let memory = GuestMemory::of(&mut bytes);
        assert_eq!(Slice::<u64>::new(&memory, 8, u32::MAX).unwrap_err(), Errno::Fault);
        assert_eq!(Slice::<u64>::new(&memory, 8, 2).unwrap_err(), Errno::Fault);
        assert!(Slice::<u64>::new(&memory, 8, 1).is_ok());
    }

    #[test]
    fn integers_are_little_endian() {
        let mut bytes = [0; 8];
        let memory = GuestMemory::of(&mut bytes);
        Out::<u32>::new(&memory, 1).unwrap().set(&memory, 0x0403_0201).unwrap();
        assert_eq!(memory.load::<u16>(2).unwrap(), 0x0302);
        assert_eq!(bytes, [0, 1, 2, 3, 4, 0, 0, 0]);
    }
}
