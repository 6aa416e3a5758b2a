//! JavaScript values, safely: a thin layer over Node-API.
//!
//! Having an [`Env`] means to be on the environment's own thread, within a handle scope that lasts for `'e`; a [`Js`] is a
//! handle in that scope. Nothing here blocks, and nothing but [`Env::call`] and property access runs JavaScript.

mod buffers;
mod entry;
mod external;
mod function;
mod objects;
mod text;

use std::marker::PhantomData;
use std::ptr;

use napi_sys as sys;

pub(crate) use buffers::Elements;
pub(crate) use entry::{Entry, define};
pub(crate) use external::{External, Reference};
pub(crate) use function::{callback_arguments, new_function};
pub(crate) use text::TextFault;

use crate::errors::Fail;

/// The environment, on its own thread, within a handle scope.
#[derive(Clone, Copy)]
pub(crate) struct Env<'e> {
    raw: sys::napi_env,
    scope: PhantomData<&'e ()>,
}

/// A handle of a JavaScript value.
#[derive(Clone, Copy)]
pub(crate) struct Js<'e> {
    raw: sys::napi_value,
    scope: PhantomData<&'e ()>,
}

/// What `typeof` tells apart, and null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Symbol,
    Object,
    Function,
    External,
    BigInt,
}

/// An integer of a `bigint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BigInt {
    Signed(i64),
    Unsigned(u64),
    /// Beyond 64 bits.
    Beyond,
}

/// Node-API's calls fail when an exception is pending, when an argument is of the wrong sort (which callers have looked at
/// before), or when the environment is being torn down: in each case there is nothing to do but to return to it.
#[inline]
pub(crate) fn check(status: sys::napi_status) -> Result<(), Fail> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Fail::Pending) }
}

/// Calls a function of Node-API that writes its result to its last argument.
macro_rules! get {
    ($env:expr, $call:ident ( $($arg:expr),* ), $init:expr) => {{
        let mut result = $init;
        // SAFETY: the environment is live and this is its thread, as an `Env` attests; handles come from live scopes.
        let status = unsafe { napi_sys::$call($env.raw(), $($arg,)* &raw mut result) };
        $crate::js::check(status).map(|()| result)
    }};
}
pub(crate) use get;

impl<'e> Js<'e> {
    /// The handle of a raw value.
    ///
    /// # Safety
    ///
    /// The value is live in a handle scope that lasts for `'e`.
    pub(crate) unsafe fn from_raw(raw: sys::napi_value) -> Self {
        Self { raw, scope: PhantomData }
    }

    pub(crate) fn raw(self) -> sys::napi_value {
        self.raw
    }
}

impl<'e> Env<'e> {
    /// The environment of a raw pointer.
    ///
    /// # Safety
    ///
    /// It is live, this is its thread, and a handle scope is open that lasts for `'e`.
    pub(crate) unsafe fn from_raw(raw: sys::napi_env) -> Self {
        Self { raw, scope: PhantomData }
    }

    pub(crate) fn raw(self) -> sys::napi_env {
        self.raw
    }

    pub(super) fn handle(self, raw: sys::napi_value) -> Js<'e> {
        Js { raw, scope: PhantomData }
    }

    /// Runs `f` in a handle scope of its own, so that what it makes is freed when it returns.
    pub(crate) fn scoped<R>(self, f: impl for<'s> FnOnce(Env<'s>) -> R) -> R {
        let scope = get!(self, napi_open_handle_scope(), ptr::null_mut());
        let result = f(Env { raw: self.raw, scope: PhantomData });
        if let Ok(scope) = scope {
            // SAFETY: the scope was opened above, and scopes opened since are closed: they are closed by this very function.
            unsafe { sys::napi_close_handle_scope(self.raw, scope) };
        }
        result
    }

    pub(crate) fn undefined(self) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_undefined(), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn null(self) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_null(), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    pub(crate) fn boolean(self, value: bool) -> Result<Js<'e>, Fail> {
        get!(self, napi_get_boolean(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    #[inline]
    pub(crate) fn int(self, value: i32) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_int32(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    #[inline]
    pub(crate) fn uint(self, value: u32) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_uint32(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    #[inline]
    pub(crate) fn number(self, value: f64) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_double(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    #[inline]
    pub(crate) fn bigint(self, value: i64) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_bigint_int64(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    #[inline]
    pub(crate) fn unsigned_bigint(self, value: u64) -> Result<Js<'e>, Fail> {
        get!(self, napi_create_bigint_uint64(value), ptr::null_mut()).map(|raw| self.handle(raw))
    }

    /// The sort of a value.
    #[inline]
    pub(crate) fn sort(self, value: Js<'e>) -> Result<Sort, Fail> {
        use sys::ValueType as t;
        Ok(match get!(self, napi_typeof(value.raw), 0)? {
            t::napi_undefined => Sort::Undefined,
            t::napi_null => Sort::Null,
            t::napi_boolean => Sort::Boolean,
            t::napi_number => Sort::Number,
            t::napi_string => Sort::String,
            t::napi_symbol => Sort::Symbol,
            t::napi_function => Sort::Function,
            t::napi_external => Sort::External,
            t::napi_bigint => Sort::BigInt,
            _ => Sort::Object,
        })
    }

    /// Whether it is undefined or null.
    pub(crate) fn is_nullish(self, value: Js<'e>) -> Result<bool, Fail> {
        Ok(matches!(self.sort(value)?, Sort::Undefined | Sort::Null))
    }

    /// The value of a boolean.
    #[inline]
    pub(crate) fn get_boolean(self, value: Js<'e>) -> Result<bool, Fail> {
        get!(self, napi_get_value_bool(value.raw), false)
    }

    /// The value of a number; fails without an exception on everything else.
    #[inline]
    pub(crate) fn get_number(self, value: Js<'e>) -> Result<f64, Fail> {
        get!(self, napi_get_value_double(value.raw), 0.0)
    }

    /// The value of a `bigint`, if it is one and fits.
    pub(crate) fn get_bigint(self, value: Js<'e>) -> Result<BigInt, Fail> {
        let (mut signed, mut lossless) = (0, false);
        // SAFETY: live environment on its thread, live handle.
        check(unsafe { sys::napi_get_value_bigint_int64(self.raw, value.raw, &raw mut signed, &raw mut lossless) })?;
        if lossless {
            return Ok(BigInt::Signed(signed));
        }
        let mut unsigned = 0;
        // SAFETY: as above.
        check(unsafe { sys::napi_get_value_bigint_uint64(self.raw, value.raw, &raw mut unsigned, &raw mut lossless) })?;
        Ok(if lossless { BigInt::Unsigned(unsigned) } else { BigInt::Beyond })
    }
}
