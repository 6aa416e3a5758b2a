//! Modules as files that hold their compiled code, and the machines that it is for.

use std::ffi::c_char;

use edge_runtime::{ArtifactForm, Module, Result, Target};

use crate::buffer::edge_buffer_t;
use crate::config::{change, edge_config_t};
use crate::engine::{edge_engine_t, engine_or_default};
use crate::error::edge_error_t;
use crate::ffi::{getter, guard, handle, misuse, object, out, out_handle, slice, text};
use crate::module::edge_module_t;

/// The form of a file with compiled code: one of `EDGE_ARTIFACT_*`.
pub type edge_artifact_t = u32;

/// The module, with its native code in a custom section: every other runtime runs it too, and edge where the code does not suit.
pub const EDGE_ARTIFACT_UNIVERSAL: edge_artifact_t = 0;
/// Native code of edge, which nothing else can use.
pub const EDGE_ARTIFACT_NATIVE: edge_artifact_t = 1;

fn form(code: edge_artifact_t) -> Result<ArtifactForm> {
    Ok(match code {
        EDGE_ARTIFACT_UNIVERSAL => ArtifactForm::Universal,
        EDGE_ARTIFACT_NATIVE => ArtifactForm::Native,
        other => return Err(misuse(format!("`form` is {other}, and none of EDGE_ARTIFACT_*"))),
    })
}

/// The module and its compiled code as the contents of a file, for `edge_module_from_trusted_bytes`. `form`: one of `EDGE_ARTIFACT_*`.
/// `out`: owned by the caller.
///
/// # Safety
///
/// `module` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_serialize(
    module: *const edge_module_t,
    form: edge_artifact_t,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_buffer_t::EMPTY)?;
        *out = edge_buffer_t::new(object(module, "module")?.0.serialize(self::form(form)?)?);
        Ok(())
    })
}

/// `edge_module_serialize` into a file. It appears whole or not at all, and who uses the one before keeps that. `path`: borrowed.
///
/// # Safety
///
/// `module` is NULL or live; `path` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_serialize_to(
    module: *const edge_module_t,
    form: edge_artifact_t,
    path: *const c_char,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(module, "module")?.0.serialize_to(text(path, len, "path")?, self::form(form)?) })
}

/// Whether the module's native code was loaded, not compiled. False for NULL.
///
/// # Safety
///
/// `module` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_is_precompiled(module: *const edge_module_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { module.as_ref() }?.0.is_precompiled()))
}

/// A module from bytes that may hold native code, which is then used: what `edge_module_serialize` gave, or a module in the binary format.
/// A universal module whose code does not suit this machine and engine is compiled; where nothing but native code is there, that is
/// `EDGE_KIND_ARTIFACT_MISMATCH`. Damage is `EDGE_KIND_ARTIFACT_DAMAGED`.
///
/// Trusted means: whoever can write these bytes can have anything executed by this process. Give only what this function's namesake made
/// and nobody else had a hand in; for everything else there is `edge_module_new`. `engine`: borrowed, NULL for the one that the
/// process shares. `bytes`: borrowed and copied. `out`: owned by the caller.
///
/// # Safety
///
/// `engine` is NULL or live; `bytes` has `len` bytes, and native code in them was made by `edge_module_serialize`; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_from_trusted_bytes(
    engine: *const edge_engine_t,
    bytes: *const u8,
    len: usize,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let bytes = slice(bytes, len, "bytes")?;
        *out = handle(edge_module_t(Module::from_trusted_bytes(&engine_or_default(engine)?, bytes)?));
        Ok(())
    })
}

/// `edge_module_from_trusted_bytes` of a file, which is mapped and not read: nobody writes into it while the module lives
/// (`edge_module_serialize_to` puts a new file in its place). Text when the name ends in `.wat`. `path`: borrowed. All else as
/// `edge_module_from_trusted_bytes`.
///
/// # Safety
///
/// As `edge_module_from_trusted_bytes`, for the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_module_from_trusted_file(
    engine: *const edge_engine_t,
    path: *const c_char,
    len: usize,
    out: *mut *mut edge_module_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let path = text(path, len, "path")?;
        *out = handle(edge_module_t(Module::from_trusted_file(&engine_or_default(engine)?, path)?));
        Ok(())
    })
}

/// Sets the machine that code is made for: `host`, the default, for this one with everything that its processor can do; `generic` for
/// any of its kind that has what all operators need; or the target triple of another, such as `aarch64-unknown-linux-gnu`. Modules of
/// an engine for another kind of machine can be written to files (`edge_module_serialize_to`), but not be instantiated here. `name`:
/// borrowed; one that is none is refused by `edge_engine_new`.
///
/// # Safety
///
/// `config` is NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_target(
    config: *mut edge_config_t,
    name: *const c_char,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let target = match text(name, len, "name")? {
            "host" => Target::Host,
            "generic" => Target::Generic,
            triple => Target::Triple(triple.to_owned()),
        };
        change(config, |config| Ok(config.target(target)))
    })
}

/// What `edge_config_set_target` was set to. `out`: owned by the caller.
///
/// # Safety
///
/// `config` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_target(
    config: *const edge_config_t,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_buffer_t::EMPTY)?;
        *out = edge_buffer_t::new(match object(config, "config")?.0.get_target() {
            Target::Host => b"host".to_vec(),
            Target::Generic => b"generic".to_vec(),
            Target::Triple(triple) => triple.into_bytes(),
        });
        Ok(())
    })
}
