//! Globals.

use edge_runtime::{ExternType, Global};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, object, out, out_handle};
use crate::store::edge_store_t;
use crate::types::edge_type_t;
use crate::val::edge_val_t;

/// A global.
#[derive(Clone)]
pub struct edge_global_t(pub(crate) Global);

/// Makes a global. `store`, `ty`, `value`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live, `value` is well-formed; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_new(
    store: *const edge_store_t,
    ty: *const edge_type_t,
    value: *const edge_val_t,
    out: *mut *mut edge_global_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let value = object(value, "value")?.read()?;
        *out = handle(edge_global_t(Global::new(&object(store, "store")?.0, object(ty, "ty")?.global()?, value)?));
        Ok(())
    })
}

/// Whether both are one global. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_same(a: *const edge_global_t, b: *const edge_global_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Another handle to the same global. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `global` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_clone(global: *const edge_global_t) -> *mut edge_global_t {
    // SAFETY: by the contract above.
    unsafe { clone(global) }
}

/// Frees a global's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `global` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_free(global: *mut edge_global_t) {
    // SAFETY: by the contract above.
    unsafe { free(global) }
}

/// The type. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `global` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_type(global: *const edge_global_t) -> *mut edge_type_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(handle(edge_type_t::new(ExternType::Global(unsafe { global.as_ref() }?.0.ty()))))
    })
}

/// Gives the value. `out`: owned by the caller (`edge_val_free`, which numbers do not need).
///
/// # Safety
///
/// `global` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_get(global: *const edge_global_t, out: *mut edge_val_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_val_t::EMPTY)?;
        *out = edge_val_t::owned(object(global, "global")?.0.get());
        Ok(())
    })
}

/// Assigns a value; `EDGE_KIND_IMMUTABLE` when the global cannot be assigned. `value`: borrowed.
///
/// # Safety
///
/// `global` is NULL or live; `value` is NULL or well-formed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_global_set(global: *const edge_global_t, value: *const edge_val_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(global, "global")?.0.set(object(value, "value")?.read()?) })
}
