//! Who called a host function.

use std::ffi::c_char;

use edge_runtime::{Caller, Error, Instance, Kind, Memory, Phase, Result};

use crate::error::edge_error_t;
use crate::ffi::{getter, guard, handle, object, out_handle, text};
use crate::func::edge_func_t;
use crate::instance::edge_instance_t;
use crate::memory::edge_memory_t;
use crate::shared_memory::edge_shared_memory_t;
use crate::store::edge_store_t;

/// What a host function knows of who called it; valid until the host function returns.
pub struct edge_caller_t {
    /// Its lifetime is that of the call, which C promises not to outlive.
    caller: *const Caller<'static>,
}

impl edge_caller_t {
    pub(crate) fn new(caller: &Caller<'_>) -> Self {
        Self { caller: std::ptr::from_ref(caller).cast() }
    }

    fn caller(&self) -> &Caller<'_> {
        // SAFETY: the object lives on the stack of the call that owns the caller, see `CoreFunction::call`.
        unsafe { &*self.caller.cast() }
    }
}

/// Memory `index` of the module that called the host function. `out`: owned by the caller.
///
/// # Safety
///
/// `caller` is NULL or what a running host function was given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_caller_memory(
    caller: *const edge_caller_t,
    index: u32,
    out: *mut *mut edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let memory = caller_memory(object(caller, "caller")?.caller(), index)?;
        *out = handle(edge_memory_t(memory));
        Ok(())
    })
}

/// The memory of who called, or an error that says that there is none.
pub(crate) fn caller_memory(caller: &Caller<'_>, index: u32) -> Result<Memory> {
    caller.memory(index).ok_or_else(|| {
        Error::new(Phase::Host, Kind::UnknownExport, format!("the caller has no memory of index {index}"))
    })
}

/// Memory `index` of the module that called the host function, if it is a shared one. `out`: owned by the caller.
///
/// # Safety
///
/// `caller` is NULL or what a running host function was given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_caller_shared_memory(
    caller: *const edge_caller_t,
    index: u32,
    out: *mut *mut edge_shared_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let memory = object(caller, "caller")?.caller().shared_memory(index).ok_or_else(|| {
            Error::new(Phase::Host, Kind::UnknownExport, format!("the caller has no shared memory of index {index}"))
        })?;
        *out = handle(edge_shared_memory_t(memory));
        Ok(())
    })
}

/// The exported function `name` of the module that called the host function, to call it again. `name`: borrowed. `out`: owned by the
/// caller.
///
/// # Safety
///
/// `caller` is NULL or what a running host function was given; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_caller_func(
    caller: *const edge_caller_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_func_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let caller = object(caller, "caller")?.caller();
        let name = text(name, len, "name")?;
        *out = handle(edge_func_t::new(instance(caller)?.func(name)?));
        Ok(())
    })
}

fn instance(caller: &Caller<'_>) -> Result<Instance> {
    let none = || Error::new(Phase::Host, Kind::UnknownExport, "the host called directly: there is no caller");
    caller.instance().ok_or_else(none)
}

/// The instance that called the host function. `out`: owned by the caller of this function.
///
/// # Safety
///
/// `caller` is NULL or what a running host function was given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_caller_instance(
    caller: *const edge_caller_t,
    out: *mut *mut edge_instance_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        *out = handle(edge_instance_t(instance(object(caller, "caller")?.caller())?));
        Ok(())
    })
}

/// The store of the call. Owned by the caller of this function; NULL for NULL.
///
/// # Safety
///
/// `caller` is NULL or what a running host function was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_caller_store(caller: *const edge_caller_t) -> *mut edge_store_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_store_t(unsafe { caller.as_ref() }?.caller().store().clone()))))
}
