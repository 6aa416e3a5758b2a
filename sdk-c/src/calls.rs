//! Calls that obey options. Without options (NULL) each does what its namesake does.

use std::ffi::c_char;

use edge_runtime::{Function, Result};

use crate::buffer::edge_buffer_t;
use crate::error::edge_error_t;
use crate::ffi::{give, guard, object, slice, text};
use crate::func::{edge_func_t, edge_slot_t};
use crate::function::{call, call_document, clear, clear_buffer, edge_function_t};
use crate::interrupt::{edge_call_options_t, obeying};
use crate::msgpack;
use crate::val::edge_val_t;
use crate::value::{edge_value_t, read_all};
use crate::vm::edge_vm_t;

/// As [`obeying`], for a function of a VM.
///
/// # Safety
///
/// `options` is NULL or live.
unsafe fn within<R>(
    options: *const edge_call_options_t,
    function: &Function,
    call: impl FnOnce() -> Result<R>,
) -> Result<R> {
    // SAFETY: by the contract above.
    unsafe { obeying(options, || Ok(function.vm().try_instance()?.store().clone()), call) }
}

/// As `edge_function_call`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_function_call`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call_with(
    function: *const edge_function_t,
    options: *const edge_call_options_t,
    args: *const edge_value_t,
    nargs: usize,
    result: *mut edge_value_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear(result);
        let function = object(function, "function")?.function();
        let args = read_all(args, nargs, "args")?;
        within(options, function, || call(function, &args, result))
    })
}

/// As `edge_function_call_msgpack`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_function_call_msgpack`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call_msgpack_with(
    function: *const edge_function_t,
    options: *const edge_call_options_t,
    args: *const u8,
    len: usize,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear_buffer(out);
        let function = object(function, "function")?.function();
        let args = msgpack::read_arguments(slice(args, len, "args")?)?;
        within(options, function, || call_document(function, &args, out))
    })
}

/// As `edge_function_call_scalar`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_function_call_scalar`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call_scalar_with(
    function: *const edge_function_t,
    options: *const edge_call_options_t,
    slots: *mut edge_slot_t,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let function = object(function, "function")?;
        within(options, function.function(), || function.call_scalar(slots, len))
    })
}

/// As `edge_func_call`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_func_call`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_call_with(
    func: *const edge_func_t,
    options: *const edge_call_options_t,
    args: *const edge_val_t,
    nargs: usize,
    results: *mut edge_val_t,
    nresults: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let func = object(func, "func")?;
        obeying(options, || Ok(func.func.store().clone()), || func.call(args, nargs, results, nresults))
    })
}

/// As `edge_func_call_raw`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_func_call_raw`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_call_raw_with(
    func: *const edge_func_t,
    options: *const edge_call_options_t,
    slots: *mut edge_slot_t,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let func = object(func, "func")?;
        obeying(options, || Ok(func.func.store().clone()), || func.call_raw(slots, len))
    })
}

/// As `edge_vm_run`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_vm_run`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_run_with(
    vm: *const edge_vm_t,
    options: *const edge_call_options_t,
    name: *const c_char,
    len: usize,
    args: *const edge_value_t,
    nargs: usize,
    result: *mut edge_value_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear(result);
        let function = object(vm, "vm")?.0.function(text(name, len, "name")?)?;
        let args = read_all(args, nargs, "args")?;
        within(options, &function, || call(&function, &args, result))
    })
}

/// As `edge_vm_run_msgpack`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_vm_run_msgpack`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_run_msgpack_with(
    vm: *const edge_vm_t,
    options: *const edge_call_options_t,
    name: *const c_char,
    name_len: usize,
    args: *const u8,
    len: usize,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear_buffer(out);
        let function = object(vm, "vm")?.0.function(text(name, name_len, "name")?)?;
        let args = msgpack::read_arguments(slice(args, len, "args")?)?;
        within(options, &function, || call_document(&function, &args, out))
    })
}

/// As `edge_vm_start`; the call obeys `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_vm_start`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_vm_start_with(
    vm: *const edge_vm_t,
    options: *const edge_call_options_t,
    code: *mut i32,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(code, || 0);
        let vm = &object(vm, "vm")?.0;
        let exit = obeying(options, || Ok(vm.try_instance()?.store().clone()), || vm.start())?;
        give(code, || exit);
        Ok(())
    })
}
