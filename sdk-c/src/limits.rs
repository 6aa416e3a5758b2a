//! How much a guest may use.

use edge_runtime::Limits;

use crate::error::edge_error_t;
use crate::ffi::{clone, free, guard, handle, object_mut};

/// How much the guests of one store may use together. A new object holds the defaults.
#[derive(Clone, Default)]
pub struct edge_limits_t(pub(crate) Limits);

/// New limits with the defaults: 1 GiB of memories, 10,000,000 table elements, 10,000 instances, 512 KiB of stack, results
/// of 256 MiB. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_limits_new() -> *mut edge_limits_t {
    handle(edge_limits_t::default())
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_clone(limits: *const edge_limits_t) -> *mut edge_limits_t {
    // SAFETY: by the contract above.
    unsafe { clone(limits) }
}

/// Frees limits. NULL is fine.
///
/// # Safety
///
/// `limits` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_free(limits: *mut edge_limits_t) {
    // SAFETY: by the contract above.
    unsafe { free(limits) }
}

/// Bytes of all linear memories together.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_memory(limits: *mut edge_limits_t, bytes: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.memory = bytes) }
}

/// Elements of all tables together.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_table(limits: *mut edge_limits_t, elements: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.table = elements) }
}

/// Instances in the store.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_instances(limits: *mut edge_limits_t, count: u32) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.instances = count) }
}

/// Bytes of native stack that guest code may use.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_stack(limits: *mut edge_limits_t, bytes: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.stack = bytes) }
}

/// Bytes of one result that the host reads out of the guest.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_result_size(limits: *mut edge_limits_t, bytes: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.result_size = bytes) }
}

/// # Safety
///
/// `limits` is NULL or live.
unsafe fn set(limits: *mut edge_limits_t, change: impl FnOnce(&mut Limits)) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        change(&mut unsafe { object_mut(limits, "limits") }?.0);
        Ok(())
    })
}
