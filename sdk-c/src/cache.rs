//! Where an engine keeps compiled modules for the next time.

use std::ffi::c_char;

use edge_runtime::{Cache, Error, Kind, Phase};

use crate::buffer::edge_buffer_t;
use crate::config::{change, edge_config_t};
use crate::error::edge_error_t;
use crate::ffi::{getter, give, guard, misuse, optional, text};
use crate::function::clear_buffer;

/// `cache` with what a program set as its size.
fn sized(cache: Cache, max_size: u64) -> Cache {
    match optional(max_size) {
        Some(bytes) => cache.max_size(bytes),
        None => cache,
    }
}

/// Keeps compiled modules in this directory, which is made when it is first needed. What is in it is executed, so it belongs to the user who
/// runs the process, and nobody else may write to it: one that is not so is left alone. Several processes may use it at the same
/// time. `directory`: borrowed. `max_size`: bytes that all files may have together, `EDGE_NO_LIMIT` for the default of 1 GiB.
///
/// # Safety
///
/// `config` is NULL or live; `directory` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_cache(
    config: *mut edge_config_t,
    directory: *const c_char,
    len: usize,
    max_size: u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let directory = text(directory, len, "directory")?;
        if directory.is_empty() {
            return Err(misuse("`directory` is empty"));
        }
        change(config, |config| Ok(config.cache(Some(sized(Cache::in_directory(directory), max_size)))))
    })
}

/// Keeps compiled modules in the user's own cache: `edge` in `$XDG_CACHE_HOME`, else in `$HOME/.cache`. `EDGE_KIND_IO` when neither is set.
/// All else as `edge_config_set_cache`.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_user_cache(config: *mut edge_config_t, max_size: u64) -> *mut edge_error_t {
    let none =
        || Error::new(Phase::Io, Kind::Io, "there is no cache of the user: neither XDG_CACHE_HOME nor HOME is set");
    // SAFETY: by the contract above.
    guard(|| unsafe {
        change(config, |config| Ok(config.cache(Some(sized(Cache::of_user().ok_or_else(none)?, max_size)))))
    })
}

/// Keeps nothing, the default.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_no_cache(config: *mut edge_config_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.cache(None))) })
}

/// Whether compiled modules are kept. `directory`: where, owned by the caller; `max_size`: in how many bytes; both may be NULL.
///
/// # Safety
///
/// `config` is NULL or live; the others are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_cache(
    config: *const edge_config_t,
    directory: *mut edge_buffer_t,
    max_size: *mut u64,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        clear_buffer(directory);
        let cache = config.as_ref()?.0.get_cache()?;
        give(directory, || edge_buffer_t::new(cache.directory().to_string_lossy().into_owned().into_bytes()));
        give(max_size, || cache.get_max_size());
        Some(true)
    })
}
