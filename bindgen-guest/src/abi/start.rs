//! What exists only in a guest: the initialisation, the panic hook, and the version in the description.

#![cfg(target_arch = "wasm32")]

use std::panic::PanicHookInfo;

use super::{header, host};
use crate::describe::{ABI_VERSION, Record};

const RECORD: Record = Record::Abi { version: ABI_VERSION };

#[used]
#[unsafe(link_section = "edge_bindgen")]
static SECTION: [u8; RECORD.size()] = RECORD.bytes();

/// Runs the constructors of the C library, once per instance, as WASI's reactors do.
///
/// The compiler gives a `cdylib` no start-up code. Without a caller of the constructors the linker wraps every export in
/// code that runs them, and the destructors, around each call.
#[cfg(target_os = "wasi")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker makes this function, without parameters or result; the host calls us before anything else.
    unsafe { __wasm_call_ctors() }
}

/// Called once per instance, before any function.
#[unsafe(no_mangle)]
extern "C" fn edge_init() -> u32 {
    std::panic::set_hook(Box::new(report));
    header::address()
}

/// Tells the host the panic's text and place; the guest aborts when it returns.
fn report(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("a panic without a text");
    match panic.location() {
        Some(place) => host::panic(text, place.file(), place.line(), place.column()),
        None => host::panic(text, "", 0, 0),
    }
}
