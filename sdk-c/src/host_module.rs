//! Host modules: what a host offers under one name.

use std::ffi::{c_char, c_void};

use edge_runtime::{HostModule, Result};

use crate::buffer::edge_view_t;
use crate::error::edge_error_t;
use crate::ffi::{Env, clone, edge_drop_fn_t, free, getter, guard, handle, object, object_mut, out_handle, text};
use crate::func::{CoreFunction, edge_core_fn_t};
use crate::table::value_or_null;
use crate::types::edge_type_t;
use crate::val::edge_val_t;

/// Functions, memories, tables and globals under one name: a description that `edge_linker_host_module` makes and defines, in any number
/// of linkers and stores. A later item of a name replaces an earlier one.
#[derive(Clone)]
pub struct edge_host_module_t(pub(crate) HostModule);

/// Makes an empty host module. `name`: borrowed; any name, the empty one included. `out`: owned by the caller.
///
/// # Safety
///
/// `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_new(
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_host_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        *out = handle(edge_host_module_t(HostModule::new(text(name, len, "name")?)));
        Ok(())
    })
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `host` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_clone(host: *const edge_host_module_t) -> *mut edge_host_module_t {
    // SAFETY: by the contract above.
    unsafe { clone(host) }
}

/// Frees a host module; what was defined with it stays. NULL is fine.
///
/// # Safety
///
/// `host` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_free(host: *mut edge_host_module_t) {
    // SAFETY: by the contract above.
    unsafe { free(host) }
}

/// The name: a view into the host module.
///
/// # Safety
///
/// `host` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_name(host: *const edge_host_module_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(unsafe { host.as_ref() }?.0.name())))
}

/// The name of item `index`, in the order in which they were added: a view into the host module, empty when there are no more.
///
/// # Safety
///
/// `host` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_item(host: *const edge_host_module_t, index: usize) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || unsafe { host.as_ref() }?.0.names().nth(index).map(edge_view_t::new))
}

/// Adds a function. `name`, `ty`: borrowed. `env`: owned by the function from here on, also when this fails; released by `drop` (which may
/// be NULL) when the last user is gone.
///
/// # Safety
///
/// The handles are NULL or live; `name` has `len` bytes; `env` may be used from the threads that call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_func(
    host: *mut edge_host_module_t,
    name: *const c_char,
    len: usize,
    ty: *const edge_type_t,
    function: edge_core_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (ty, name) = (object(ty, "ty")?.func()?, text(name, len, "name")?);
        let function = CoreFunction::new(function, env, ty)?;
        let call =
            move |caller: edge_runtime::Caller<'_>, args: &_, results: &mut _| function.call(caller, args, results);
        change(host, |host| Ok(host.func(name, ty.clone(), call)))
    })
}

/// Adds a memory. `name`, `ty`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_memory(
    host: *mut edge_host_module_t,
    name: *const c_char,
    len: usize,
    ty: *const edge_type_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (ty, name) = (object(ty, "ty")?.memory()?, text(name, len, "name")?);
        change(host, |host| Ok(host.memory(name, ty)))
    })
}

/// Adds a table. `name`, `ty`: borrowed. `initial`: borrowed, what every element is at first; NULL for null references.
///
/// # Safety
///
/// The handles are NULL or live, `initial` is NULL or well-formed; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_table(
    host: *mut edge_host_module_t,
    name: *const c_char,
    len: usize,
    ty: *const edge_type_t,
    initial: *const edge_val_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (ty, name) = (object(ty, "ty")?.table()?, text(name, len, "name")?);
        let initial = value_or_null(initial, ty)?;
        change(host, |host| Ok(host.table(name, ty, initial)))
    })
}

/// Adds a global. `name`, `ty`, `value`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live, `value` is NULL or well-formed; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_module_global(
    host: *mut edge_host_module_t,
    name: *const c_char,
    len: usize,
    ty: *const edge_type_t,
    value: *const edge_val_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (ty, name) = (object(ty, "ty")?.global()?, text(name, len, "name")?);
        let value = object(value, "value")?.read()?;
        change(host, |host| Ok(host.global(name, ty, value)))
    })
}

/// # Safety
///
/// `host` is NULL or live.
unsafe fn change(host: *mut edge_host_module_t, change: impl FnOnce(HostModule) -> Result<HostModule>) -> Result<()> {
    // SAFETY: by the contract above.
    let host = unsafe { object_mut(host, "host") }?;
    host.0 = change(host.0.clone())?;
    Ok(())
}
