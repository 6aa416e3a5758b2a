//! The store: where instances live.

use edge_runtime::Store;

use crate::engine::{edge_engine_t, engine_or_default};
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, out_handle};
use crate::limits::edge_limits_t;

/// Where instances, memories, tables and globals live. It serves one thread at a time: calls from others wait. What
/// was made in it keeps it alive.
#[derive(Clone)]
pub struct edge_store_t(pub(crate) Store);

/// Makes a store. `engine`: borrowed, NULL for the one that the process shares. `limits`: borrowed and copied, NULL for those
/// of the engine. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_new(
    engine: *const edge_engine_t,
    limits: *const edge_limits_t,
    out: *mut *mut edge_store_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let engine = engine_or_default(engine)?;
        let limits = limits.as_ref().map_or_else(|| engine.config().get_limits(), |limits| limits.0.clone());
        *out = handle(edge_store_t(Store::new(&engine, limits)));
        Ok(())
    })
}

/// Another handle to the same store. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_clone(store: *const edge_store_t) -> *mut edge_store_t {
    // SAFETY: by the contract above.
    unsafe { clone(store) }
}

/// Frees a store's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `store` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_free(store: *mut edge_store_t) {
    // SAFETY: by the contract above.
    unsafe { free(store) }
}

/// Bytes of all linear memories in the store; 0 for NULL.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_memory_used(store: *const edge_store_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { store.as_ref() }?.0.memory_used()))
}

/// The limits that it was made with. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_limits(store: *const edge_store_t) -> *mut edge_limits_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_limits_t(unsafe { store.as_ref() }?.0.limits().clone()))))
}

/// The engine that it belongs to. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_engine(store: *const edge_store_t) -> *mut edge_engine_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_engine_t(unsafe { store.as_ref() }?.0.engine().clone()))))
}

/// Whether both are handles to one store. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_same(a: *const edge_store_t, b: *const edge_store_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Ends the call that the store serves at this moment, with `EDGE_KIND_CANCELLED`, and tells whether there was one. From any thread;
/// later calls are not affected.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_cancel(store: *const edge_store_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { store.as_ref() }?.0.cancel()))
}

/// How many objects of the host the store's guests hold as `externref`, or may still hold.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_externrefs(store: *const edge_store_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { store.as_ref() }?.0.externrefs()))
}

/// Lets go of objects of the host that no guest holds any more, and tells how many; that happens by itself from time to time.
///
/// # Safety
///
/// `store` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_collect_externrefs(store: *const edge_store_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { store.as_ref() }?.0.collect_externrefs()))
}
