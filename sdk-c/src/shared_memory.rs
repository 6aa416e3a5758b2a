//! Memories that threads share.

use edge_runtime::{ExternType, Result, SharedMemory, WaitOutcome};

use crate::engine::{edge_engine_t, engine_or_default};
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, give, guard, handle, misuse, object, out, out_handle, slice, slice_mut, time};
use crate::types::edge_type_t;

/// A linear memory that instances of any number of stores of one engine use at the same time, on any number of threads. There is no way to
/// a pointer of its bytes, since other threads write them at any time: bytes are copied, integers are accessed as atomics.
#[derive(Clone)]
pub struct edge_shared_memory_t(pub(crate) SharedMemory);

/// How waiting for a shared memory ended: one of `EDGE_WAIT_*`.
pub type edge_wait_t = u32;

/// Another thread woke this one.
pub const EDGE_WAIT_WOKEN: edge_wait_t = 0;
/// The value was another than the expected one, and nobody waited.
pub const EDGE_WAIT_DIFFERENT: edge_wait_t = 1;
/// The time was over.
pub const EDGE_WAIT_TIMED_OUT: edge_wait_t = 2;

/// Makes a shared memory. `engine`: borrowed, the one whose stores can use it; NULL for the one that the process shares. `ty`: borrowed, of
/// `edge_type_shared_memory`. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_new(
    engine: *const edge_engine_t,
    ty: *const edge_type_t,
    out: *mut *mut edge_shared_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let memory = SharedMemory::new(&engine_or_default(engine)?, object(ty, "ty")?.memory()?)?;
        *out = handle(edge_shared_memory_t(memory));
        Ok(())
    })
}

/// Whether both are one memory. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_same(
    a: *const edge_shared_memory_t,
    b: *const edge_shared_memory_t,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Another handle to the same memory. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_clone(memory: *const edge_shared_memory_t) -> *mut edge_shared_memory_t {
    // SAFETY: by the contract above.
    unsafe { clone(memory) }
}

/// Frees a memory's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `memory` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_free(memory: *mut edge_shared_memory_t) {
    // SAFETY: by the contract above.
    unsafe { free(memory) }
}

/// The type, with the present size as minimum. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_type(memory: *const edge_shared_memory_t) -> *mut edge_type_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(handle(edge_type_t::new(ExternType::Memory(unsafe { memory.as_ref() }?.0.ty()))))
    })
}

/// How many pages of 64 KiB the memory has. Other threads may let it grow at any time; it never shrinks.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_size(memory: *const edge_shared_memory_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { memory.as_ref() }?.0.size()))
}

/// How many bytes the memory has.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_data_size(memory: *const edge_shared_memory_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { memory.as_ref() }?.0.data_size()))
}

/// Adds `delta` pages. `previous`: where the size before goes, may be NULL.
///
/// # Safety
///
/// `memory` is NULL or live; `previous` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_grow(
    memory: *const edge_shared_memory_t,
    delta: u64,
    previous: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(previous, || 0);
        let before = object(memory, "memory")?.0.grow(delta)?;
        give(previous, || before);
        Ok(())
    })
}

/// Copies `len` bytes from `offset` on into `buffer`; fails when one of them lies outside of the memory, and copies none then. What other
/// threads write meanwhile may be copied in part.
///
/// # Safety
///
/// `memory` is NULL or live; `buffer` has room for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_read(
    memory: *const edge_shared_memory_t,
    offset: u64,
    buffer: *mut u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(memory, "memory")?.0.read(offset, slice_mut(buffer, len, "buffer")?) })
}

/// Copies `len` bytes into the memory from `offset` on; fails when one of them would lie outside, and copies none then. `bytes`:
/// borrowed.
///
/// # Safety
///
/// `memory` is NULL or live; `bytes` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_write(
    memory: *const edge_shared_memory_t,
    offset: u64,
    bytes: *const u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(memory, "memory")?.0.write(offset, slice(bytes, len, "bytes")?) })
}

/// Does `$body` with `$int` as the integer of `$bits` bits.
macro_rules! with_width {
    ($bits:expr, $int:ident => $body:expr) => {
        match $bits {
            8 => {
                type $int = u8;
                $body
            }
            16 => {
                type $int = u16;
                $body
            }
            32 => {
                type $int = u32;
                $body
            }
            64 => {
                type $int = u64;
                $body
            }
            other => Err(misuse(format!("`bits` is {other}: an atomic integer has 8, 16, 32 or 64"))),
        }
    };
}

/// An operand as an integer of its width.
fn narrow<T: TryFrom<u64>>(value: u64, bits: u32, name: &str) -> Result<T> {
    T::try_from(value).map_err(|_| misuse(format!("`{name}` is {value}, which {bits} bits do not hold")))
}

/// What was found, in the width of the interface.
fn wide(value: Result<impl Into<u64>>) -> Result<u64> {
    value.map(Into::into)
}

/// Reads an integer of `bits` (8, 16, 32 or 64) bits, sequentially consistent as the guests' own atomic accesses. `offset`: a multiple of
/// its width in bytes, else `EDGE_KIND_UNALIGNED_ATOMIC`. `value`: where it goes, unsigned.
///
/// # Safety
///
/// `memory` is NULL or live; `value` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_atomic_load(
    memory: *const edge_shared_memory_t,
    bits: u32,
    offset: u64,
    value: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let value = out(value, 0)?;
        let memory = &object(memory, "memory")?.0;
        *value = with_width!(bits, T => wide(memory.atomic_load::<T>(offset)))?;
        Ok(())
    })
}

/// Writes an integer. `value`: unsigned, and not above what `bits` hold. All else as `edge_shared_memory_atomic_load`.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_atomic_store(
    memory: *const edge_shared_memory_t,
    bits: u32,
    offset: u64,
    value: u64,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let memory = &unsafe { object(memory, "memory") }?.0;
        with_width!(bits, T => memory.atomic_store::<T>(offset, narrow(value, bits, "value")?))
    })
}

/// Adds to an integer, wrapping around. `previous`: where what was there before goes, may be NULL. All else as
/// `edge_shared_memory_atomic_store`.
///
/// # Safety
///
/// `memory` is NULL or live; `previous` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_atomic_add(
    memory: *const edge_shared_memory_t,
    bits: u32,
    offset: u64,
    value: u64,
    previous: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(previous, || 0);
        let memory = &object(memory, "memory")?.0;
        let before = with_width!(bits, T => wide(memory.atomic_add::<T>(offset, narrow(value, bits, "value")?)))?;
        give(previous, || before);
        Ok(())
    })
}

/// Writes `replacement` if the integer is `expected`. `previous`: where what was there before goes, `expected` if it was replaced; may be
/// NULL. All else as `edge_shared_memory_atomic_store`.
///
/// # Safety
///
/// `memory` is NULL or live; `previous` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_atomic_compare_exchange(
    memory: *const edge_shared_memory_t,
    bits: u32,
    offset: u64,
    expected: u64,
    replacement: u64,
    previous: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(previous, || 0);
        let memory = &object(memory, "memory")?.0;
        let before = with_width!(bits, T => {
            let (expected, replacement) = (narrow(expected, bits, "expected")?, narrow(replacement, bits, "replacement")?);
            wide(memory.atomic_compare_exchange::<T>(offset, expected, replacement))
        })?;
        give(previous, || before);
        Ok(())
    })
}

/// Waits until a guest or a host thread notifies `offset`, if the 32 bits there are `expected`. `nanoseconds`: how long at most,
/// `EDGE_NO_LIMIT` for ever. In a host function it ends with the guest's call, and within `edge_store_within` with its options. `outcome`:
/// where one of `EDGE_WAIT_*` goes, may be NULL.
///
/// # Safety
///
/// `memory` is NULL or live; `outcome` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_wait32(
    memory: *const edge_shared_memory_t,
    offset: u64,
    expected: u32,
    nanoseconds: u64,
    outcome: *mut edge_wait_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(outcome, || EDGE_WAIT_WOKEN);
        let ended = object(memory, "memory")?.0.wait32(offset, expected, time(nanoseconds))?;
        give(outcome, || wait_code(ended));
        Ok(())
    })
}

/// The same with 64 bits.
///
/// # Safety
///
/// As `edge_shared_memory_wait32`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_wait64(
    memory: *const edge_shared_memory_t,
    offset: u64,
    expected: u64,
    nanoseconds: u64,
    outcome: *mut edge_wait_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(outcome, || EDGE_WAIT_WOKEN);
        let ended = object(memory, "memory")?.0.wait64(offset, expected, time(nanoseconds))?;
        give(outcome, || wait_code(ended));
        Ok(())
    })
}

fn wait_code(ended: WaitOutcome) -> edge_wait_t {
    match ended {
        WaitOutcome::Woken => EDGE_WAIT_WOKEN,
        WaitOutcome::Different => EDGE_WAIT_DIFFERENT,
        WaitOutcome::TimedOut => EDGE_WAIT_TIMED_OUT,
    }
}

/// Wakes at most `count` threads that wait at `offset`, guests and hosts alike. `woken`: where how many were goes, may be NULL.
///
/// # Safety
///
/// `memory` is NULL or live; `woken` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_shared_memory_notify(
    memory: *const edge_shared_memory_t,
    offset: u64,
    count: u32,
    woken: *mut u32,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(woken, || 0);
        let number = object(memory, "memory")?.0.notify(offset, count)?;
        give(woken, || number);
        Ok(())
    })
}
