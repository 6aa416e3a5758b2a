//! SANDBOX-CRITICAL: linear memory, reserved so that no unchecked access of compiled code can leave it.
//!
//! ```text
//!  |<--- guard before --->|<------- all that it may ever become ---------->|<- guard after ->|
//!  |      2 GiB           | accessible (length) |      not accessible      |     32 MiB      |
//!                         ^ base, never moves
//! ```
//!
//! With 32-bit indices the part in the middle is all that an index reaches, 4 GiB. With 64-bit indices, and where traps are
//! explicit, it is what the declared maximum and the limit of the store allow: growth beyond it fails, since a memory never
//! moves. Where traps are explicit there are no guards.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Release};

use super::mmap::Reservation;
use super::shared_memory::SharedMemory;
use super::store::Quota;
use crate::types::layout::{MemoryDefinition, MemorySpace, PAGE_SIZE, most_memory};
use crate::types::{Error, Kind, MemoryType, Phase, Result, Trap};

/// A linear memory.
pub(crate) struct Memory {
    definition: NonNull<MemoryDefinition>,
    backing: Backing,
    ty: MemoryType,
}

/// Where the bytes of a memory are, and whose.
enum Backing {
    /// Its own.
    Own {
        reservation: Reservation,
        /// Bytes of the reservation before the first one of the memory.
        before: usize,
        /// Bytes that are reserved for it.
        most: u64,
        /// Whether the definition is a box of ours; else it lies in the context of the instance that defines the memory.
        owns_definition: bool,
    },
    /// Those of a memory that other stores use as well.
    Shared(Arc<SharedMemory>),
}

impl Memory {
    /// A memory of `ty`, whose definition is written to `place` or kept here, for code that is compiled with or without explicit
    /// traps.
    pub(super) fn new(
        ty: MemoryType,
        place: Option<NonNull<MemoryDefinition>>,
        quota: &Quota,
        explicit_traps: bool,
    ) -> Result<Self> {
        let addressed = most_memory(&MemoryType { max: None, ..ty });
        let length = ty.min.checked_mul(PAGE_SIZE).filter(|length| *length <= addressed).ok_or_else(|| {
            let bits = if ty.memory64 { 64 } else { 32 };
            let text = format!(
                "a memory of {} pages is larger than the {addressed} bytes that one with {bits}-bit indices has at most",
                ty.min
            );
            Error::new(Phase::Instantiate, Kind::MemoryLimit, text)
        })?;
        quota.take_memory(length).map_err(|e| e.in_phase(Phase::Instantiate))?;
        let space = MemorySpace::of(&ty, explicit_traps);
        let allowed = quota.memory_limit() / PAGE_SIZE * PAGE_SIZE;
        let most = most_memory(&ty).min(allowed).max(length).max(space.reservation);
        let before = space.guard_before as usize;
        let made = Reservation::new(before + (most + space.guard_after).max(PAGE_SIZE) as usize)
            .and_then(|reservation| {
                reservation.commit(before, length as usize)?;
                Ok(reservation)
            })
            .inspect_err(|_| quota.give_memory(length));
        let reservation = made?;
        // SAFETY: the guard before is a part of the reservation.
        let base = unsafe { reservation.base().add(before) };
        let definition = MemoryDefinition { base, length: length as usize };
        let place_or_box =
            place.unwrap_or_else(|| NonNull::from(Box::leak(Box::new(MemoryDefinition { base, length: 0 }))));
        // SAFETY: a place for a definition, given by the caller or just made.
        unsafe { place_or_box.write(definition) };
        let backing = Backing::Own { reservation, before, most, owns_definition: place.is_none() };
        Ok(Self { definition: place_or_box, backing, ty })
    }

    /// What a shared memory is to one store.
    pub(super) fn of_shared(shared: Arc<SharedMemory>) -> Self {
        let (definition, ty) = (shared.memory().definition, shared.memory().ty);
        Self { definition, backing: Backing::Shared(shared), ty }
    }

    /// The shared memory that it is, if it is one.
    pub(crate) fn shared(&self) -> Option<&Arc<SharedMemory>> {
        match &self.backing {
            Backing::Own { .. } => None,
            Backing::Shared(shared) => Some(shared),
        }
    }

    pub(crate) fn definition(&self) -> NonNull<MemoryDefinition> {
        self.definition
    }

    /// Its declared type.
    pub(crate) fn ty(&self) -> MemoryType {
        self.ty
    }

    pub(crate) fn base(&self) -> *mut u8 {
        // SAFETY: the definition lives as long as the memory; compiled code writes it only through `grow`.
        unsafe { (*self.definition.as_ptr()).base }
    }

    /// Accessible bytes.
    pub(crate) fn length(&self) -> usize {
        self.length_word().load(Acquire)
    }

    /// The length as other threads may be writing it, if the memory is shared.
    fn length_word(&self) -> &AtomicUsize {
        // SAFETY: as in `base`; everybody takes the field for an atomic.
        unsafe { AtomicUsize::from_ptr(&raw mut (*self.definition.as_ptr()).length) }
    }

    /// Whether `address` lies in the memory or its guards.
    pub(super) fn covers(&self, address: usize) -> bool {
        match &self.backing {
            Backing::Own { reservation, .. } => reservation.contains(address),
            Backing::Shared(shared) => shared.memory().covers(address),
        }
    }

    /// Grows by `delta` pages; returns the pages before. Nothing happens on error.
    pub(crate) fn grow(&self, delta: u64, quota: &Quota) -> Result<u64> {
        let (reservation, before, most) = match &self.backing {
            Backing::Own { reservation, before, most, .. } => (reservation, *before, *most),
            Backing::Shared(shared) => return shared.grow(delta, quota),
        };
        let length = self.length();
        let pages = length as u64 / PAGE_SIZE;
        let max = most_memory(&self.ty) / PAGE_SIZE;
        if delta > max - pages.min(max) {
            let text = format!("a memory of {pages} pages cannot grow by {delta}: its maximum is {max} pages");
            return Err(Error::new(Phase::Execute, Kind::MemoryLimit, text));
        }
        let added = delta * PAGE_SIZE;
        quota.take_memory(added)?;
        if added > most - length as u64 {
            quota.give_memory(added);
            let text = format!("a memory of {pages} pages cannot grow by {delta}: {} bytes are reserved", most);
            return Err(Error::new(Phase::Execute, Kind::MemoryLimit, text));
        }
        reservation
            .commit(before + length, added as usize)
            .inspect_err(|_| quota.give_memory(added))
            .map_err(|e| e.in_phase(Phase::Execute))?;
        // The bytes are accessible now. Under the lock of the store, or of the shared memory, nobody else writes the length.
        self.length_word().store(length + added as usize, Release);
        Ok(pages)
    }

    /// The address of an atomic access of `size` bytes at `offset`.
    pub(super) fn aligned(&self, offset: u64, size: u64) -> Result<*mut u8, Trap> {
        if !offset.is_multiple_of(size) {
            return Err(Trap::UnalignedAtomic);
        }
        self.range(offset, size).ok_or(Trap::MemoryOutOfBounds)
    }

    /// The address of `len` bytes at `offset`, if all of them are in the memory.
    pub(crate) fn range(&self, offset: u64, len: u64) -> Option<*mut u8> {
        let end = offset.checked_add(len)?;
        // SAFETY: the offset was checked to be in the memory or just behind.
        (end <= self.length() as u64).then(|| unsafe { self.base().add(offset as usize) })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Backing::Own { owns_definition: true, .. } = self.backing {
            // SAFETY: made from a box in `new`.
            drop(unsafe { Box::from_raw(self.definition.as_ptr()) });
        }
    }
}
