//! Texts and bytes that cross the border.

use std::ffi::c_char;
use std::ptr;

use crate::error::edge_error_t;
use crate::ffi::{getter, guard, out, slice};

/// A text that belongs to the object it was asked of: UTF-8, not zero-terminated, valid as long as that object.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_view_t {
    /// The first byte; NULL where there is no text at all.
    pub data: *const c_char,
    /// Length in bytes.
    pub len: usize,
}

impl edge_view_t {
    pub(crate) const NONE: Self = Self { data: ptr::null(), len: 0 };

    pub(crate) fn new(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr().cast(), len: bytes.len() }
    }
}

/// Bytes that the caller owns, until `edge_buffer_free`.
#[repr(C)]
pub struct edge_buffer_t {
    /// The first byte; NULL when `len` is 0.
    pub data: *mut u8,
    /// How many.
    pub len: usize,
}

impl edge_buffer_t {
    pub(crate) const EMPTY: Self = Self { data: ptr::null_mut(), len: 0 };

    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        if bytes.is_empty() {
            return Self::EMPTY;
        }
        let bytes = Box::leak(bytes.into_boxed_slice());
        Self { data: bytes.as_mut_ptr(), len: bytes.len() }
    }

    /// Takes the bytes back.
    ///
    /// # Safety
    ///
    /// `self` came from [`Self::new`] and is not used again.
    pub(crate) unsafe fn into_bytes(self) -> Box<[u8]> {
        if self.data.is_null() {
            return Box::default();
        }
        // SAFETY: by the contract above, a box of this length was leaked there.
        unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(self.data, self.len)) }
    }
}

/// Copies `len` bytes into a buffer of the library's. `bytes`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `bytes` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_buffer_copy(bytes: *const u8, len: usize, out: *mut edge_buffer_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_buffer_t::EMPTY)?;
        *out = edge_buffer_t::new(slice(bytes, len, "bytes")?.to_vec());
        Ok(())
    })
}

/// Frees the bytes and empties the buffer; freeing it again does nothing. NULL is fine.
///
/// # Safety
///
/// `buffer` was filled by this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_buffer_free(buffer: *mut edge_buffer_t) {
    getter((), || {
        if !buffer.is_null() {
            // SAFETY: by the contract above; what stays behind is empty.
            drop(unsafe { ptr::replace(buffer, edge_buffer_t::EMPTY).into_bytes() });
        }
        None
    });
}
