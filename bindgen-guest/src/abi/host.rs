//! What every guest imports from the host, as safe functions.

#[cfg(target_arch = "wasm32")]
mod imports {
    #[link(wasm_import_module = "__edge")]
    unsafe extern "C" {
        pub(super) fn pull(index: u32, to: *mut u8);
        pub(super) fn pull_result(to: *mut u8);
        pub(super) fn panic(text: *const u8, text_len: usize, file: *const u8, file_len: usize, line: u32, column: u32);
    }
}

/// Nothing of this is reached natively: only the host of a guest makes incoming values.
#[cfg(not(target_arch = "wasm32"))]
mod imports {
    #![allow(clippy::missing_safety_doc, reason = "the signatures are those of the imports")]

    const REASON: &str = "only a guest has a host";

    pub(super) unsafe fn pull(_index: u32, _to: *mut u8) {
        unreachable!("{REASON}")
    }

    pub(super) unsafe fn pull_result(_to: *mut u8) {
        unreachable!("{REASON}")
    }

    #[allow(dead_code, reason = "the panic hook is a guest's")]
    pub(super) unsafe fn panic(_: *const u8, _: usize, _: *const u8, _: usize, _: u32, _: u32) {
        unreachable!("{REASON}")
    }
}

/// Copies the data of argument `index` to `to`.
///
/// # Safety
/// The host writes as many bytes as the argument's parameters said; `to` has room for them.
pub(super) unsafe fn pull(index: u32, to: *mut u8) {
    // SAFETY: the same condition.
    unsafe { imports::pull(index, to) }
}

/// Copies the result of the host function that has just returned, or its error, to `to`.
///
/// # Safety
/// The host writes as many bytes as the result said; `to` has room for them.
pub(super) unsafe fn pull_result(to: *mut u8) {
    // SAFETY: the same condition.
    unsafe { imports::pull_result(to) }
}

/// Reports a panic.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the panic hook is a guest's"))]
pub(super) fn panic(text: &str, file: &str, line: u32, column: u32) {
    // SAFETY: the host reads both texts while the import runs.
    unsafe { imports::panic(text.as_ptr(), text.len(), file.as_ptr(), file.len(), line, column) }
}
