//! What a WASI guest may see and do.

use std::ffi::c_char;

use edge_runtime::WasiConfig;

use crate::error::edge_error_t;
use crate::ffi::{clone, free, guard, handle, object_mut, slice, text};

/// What a WASI guest gets. A new object gives no arguments, no environment, no directories and an empty standard input; output goes
/// to the host's own.
#[derive(Clone)]
pub struct edge_wasi_t(pub(crate) WasiConfig);

/// New settings with the defaults. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_wasi_new() -> *mut edge_wasi_t {
    handle(edge_wasi_t(WasiConfig::new()))
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_clone(wasi: *const edge_wasi_t) -> *mut edge_wasi_t {
    // SAFETY: by the contract above.
    unsafe { clone(wasi) }
}

/// Frees settings. NULL is fine.
///
/// # Safety
///
/// `wasi` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_free(wasi: *mut edge_wasi_t) {
    // SAFETY: by the contract above.
    unsafe { free(wasi) }
}

/// Appends an argument; the first is the program's name by custom. `arg`: borrowed and copied.
///
/// # Safety
///
/// `wasi` is NULL or live; `arg` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_arg(wasi: *mut edge_wasi_t, arg: *const c_char, len: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let arg = text(arg, len, "arg")?;
        change(wasi, |wasi| wasi.arg(arg))
    })
}

/// Sets a variable of the environment. `key`, `value`: borrowed and copied.
///
/// # Safety
///
/// `wasi` is NULL or live; the texts have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_env(
    wasi: *mut edge_wasi_t,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (key, value) = (text(key, key_len, "key")?, text(value, value_len, "value")?);
        change(wasi, |wasi| wasi.env(key, value))
    })
}

/// Sets every variable of the host's environment, as it is now.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_inherit_env(wasi: *mut edge_wasi_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, WasiConfig::inherit_env) })
}

/// Opens the host's directory `host` to the guest, which calls it `guest`. Every change is refused when `read_only` is true. The
/// texts: borrowed and copied.
///
/// # Safety
///
/// `wasi` is NULL or live; the texts have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_dir(
    wasi: *mut edge_wasi_t,
    guest: *const c_char,
    guest_len: usize,
    host: *const c_char,
    host_len: usize,
    read_only: bool,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (guest, host) = (text(guest, guest_len, "guest")?, text(host, host_len, "host")?);
        change(wasi, |wasi| if read_only { wasi.dir_read_only(host, guest) } else { wasi.dir(host, guest) })
    })
}

/// Reads standard input from these bytes. `bytes`: borrowed and copied.
///
/// # Safety
///
/// `wasi` is NULL or live; `bytes` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_stdin_bytes(
    wasi: *mut edge_wasi_t,
    bytes: *const u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let bytes = slice(bytes, len, "bytes")?.to_vec();
        change(wasi, |wasi| wasi.stdin_bytes(bytes))
    })
}

/// Reads standard input from the host's own.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_stdin_inherit(wasi: *mut edge_wasi_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, WasiConfig::stdin_inherit) })
}

/// Keeps standard output in memory, for `edge_vm_stdout`.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_stdout_capture(wasi: *mut edge_wasi_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, WasiConfig::stdout_capture) })
}

/// Keeps standard error in memory, for `edge_vm_stderr`.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_stderr_capture(wasi: *mut edge_wasi_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, WasiConfig::stderr_capture) })
}

/// How many bytes are captured of each stream; what the guest writes beyond fails there with `ENOSPC`.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_capture_limit(wasi: *mut edge_wasi_t, bytes: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, |wasi| wasi.capture_limit(bytes)) })
}

/// Draws random numbers from a sequence that `seed` determines. They are not fit for secrets.
///
/// # Safety
///
/// `wasi` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_wasi_random_seed(wasi: *mut edge_wasi_t, seed: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(wasi, |wasi| wasi.random_seed(seed)) })
}

/// # Safety
///
/// `wasi` is NULL or live.
unsafe fn change(wasi: *mut edge_wasi_t, change: impl FnOnce(WasiConfig) -> WasiConfig) -> edge_runtime::Result<()> {
    // SAFETY: by the contract above.
    let wasi = &mut unsafe { object_mut(wasi, "wasi") }?.0;
    *wasi = change(std::mem::take(wasi));
    Ok(())
}
