//! Atomic accesses for code that has no atomic instructions: the interpreter's.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst, fence};

use crate::types::layout::AtomicAccess;

/// Does what `access` says to the integer at `place`; returns what was there before, 0 for a store and a fence.
///
/// # Safety
///
/// `access` is the [`AtomicAccess::code`] of an access. Unless it is a fence, `place` is aligned for its width and lies in a memory.
pub(super) unsafe fn access(access: u32, place: *mut u8, value: u64, expected: u64) -> u64 {
    let (access, size) = AtomicAccess::of_code(access);
    macro_rules! integer {
        ($int:ty, $atomic:ty) => {{
            let (value, expected) = (value as $int, expected as $int);
            if access == AtomicAccess::Fence {
                fence(SeqCst);
                return 0;
            }
            // SAFETY: the caller's promise.
            let place = unsafe { <$atomic>::from_ptr(place.cast()) };
            u64::from(match access {
                AtomicAccess::Fence => 0,
                AtomicAccess::Load => place.load(SeqCst),
                AtomicAccess::Store => {
                    place.store(value, SeqCst);
                    0
                }
                AtomicAccess::Add => place.fetch_add(value, SeqCst),
                AtomicAccess::Sub => place.fetch_sub(value, SeqCst),
                AtomicAccess::And => place.fetch_and(value, SeqCst),
                AtomicAccess::Or => place.fetch_or(value, SeqCst),
                AtomicAccess::Xor => place.fetch_xor(value, SeqCst),
                AtomicAccess::Exchange => place.swap(value, SeqCst),
                AtomicAccess::CompareExchange => {
                    place.compare_exchange(expected, value, SeqCst, SeqCst).unwrap_or_else(|now| now)
                }
            })
        }};
    }
    match size {
        1 => integer!(u8, AtomicU8),
        2 => integer!(u16, AtomicU16),
        4 => integer!(u32, AtomicU32),
        _ => integer!(u64, AtomicU64),
    }
}
