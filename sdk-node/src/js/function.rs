//! JavaScript functions that are native: one call from the interpreter to our code.

use std::ffi::{CString, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use napi_sys as sys;
use smallvec::SmallVec;

use super::{Env, Js, check, get};
use crate::errors::Fail;

/// So many arguments are read without asking twice.
const USUAL_ARGUMENTS: usize = 8;

/// The entry of a function that [`new_function`] makes.
pub(crate) type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// The arguments of a call, and the data of the function.
///
/// # Errors
///
/// When Node cannot tell.
#[inline]
pub(crate) fn callback_arguments<'e>(
    env: Env<'e>,
    info: sys::napi_callback_info,
    data: &mut *mut c_void,
) -> Result<SmallVec<[Js<'e>; USUAL_ARGUMENTS]>, Fail> {
    let mut values = [MaybeUninit::<Js<'e>>::uninit(); USUAL_ARGUMENTS];
    let mut count = USUAL_ARGUMENTS;
    // SAFETY: live environment on its thread, and the info of the call that is being made; there is room for `count` values,
    // and a `Js` is a raw value and a marker of no size.
    check(unsafe {
        let values = values.as_mut_ptr().cast();
        sys::napi_get_cb_info(env.raw(), info, &raw mut count, values, ptr::null_mut(), data)
    })?;
    if count <= USUAL_ARGUMENTS {
        // SAFETY: Node has written as many as were given.
        return Ok(values[..count].iter().map(|value| unsafe { value.assume_init() }).collect());
    }
    let mut values: Vec<sys::napi_value> = vec![ptr::null_mut(); count];
    // SAFETY: as above.
    check(unsafe {
        sys::napi_get_cb_info(env.raw(), info, &raw mut count, values.as_mut_ptr(), ptr::null_mut(), ptr::null_mut())
    })?;
    Ok(values.into_iter().map(|raw| env.handle(raw)).collect())
}

/// A function that owns `state`, which `callback` gets as its data: a `*const T`.
pub(crate) fn new_function<'e, T: 'static>(
    env: Env<'e>,
    name: &str,
    callback: Callback,
    state: T,
) -> Result<Js<'e>, Fail> {
    let data = Box::into_raw(Box::new(state)).cast::<c_void>();
    // A name with a zero in it is cut off there; `exports` finds the function by its whole name.
    let name = CString::new(name.split('\0').next().unwrap_or_default()).unwrap_or_default();
    let function = get!(env, napi_create_function(name.as_ptr(), -1, Some(callback), data), ptr::null_mut());
    let finalized = function.and_then(|function| {
        let none = ptr::null_mut();
        // SAFETY: live environment on its thread; the finalizer frees what was boxed above, once.
        check(unsafe {
            sys::napi_add_finalizer(env.raw(), function, data, Some(finalize::<T>), none, ptr::null_mut())
        })?;
        Ok(env.handle(function))
    });
    if finalized.is_err() {
        // SAFETY: no finalizer will run, and nobody has got the function.
        drop(unsafe { Box::from_raw(data.cast::<T>()) });
    }
    finalized
}

unsafe extern "C" fn finalize<T>(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the data were boxed for this finalizer, which runs once.
    drop(unsafe { Box::from_raw(data.cast::<T>()) });
}
