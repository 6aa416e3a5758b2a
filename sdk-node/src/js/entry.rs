//! Native functions that our own JavaScript calls.

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi_sys as sys;

use super::{Env, Js, callback_arguments, get};
use crate::errors::Fail;

/// A native function: its name, and what it does with its arguments.
pub(crate) struct Entry {
    pub(crate) name: &'static CStr,
    pub(crate) call: for<'e> fn(Env<'e>, &[Js<'e>]) -> Result<Js<'e>, Fail>,
}

/// Defines functions on `exports`.
pub(crate) fn define(env: Env<'_>, exports: Js<'_>, entries: &'static [Entry]) -> Result<(), Fail> {
    for entry in entries {
        let data = ptr::from_ref(entry).cast_mut().cast::<c_void>();
        let function =
            get!(env, napi_create_function(entry.name.as_ptr(), -1, Some(trampoline), data), ptr::null_mut())?;
        env.set_named(env.handle(exports.raw()), entry.name, env.handle(function))?;
    }
    Ok(())
}

unsafe extern "C" fn trampoline(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls us on the environment's thread in a scope; the data are the entry that `define` gave.
    unsafe {
        let env = Env::from_raw(env);
        let mut data = ptr::null_mut();
        let Ok(args) = callback_arguments(env, info, &mut data) else { return ptr::null_mut() };
        let entry = &*data.cast::<Entry>();
        let outcome = catch_unwind(AssertUnwindSafe(|| (entry.call)(env, &args)));
        match outcome.unwrap_or_else(|_| Err(Fail::internal("a panic"))) {
            Ok(value) => value.raw(),
            Err(fail) => {
                fail.throw(env);
                ptr::null_mut()
            }
        }
    }
}
