//! SANDBOX-CRITICAL: the address of every access to linear memory is computed here and nowhere else.
//!
//! An access of `size` bytes at static offset `offset` and index `index` touches the bytes from `index + offset` up to, but
//! without, `index + reach`, where `reach = offset + size`. It is outside when `index + reach > length`, as numbers without
//! bound. [`decide`] says how that is found out, from the memory's type and the [`MemorySpace`] around it; each row says why it
//! is enough. What touches memory that is not accessible faults, and the fault becomes a trap; what could touch memory of
//! somebody else is compared before.
//!
//! An access that was compared is also aimed at address 0 where it is outside, by a conditional move: not even a mispredicted
//! branch reads elsewhere. With signals that is the trap as well, since reading at 0 faults; without, a branch to the
//! trap comes first. A compared access costs a load of the length, a comparison and a conditional move, without signals a branch
//! more. The interpreter checks the address of every access by itself, and has one instruction for the most common comparison
//! and the access together.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

use super::signature::POINTER;
use super::translate::Translator;
use crate::types::layout::{MEMORY_INDEX_RANGE, MemorySpace, PAGE_SIZE, most_memory};
use crate::types::{MemoryType, Trap};

/// How an access is kept inside its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// It never is inside: always a trap.
    AlwaysTraps,
    /// It always is inside, from this distance to the first byte on.
    AlwaysInside(u64),
    /// It cannot leave reservation and guard.
    Guard,
    /// Outside when the index is above this number.
    AboveConstant(u64),
    /// Outside when the index is above the length.
    AboveLength,
    /// Outside when the index is above the length less this number, which is no longer than the memory.
    AboveLengthLess(u64),
    /// Outside when the sum of the index and this number, neither above 2^32, is above the length.
    SumAboveLength(u64),
    /// Outside when the index is not below the length less this number, or 0 where that is negative.
    NotBelowLengthLess(u64),
}

/// The row for `size` bytes at static offset `offset`. `index` is the index where it is known.
fn decide(memory: &MemoryType, space: MemorySpace, index: Option<u64>, offset: u64, size: u64) -> Check {
    // A memory never shrinks, and never becomes longer than `most`, which is at most 2^40: so is everything that is
    // added up below once it was compared with it.
    let most = most_memory(memory);
    let least = memory.min.saturating_mul(PAGE_SIZE);
    let Some(reach) = offset.checked_add(size).filter(|reach| *reach <= most) else { return Check::AlwaysTraps };
    if let Some(index) = index {
        match index.checked_add(reach) {
            Some(end) if end <= least => return Check::AlwaysInside(index + offset),
            Some(end) if end <= most => {}
            Some(_) | None => return Check::AlwaysTraps,
        }
    }
    // index <= 2^32 - 1, so the last byte is at index + reach - 1 < 2^32 + reach <= reservation + guard.
    if !memory.memory64 && space.reservation >= MEMORY_INDEX_RANGE && reach <= space.guard_after {
        return Check::Guard;
    }
    // length == most >= reach, so that index + reach > length is index > most - reach.
    if memory.max == Some(memory.min) {
        return Check::AboveConstant(most - reach);
    }
    // index <= length leads to index + reach - 1 < length + guard: inside, or a fault in what is not accessible behind.
    if reach <= space.guard_after {
        return Check::AboveLength;
    }
    // length >= least >= reach: the difference is not negative.
    if reach <= least {
        return Check::AboveLengthLess(reach);
    }
    // index < 2^32 and reach <= most <= 2^32: the sum is far below 2^64.
    if !memory.memory64 {
        return Check::SumAboveLength(reach);
    }
    // index + reach > length is index >= length - (reach - 1) where that is not negative, and always true where it is: index
    // >= 0. The sum itself could exceed 64 bits.
    Check::NotBelowLengthLess(reach - 1)
}

/// An address as loads and stores take it: what is added here needs no check any more.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub(super) base: Value,
    pub(super) offset: i32,
}

/// The address of `size` bytes at `index` plus the static `offset` in memory `memory`, or `None` when the access always traps
/// and the code behind it cannot be reached. Only for an instruction of a guest whose fault is a trap.
pub(super) fn address(t: &mut Translator<'_>, memory: u32, index: Value, offset: u64, size: u64) -> Option<Address> {
    let ty = t.env.info.memories[memory as usize];
    let check = decide(&ty, t.env.memory_space(memory), t.known_constant(index), offset, size);
    if check == Check::AlwaysTraps {
        t.trap(Trap::MemoryOutOfBounds);
        return None;
    }
    let base = t.memory_base(memory);
    if let Check::AlwaysInside(distance) = check {
        return Some(match i32::try_from(distance) {
            Ok(offset) => Address { base, offset },
            Err(_) => Address { base: t.ins().iadd_imm_u(base, distance as i64), offset: 0 },
        });
    }
    let index = if ty.memory64 { index } else { t.ins().uextend(POINTER, index) };
    let first = t.ins().iadd(base, index);
    if check == Check::Guard {
        // At most 32 MiB.
        return Some(Address { base: first, offset: offset as i32 });
    }
    // The offset is added before: at address 0 itself, nothing is ever mapped.
    let address = t.ins().iadd_imm_u(first, offset as i64);
    if t.env.settings.interpreter {
        return Some(Address { base: interpreted(t, memory, index, address, check, offset + size), offset: 0 });
    }
    let outside = outside(t, memory, index, check);
    if t.env.settings.explicit_traps {
        t.trap_if(outside, Trap::MemoryOutOfBounds);
    }
    let null = t.ins().iconst(POINTER, 0);
    let base = t.ins().select_spectre_guard(outside, null, address);
    Some(Address { base, offset: 0 })
}

/// Where an access of the interpreter goes, which traps at address 0. Cranelift makes one instruction of check and access where
/// the comparison is with a difference.
fn interpreted(t: &mut Translator<'_>, memory: u32, index: Value, address: Value, check: Check, reach: u64) -> Value {
    let outside = match check {
        // The memory is never shorter than the access reaches.
        Check::AboveConstant(_) | Check::AboveLengthLess(_) => {
            let length = t.memory_length(memory);
            let reach = t.ins().iconst(POINTER, reach as i64);
            let last = t.ins().isub(length, reach);
            t.ins().icmp(IntCC::UnsignedGreaterThan, index, last)
        }
        other => outside(t, memory, index, other),
    };
    let null = t.ins().iconst(POINTER, 0);
    t.ins().select(outside, null, address)
}

/// Whether an access is outside, for the rows that compare. No number here is above 2^40.
fn outside(t: &mut Translator<'_>, memory: u32, index: Value, check: Check) -> Value {
    match check {
        Check::AboveConstant(last) => t.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, index, last as i64),
        Check::AboveLength => {
            let length = t.memory_length(memory);
            t.ins().icmp(IntCC::UnsignedGreaterThan, index, length)
        }
        Check::AboveLengthLess(reach) => {
            let length = t.memory_length(memory);
            let last = t.ins().iadd_imm_s(length, -(reach as i64));
            t.ins().icmp(IntCC::UnsignedGreaterThan, index, last)
        }
        Check::SumAboveLength(reach) => {
            let length = t.memory_length(memory);
            let end = t.ins().iadd_imm_u(index, reach as i64);
            t.ins().icmp(IntCC::UnsignedGreaterThan, end, length)
        }
        Check::NotBelowLengthLess(less) => {
            let length = t.memory_length(memory);
            let difference = t.ins().iadd_imm_s(length, -(less as i64));
            let negative = t.ins().icmp_imm_u(IntCC::UnsignedLessThan, length, less as i64);
            let zero = t.ins().iconst(POINTER, 0);
            let bound = t.ins().select(negative, zero, difference);
            t.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, bound)
        }
        Check::AlwaysTraps | Check::AlwaysInside(_) | Check::Guard => unreachable!("rows without a comparison"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::layout::{MEMORY_GUARD_AFTER, MEMORY64_MOST};

    const SIZES: [u64; 5] = [1, 2, 4, 8, 16];
    const GIB: u64 = 1 << 30;

    fn memory(memory64: bool, min: u64, max: Option<u64>) -> MemoryType {
        MemoryType { memory64, ..MemoryType::new(min, max) }
    }

    fn row(ty: &MemoryType, explicit: bool, offset: u64, size: u64) -> Check {
        decide(ty, MemorySpace::of(ty, explicit), None, offset, size)
    }

    fn outside(check: Check, index: u64, length: u64) -> bool {
        match check {
            Check::AlwaysTraps => true,
            Check::AlwaysInside(_) | Check::Guard => false,
            Check::AboveConstant(last) => index > last,
            Check::AboveLength => index > length,
            Check::AboveLengthLess(reach) => index > length.checked_sub(reach).unwrap(),
            Check::SumAboveLength(reach) => index.checked_add(reach).unwrap() > length,
            Check::NotBelowLengthLess(less) => index >= length.saturating_sub(less),
        }
    }

    #[test]
    fn what_the_guard_covers_needs_no_check() {
        let ty = memory(false, 0, None);
        for size in SIZES {
            assert_eq!(row(&ty, false, 0, size), Check::Guard);
            assert_eq!(row(&ty, false, MEMORY_GUARD_AFTER - size, size), Check::Guard);
            assert_eq!(
                row(&ty, false, MEMORY_GUARD_AFTER - size + 1, size),
                Check::SumAboveLength(MEMORY_GUARD_AFTER + 1)
            );
            assert_eq!(row(&ty, true, 0, size), Check::SumAboveLength(size), "without a guard nothing is covered");
        }
    }

    #[test]
    fn what_no_memory_of_the_type_holds_always_traps() {
        for size in SIZES {
            for explicit in [false, true] {
                let four = memory(false, 0, None);
                assert_eq!(row(&four, explicit, 4 * GIB - size + 1, size), Check::AlwaysTraps);
                assert_ne!(row(&four, explicit, 4 * GIB - size, size), Check::AlwaysTraps);
                let wide = memory(true, 0, None);
                assert_eq!(row(&wide, explicit, MEMORY64_MOST - size + 1, size), Check::AlwaysTraps);
                assert_ne!(row(&wide, explicit, MEMORY64_MOST - size, size), Check::AlwaysTraps);
                for offset in [u64::MAX, u64::MAX - size, u64::MAX - size + 1, 1 << 63] {
                    assert_eq!(row(&wide, explicit, offset, size), Check::AlwaysTraps);
                }
                for memory64 in [false, true] {
                    let one = memory(memory64, 0, Some(1));
                    assert_eq!(row(&one, explicit, PAGE_SIZE - size + 1, size), Check::AlwaysTraps);
                    assert_ne!(row(&one, explicit, PAGE_SIZE - size, size), Check::AlwaysTraps);
                    assert_eq!(row(&memory(memory64, 0, Some(0)), explicit, 0, size), Check::AlwaysTraps);
                }
                let huge = memory(true, 0, Some(1 << 48));
                assert_eq!(row(&huge, explicit, MEMORY64_MOST, size), Check::AlwaysTraps, "2^64 bytes do not overflow");
            }
        }
    }

    /// Every row against the definition, at all lengths that a type allows and indices around every edge.
    #[test]
    fn every_row_agrees_with_the_definition() {
        let types = [
            memory(false, 0, None),
            memory(false, 2, None),
            memory(false, 1, Some(1)),
            memory(false, 1, Some(3)),
            memory(false, 65_536, None),
            memory(true, 0, None),
            memory(true, 2, None),
            memory(true, 1, Some(1)),
            memory(true, 1, Some(1 << 48)),
            memory(true, 65_537, None),
        ];
        let offsets = [0, 1, 65_520, 65_535, 65_536, 131_071, MEMORY_GUARD_AFTER - 8, MEMORY_GUARD_AFTER, 2 * GIB - 1]
            .into_iter()
            .chain([2 * GIB, 4 * GIB - 8, 4 * GIB - 1, 4 * GIB, 8 * GIB, 1 << 39, MEMORY64_MOST - 1, u64::MAX - 8]);
        for offset in offsets {
            for (ty, size) in types.iter().flat_map(|ty| SIZES.map(|size| (ty, size))) {
                for explicit in [false, true] {
                    compare(ty, explicit, offset, size);
                }
            }
        }
    }

    fn compare(ty: &MemoryType, explicit: bool, offset: u64, size: u64) {
        let space = MemorySpace::of(ty, explicit);
        let most = most_memory(ty);
        let least = ty.min * PAGE_SIZE;
        let lengths = [least, least + PAGE_SIZE, most / 2 / PAGE_SIZE * PAGE_SIZE, most];
        for length in lengths.into_iter().filter(|l| (least..=most).contains(l)) {
            let reach = u128::from(offset) + u128::from(size);
            let edge = u128::from(length).saturating_sub(reach) as u64;
            let around = [edge.wrapping_sub(1), edge, edge + 1, length - 1.min(length), length, length + 1];
            let ends = [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 63, u64::MAX - 15, u64::MAX];
            let range = if ty.memory64 { u64::MAX } else { u64::from(u32::MAX) };
            for index in around.into_iter().chain(ends).filter(|index| *index <= range) {
                let end = u128::from(index) + reach;
                let truly = end > u128::from(length);
                let caught = u128::from(length.max(space.reservation)) + u128::from(space.guard_after);
                for known in [None, Some(index)] {
                    let check = decide(ty, space, known, offset, size);
                    let found = outside(check, index, length);
                    // What is outside and not found has to fault behind the memory.
                    assert!(found == truly || (truly && end <= caught), "{check:?} {ty:?} {index} {offset} {length}");
                }
            }
        }
    }
}
