//! Instances and their exports.

use std::ffi::c_char;

use edge_runtime::Instance;

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, object, out_handle, text};
use crate::func::edge_func_t;
use crate::global::edge_global_t;
use crate::memory::edge_memory_t;
use crate::module::edge_module_t;
use crate::shared_memory::edge_shared_memory_t;
use crate::store::edge_store_t;
use crate::table::edge_table_t;
use crate::tag::edge_tag_t;

/// A module with its memories, tables and globals.
#[derive(Clone)]
pub struct edge_instance_t(pub(crate) Instance);

/// Whether both are one instance. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_same(a: *const edge_instance_t, b: *const edge_instance_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Another handle to the same instance. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `instance` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_clone(instance: *const edge_instance_t) -> *mut edge_instance_t {
    // SAFETY: by the contract above.
    unsafe { clone(instance) }
}

/// Frees an instance's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `instance` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_free(instance: *mut edge_instance_t) {
    // SAFETY: by the contract above.
    unsafe { free(instance) }
}

/// The module that it is an instance of: inspect that for the list of exports. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `instance` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_module(instance: *const edge_instance_t) -> *mut edge_module_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_module_t(unsafe { instance.as_ref() }?.0.module().clone()))))
}

/// The store that it lives in. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `instance` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_store(instance: *const edge_instance_t) -> *mut edge_store_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_store_t(unsafe { instance.as_ref() }?.0.store().clone()))))
}

/// The exported function `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_func(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_func_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.func(text(name, len, "name")?)?;
        *out = handle(edge_func_t::new(found));
        Ok(())
    })
}

/// The exported memory `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_memory(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.memory(text(name, len, "name")?)?;
        *out = handle(edge_memory_t(found));
        Ok(())
    })
}

/// The exported shared memory `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_shared_memory(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_shared_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.shared_memory(text(name, len, "name")?)?;
        *out = handle(edge_shared_memory_t(found));
        Ok(())
    })
}

/// The exported table `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_table(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_table_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.table(text(name, len, "name")?)?;
        *out = handle(edge_table_t(found));
        Ok(())
    })
}

/// The exported global `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_global(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_global_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.global(text(name, len, "name")?)?;
        *out = handle(edge_global_t(found));
        Ok(())
    })
}

/// The exported tag `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `instance` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_instance_tag(
    instance: *const edge_instance_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_tag_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(instance, "instance")?.0.tag(text(name, len, "name")?)?;
        *out = handle(edge_tag_t(found));
        Ok(())
    })
}
