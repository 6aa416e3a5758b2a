//! The engine: settings and compiler.

use edge_runtime::{Config, Engine, OptLevel, Result};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, guard, handle, misuse, object_mut, out_handle};

/// The settings of an engine. A new object holds the defaults.
#[derive(Clone)]
pub struct edge_config_t(Config);

/// The compiler with its settings; modules made with one engine work together.
#[derive(Clone)]
pub struct edge_engine_t(pub(crate) Engine);

/// How hard the compiler tries: one of `EDGE_OPT_*`.
pub type edge_opt_t = u32;

/// Compile fast, run slower.
pub const EDGE_OPT_NONE: edge_opt_t = 0;
/// Make fast code. The default.
pub const EDGE_OPT_SPEED: edge_opt_t = 1;
/// Make fast and small code.
pub const EDGE_OPT_SPEED_AND_SIZE: edge_opt_t = 2;

/// New settings with the defaults. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_config_new() -> *mut edge_config_t {
    handle(edge_config_t(Config::new()))
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_clone(config: *const edge_config_t) -> *mut edge_config_t {
    // SAFETY: by the contract above.
    unsafe { clone(config) }
}

/// Frees settings; engines made with them keep theirs. NULL is fine.
///
/// # Safety
///
/// `config` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_free(config: *mut edge_config_t) {
    // SAFETY: by the contract above.
    unsafe { free(config) }
}

/// Sets how hard the compiler tries: one of `EDGE_OPT_*`.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_opt_level(config: *mut edge_config_t, level: edge_opt_t) -> *mut edge_error_t {
    guard(|| {
        let level = match level {
            EDGE_OPT_NONE => OptLevel::None,
            EDGE_OPT_SPEED => OptLevel::Speed,
            EDGE_OPT_SPEED_AND_SIZE => OptLevel::SpeedAndSize,
            other => return Err(misuse(format!("{other} is not a level of optimisation (EDGE_OPT_*)"))),
        };
        // SAFETY: by the contract above.
        let config = unsafe { object_mut(config, "config") }?;
        config.0 = config.0.clone().opt_level(level);
        Ok(())
    })
}

/// Sets how many threads compile; 0 leaves it to the engine.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_threads(config: *mut edge_config_t, threads: usize) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let config = unsafe { object_mut(config, "config") }?;
        config.0 = config.0.clone().threads(threads);
        Ok(())
    })
}

/// Makes an engine. `config`: borrowed and copied, NULL for the defaults. `out`: owned by the caller.
///
/// # Safety
///
/// `config` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_engine_new(
    config: *const edge_config_t,
    out: *mut *mut edge_engine_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let config = config.as_ref().map_or_else(Config::new, |config| config.0.clone());
        *out = handle(edge_engine_t(Engine::new(&config)?));
        Ok(())
    })
}

/// Another handle to the same engine. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `engine` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_engine_clone(engine: *const edge_engine_t) -> *mut edge_engine_t {
    // SAFETY: by the contract above.
    unsafe { clone(engine) }
}

/// Frees an engine's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `engine` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_engine_free(engine: *mut edge_engine_t) {
    // SAFETY: by the contract above.
    unsafe { free(engine) }
}

/// The engine meant by a handle, where NULL means the one that the whole process shares.
///
/// # Safety
///
/// `engine` is NULL or live.
pub(crate) unsafe fn engine_or_default(engine: *const edge_engine_t) -> Result<Engine> {
    // SAFETY: by the contract above.
    Ok(unsafe { engine.as_ref() }.map_or_else(Engine::default, |engine| engine.0.clone()))
}
