//! Tags and exceptions.

use std::ptr;

use edge_runtime::{Error, ExnRef, ExternType, Tag};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, misuse, object, out, out_handle};
use crate::store::edge_store_t;
use crate::types::edge_type_t;
use crate::val::{edge_val_t, read_vals};

/// A tag: what sort of exception.
#[derive(Clone)]
pub struct edge_tag_t(pub(crate) Tag);

/// An exception, thrown or not.
#[derive(Clone)]
pub struct edge_exnref_t(pub(crate) ExnRef);

/// Makes a tag. `store`, `ty`: borrowed; the type from `edge_type_tag`. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_tag_new(
    store: *const edge_store_t,
    ty: *const edge_type_t,
    out: *mut *mut edge_tag_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        *out = handle(edge_tag_t(Tag::new(&object(store, "store")?.0, object(ty, "ty")?.tag()?.clone())?));
        Ok(())
    })
}

/// Another handle to the same tag. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `tag` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_tag_clone(tag: *const edge_tag_t) -> *mut edge_tag_t {
    // SAFETY: by the contract above.
    unsafe { clone(tag) }
}

/// Frees a tag's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `tag` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_tag_free(tag: *mut edge_tag_t) {
    // SAFETY: by the contract above.
    unsafe { free(tag) }
}

/// The type, whose parameters are what exceptions of the tag carry. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `tag` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_tag_type(tag: *const edge_tag_t) -> *mut edge_type_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_type_t::new(ExternType::Tag(unsafe { tag.as_ref() }?.0.ty())))))
}

/// Whether both are one tag. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_tag_same(a: *const edge_tag_t, b: *const edge_tag_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Makes an exception. `store`, `tag`: borrowed. `values`: borrowed, what it carries, as the tag's type says. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `values` has `len` well-formed values; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_new(
    store: *const edge_store_t,
    tag: *const edge_tag_t,
    values: *const edge_val_t,
    len: usize,
    out: *mut *mut edge_exnref_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let (store, tag) = (&object(store, "store")?.0, &object(tag, "tag")?.0);
        *out = handle(edge_exnref_t(ExnRef::new(store, tag, &read_vals(values, len, "values")?)?));
        Ok(())
    })
}

/// Another handle to the same exception. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `exception` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_clone(exception: *const edge_exnref_t) -> *mut edge_exnref_t {
    // SAFETY: by the contract above.
    unsafe { clone(exception) }
}

/// Frees an exception's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `exception` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_free(exception: *mut edge_exnref_t) {
    // SAFETY: by the contract above.
    unsafe { free(exception) }
}

/// The tag. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `exception` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_tag(exception: *const edge_exnref_t) -> *mut edge_tag_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_tag_t(unsafe { exception.as_ref() }?.0.tag()))))
}

/// Value `index` of what the exception carries; how many there are, the tag's type says. `out`: owned by the caller (`edge_val_free`,
/// which numbers do not need).
///
/// # Safety
///
/// `exception` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_value(
    exception: *const edge_exnref_t,
    index: usize,
    out: *mut edge_val_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_val_t::EMPTY)?;
        let mut values = object(exception, "exception")?.0.values();
        if index >= values.len() {
            return Err(misuse(format!("value {index} of {} does not exist", values.len())));
        }
        *out = edge_val_t::owned(values.swap_remove(index));
        Ok(())
    })
}

/// Whether both are one exception. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_exnref_same(a: *const edge_exnref_t, b: *const edge_exnref_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Makes what a host function returns to throw `exception` into the guest that called it, which may catch it. `exception`: borrowed. `NULL`
/// for NULL. Owned by the caller, or by the library once a host function has returned it.
///
/// # Safety
///
/// `exception` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_throw(exception: *const edge_exnref_t) -> *mut edge_error_t {
    getter(ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(edge_error_t::raw(Error::from(unsafe { exception.as_ref() }?.0.clone())))
    })
}

/// The exception that no guest caught (`EDGE_KIND_UNCAUGHT_EXCEPTION`). Owned by the caller; NULL when there is none.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_exception(error: *const edge_error_t) -> *mut edge_exnref_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_exnref_t(unsafe { error.as_ref() }?.error().exception()?))))
}
