//! Bytes that the host passes: an argument of a guest function, or the result of a host function.

use std::fmt;
use std::ptr;

use super::{Extent, host};
use crate::types::Number;

/// Whose bytes they are.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// The argument with this index.
    Argument(u32),
    /// The result of the host function that has just returned.
    Result,
}

impl Source {
    /// The host passed what it must never pass: it checks every value before the call.
    ///
    /// # Panics
    /// Always.
    #[cold]
    pub fn violation(self, error: &dyn fmt::Display) -> ! {
        match self {
            Source::Argument(index) => panic!("the host broke edge's calling contract: argument {index}: {error}"),
            Source::Result => panic!("the host broke edge's calling contract: result of a host function: {error}"),
        }
    }
}

/// Bytes that the host passes, at an address or to be pulled.
#[derive(Debug)]
pub struct Incoming {
    extent: Extent,
    source: Source,
}

impl Incoming {
    /// Argument `index` of the call in progress.
    ///
    /// # Safety
    /// `address` and `length` are what the host passed for it.
    #[inline]
    #[must_use]
    pub unsafe fn argument(address: u32, length: u32, index: u32) -> Self {
        Incoming { extent: Extent { address, length }, source: Source::Argument(index) }
    }

    /// The result, or the error, of the host function that has just returned.
    ///
    /// # Safety
    /// `extent` is what the host said of it.
    #[inline]
    #[must_use]
    pub unsafe fn result(extent: Extent) -> Self {
        Incoming { extent, source: Source::Result }
    }

    /// Whose bytes they are, for messages.
    #[inline]
    #[must_use]
    pub fn describe(&self) -> Source {
        self.source
    }

    /// Whether the bytes are still with the host.
    fn must_pull(&self) -> bool {
        self.extent.address == 0
    }

    /// How many items of `N` the bytes are.
    fn count<N: Number>(&self) -> usize {
        let (length, size) = (self.extent.length as usize, size_of::<N>());
        if !length.is_multiple_of(size) {
            self.source.violation(&format_args!("{length} bytes are no sequence of items of {size} bytes"));
        }
        length / size
    }

    /// Where the bytes lie, if they are in guest memory.
    fn lent<N: Number>(&self) -> *const N {
        let items: *const N = ptr::with_exposed_provenance(self.extent.address as usize);
        if !items.is_aligned() {
            self.source.violation(&"the address is not aligned");
        }
        items
    }

    /// The items in an allocation of their own: copied, or pulled right into it.
    #[must_use]
    pub fn vec<N: Number>(self) -> Vec<N> {
        let count = self.count::<N>();
        if count == 0 {
            return Vec::new();
        }
        let mut items = Vec::with_capacity(count);
        let to: *mut N = items.as_mut_ptr();
        // SAFETY: `to` has room for `count` items, which is the length that the host said, and every pattern of bits is an
        // `N`. The constructors ask for an extent from the host: a readable one, or bytes to be pulled.
        unsafe {
            match (self.must_pull(), self.source) {
                (true, Source::Argument(index)) => host::pull(index, to.cast()),
                (true, Source::Result) => host::pull_result(to.cast()),
                (false, _) => ptr::copy_nonoverlapping(self.lent::<N>(), to, count),
            }
            items.set_len(count);
        }
        items
    }

    /// The items where they are, or in an allocation if they must be pulled.
    #[inline]
    #[must_use]
    pub fn hold<N: Number>(self) -> Held<N> {
        match self.count::<N>() {
            0 => Held::Owned(Vec::new()),
            _ if self.must_pull() => Held::Owned(self.vec()),
            count => Held::Lent(self.lent(), count),
        }
    }
}

/// Items that came in and are only read.
#[derive(Debug)]
pub enum Held<N> {
    /// In the arena of the call. The shim drops the value before the call ends, and until then the arena stays as it is.
    Lent(*const N, usize),
    /// Pulled.
    Owned(Vec<N>),
}

impl<N: Number> Held<N> {
    /// The items.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[N] {
        match self {
            // SAFETY: `hold` alone makes the value, from an extent of the call in progress; see above for how long it stays.
            Held::Lent(items, count) => unsafe { std::slice::from_raw_parts(*items, *count) },
            Held::Owned(items) => items,
        }
    }
}
