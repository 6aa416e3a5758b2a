//! How a VM is loaded.

use std::ffi::{c_char, c_void};
use std::num::NonZeroUsize;

use edge_runtime::{Engine, Imports, Limits, Linker, Pool, PoolBuilder, Vm, VmBuilder, WasiConfig};

use crate::engine::edge_engine_t;
use crate::error::edge_error_t;
use crate::ffi::{Env, clone, edge_drop_fn_t, free, guard, handle, object_mut, text};
use crate::host::{self, edge_host_fn_t, edge_host_msgpack_fn_t};
use crate::limits::edge_limits_t;
use crate::linker::edge_linker_t;
use crate::wasi::edge_wasi_t;

/// How a VM or a pool of them is loaded: engine, host functions, WASI, limits. It may be used for many; those loaded keep what they got.
#[derive(Clone, Default)]
pub struct edge_options_t {
    engine: Option<Engine>,
    imports: Imports,
    wasi: Option<WasiConfig>,
    limits: Option<Limits>,
    linker: Option<Linker>,
    pool_size: Option<NonZeroUsize>,
    pool_keep_state: bool,
}

impl edge_options_t {
    pub(crate) fn builder(&self) -> VmBuilder {
        let mut builder = Vm::builder().imports(self.imports.clone());
        if let Some(engine) = &self.engine {
            builder = builder.engine(engine.clone());
        }
        if let Some(wasi) = &self.wasi {
            builder = builder.wasi(wasi.clone());
        }
        if let Some(limits) = &self.limits {
            builder = builder.limits(limits.clone());
        }
        if let Some(linker) = &self.linker {
            builder = builder.linker(linker.clone());
        }
        builder
    }

    pub(crate) fn pool_builder(&self) -> PoolBuilder {
        let builder = Pool::builder().vm(self.builder()).keep_state(self.pool_keep_state);
        self.pool_size.map_or(builder.clone(), |size| builder.size(size.get()))
    }

    /// The engine that compiles.
    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone().unwrap_or_default()
    }
}

/// New options with the defaults. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_options_new() -> *mut edge_options_t {
    handle(edge_options_t::default())
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_clone(options: *const edge_options_t) -> *mut edge_options_t {
    // SAFETY: by the contract above.
    unsafe { clone(options) }
}

/// Frees options; VMs loaded with them go on. NULL is fine.
///
/// # Safety
///
/// `options` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_free(options: *mut edge_options_t) {
    // SAFETY: by the contract above.
    unsafe { free(options) }
}

/// Sets the engine that compiles. `engine`: borrowed and copied; NULL for the default.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_engine(
    options: *mut edge_options_t,
    engine: *const edge_engine_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(options, "options")?.engine = engine.as_ref().map(|engine| engine.0.clone());
        Ok(())
    })
}

/// Sets what a WASI guest sees. `wasi`: borrowed and copied; NULL for the default.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_wasi(
    options: *mut edge_options_t,
    wasi: *const edge_wasi_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(options, "options")?.wasi = wasi.as_ref().map(|wasi| wasi.0.clone());
        Ok(())
    })
}

/// Sets how much the guest may use. `limits`: borrowed and copied; NULL for the default.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_limits(
    options: *mut edge_options_t,
    limits: *const edge_limits_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(options, "options")?.limits = limits.as_ref().map(|limits| limits.0.clone());
        Ok(())
    })
}

/// Sets more definitions that the guest may import: host functions on core values, memories, instances. `linker`: borrowed and copied; NULL for the default.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_linker(
    options: *mut edge_options_t,
    linker: *const edge_linker_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(options, "options")?.linker = linker.as_ref().map(|linker| linker.0.clone());
        Ok(())
    })
}

/// Sets how many VMs a pool may have at the same time. 0, the default: as many as the machine has processors. A single VM ignores it.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_pool_size(options: *mut edge_options_t, size: usize) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object_mut(options, "options") }?.pool_size = NonZeroUsize::new(size);
        Ok(())
    })
}

/// Sets whether a borrower finds what the one before left behind in a pool's VM. False by default. For guests that keep a cache, and that
/// serve borrowers who trust one another. A single VM ignores it.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_set_pool_keep_state(
    options: *mut edge_options_t,
    keep: bool,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object_mut(options, "options") }?.pool_keep_state = keep;
        Ok(())
    })
}

/// Gives the guest's import `module.name` to a host function. The names: borrowed and copied. `env`: owned by the options
/// and every VM loaded with them from here on, also when this fails; released by `drop` (which may be NULL) when the last of
/// them is gone.
///
/// # Safety
///
/// `options` is NULL or live; the names have the lengths given; `env` may be used from the threads that call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_import(
    options: *mut edge_options_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    function: edge_host_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        let function = host::values(function, env)?;
        object_mut(options, "options")?.imports.func(module, name, function);
        Ok(())
    })
}

/// Gives the guest's import `module.name` to a host function that speaks MessagePack. The names: borrowed and copied. `env`: owned by the options
/// and every VM loaded with them from here on, also when this fails; released by `drop` (which may be NULL) when the last of
/// them is gone.
///
/// # Safety
///
/// `options` is NULL or live; the names have the lengths given; `env` may be used from the threads that call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_options_import_msgpack(
    options: *mut edge_options_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    function: edge_host_msgpack_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        let function = host::documents(function, env)?;
        object_mut(options, "options")?.imports.func(module, name, function);
        Ok(())
    })
}
