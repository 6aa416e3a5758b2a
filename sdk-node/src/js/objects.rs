//! Objects, arrays, promises and exceptions.

use std::ffi::CStr;
use std::ptr;

use napi_sys as sys;

use super::{Env, Js, check, get};
use crate::errors::Fail;

impl<'e> Env<'e> {
    pub(crate) fn object(self) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_object(), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn array(self, len: usize) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_array_with_length(len), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    /// An array of these values.
    pub(crate) fn array_of(self, items: impl ExactSizeIterator<Item = Result<Js<'e>, Fail>>) -> Result<Js<'e>, Fail> {
        let array = self.array(items.len())?;
        for (index, item) in items.enumerate() {
            self.set_element(array, index as u32, item?)?;
        }
        Ok(array)
    }

    pub(crate) fn is_array(self, value: Js<'e>) -> Result<bool, Fail> {
        get!(self, napi_is_array(value.raw()), false)
    }

    pub(crate) fn is_promise(self, value: Js<'e>) -> Result<bool, Fail> {
        get!(self, napi_is_promise(value.raw()), false)
    }

    pub(crate) fn array_len(self, array: Js<'e>) -> Result<u32, Fail> {
        get!(self, napi_get_array_length(array.raw()), 0)
    }

    pub(crate) fn element(self, array: Js<'e>, index: u32) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_element(array.raw(), index), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn set_element(self, array: Js<'e>, index: u32, value: Js<'e>) -> Result<(), Fail> {
        // SAFETY: live environment on its thread, live handles.
        check(unsafe { sys::napi_set_element(self.raw(), array.raw(), index, value.raw()) })
    }

    /// The property of this name; undefined if there is none.
    pub(crate) fn named(self, object: Js<'e>, name: &CStr) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_named_property(object.raw(), name.as_ptr()), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn property(self, object: Js<'e>, key: Js<'e>) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_property(object.raw(), key.raw()), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn set_property(self, object: Js<'e>, key: Js<'e>, value: Js<'e>) -> Result<(), Fail> {
        // SAFETY: live environment on its thread, live handles.
        check(unsafe { sys::napi_set_property(self.raw(), object.raw(), key.raw(), value.raw()) })
    }

    pub(crate) fn set_named(self, object: Js<'e>, name: &CStr, value: Js<'e>) -> Result<(), Fail> {
        // SAFETY: live environment on its thread, live handles; the name ends with a zero.
        check(unsafe { sys::napi_set_named_property(self.raw(), object.raw(), name.as_ptr(), value.raw()) })
    }

    /// Makes a property of an object's own, whatever its name means to the prototype (`__proto__`).
    pub(crate) fn define_own(self, object: Js<'e>, key: Js<'e>, value: Js<'e>) -> Result<(), Fail> {
        let attributes = sys::PropertyAttributes::writable
            | sys::PropertyAttributes::enumerable
            | sys::PropertyAttributes::configurable;
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: key.raw(),
            method: None,
            getter: None,
            setter: None,
            value: value.raw(),
            attributes,
            data: ptr::null_mut(),
        };
        // SAFETY: live environment on its thread, live handles, one descriptor.
        check(unsafe { sys::napi_define_properties(self.raw(), object.raw(), 1, &raw const descriptor) })
    }

    /// The names of an object's own enumerable properties that are strings, as an array.
    pub(crate) fn own_names(self, object: Js<'e>) -> Result<Js<'e>, Fail> {
        let mode = sys::KeyCollectionMode::own_only;
        let filter = sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols;
        let conversion = sys::KeyConversion::numbers_to_strings;
        let names = get!(self, napi_get_all_property_names(object.raw(), mode, filter, conversion), ptr::null_mut());
        names.map(|raw| self.handle(raw))
    }

    pub(crate) fn is_instance(self, value: Js<'e>, constructor: Js<'e>) -> Result<bool, Fail> {
        get!(self, napi_instanceof(value.raw(), constructor.raw()), false)
    }

    /// Calls a function. What it throws is the error.
    pub(crate) fn call(self, function: Js<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
        let this = self.undefined()?;
        // `Js` is a pointer and a marker of no size.
        let args: smallvec::SmallVec<[sys::napi_value; 8]> = args.iter().map(|arg| arg.raw()).collect();
        let result =
            get!(self, napi_call_function(this.raw(), function.raw(), args.len(), args.as_ptr()), ptr::null_mut())?;
        Ok(self.handle(result))
    }

    /// The exception that is pending, which then is not any more; `None` if there is none, or if JavaScript is being stopped.
    pub(crate) fn take_exception(self) -> Option<Js<'e>> {
        let pending = get!(self, napi_is_exception_pending(), false).unwrap_or(false);
        if !pending {
            return None;
        }
        get!(self, napi_get_and_clear_last_exception(), ptr::null_mut()).ok().map(|raw| self.handle(raw))
    }

    /// Throws, unless something has been thrown already.
    pub(crate) fn throw(self, exception: Js<'e>) {
        // SAFETY: live environment on its thread, live handle.
        unsafe { sys::napi_throw(self.raw(), exception.raw()) };
    }

    /// A promise, and what settles it.
    pub(crate) fn promise(self) -> Result<(sys::napi_deferred, Js<'e>), Fail> {
        let mut deferred = ptr::null_mut();
        let promise = get!(self, napi_create_promise(&raw mut deferred), ptr::null_mut())?;
        Ok((deferred, self.handle(promise)))
    }

    /// Settles a promise.
    ///
    /// # Safety
    ///
    /// `deferred` comes from [`Env::promise`] of this environment and has not been settled.
    pub(crate) unsafe fn settle(self, deferred: sys::napi_deferred, outcome: Result<Js<'e>, Js<'e>>) {
        // SAFETY: live environment on its thread, live handles; the rest is the caller's promise.
        unsafe {
            match outcome {
                Ok(value) => sys::napi_resolve_deferred(self.raw(), deferred, value.raw()),
                Err(reason) => sys::napi_reject_deferred(self.raw(), deferred, reason.raw()),
            };
        }
    }
}
