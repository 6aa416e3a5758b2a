//! Modules: compiled, shareable, inspectable.

use std::ffi::{c_char, c_void};

use edge_runtime::{ExternType, Module};

use crate::buffer::edge_view_t;
use crate::engine::{edge_engine_t, engine_or_default};
use crate::error::edge_error_t;
use crate::ffi::{Env, clone, free, getter, give, guard, handle, misuse, object, out_handle, slice, text};
use crate::types::edge_type_t;

/// A compiled module. It may be used from several threads and instantiated many times.
#[derive(Clone)]
pub struct edge_module_t(pub(crate) Module);

/// Compiles a module in the binary format. `engine`: borrowed, NULL for the one that the process shares. `bytes`: borrowed, `len`
/// of them. `out`: owned by the caller.
///
/// # Safety
///
/// `bytes` has `len` bytes; `engine` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_new(
    engine: *const edge_engine_t,
    bytes: *const u8,
    len: usize,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let bytes = slice(bytes, len, "bytes")?;
        *out = handle(edge_module_t(Module::new(&engine_or_default(engine)?, bytes)?));
        Ok(())
    })
}

/// Told how many functions of how many have been compiled, on the threads that compile: several at the same time, so that a larger
/// number may come before a smaller one.
pub type edge_progress_fn_t = Option<unsafe extern "C" fn(env: *mut c_void, done: usize, total: usize)>;

/// As `edge_module_new`, and calls `progress` with `env` until it returns; not at all where nothing is compiled then. `env`: borrowed.
///
/// # Safety
///
/// As `edge_module_new`; `progress` fits `env`, and both may be used on other threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_new_with_progress(
    engine: *const edge_engine_t,
    bytes: *const u8,
    len: usize,
    progress: edge_progress_fn_t,
    env: *mut c_void,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // Borrowed: nothing is released at the end.
    let env = &Env { data: env, drop: None };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let progress = progress.ok_or_else(|| misuse("`progress` is NULL"))?;
        let bytes = slice(bytes, len, "bytes")?;
        let tell = |done, total| {
            // The whole environment is borrowed in here, not only its pointer, which no other thread may use.
            let env: &Env = env;
            progress(env.data, done, total);
        };
        *out = handle(edge_module_t(Module::with_progress(&engine_or_default(engine)?, bytes, &tell)?));
        Ok(())
    })
}

/// How many of the functions that the module defines have been compiled: fewer than all only with `EDGE_COMPILE_LAZY`. `total`: how many
/// there are; may be NULL.
///
/// # Safety
///
/// `module` is NULL or live; `total` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_compiled_functions(module: *const edge_module_t, total: *mut usize) -> usize {
    // SAFETY: by the contract above.
    getter(0, || unsafe {
        give(total, || 0);
        let (compiled, all) = module.as_ref()?.0.compiled_functions();
        give(total, || all);
        Some(compiled)
    })
}

/// Compiles a module in the text format. As `edge_module_new`, with a text.
///
/// # Safety
///
/// `wat` has `len` bytes; `engine` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_from_text(
    engine: *const edge_engine_t,
    wat: *const c_char,
    len: usize,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let wat = text(wat, len, "wat")?;
        *out = handle(edge_module_t(Module::from_text(&engine_or_default(engine)?, wat)?));
        Ok(())
    })
}

/// Compiles a module from a file: `.wat` is the text format, all else binary. As `edge_module_new`, with a path.
///
/// # Safety
///
/// `path` has `len` bytes; `engine` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_from_file(
    engine: *const edge_engine_t,
    path: *const c_char,
    len: usize,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let path = text(path, len, "path")?;
        *out = handle(edge_module_t(Module::from_file(&engine_or_default(engine)?, path)?));
        Ok(())
    })
}

/// Checks a module in the binary format without keeping it. `engine`, `bytes`: borrowed, as for `edge_module_new`.
///
/// # Safety
///
/// `bytes` has `len` bytes; `engine` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_validate(
    engine: *const edge_engine_t,
    bytes: *const u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { Module::validate(&engine_or_default(engine)?, slice(bytes, len, "bytes")?) })
}

/// Another handle to the same module. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_clone(module: *const edge_module_t) -> *mut edge_module_t {
    // SAFETY: by the contract above.
    unsafe { clone(module) }
}

/// Frees a module's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `module` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_free(module: *mut edge_module_t) {
    // SAFETY: by the contract above.
    unsafe { free(module) }
}

/// The name in the module's name section: a view into the module, empty when it has none.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_name(module: *const edge_module_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || unsafe { module.as_ref() }?.0.name().map(edge_view_t::new))
}

/// Whether both are handles to one module. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_same(a: *const edge_module_t, b: *const edge_module_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// How many imports the module has.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_import_count(module: *const edge_module_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { module.as_ref() }?.0.imports().len()))
}

/// Import `index`: the module and name that it asks for (views into `module`) and its type (owned by the caller). Each of the
/// three may be NULL where it is not wanted.
///
/// # Safety
///
/// `module` is NULL or live; the others are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_import(
    module: *const edge_module_t,
    index: usize,
    module_name: *mut edge_view_t,
    name: *mut edge_view_t,
    ty: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(module_name, || edge_view_t::NONE);
        give(name, || edge_view_t::NONE);
        give(ty, std::ptr::null_mut);
        let mut imports = object(module, "module")?.0.imports();
        let len = imports.len();
        let import = imports.nth(index).ok_or_else(|| misuse(format!("import {index} of {len} does not exist")))?;
        give(module_name, || edge_view_t::new(import.module()));
        give(name, || edge_view_t::new(import.name()));
        give(ty, || handle(edge_type_t::new(import.ty())));
        Ok(())
    })
}

/// How many exports the module has.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_export_count(module: *const edge_module_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { module.as_ref() }?.0.exports().len()))
}

/// Export `index`: its name (a view into `module`) and its type (owned by the caller). Both may be NULL where they are not wanted.
///
/// # Safety
///
/// `module` is NULL or live; the others are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_export(
    module: *const edge_module_t,
    index: usize,
    name: *mut edge_view_t,
    ty: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(name, || edge_view_t::NONE);
        give(ty, std::ptr::null_mut);
        let mut exports = object(module, "module")?.0.exports();
        let len = exports.len();
        let export = exports.nth(index).ok_or_else(|| misuse(format!("export {index} of {len} does not exist")))?;
        give(name, || edge_view_t::new(export.name()));
        give(ty, || handle(edge_type_t::new(export.ty())));
        Ok(())
    })
}

/// The type of the export with that name: owned by the caller, NULL when there is none. `name`: borrowed.
///
/// # Safety
///
/// `module` is NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_export_type(
    module: *const edge_module_t,
    name: *const c_char,
    len: usize,
) -> *mut edge_type_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || unsafe {
        let found: ExternType = module.as_ref()?.0.export(text(name, len, "name").ok()?)?;
        Some(handle(edge_type_t::new(found)))
    })
}

/// How many custom sections the module has.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_custom_section_count(module: *const edge_module_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { module.as_ref() }?.0.custom_section_names().count()))
}

/// The name of custom section `index`: a view into the module, empty when there is no such section.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_custom_section_name(module: *const edge_module_t, index: usize) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || unsafe { module.as_ref() }?.0.custom_section_names().nth(index).map(edge_view_t::new))
}

/// The bytes of the custom section `name`, number `index` of that name: a view into the module in `*out`. Returns whether there
/// is such a section. `name`: borrowed.
///
/// # Safety
///
/// `module` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_custom_section(
    module: *const edge_module_t,
    name: *const c_char,
    len: usize,
    index: usize,
    out: *mut edge_view_t,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let bytes = module.as_ref()?.0.custom_sections(text(name, len, "name").ok()?).nth(index)?;
        give(out, || edge_view_t::bytes(bytes));
        Some(true)
    })
}
