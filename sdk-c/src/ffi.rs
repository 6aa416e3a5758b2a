//! What every entry point does with pointers, errors and panics.

use std::any::Any;
use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::time::Duration;

use edge_runtime::{Error, Kind, Phase, Result};

use crate::error::edge_error_t;
use crate::limits::EDGE_NO_LIMIT;

/// Called once, when the library no longer needs what `env` points to. May be called on any thread.
pub type edge_drop_fn_t = Option<unsafe extern "C" fn(env: *mut c_void)>;

/// A pointer of the embedder with the function that releases it.
pub(crate) struct Env {
    pub(crate) data: *mut c_void,
    pub(crate) drop: edge_drop_fn_t,
}

// SAFETY: the interface asks the embedder to give only what may be used from the threads that it calls from.
unsafe impl Send for Env {}
// SAFETY: as above.
unsafe impl Sync for Env {}

impl Drop for Env {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: the embedder gave the function for this pointer, and it is called once.
            unsafe { drop(self.data) }
        }
    }
}

/// An error of how the interface was used.
#[cold]
pub(crate) fn misuse(message: impl Into<String>) -> Error {
    Error::new(Phase::Host, Kind::ArgumentType, message)
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

/// Runs the body of an entry point; errors and panics become the returned object.
pub(crate) fn guard(body: impl FnOnce() -> Result<()>) -> *mut edge_error_t {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(panic) => Error::new(Phase::Host, Kind::Internal, format!("edge failed inside: {}", panic_text(&*panic))),
    };
    edge_error_t::raw(error)
}

/// Runs the body of a getter, which has no way to fail but a neutral answer.
pub(crate) fn getter<T>(neutral: T, body: impl FnOnce() -> Option<T>) -> T {
    catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(neutral)
}

/// A handle for C; [`free`] takes it back.
pub(crate) fn handle<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Frees a handle; NULL is fine.
///
/// # Safety
///
/// `pointer` is NULL or came from [`handle`] and is not used again.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: by the contract above.
        let object = unsafe { Box::from_raw(pointer) };
        // A destructor of the embedder may lead back here; a panic must not leave the library.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(object)));
    }
}

/// Another handle to the same object; NULL for NULL.
///
/// # Safety
///
/// `pointer` is NULL or a live handle.
pub(crate) unsafe fn clone<T: Clone>(pointer: *const T) -> *mut T {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || unsafe { pointer.as_ref() }.map(|object| handle(object.clone())))
}

/// The object behind a handle.
///
/// # Safety
///
/// `pointer` is NULL or a live handle, for as long as the result is used.
pub(crate) unsafe fn object<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: by the contract above.
    unsafe { pointer.as_ref() }.ok_or_else(|| misuse(format!("`{name}` is NULL")))
}

/// The object behind a handle, to be changed.
///
/// # Safety
///
/// `pointer` is NULL or a live handle that nobody else uses meanwhile.
pub(crate) unsafe fn object_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: by the contract above.
    unsafe { pointer.as_mut() }.ok_or_else(|| misuse(format!("`{name}` is NULL")))
}

/// Where a result goes. It is set to `empty` at once, so that a caller who does not look at the error finds nothing.
///
/// # Safety
///
/// `pointer` is NULL or may be written to.
pub(crate) unsafe fn out<'a, T>(pointer: *mut T, empty: T) -> Result<&'a mut T> {
    if pointer.is_null() {
        return Err(misuse("`out` is NULL"));
    }
    // SAFETY: by the contract above; what lay there is not read, since it may be uninitialised.
    unsafe {
        pointer.write(empty);
        Ok(&mut *pointer)
    }
}

/// Where a handle goes.
///
/// # Safety
///
/// As [`out`].
pub(crate) unsafe fn out_handle<'a, T>(pointer: *mut *mut T) -> Result<&'a mut *mut T> {
    // SAFETY: by the contract above.
    unsafe { out(pointer, ptr::null_mut()) }
}

/// Writes what `make` makes to where it is wanted.
///
/// # Safety
///
/// `out` is NULL or may be written to.
pub(crate) unsafe fn give<T>(out: *mut T, make: impl FnOnce() -> T) {
    if !out.is_null() {
        // SAFETY: by the contract above.
        unsafe { out.write(make()) }
    }
}

/// An array that came in; NULL is fine when it is empty.
///
/// # Safety
///
/// `pointer` is NULL or has `len` items, which stay as they are while the result is used.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(misuse(format!("`{name}` is NULL, and its length is {len}")));
    }
    if !pointer.is_aligned() {
        return Err(misuse(format!("`{name}` is not aligned to {} bytes", align_of::<T>())));
    }
    if len.checked_mul(size_of::<T>()).is_none_or(|size| size > isize::MAX as usize) {
        return Err(misuse(format!("`{name}` cannot have {len} items")));
    }
    // SAFETY: by the contract above.
    Ok(unsafe { std::slice::from_raw_parts(pointer, len) })
}

/// As [`slice`], of an array to be written. It need not be initialised if it is only written.
///
/// # Safety
///
/// `pointer` is NULL or has room for `len` items, which nobody else uses while the result is used.
pub(crate) unsafe fn slice_mut<'a, T>(pointer: *mut T, len: usize, name: &str) -> Result<&'a mut [T]> {
    // SAFETY: by the contract above; the checks are those of `slice`, whose result is given up before the other is made.
    unsafe {
        slice(pointer.cast_const(), len, name)?;
        Ok(if len == 0 { &mut [] } else { std::slice::from_raw_parts_mut(pointer, len) })
    }
}

/// A text that came in.
///
/// # Safety
///
/// As [`slice`].
pub(crate) unsafe fn text<'a>(pointer: *const c_char, len: usize, name: &str) -> Result<&'a str> {
    // SAFETY: by the contract above.
    let bytes = unsafe { slice(pointer.cast::<u8>(), len, name) }?;
    std::str::from_utf8(bytes).map_err(|error| misuse(format!("`{name}` is not UTF-8 at byte {}", error.valid_up_to())))
}

/// A limit that there may be: `EDGE_NO_LIMIT` stands for none.
pub(crate) fn optional(value: u64) -> Option<u64> {
    (value != EDGE_NO_LIMIT).then_some(value)
}

/// As C has it, what [`optional`] reads.
pub(crate) fn amount(value: Option<u64>) -> u64 {
    value.unwrap_or(EDGE_NO_LIMIT)
}

/// A time that there may be, from nanoseconds.
pub(crate) fn time(nanoseconds: u64) -> Option<Duration> {
    optional(nanoseconds).map(Duration::from_nanos)
}

/// As C has it, what [`time`] reads.
pub(crate) fn nanoseconds(time: Option<Duration>) -> u64 {
    amount(time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guard(|| panic!("on purpose"));
        // SAFETY: `guard` made it.
        unsafe {
            assert_eq!((*error).error().kind(), Kind::Internal);
            assert_eq!((*error).error().message(), "edge failed inside: on purpose");
            free(error);
        }
    }

    #[test]
    fn texts_are_checked() {
        let bad = b"ab\xff";
        // SAFETY: the pointer has three bytes; the other calls read nothing.
        unsafe {
            let error = text(bad.as_ptr().cast(), 3, "name").unwrap_err();
            assert_eq!(error.message(), "`name` is not UTF-8 at byte 2");
            let error = text(ptr::null(), 3, "name").unwrap_err();
            assert_eq!(error.message(), "`name` is NULL, and its length is 3");
            assert_eq!(text(ptr::null(), 0, "name").unwrap(), "");
            assert!(
                slice(ptr::without_provenance::<u32>(1), 1, "items").unwrap_err().message().contains("not aligned")
            );
        }
    }
}
