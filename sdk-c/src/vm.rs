//! The easy door: one module, its WASI, its limits, run by name.

use std::ffi::c_char;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use edge_runtime::{Module, Pooled, Result, Source, Vm};

use crate::buffer::edge_buffer_t;
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, give, guard, handle, misuse, object, out, out_handle, slice, text};
use crate::function::{call, call_document, clear, clear_buffer, edge_function_t};
use crate::module::edge_module_t;
use crate::options::edge_options_t;
use crate::value::{edge_value_t, read_all};
use crate::{msgpack, signature};

/// One module with its store, its WASI and its limits. It may be used from several threads: calls wait for one another.
#[derive(Clone)]
pub struct edge_vm_t(pub(crate) Held);

/// Whose a VM is.
#[derive(Clone)]
pub(crate) enum Held {
    Own(Vm),
    /// A pool's; it goes back with the last handle.
    Lent(Arc<Pooled>),
}

impl Deref for Held {
    type Target = Vm;

    fn deref(&self) -> &Vm {
        match self {
            Self::Own(vm) => vm,
            Self::Lent(vm) => vm,
        }
    }
}

impl edge_vm_t {
    pub(crate) fn own(vm: Vm) -> Self {
        Self(Held::Own(vm))
    }

    pub(crate) fn lent(vm: Pooled) -> Self {
        Self(Held::Lent(Arc::new(vm)))
    }
}

/// Loads a VM from a file: `.wat` is the text format, all else binary. `path`: borrowed. `options`: borrowed, NULL for the defaults.
/// `out`: owned by the caller.
///
/// # Safety
///
/// `path` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_load(
    path: *const c_char,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_vm_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok(Path::new(text(path, len, "path")?).into())) })
}

/// Loads a VM from a module in the binary format. `bytes`: borrowed. All else as `edge_vm_load`.
///
/// # Safety
///
/// `bytes` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_load_bytes(
    bytes: *const u8,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_vm_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok(slice(bytes, len, "bytes")?.into())) })
}

/// Loads a VM from a module in the text format. `wat`: borrowed. All else as `edge_vm_load`.
///
/// # Safety
///
/// `wat` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_load_text(
    wat: *const c_char,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_vm_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        load(options, out, |options| Ok(Module::from_text(&options.engine(), text(wat, len, "wat")?)?.into()))
    })
}

/// Loads a VM from a compiled module. `module`: borrowed. All else as `edge_vm_load`.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_load_module(
    module: *const edge_module_t,
    options: *const edge_options_t,
    out: *mut *mut edge_vm_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok((&object(module, "module")?.0).into())) })
}

/// # Safety
///
/// `options` is NULL or live; `out` may be written to.
unsafe fn load<'a>(
    options: *const edge_options_t,
    out: *mut *mut edge_vm_t,
    source: impl FnOnce(&edge_options_t) -> Result<Source<'a>>,
) -> Result<()> {
    // SAFETY: by the contract above.
    let (out, options) = unsafe { (out_handle(out)?, options.as_ref().cloned().unwrap_or_default()) };
    let source = source(&options)?;
    *out = handle(edge_vm_t::own(options.builder().load(source)?));
    Ok(())
}

/// Another handle to the same VM. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_clone(vm: *const edge_vm_t) -> *mut edge_vm_t {
    // SAFETY: by the contract above.
    unsafe { clone(vm) }
}

/// Frees a VM's handle, in any order with others; the last one of a VM that a pool lent gives it back. NULL is fine.
///
/// # Safety
///
/// `vm` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_free(vm: *mut edge_vm_t) {
    // SAFETY: by the contract above.
    unsafe { free(vm) }
}

/// Closes the VM for all its handles and functions: further calls are `EDGE_KIND_CLOSED`. What was freed before is no matter.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_close(vm: *const edge_vm_t) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object(vm, "vm") }?.0.close();
        Ok(())
    })
}

/// Whether the VM has been closed, by any of its handles. True for NULL.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_is_closed(vm: *const edge_vm_t) -> bool {
    // SAFETY: by the contract above.
    getter(true, || Some(unsafe { vm.as_ref() }?.0.is_closed()))
}

/// Calls the guest function `name`. `name`: borrowed. All else as `edge_function_call`.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `args` has `nargs` well-formed values; `result` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_run(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    args: *const edge_value_t,
    nargs: usize,
    result: *mut edge_value_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear(result);
        let vm = &object(vm, "vm")?.0;
        call(&vm.function(text(name, len, "name")?)?, &read_all(args, nargs, "args")?, result)
    })
}

/// Calls the guest function `name` with MessagePack in and out. `name`: borrowed. All else as `edge_function_call_msgpack`.
///
/// # Safety
///
/// `vm` is NULL or live; `name` and `args` have the lengths given; `out` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_run_msgpack(
    vm: *const edge_vm_t,
    name: *const c_char,
    name_len: usize,
    args: *const u8,
    len: usize,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear_buffer(out);
        let args = msgpack::read_arguments(slice(args, len, "args")?)?;
        call_document(&object(vm, "vm")?.0.function(text(name, name_len, "name")?)?, &args, out)
    })
}

/// Resolves the guest function `name`. It goes on working after `edge_vm_reset`. `name`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_function(
    vm: *const edge_vm_t,
    name: *const c_char,
    len: usize,
    out: *mut *mut edge_function_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let vm = &object(vm, "vm")?.0;
        *out = handle(edge_function_t::new(vm.function(text(name, len, "name")?)?));
        Ok(())
    })
}

/// How many functions the VM's guest has to call: those of bindgen if it has any, else its plain exports.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_function_count(vm: *const edge_vm_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { vm.as_ref() }?.0.functions().len()))
}

/// Function `index` of those. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_function_at(
    vm: *const edge_vm_t,
    index: usize,
    out: *mut *mut edge_function_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let vm = &object(vm, "vm")?.0;
        let mut functions = vm.functions();
        if index >= functions.len() {
            return Err(misuse(format!("function {index} of {} does not exist", functions.len())));
        }
        *out = handle(edge_function_t::new(functions.swap_remove(index)));
        Ok(())
    })
}

/// The VM's whole interface as MessagePack: a map of `functions` (array of what `edge_function_signature_msgpack` gives) and `types`
/// (array of the structs and enums, as in the description section, `docs/bindgen-abi.md`, 5). `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_interface_msgpack(vm: *const edge_vm_t, out: *mut edge_buffer_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_buffer_t::EMPTY)?;
        let vm = &object(vm, "vm")?.0;
        let functions = vm.functions();
        let signatures: Vec<_> = functions.iter().map(edge_runtime::Function::signature).collect();
        let mut document = Vec::new();
        signature::interface(&mut document, &signatures, vm.interface());
        *out = edge_buffer_t::new(document);
        Ok(())
    })
}

/// Runs a command: the guest's `_start`. `code`: where its exit code goes, 0 if it returned; may be NULL.
///
/// # Safety
///
/// `vm` is NULL or live; `code` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_start(vm: *const edge_vm_t, code: *mut i32) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(code, || 0);
        let exit = object(vm, "vm")?.0.start()?;
        give(code, || exit);
        Ok(())
    })
}

/// Ends the call that is in progress, with `EDGE_KIND_CANCELLED`, and tells whether there was one. From any thread; later calls are not
/// affected.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_cancel(vm: *const edge_vm_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { vm.as_ref() }?.0.cancel()))
}

/// Whether both are handles to one VM. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_same(a: *const edge_vm_t, b: *const edge_vm_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Makes the VM fresh: a new instance, poison gone. Functions resolved before go on working.
///
/// # Safety
///
/// `vm` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_reset(vm: *const edge_vm_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(vm, "vm")?.0.reset() })
}

/// Whether an earlier call left the guest in an unknown state, so that calls are refused until `edge_vm_reset`. `cause`: where the text
/// of the first cause goes, owned by the caller; may be NULL.
///
/// # Safety
///
/// `vm` is NULL or live; `cause` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_poisoned(vm: *const edge_vm_t, cause: *mut edge_buffer_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        clear_buffer(cause);
        let text = vm.as_ref()?.0.poisoned()?;
        if !cause.is_null() {
            cause.write(edge_buffer_t::new(text.into_bytes()));
        }
        Some(true)
    })
}

/// What the guest wrote to standard output, if `edge_wasi_stdout_capture` was asked for. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_stdout(vm: *const edge_vm_t, out: *mut edge_buffer_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        *self::out(out, edge_buffer_t::EMPTY)? = edge_buffer_t::new(object(vm, "vm")?.0.stdout());
        Ok(())
    })
}

/// What the guest wrote to standard error, if `edge_wasi_stderr_capture` was asked for. `out`: owned by the caller.
///
/// # Safety
///
/// `vm` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_stderr(vm: *const edge_vm_t, out: *mut edge_buffer_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        *self::out(out, edge_buffer_t::EMPTY)? = edge_buffer_t::new(object(vm, "vm")?.0.stderr());
        Ok(())
    })
}
