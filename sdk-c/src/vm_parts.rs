//! The parts of a VM: its module, instance and store, and what it exports.

use std::ffi::c_char;

use crate::error::edge_error_t;
use crate::ffi::{getter, guard, handle, object, out_handle, text};
use crate::func::edge_func_t;
use crate::global::edge_global_t;
use crate::instance::edge_instance_t;
use crate::memory::edge_memory_t;
use crate::module::edge_module_t;
use crate::store::edge_store_t;
use crate::table::edge_table_t;
use crate::vm::edge_vm_t;

/// The VM's module. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_module(vm: *const edge_vm_t) -> *mut edge_module_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_module_t(unsafe { vm.as_ref() }?.0.module().clone()))))
}

/// The VM's instance; another after `edge_vm_reset`. Owned by the caller; NULL for NULL and after `edge_vm_close`.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_instance(vm: *const edge_vm_t) -> *mut edge_instance_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_instance_t(unsafe { vm.as_ref() }?.0.try_instance().ok()?))))
}

/// The VM's store; another after `edge_vm_reset`. Owned by the caller; NULL for NULL and after `edge_vm_close`.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_store(vm: *const edge_vm_t) -> *mut edge_store_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(handle(edge_store_t(unsafe { vm.as_ref() }?.0.try_instance().ok()?.store().clone())))
    })
}

/// The exported function `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_func(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_func_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(vm, "vm")?.0.func(text(name, len, "name")?)?;
        *out = handle(edge_func_t::new(found));
        Ok(())
    })
}

/// The exported memory `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_memory(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(vm, "vm")?.0.memory(text(name, len, "name")?)?;
        *out = handle(edge_memory_t(found));
        Ok(())
    })
}

/// The exported table `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_table(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_table_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(vm, "vm")?.0.table(text(name, len, "name")?)?;
        *out = handle(edge_table_t(found));
        Ok(())
    })
}

/// The exported global `name`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_global(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_global_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let found = object(vm, "vm")?.0.global(text(name, len, "name")?)?;
        *out = handle(edge_global_t(found));
        Ok(())
    })
}
