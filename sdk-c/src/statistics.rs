//! What guests have used, and fuel.

use std::ptr;

use edge_runtime::{Result, Statistics};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, object, out};
use crate::store::edge_store_t;

/// What a store's guests have used: a copy of the counts at one time. What the engine was not told to count is
/// `EDGE_KIND_NOT_ENABLED`, never a zero.
#[derive(Clone)]
pub struct edge_statistics_t(Statistics);

/// What the store's guests have used since it was made, or since `edge_store_reset_statistics`. Waits until no other thread is in the
/// store; a host function gets the counts of the call that it is called by. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_statistics(store: *const edge_store_t) -> *mut edge_statistics_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_statistics_t(unsafe { store.as_ref() }?.0.statistics()))))
}

/// Begins all counts anew. Fuel that is left stays; the peak of memory begins at what is in use.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_reset_statistics(store: *const edge_store_t) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object(store, "store") }?.0.reset_statistics();
        Ok(())
    })
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `statistics` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_clone(statistics: *const edge_statistics_t) -> *mut edge_statistics_t {
    // SAFETY: by the contract above.
    unsafe { clone(statistics) }
}

/// Frees statistics. NULL is fine.
///
/// # Safety
///
/// `statistics` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_free(statistics: *mut edge_statistics_t) {
    // SAFETY: by the contract above.
    unsafe { free(statistics) }
}

/// Instructions that were executed. Needs `edge_config_set_count_instructions`.
///
/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_instructions(
    statistics: *const edge_statistics_t,
    out: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { give(statistics, out, 0, |statistics| statistics.instructions()) }
}

/// Fuel that guests and host functions have used. Needs `edge_config_set_fuel`.
///
/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_fuel_used(
    statistics: *const edge_statistics_t,
    out: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { give(statistics, out, 0, |statistics| statistics.fuel_used()) }
}

/// Fuel that is left; without a limit it counts down from `UINT64_MAX`. Needs `edge_config_set_fuel`.
///
/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_fuel_left(
    statistics: *const edge_statistics_t,
    out: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { give(statistics, out, 0, |statistics| statistics.fuel_left()) }
}

/// Nanoseconds that calls from the host took, of those that have ended; host functions that they called included. Needs
/// `edge_config_set_measure_time`.
///
/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_time(
    statistics: *const edge_statistics_t,
    out: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { give(statistics, out, 0, |statistics| statistics.time().map(|time| time.as_nanos() as u64)) }
}

/// Instructions for each second that calls took; 0 before any call has ended. Needs both settings.
///
/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_instructions_per_second(
    statistics: *const edge_statistics_t,
    out: *mut f64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { give(statistics, out, 0.0, |statistics| statistics.instructions_per_second()) }
}

/// Calls from the host, of guests and of host functions; not those that host functions make while they are called. 0 for NULL.
///
/// # Safety
///
/// `statistics` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_calls(statistics: *const edge_statistics_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { statistics.as_ref() }?.0.calls()))
}

/// The most bytes that all linear memories held together. 0 for NULL.
///
/// # Safety
///
/// `statistics` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_statistics_memory_peak(statistics: *const edge_statistics_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { statistics.as_ref() }?.0.memory_peak()))
}

/// # Safety
///
/// `statistics` is NULL or live; `out` may be written to.
unsafe fn give<T>(
    statistics: *const edge_statistics_t,
    out: *mut T,
    zero: T,
    read: impl FnOnce(&Statistics) -> Result<T>,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, zero)?;
        *out = read(&object(statistics, "statistics")?.0)?;
        Ok(())
    })
}

/// Fuel that is left. Without a limit it counts down from `UINT64_MAX`.
///
/// # Safety
///
/// `store` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_fuel_left(store: *const edge_store_t, out: *mut u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, 0)?;
        *out = object(store, "store")?.0.fuel_left()?;
        Ok(())
    })
}

/// Replaces what fuel is left; what was used stays known. A host function may do it for the guest that calls it.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_set_fuel(store: *const edge_store_t, fuel: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(store, "store")?.0.set_fuel(fuel) })
}

/// Adds to what fuel is left, up to `UINT64_MAX`.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_add_fuel(store: *const edge_store_t, fuel: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(store, "store")?.0.add_fuel(fuel) })
}

/// Uses fuel on behalf of a guest: what a host function does may cost something. `EDGE_KIND_OUT_OF_FUEL` when less is left, which
/// stays as it is.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_consume_fuel(store: *const edge_store_t, fuel: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(store, "store")?.0.consume_fuel(fuel) })
}
