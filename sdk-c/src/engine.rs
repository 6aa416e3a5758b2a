//! The engine: settings and compiler.

use std::ptr;

use edge_runtime::{Config, Engine, Result};

use crate::config::edge_config_t;
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, out_handle};

/// The compiler with its settings; modules made with one engine work together.
#[derive(Clone)]
pub struct edge_engine_t(pub(crate) Engine);

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

/// The settings that an engine was made with. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `engine` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_engine_config(engine: *const edge_engine_t) -> *mut edge_config_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_config_t(unsafe { engine.as_ref() }?.0.config().clone()))))
}

/// Whether both are handles to one engine. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_engine_same(a: *const edge_engine_t, b: *const edge_engine_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
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
