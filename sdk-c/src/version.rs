//! Which library a program runs with.

use std::ffi::c_char;

/// The version as a zero-terminated text, which stands in the library for ever.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of the version is not a number"),
    }
}

/// The version of the library, `major.minor.patch`, zero-terminated. Not to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn edge_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// The major version.
#[unsafe(no_mangle)]
pub extern "C" fn edge_version_major() -> u32 {
    const { number(env!("CARGO_PKG_VERSION_MAJOR")) }
}

/// The minor version.
#[unsafe(no_mangle)]
pub extern "C" fn edge_version_minor() -> u32 {
    const { number(env!("CARGO_PKG_VERSION_MINOR")) }
}

/// The patch version.
#[unsafe(no_mangle)]
pub extern "C" fn edge_version_patch() -> u32 {
    const { number(env!("CARGO_PKG_VERSION_PATCH")) }
}
