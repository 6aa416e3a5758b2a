//! Host functions on rich values.

use std::ffi::c_void;
use std::ptr;

use edge_runtime::{BoxError, HostCall, Result, Value};

use crate::buffer::edge_buffer_t;
use crate::caller::caller_memory;
use crate::error::edge_error_t;
use crate::ffi::{Env, getter, guard, handle, misuse, object, out_handle};
use crate::memory::edge_memory_t;
use crate::msgpack;
use crate::value::{Lent, edge_value_t};
use crate::vm::edge_vm_t;

/// A call of a host function in progress; valid until the host function returns.
pub struct edge_host_call_t {
    /// Its lifetime is that of the call, which C promises not to outlive.
    call: *const HostCall<'static>,
}

impl edge_host_call_t {
    fn new(call: &HostCall<'_>) -> Self {
        Self { call: ptr::from_ref(call).cast() }
    }

    fn call(&self) -> &HostCall<'_> {
        // SAFETY: the object lives on the stack of the call it stands for, see `invoke`.
        unsafe { &*self.call.cast() }
    }
}

/// A host function.
///
/// `env`: the pointer it was made with. `call`: valid until it returns. `args`: borrowed until it returns. `result`: null at first;
/// to be set to the result, which is copied at once after the return, so that it may point to what outlives the function (static
/// data, what `env` owns, the arguments), or be a tree made by `edge_value_copy`, which the library then frees. Returns NULL for
/// success, or an error that the library takes over. It may be called on any thread, and must not unwind (throw) through the
/// library.
pub type edge_host_fn_t = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        call: *const edge_host_call_t,
        args: *const edge_value_t,
        nargs: usize,
        result: *mut edge_value_t,
    ) -> *mut edge_error_t,
>;

/// A host function that speaks MessagePack (the mapping is described at `edge_function_call_msgpack`).
///
/// `args`: borrowed until it returns, a document that is an array. `result`: empty at first, which means null; to be filled by
/// `edge_buffer_copy` with one document, and taken over by the library. All else as for `edge_host_fn_t`.
pub type edge_host_msgpack_fn_t = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        call: *const edge_host_call_t,
        args: *const u8,
        len: usize,
        result: *mut edge_buffer_t,
    ) -> *mut edge_error_t,
>;

/// What the engine calls.
pub(crate) type HostClosure =
    Box<dyn Fn(HostCall<'_>, &[Value<'static>]) -> Result<Value<'static>, BoxError> + Send + Sync>;

/// A closure over a host function of C.
pub(crate) fn values(function: edge_host_fn_t, env: Env) -> Result<HostClosure> {
    let function = function.ok_or_else(|| misuse("`function` is NULL"))?;
    Ok(Box::new(move |call, args| {
        // The whole environment moves in here, not only its pointer: it goes with the closure.
        let env = &env;
        let mut lent = Lent::default();
        let args: Vec<_> = args.iter().map(|value| edge_value_t::lent(value, &mut lent)).collect();
        let mut result = edge_value_t::NULL;
        // SAFETY: the embedder gave the function for this environment; all pointers live through the call.
        let error =
            unsafe { function(env.data, &edge_host_call_t::new(&call), args.as_ptr(), args.len(), &mut result) };
        // SAFETY: the function was to return NULL or an error that is now ours.
        let outcome = match unsafe { edge_error_t::from_callback(error) } {
            Some(error) => Err(error),
            // SAFETY: the function was to leave a well-formed value.
            None => unsafe { result.read() }.map(Value::into_owned).map_err(BoxError::from),
        };
        // SAFETY: the result is ours if it is a tree of the library; arguments that it was set to are not.
        unsafe { result.release() };
        outcome
    }))
}

/// A closure over a host function of C that speaks MessagePack.
pub(crate) fn documents(function: edge_host_msgpack_fn_t, env: Env) -> Result<HostClosure> {
    let function = function.ok_or_else(|| misuse("`function` is NULL"))?;
    Ok(Box::new(move |call, args| {
        let env = &env;
        let args = msgpack::write_arguments(args);
        let mut result = edge_buffer_t::EMPTY;
        // SAFETY: the embedder gave the function for this environment; all pointers live through the call.
        let error =
            unsafe { function(env.data, &edge_host_call_t::new(&call), args.as_ptr(), args.len(), &mut result) };
        // SAFETY: the function was to leave the buffer empty or filled by this library.
        let result = unsafe { result.into_bytes() };
        // SAFETY: the function was to return NULL or an error that is now ours.
        match unsafe { edge_error_t::from_callback(error) } {
            Some(error) => Err(error),
            None if result.is_empty() => Ok(Value::Null),
            None => Ok(msgpack::read(&result)?.into_owned()),
        }
    }))
}

/// The VM whose guest called, to call it again. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `call` is NULL or what a running host function was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_call_vm(call: *const edge_host_call_t) -> *mut edge_vm_t {
    // SAFETY: by the contract above.
    getter(ptr::null_mut(), || Some(handle(edge_vm_t::own(unsafe { call.as_ref() }?.call().vm()))))
}

/// Memory `index` of the module that called. `out`: owned by the caller.
///
/// # Safety
///
/// `call` is NULL or what a running host function was given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_host_call_memory(
    call: *const edge_host_call_t,
    index: u32,
    out: *mut *mut edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let memory = caller_memory(object(call, "call")?.call().caller(), index)?;
        *out = handle(edge_memory_t(memory));
        Ok(())
    })
}
