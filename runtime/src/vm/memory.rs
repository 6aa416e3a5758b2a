//! SANDBOX-CRITICAL: linear memory, reserved so that no unchecked access of compiled code can leave it.
//!
//! ```text
//!  |<--- guard before --->|<--------- 4 GiB that an index reaches -------->|<- guard after ->|
//!  |      2 GiB           | accessible (length) |      not accessible      |     32 MiB      |
//!                         ^ base, never moves
//! ```

use std::ptr::NonNull;

use super::mmap::Reservation;
use super::store::Quota;
use crate::types::layout::{MEMORY_GUARD_AFTER, MEMORY_GUARD_BEFORE, MEMORY_RESERVATION, MemoryDefinition, PAGE_SIZE};
use crate::types::{Error, Kind, MemoryType, Phase, Result};

/// Pages that a 32-bit memory can have at most.
const MAX_PAGES: u64 = MEMORY_RESERVATION / PAGE_SIZE;

/// A linear memory.
pub(crate) struct Memory {
    definition: NonNull<MemoryDefinition>,
    /// Whether the definition is a box of ours; else it lies in the context of the instance that defines the memory.
    owns_definition: bool,
    reservation: Reservation,
    ty: MemoryType,
}

impl Memory {
    /// A memory of `ty`, whose definition is written to `place` or kept here.
    pub(super) fn new(ty: MemoryType, place: Option<NonNull<MemoryDefinition>>, quota: &Quota) -> Result<Self> {
        if ty.min > MAX_PAGES {
            let text = format!("a memory of {} pages is larger than the 4 GiB that a 32-bit index reaches", ty.min);
            return Err(Error::new(Phase::Instantiate, Kind::MemoryLimit, text));
        }
        let length = ty.min * PAGE_SIZE;
        quota.take_memory(length).map_err(|e| e.in_phase(Phase::Instantiate))?;
        let made = Reservation::new((MEMORY_GUARD_BEFORE + MEMORY_RESERVATION + MEMORY_GUARD_AFTER) as usize)
            .and_then(|reservation| {
                reservation.commit(MEMORY_GUARD_BEFORE as usize, length as usize)?;
                Ok(reservation)
            })
            .inspect_err(|_| quota.give_memory(length));
        let reservation = made?;
        // SAFETY: the guard before is a part of the reservation.
        let base = unsafe { reservation.base().add(MEMORY_GUARD_BEFORE as usize) };
        let definition = MemoryDefinition { base, length: length as usize };
        let place_or_box =
            place.unwrap_or_else(|| NonNull::from(Box::leak(Box::new(MemoryDefinition { base, length: 0 }))));
        // SAFETY: a place for a definition, given by the caller or just made.
        unsafe { place_or_box.write(definition) };
        Ok(Self { definition: place_or_box, owns_definition: place.is_none(), reservation, ty })
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
        // SAFETY: as in `base`.
        unsafe { (*self.definition.as_ptr()).length }
    }

    /// Whether `address` lies in the memory or its guards.
    pub(super) fn covers(&self, address: usize) -> bool {
        self.reservation.contains(address)
    }

    /// Grows by `delta` pages; returns the pages before. Nothing happens on error.
    pub(crate) fn grow(&self, delta: u64, quota: &Quota) -> Result<u64> {
        let length = self.length();
        let pages = length as u64 / PAGE_SIZE;
        let max = self.ty.max.unwrap_or(MAX_PAGES).min(MAX_PAGES);
        if delta > max - pages.min(max) {
            let text = format!("a memory of {pages} pages cannot grow by {delta}: its maximum is {max} pages");
            return Err(Error::new(Phase::Execute, Kind::MemoryOutOfBounds, text));
        }
        let added = delta * PAGE_SIZE;
        quota.take_memory(added)?;
        self.reservation
            .commit(MEMORY_GUARD_BEFORE as usize + length, added as usize)
            .inspect_err(|_| quota.give_memory(added))
            .map_err(|e| e.in_phase(Phase::Execute))?;
        // SAFETY: under the store's lock nobody else writes the definition, and the bytes are accessible now.
        unsafe { (*self.definition.as_ptr()).length = length + added as usize };
        Ok(pages)
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
        if self.owns_definition {
            // SAFETY: made from a box in `new`.
            drop(unsafe { Box::from_raw(self.definition.as_ptr()) });
        }
    }
}
