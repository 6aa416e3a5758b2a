//! Copies from, to and inside of linear memory.
//!
//! A memory may be shared: then other threads, guests among them, read and write the very bytes while they are copied. To Rust that
//! is a data race, which its own copies, references and slices must never meet. So the bytes are touched outside of Rust, by
//! functions of the C library that the compiler knows nothing of but that they were given two addresses: what a racing copy
//! yields is any mixture of old and new bytes, which is what WebAssembly says of it, and nothing worse.
//! They are called through pointers that the compiler has to read: it knows functions of these names, and would
//! make of the calls what it makes of its own copies.

use std::hint::black_box;

use libc::{c_int, c_void, size_t};

/// Copies `len` bytes, which may overlap.
///
/// # Safety
///
/// `from` can be read and `to` be written for `len` bytes.
#[inline]
pub(crate) unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    let function: unsafe extern "C" fn(*mut c_void, *const c_void, size_t) -> *mut c_void = libc::memmove;
    // SAFETY: the caller's promise.
    unsafe { black_box(function)(to.cast(), from.cast(), len) };
}

/// Writes `byte` over `len` bytes.
///
/// # Safety
///
/// `to` can be written for `len` bytes.
#[inline]
pub(crate) unsafe fn fill(to: *mut u8, byte: u8, len: usize) {
    let function: unsafe extern "C" fn(*mut c_void, c_int, size_t) -> *mut c_void = libc::memset;
    // SAFETY: the caller's promise.
    unsafe { black_box(function)(to.cast(), byte.into(), len) };
}
