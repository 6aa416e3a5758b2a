//! The header: the one place in guest memory whose address the host knows.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::Extent;
use crate::describe::ABI_VERSION;

/// Bytes of one arena: arguments of ordinary size fit, and eight arenas stay small beside a guest's stack.
const ARENA_SIZE: usize = 4096;
/// Depths of re-entry that have an arena.
const ARENA_COUNT: usize = 8;

/// Section 2 of the calling contract. Atomics, since the host writes too; in a guest of one thread they are plain memory.
#[repr(C, align(16))]
struct Header {
    abi_version: AtomicU32,
    outcome: AtomicU32,
    error_address: AtomicU32,
    error_length: AtomicU32,
    arenas_address: AtomicU32,
    arena_size: AtomicU32,
    arena_count: AtomicU32,
}

static HEADER: Header = Header {
    abi_version: AtomicU32::new(ABI_VERSION),
    outcome: AtomicU32::new(0),
    error_address: AtomicU32::new(0),
    error_length: AtomicU32::new(0),
    arenas_address: AtomicU32::new(0),
    arena_size: AtomicU32::new(ARENA_SIZE as u32),
    arena_count: AtomicU32::new(ARENA_COUNT as u32),
};

#[repr(C, align(16))]
struct Arenas(UnsafeCell<[u8; ARENA_SIZE * ARENA_COUNT]>);

// SAFETY: Rust code only reads it, through the addresses that the host passes, and the host writes only what is not in use.
unsafe impl Sync for Arenas {}

static ARENAS: Arenas = Arenas(UnsafeCell::new([0; ARENA_SIZE * ARENA_COUNT]));

/// Fills in what is known only at run time; returns the header's address.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the host of a guest calls it"))]
pub(crate) fn address() -> u32 {
    HEADER.arenas_address.store(ARENAS.0.get().expose_provenance() as u32, Relaxed);
    (&raw const HEADER).expose_provenance() as u32
}

/// The function returns `Ok`.
pub(crate) fn set_ok() {
    HEADER.outcome.store(0, Relaxed);
}

/// The function returns `Err`, and the error's document lies there.
pub(crate) fn set_err(extent: Extent) {
    HEADER.outcome.store(1, Relaxed);
    HEADER.error_address.store(extent.address, Relaxed);
    HEADER.error_length.store(extent.length, Relaxed);
}

/// The document of the error that the host function returned, if it did.
pub(crate) fn error() -> Option<Extent> {
    (HEADER.outcome.load(Relaxed) != 0)
        .then(|| Extent { address: HEADER.error_address.load(Relaxed), length: HEADER.error_length.load(Relaxed) })
}
