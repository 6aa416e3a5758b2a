//! Calling any function in the array convention.

use std::ptr::{self, NonNull};

use super::host;
use super::store::Store;
use super::traps;
use crate::types::Result;
use crate::types::layout::{ArrayTrampoline, FuncRef, RawValue};

/// Calls a function with raw values, which take the results.
///
/// # Safety
///
/// This thread is inside of the store. `func` is a live function of it, `trampoline` is that of its type, and `values` holds
/// its arguments and has room for its results.
#[inline]
pub(crate) unsafe fn call(
    store: &Store,
    func: NonNull<FuncRef>,
    trampoline: ArrayTrampoline,
    values: *mut RawValue,
) -> Result<()> {
    // SAFETY: the caller's promise. A host function needs no guest around it.
    unsafe {
        if host::is_host(func) {
            return traps::nest(store, || host::call_host((*func.as_ptr()).context, ptr::null_mut(), values));
        }
        traps::invoke(store, func, trampoline, values)
    }
}
