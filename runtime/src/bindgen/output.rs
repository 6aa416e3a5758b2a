//! Where the host puts what the guest is to read: straight into the guest's arena, or aside if it does not fit.

use std::io::{self, Write};

/// A stretch of guest memory that the host may write, and how much of it is used.
///
/// A raw pointer, not a slice: the values that are copied in may themselves be views of guest memory.
pub(crate) struct Arena {
    base: *mut u8,
    address: u32,
    size: usize,
    used: usize,
}

/// What stands in the arena begins at multiples of this.
const ALIGNMENT: usize = 16;

/// Data on its way to the guest.
#[derive(Debug)]
pub(crate) enum Placed<'v> {
    /// In the arena, at this address.
    Arena { address: u32, len: u32 },
    /// In the caller's own value; the guest pulls it.
    Borrowed(&'v [u8]),
    /// Made for this call; the guest pulls it.
    Owned(Vec<u8>),
}

impl Arena {
    /// An arena over `size` bytes at `base`, which the guest knows as `address`.
    ///
    /// # Safety
    ///
    /// The bytes are accessible guest memory for as long as the arena lives, and no guest code runs meanwhile.
    pub(crate) unsafe fn new(base: *mut u8, address: u32, size: u32) -> Self {
        Self { base, address, size: size as usize, used: 0 }
    }

    /// An arena in which nothing fits.
    pub(crate) fn none() -> Self {
        Self { base: std::ptr::null_mut(), address: 0, size: 0, used: 0 }
    }

    /// Copies `bytes` in if they fit, else leaves them where they are.
    pub(crate) fn place<'v>(&mut self, bytes: &'v [u8]) -> Placed<'v> {
        if bytes.len() > self.size - self.used {
            return Placed::Borrowed(bytes);
        }
        // SAFETY: used + len <= size, and `new` promises that these bytes are accessible.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.base.wrapping_add(self.used), bytes.len()) };
        self.commit(bytes.len())
    }

    /// Starts a value whose length is not known yet.
    pub(crate) fn begin(&mut self) -> Output<'_> {
        Output { arena: self, len: 0, spill: None }
    }

    fn commit(&mut self, len: usize) -> Placed<'static> {
        let address = self.address + self.used as u32;
        self.used = (self.used + len).next_multiple_of(ALIGNMENT).min(self.size);
        Placed::Arena { address, len: len as u32 }
    }
}

/// A value being written: into the arena until that is full, then aside.
pub(crate) struct Output<'a> {
    arena: &'a mut Arena,
    len: usize,
    spill: Option<Vec<u8>>,
}

impl Output<'_> {
    /// Appends bytes.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        if let Some(spill) = &mut self.spill {
            spill.extend_from_slice(bytes);
            return;
        }
        let at = self.arena.used + self.len;
        if bytes.len() > self.arena.size - at {
            self.move_aside(bytes);
            return;
        }
        // SAFETY: at + len <= size, and `Arena::new` promises that these bytes are accessible.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.arena.base.wrapping_add(at), bytes.len()) };
        self.len += bytes.len();
    }

    /// Takes what is written so far out of the arena and goes on in memory of our own.
    #[cold]
    fn move_aside(&mut self, bytes: &[u8]) {
        let mut spill = vec![0; self.len];
        spill.reserve(bytes.len().max(4 * self.len));
        if self.len > 0 {
            let written = self.arena.base.wrapping_add(self.arena.used);
            // SAFETY: these `len` bytes of the arena were written by `put`.
            unsafe { std::ptr::copy(written, spill.as_mut_ptr(), self.len) };
        }
        spill.extend_from_slice(bytes);
        self.spill = Some(spill);
    }

    /// Ends the value.
    pub(crate) fn finish(self) -> Placed<'static> {
        match self.spill {
            Some(spill) => Placed::Owned(spill),
            None => self.arena.commit(self.len),
        }
    }
}

/// For the writers of the `rmp` crate; never fails.
impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arena(memory: &mut [u8]) -> Arena {
        // SAFETY: the slice outlives the arena in every test, and there is no guest.
        unsafe { Arena::new(memory.as_mut_ptr(), 0x100, memory.len() as u32) }
    }

    #[test]
    fn values_lie_side_by_side_at_multiples_of_sixteen() {
        let mut memory = [0; 64];
        let mut arena = arena(&mut memory);
        assert!(matches!(arena.place(b"abc"), Placed::Arena { address: 0x100, len: 3 }));
        assert!(matches!(arena.place(b"d"), Placed::Arena { address: 0x110, len: 1 }));
        let mut out = arena.begin();
        out.put(b"xy");
        out.put(b"z");
        assert!(matches!(out.finish(), Placed::Arena { address: 0x120, len: 3 }));
        assert_eq!(&memory[..3], b"abc");
        assert_eq!(memory[16], b'd');
        assert_eq!(&memory[32..35], b"xyz");
    }

    #[test]
    fn what_does_not_fit_is_left_to_be_pulled() {
        let mut memory = [0; 32];
        let mut arena = arena(&mut memory);
        assert!(matches!(arena.place(&[1; 33]), Placed::Borrowed(bytes) if bytes.len() == 33));
        let mut out = arena.begin();
        out.put(&[2; 20]);
        out.put(&[3; 20]);
        let Placed::Owned(spilled) = out.finish() else { panic!("40 bytes do not fit in 32") };
        assert_eq!(spilled, [[2_u8; 20], [3; 20]].concat());
        assert!(matches!(arena.place(&[4; 32]), Placed::Arena { len: 32, .. }), "the attempt used nothing up");
        assert!(matches!(arena.place(&[]), Placed::Arena { len: 0, .. }));
    }
}
