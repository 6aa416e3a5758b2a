//! Typed arrays and array buffers.

use std::ffi::c_void;
use std::ptr;
use std::slice;

use napi_sys as sys;

use super::{Env, Js, check, get};
use crate::errors::Fail;

/// What a typed array, a buffer or a view holds: where it lies, not a copy.
///
/// The memory belongs to the JavaScript object. It stays where it is until JavaScript runs again, which may detach it.
#[derive(Clone, Copy)]
pub(crate) enum Elements {
    I8(*const [i8]),
    U8(*const [u8]),
    I16(*const [i16]),
    U16(*const [u16]),
    I32(*const [i32]),
    U32(*const [u32]),
    F32(*const [f32]),
    F64(*const [f64]),
    I64(*const [i64]),
    U64(*const [u64]),
}

/// A number that a typed array can hold.
pub(crate) trait Element: Copy {
    const ARRAY: sys::napi_typedarray_type;
}

macro_rules! elements {
    ($($ty:ident $array:ident),+) => {
        $(impl Element for $ty { const ARRAY: sys::napi_typedarray_type = sys::TypedarrayType::$array; })+
    };
}

elements!(i8 int8_array, u8 uint8_array, i16 int16_array, u16 uint16_array, i32 int32_array, u32 uint32_array,
    f32 float32_array, f64 float64_array, i64 bigint64_array, u64 biguint64_array);

fn slice_of<T>(start: *mut c_void, len: usize) -> *const [T] {
    let start = if len == 0 { ptr::dangling::<T>() } else { start.cast::<T>().cast_const() };
    ptr::slice_from_raw_parts(start, len)
}

impl<'e> Env<'e> {
    /// What a typed array, `Buffer`, `ArrayBuffer` or `DataView` holds; `None` for other objects.
    pub(crate) fn elements(self, value: Js<'e>) -> Result<Option<Elements>, Fail> {
        if get!(self, napi_is_typedarray(value.raw()), false)? {
            return self.typed_array_elements(value).map(Some);
        }
        let (mut start, mut len) = (ptr::null_mut(), 0);
        if get!(self, napi_is_arraybuffer(value.raw()), false)? {
            // SAFETY: live environment on its thread, a handle of an array buffer.
            check(unsafe { sys::napi_get_arraybuffer_info(self.raw(), value.raw(), &raw mut start, &raw mut len) })?;
            return Ok(Some(Elements::U8(slice_of(start, len))));
        }
        if get!(self, napi_is_dataview(value.raw()), false)? {
            let none = ptr::null_mut();
            // SAFETY: live environment on its thread, a handle of a view; what is not asked for may be null.
            check(unsafe {
                sys::napi_get_dataview_info(
                    self.raw(),
                    value.raw(),
                    &raw mut len,
                    &raw mut start,
                    none,
                    ptr::null_mut(),
                )
            })?;
            return Ok(Some(Elements::U8(slice_of(start, len))));
        }
        Ok(None)
    }

    fn typed_array_elements(self, value: Js<'e>) -> Result<Elements, Fail> {
        use sys::TypedarrayType as t;
        let (mut array_type, mut len, mut start) = (0, 0, ptr::null_mut());
        // SAFETY: live environment on its thread, a handle of a typed array; what is not asked for may be null.
        check(unsafe {
            let (ty, len, start) = (&raw mut array_type, &raw mut len, &raw mut start);
            sys::napi_get_typedarray_info(self.raw(), value.raw(), ty, len, start, ptr::null_mut(), ptr::null_mut())
        })?;
        Ok(match array_type {
            t::int8_array => Elements::I8(slice_of(start, len)),
            t::uint8_array | t::uint8_clamped_array => Elements::U8(slice_of(start, len)),
            t::int16_array => Elements::I16(slice_of(start, len)),
            t::uint16_array => Elements::U16(slice_of(start, len)),
            t::int32_array => Elements::I32(slice_of(start, len)),
            t::uint32_array => Elements::U32(slice_of(start, len)),
            t::float32_array => Elements::F32(slice_of(start, len)),
            t::float64_array => Elements::F64(slice_of(start, len)),
            t::bigint64_array => Elements::I64(slice_of(start, len)),
            t::biguint64_array => Elements::U64(slice_of(start, len)),
            _ => return Err(Fail::internal("Node has a typed array that edge does not know")),
        })
    }

    /// A typed array with a copy of these numbers.
    pub(crate) fn typed_array<T: Element>(self, items: &[T]) -> Result<Js<'e>, Fail> {
        let bytes = size_of_val(items);
        let mut data: *mut c_void = ptr::null_mut();
        let buffer = get!(self, napi_create_arraybuffer(bytes, &raw mut data), ptr::null_mut())?;
        if bytes > 0 {
            // SAFETY: the new buffer has that many bytes, and nobody else knows it.
            unsafe { data.cast::<u8>().copy_from_nonoverlapping(items.as_ptr().cast(), bytes) };
        }
        self.array_over::<T>(buffer, items.len())
    }

    fn array_over<T: Element>(self, buffer: sys::napi_value, len: usize) -> Result<Js<'e>, Fail> {
        let array = get!(self, napi_create_typedarray(T::ARRAY, len, buffer, 0), ptr::null_mut())?;
        Ok(self.handle(array))
    }

    /// A `Uint8Array` over memory of ours, which `owner` keeps; `None` where Node refuses memory of others.
    ///
    /// # Safety
    ///
    /// The memory stays readable and writable while `owner` lives.
    pub(crate) unsafe fn bytes_over<T: Send + 'static>(
        self,
        start: *mut u8,
        len: usize,
        owner: T,
    ) -> Result<Option<Js<'e>>, Fail> {
        let owner = Box::into_raw(Box::new(owner));
        let mut buffer = ptr::null_mut();
        // SAFETY: live environment on its thread; the finalizer frees what was boxed above, once.
        let status = unsafe {
            let (start, hint) = (start.cast(), owner.cast());
            sys::napi_create_external_arraybuffer(self.raw(), start, len, Some(drop_hint::<T>), hint, &raw mut buffer)
        };
        if status != sys::Status::napi_ok {
            // SAFETY: no buffer was made, so no finalizer will run.
            drop(unsafe { Box::from_raw(owner) });
            return if status == sys::Status::napi_no_external_buffers_allowed { Ok(None) } else { Err(Fail::Pending) };
        }
        self.array_over::<u8>(buffer, len).map(Some)
    }

    /// The bytes of a value that has some, copied.
    pub(crate) fn get_bytes(self, value: Js<'e>) -> Result<Option<Vec<u8>>, Fail> {
        match self.elements(value)? {
            // SAFETY: no JavaScript has run since.
            Some(elements) => Ok(Some(unsafe { elements.as_bytes() }.to_vec())),
            None => Ok(None),
        }
    }
}

impl Elements {
    /// The memory as bytes.
    ///
    /// # Safety
    ///
    /// No JavaScript runs while the slice is used.
    pub(crate) unsafe fn as_bytes<'a>(self) -> &'a [u8] {
        macro_rules! bytes {
            ($($variant:ident),+) => {
                match self { $(Self::$variant(items) => (items.cast::<u8>(), {
                    // SAFETY: the caller's promise.
                    size_of_val(unsafe { &*items })
                }),)+ }
            };
        }
        let (start, len) = bytes!(I8, U8, I16, U16, I32, U32, F32, F64, I64, U64);
        // SAFETY: the caller's promise; numbers are bytes.
        unsafe { slice::from_raw_parts(start, len) }
    }
}

unsafe extern "C" fn drop_hint<T>(_: sys::napi_env, _: *mut c_void, hint: *mut c_void) {
    // SAFETY: the hint was boxed for this finalizer, which runs once.
    drop(unsafe { Box::from_raw(hint.cast::<T>()) });
}
