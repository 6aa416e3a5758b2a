//! Native objects behind JavaScript handles, and references that outlive a scope.

use std::any::Any;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;

use napi_sys as sys;

use super::{Env, Js, check, get};
use crate::errors::Fail;

/// A native object that belongs to a JavaScript one.
///
/// Externals are made here only and stay in private fields of our own classes; the type is compared even so.
pub(crate) struct External<T>(PhantomData<T>);

impl<T: Any> External<T> {
    /// A JavaScript value that owns `value`.
    pub(crate) fn create<'e>(env: Env<'e>, value: T) -> Result<Js<'e>, Fail> {
        let object: Box<dyn Any> = Box::new(value);
        let data = Box::into_raw(Box::new(object));
        let external = get!(env, napi_create_external(data.cast(), Some(finalize), ptr::null_mut()), ptr::null_mut());
        match external {
            Ok(raw) => Ok(env.handle(raw)),
            Err(fail) => {
                // SAFETY: no external was made, so no finalizer will run.
                drop(unsafe { Box::from_raw(data) });
                Err(fail)
            }
        }
    }

    /// The native object of a value.
    pub(crate) fn get<'e>(env: Env<'e>, value: Js<'e>) -> Result<&'e T, Fail> {
        let data: *mut c_void = get!(env, napi_get_value_external(value.raw()), ptr::null_mut())
            .map_err(|_| Fail::internal("a native handle is missing"))?;
        // SAFETY: every external that reaches us is one of ours; it lives while the handle of the scope does.
        let object: &'e Box<dyn Any> = unsafe { &*data.cast::<Box<dyn Any>>() };
        object.downcast_ref().ok_or_else(|| Fail::internal("a native handle is of another type"))
    }
}

unsafe extern "C" fn finalize(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the data were boxed for this finalizer, which runs once.
    drop(unsafe { Box::from_raw(data.cast::<Box<dyn Any>>()) });
}

/// A strong reference to a value. Deleted on the environment's thread, or with the environment.
#[derive(Debug)]
pub(crate) struct Reference(sys::napi_ref);

// SAFETY: the pointer is used with an `Env` only, that is on the environment's thread.
unsafe impl Send for Reference {}
// SAFETY: as above.
unsafe impl Sync for Reference {}

impl Reference {
    /// A reference to any value. Node-API refers to objects, so others are put into one.
    pub(crate) fn new<'e>(env: Env<'e>, value: Js<'e>) -> Result<Self, Fail> {
        let holder = env.object()?;
        env.set_named(holder, c"value", value)?;
        get!(env, napi_create_reference(holder.raw(), 1), ptr::null_mut()).map(Self)
    }

    /// The value.
    pub(crate) fn get<'e>(&self, env: Env<'e>) -> Result<Js<'e>, Fail> {
        let holder = get!(env, napi_get_reference_value(self.0), ptr::null_mut())?;
        env.named(env.handle(holder), c"value")
    }

    /// Frees it.
    pub(crate) fn delete(self, env: Env<'_>) {
        // SAFETY: live environment on its thread; the reference is given up.
        let _ = check(unsafe { sys::napi_delete_reference(env.raw(), self.0) });
    }
}
