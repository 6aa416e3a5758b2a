//! The linker: names to host functions, objects and instances.

use std::ffi::{c_char, c_void};

use edge_runtime::Linker;

use crate::buffer::edge_view_t;
use crate::engine::{edge_engine_t, engine_or_default};
use crate::error::edge_error_t;
use crate::ffi::{Env, clone, edge_drop_fn_t, free, getter, give, guard, handle, object, object_mut, out_handle, text};
use crate::func::{CoreFunction, edge_core_fn_t, edge_func_t};
use crate::global::edge_global_t;
use crate::host_module::edge_host_module_t;
use crate::instance::edge_instance_t;
use crate::memory::edge_memory_t;
use crate::module::edge_module_t;
use crate::shared_memory::edge_shared_memory_t;
use crate::store::edge_store_t;
use crate::table::edge_table_t;
use crate::tag::edge_tag_t;
use crate::types::edge_type_t;

/// What modules may import. A later definition of a name replaces the earlier one.
#[derive(Clone)]
pub struct edge_linker_t(pub(crate) Linker);

/// Makes a linker. `engine`: borrowed, NULL for the one that the process shares. `out`: owned by the caller.
///
/// # Safety
///
/// `engine` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_new(
    engine: *const edge_engine_t,
    out: *mut *mut edge_linker_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        *out = handle(edge_linker_t(Linker::new(&engine_or_default(engine)?)));
        Ok(())
    })
}

/// A copy: what is defined in one later is not defined in the other. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `linker` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_clone(linker: *const edge_linker_t) -> *mut edge_linker_t {
    // SAFETY: by the contract above.
    unsafe { clone(linker) }
}

/// Frees a linker; instances made with it go on. NULL is fine.
///
/// # Safety
///
/// `linker` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_free(linker: *mut edge_linker_t) {
    // SAFETY: by the contract above.
    unsafe { free(linker) }
}

/// Defines `module.name` as a host function that every store gets its own of. `module`, `name`, `ty`: borrowed. `env`: owned by the
/// definition from here on, also when this fails; released by `drop` (which may be NULL) when the last user is gone.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given; `env` may be used from the threads that call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_func(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    ty: *const edge_type_t,
    function: edge_core_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let ty = object(ty, "ty")?.func()?;
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        let function = CoreFunction::new(function, env, ty)?;
        let linker = &mut object_mut(linker, "linker")?.0;
        linker.func(module, name, ty.clone(), move |caller, args, results| function.call(caller, args, results));
        Ok(())
    })
}

/// Defines `module.name` as a func. `module`, `name`, `func`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_func(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    func: *const edge_func_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(func, "func")?.func.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines `module.name` as a memory. `module`, `name`, `memory`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_memory(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    memory: *const edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(memory, "memory")?.0.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines `module.name` as a shared memory, in any store of its engine. `module`, `name`, `memory`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_shared_memory(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    memory: *const edge_shared_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(memory, "memory")?.0.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines `module.name` as a table. `module`, `name`, `table`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_table(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    table: *const edge_table_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(table, "table")?.0.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines `module.name` as a global. `module`, `name`, `global`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_global(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    global: *const edge_global_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(global, "global")?.0.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines `module.name` as a tag. `module`, `name`, `tag`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_tag(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    tag: *const edge_tag_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let item = object(tag, "tag")?.0.clone();
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.define(module, name, item);
        Ok(())
    })
}

/// Defines every export of `instance` under the name `module`. `module`, `instance`: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; the name has the length given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_define_instance(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    instance: *const edge_instance_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let instance = &object(instance, "instance")?.0;
        let module = text(module, module_len, "module")?;
        object_mut(linker, "linker")?.0.instance(module, instance);
        Ok(())
    })
}

/// Makes an instance of `module` in `store` with what is defined: runs its segments and its start function. All handles: borrowed.
/// `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_instantiate(
    linker: *const edge_linker_t,
    store: *const edge_store_t,
    module: *const edge_module_t,
    out: *mut *mut edge_instance_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let (store, module) = (&object(store, "store")?.0, &object(module, "module")?.0);
        *out = handle(edge_instance_t(object(linker, "linker")?.0.instantiate(store, module)?));
        Ok(())
    })
}

/// Defines what is defined as `module.name` as `as_module.as_name`, too. `EDGE_KIND_UNKNOWN_IMPORT` when there is no such definition.
/// The names: borrowed.
///
/// # Safety
///
/// `linker` is NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_alias(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    as_module: *const c_char,
    as_module_len: usize,
    as_name: *const c_char,
    as_name_len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        let as_module = text(as_module, as_module_len, "as_module")?;
        let as_name = text(as_name, as_name_len, "as_name")?;
        object_mut(linker, "linker")?.0.alias(module, name, as_module, as_name)?;
        Ok(())
    })
}

/// Defines everything that is defined under the name `module` under `as_module`, too. The names: borrowed.
///
/// # Safety
///
/// `linker` is NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_alias_module(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    as_module: *const c_char,
    as_module_len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (module, as_module) = (text(module, module_len, "module")?, text(as_module, as_module_len, "as_module")?);
        object_mut(linker, "linker")?.0.alias_module(module, as_module)?;
        Ok(())
    })
}

/// Defines every function that `module` imports and that is not defined yet: it traps when it is called, with
/// `EDGE_KIND_UNKNOWN_IMPORT`. Nothing can stand in for memories, tables and globals. `module`: borrowed.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_unknown_as_traps(
    linker: *mut edge_linker_t,
    module: *const edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(linker, "linker")?.0.define_unknown_as_traps(&object(module, "module")?.0);
        Ok(())
    })
}

/// Sets what each call of the host function `module.name` costs in fuel, beside the call itself. Needs `edge_config_set_fuel`. The names:
/// borrowed.
///
/// # Safety
///
/// `linker` is NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_func_cost(
    linker: *mut edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    cost: u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (module, name) = (text(module, module_len, "module")?, text(name, name_len, "name")?);
        object_mut(linker, "linker")?.0.func_cost(module, name, cost)?;
        Ok(())
    })
}

/// Whether a definition may replace an earlier one of the same name. Default true. Where it may not, the earlier one stays, and
/// `edge_linker_instantiate` refuses to work, so that the mistake is not missed.
///
/// # Safety
///
/// `linker` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_allow_shadowing(linker: *mut edge_linker_t, allow: bool) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object_mut(linker, "linker") }?.0.allow_shadowing(allow);
        Ok(())
    })
}

/// Whether `module.name` is defined. The names: borrowed.
///
/// # Safety
///
/// `linker` is NULL or live; the names have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_contains(
    linker: *const edge_linker_t,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let (module, name) = (text(module, module_len, "module").ok()?, text(name, name_len, "name").ok()?);
        Some(linker.as_ref()?.0.contains(module, name))
    })
}

/// Definition `index` in the order of the alphabet: its two names, views into the linker until it is changed. Returns false when there are no
/// more. `module`, `name`: may be NULL.
///
/// # Safety
///
/// `linker` is NULL or live; the others are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_definition(
    linker: *const edge_linker_t,
    index: usize,
    module: *mut edge_view_t,
    name: *mut edge_view_t,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let names = linker.as_ref()?.0.definitions().nth(index)?;
        give(module, || edge_view_t::new(names.0));
        give(name, || edge_view_t::new(names.1));
        Some(true)
    })
}

/// Makes what `host` describes in `store`, and defines it under its name. Nothing is defined when that fails. All handles: borrowed.
///
/// # Safety
///
/// The handles are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_linker_host_module(
    linker: *mut edge_linker_t,
    store: *const edge_store_t,
    host: *const edge_host_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let (store, host) = (&object(store, "store")?.0, &object(host, "host")?.0);
        object_mut(linker, "linker")?.0.host_module(store, host)?;
        Ok(())
    })
}
