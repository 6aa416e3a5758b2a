//! SANDBOX-CRITICAL: the address of every access to linear memory is computed here and nowhere else.
//!
//! A 32-bit memory is a reservation of [`MEMORY_RESERVATION`] bytes whose front part is accessible, and
//! [`MEMORY_GUARD_AFTER`] bytes of guard behind it; touching what is not accessible faults, and the fault becomes a trap. The
//! index is zero-extended, so it is at most 2^32 - 1. An access of `size` bytes at static offset `offset` touches at most
//!
//! ```text
//! index + offset + size - 1  <=  (2^32 - 1) + (offset + size) - 1  <  MEMORY_RESERVATION + (offset + size)
//! ```
//!
//! so with `offset + size <= MEMORY_GUARD_AFTER` it stays inside reservation and guard, and needs no check. All else is
//! compared with the memory's length before it is touched.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::signature::POINTER;
use super::translate::Translator;
use crate::types::layout::{MEMORY_GUARD_AFTER, MEMORY_RESERVATION, PAGE_SIZE};
use crate::types::{MemoryType, Trap};

/// How an access is kept inside its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// It never is inside: always a trap.
    AlwaysTraps,
    /// It cannot leave reservation and guard.
    Guard,
    /// Compare with the memory's length.
    Explicit,
}

/// The row of the decision for `size` bytes at static offset `offset`. Neither sum nor product can overflow: an offset of a
/// 32-bit memory is below 2^32, a size is at most 16, a memory has at most 2^16 pages.
fn decide(memory: &MemoryType, offset: u64, size: u64) -> Check {
    let largest = memory.max.map_or(MEMORY_RESERVATION, |pages| MEMORY_RESERVATION.min(pages * PAGE_SIZE));
    let reach = offset + size;
    if reach > largest {
        Check::AlwaysTraps
    } else if reach <= MEMORY_GUARD_AFTER {
        Check::Guard
    } else {
        Check::Explicit
    }
}

/// An address as loads and stores take it: what is added here needs no check any more.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub(super) base: Value,
    pub(super) offset: i32,
}

/// The address of `size` bytes at `index` plus the static `offset` in memory `memory`, or `None` when the access always traps
/// and the code behind it cannot be reached.
pub(super) fn address(t: &mut Translator<'_>, memory: u32, index: Value, offset: u64, size: u64) -> Option<Address> {
    let check = decide(&t.env.info.memories[memory as usize], offset, size);
    if check == Check::AlwaysTraps {
        t.trap(Trap::MemoryOutOfBounds);
        return None;
    }
    let base = t.memory_base(memory);
    let index = t.ins().uextend(POINTER, index);
    let first = t.ins().iadd(base, index);
    if check == Check::Guard {
        // At most 32 MiB.
        return Some(Address { base: first, offset: offset as i32 });
    }
    let length = t.memory_length(memory);
    let end = t.ins().iadd_imm_u(index, (offset + size) as i64);
    let outside = t.ins().icmp(IntCC::UnsignedGreaterThan, end, length);
    t.trap_if(outside, Trap::MemoryOutOfBounds);
    let address = t.ins().iadd_imm_u(first, offset as i64);
    // Up to 4 GiB behind the guard there may be anything: not even a mispredicted branch may read there.
    let null = t.ins().iconst(types::I64, 0);
    let base = t.ins().select_spectre_guard(outside, null, address);
    Some(Address { base, offset: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNLIMITED: MemoryType = MemoryType::new(0, None);

    fn pages(max: u64) -> MemoryType {
        MemoryType::new(0, Some(max))
    }

    #[test]
    fn what_the_guard_covers_needs_no_check() {
        for size in [1, 2, 4, 8, 16] {
            assert_eq!(decide(&UNLIMITED, 0, size), Check::Guard);
            assert_eq!(decide(&UNLIMITED, MEMORY_GUARD_AFTER - size, size), Check::Guard);
        }
    }

    #[test]
    fn what_reaches_beyond_the_guard_is_compared() {
        for size in [1, 2, 4, 8, 16] {
            assert_eq!(decide(&UNLIMITED, MEMORY_GUARD_AFTER - size + 1, size), Check::Explicit);
            assert_eq!(decide(&UNLIMITED, MEMORY_RESERVATION - size, size), Check::Explicit);
        }
    }

    #[test]
    fn what_no_memory_of_the_type_holds_always_traps() {
        for size in [2, 4, 8, 16] {
            assert_eq!(decide(&UNLIMITED, MEMORY_RESERVATION - size + 1, size), Check::AlwaysTraps);
            assert_eq!(decide(&UNLIMITED, u64::from(u32::MAX), size), Check::AlwaysTraps);
        }
        assert_eq!(decide(&UNLIMITED, u64::from(u32::MAX), 1), Check::Explicit, "the last byte of 4 GiB exists");
        assert_eq!(decide(&pages(1), PAGE_SIZE - 4, 4), Check::Guard);
        assert_eq!(decide(&pages(1), PAGE_SIZE - 3, 4), Check::AlwaysTraps);
        assert_eq!(decide(&pages(0), 0, 1), Check::AlwaysTraps);
        assert_eq!(decide(&pages(65_536), MEMORY_RESERVATION - 4, 4), Check::Explicit);
    }

    #[test]
    fn an_unchecked_access_stays_within_reservation_and_guard() {
        for size in [1, 2, 4, 8, 16] {
            for offset in [0, 1, PAGE_SIZE, MEMORY_GUARD_AFTER - 16, MEMORY_GUARD_AFTER - size] {
                assert_eq!(decide(&UNLIMITED, offset, size), Check::Guard);
                let last = u64::from(u32::MAX) + offset + size - 1;
                assert!(last < MEMORY_RESERVATION + MEMORY_GUARD_AFTER);
            }
        }
    }
}
