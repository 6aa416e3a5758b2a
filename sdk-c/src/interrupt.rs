//! Ending calls: tokens, options of a call, and a hook that looks in while a guest runs.

use std::ffi::c_void;
use std::rc::Rc;

use edge_runtime::interrupt::{TickHook, set_tick};
use edge_runtime::{CallOptions, CancelToken, Error, Result, Store};

use crate::error::edge_error_t;
use crate::ffi::{
    Env, amount, clone, edge_drop_fn_t, free, getter, guard, handle, misuse, nanoseconds, object, object_mut,
};
use crate::ffi::{optional, time};
use crate::store::edge_store_t;

/// Ends calls from any thread: all that began under it, and all that begin later.
#[derive(Clone)]
pub struct edge_cancel_token_t(CancelToken);

/// What a call obeys besides the limits of its store. A new object asks for nothing. It may be used by several threads at the same time
/// as long as none changes it.
#[derive(Clone, Default)]
pub struct edge_call_options_t(pub(crate) CallOptions);

/// A token that is not cancelled. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_cancel_token_new() -> *mut edge_cancel_token_t {
    handle(edge_cancel_token_t(CancelToken::new()))
}

/// Another handle to the same token. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `token` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_cancel_token_clone(token: *const edge_cancel_token_t) -> *mut edge_cancel_token_t {
    // SAFETY: by the contract above.
    unsafe { clone(token) }
}

/// Frees a token's handle, in any order with others; that cancels nothing. NULL is fine.
///
/// # Safety
///
/// `token` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_cancel_token_free(token: *mut edge_cancel_token_t) {
    // SAFETY: by the contract above.
    unsafe { free(token) }
}

/// Ends all calls under the token within a few milliseconds, with `EDGE_KIND_CANCELLED`, and fails all that begin later. From any
/// thread; never waits for the calls. NULL is fine.
///
/// # Safety
///
/// `token` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_cancel_token_cancel(token: *const edge_cancel_token_t) {
    getter((), || {
        // SAFETY: by the contract above.
        unsafe { token.as_ref() }?.0.cancel();
        None
    });
}

/// Whether the token was cancelled. False for NULL.
///
/// # Safety
///
/// `token` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_cancel_token_is_cancelled(token: *const edge_cancel_token_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { token.as_ref() }?.0.is_cancelled()))
}

/// Options that ask for nothing. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_call_options_new() -> *mut edge_call_options_t {
    handle(edge_call_options_t::default())
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_clone(options: *const edge_call_options_t) -> *mut edge_call_options_t {
    // SAFETY: by the contract above.
    unsafe { clone(options) }
}

/// Frees options; calls in progress keep to them. NULL is fine.
///
/// # Safety
///
/// `options` is NULL or live, not used again, and by no call in progress on another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_free(options: *mut edge_call_options_t) {
    // SAFETY: by the contract above.
    unsafe { free(options) }
}

/// How long a call may take, in nanoseconds from its begin; then it ends with `EDGE_KIND_DEADLINE_EXCEEDED`. `EDGE_NO_LIMIT`, the
/// default, leaves that to the limits of the store.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_set_deadline(
    options: *mut edge_call_options_t,
    nanoseconds: u64,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object_mut(options, "options") }?.0.deadline = time(nanoseconds);
        Ok(())
    })
}

/// What `edge_call_options_set_deadline` was set to; `EDGE_NO_LIMIT` for NULL.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_deadline(options: *const edge_call_options_t) -> u64 {
    // SAFETY: by the contract above.
    getter(u64::MAX, || Some(nanoseconds(unsafe { options.as_ref() }?.0.deadline)))
}

/// The token that ends a call. `token`: borrowed and copied; NULL, the default, for none.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_set_cancel(
    options: *mut edge_call_options_t,
    token: *const edge_cancel_token_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        object_mut(options, "options")?.0.cancel = token.as_ref().map(|token| token.0.clone());
        Ok(())
    })
}

/// Fuel that a call may use; what the store has left is a limit too. `EDGE_NO_LIMIT`, the default, for no more than that. Needs
/// `edge_config_set_fuel`.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_set_fuel(options: *mut edge_call_options_t, fuel: u64) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object_mut(options, "options") }?.0.fuel = optional(fuel);
        Ok(())
    })
}

/// What `edge_call_options_set_fuel` was set to; `EDGE_NO_LIMIT` for NULL.
///
/// # Safety
///
/// `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_call_options_fuel(options: *const edge_call_options_t) -> u64 {
    // SAFETY: by the contract above.
    getter(u64::MAX, || Some(amount(unsafe { options.as_ref() }?.0.fuel)))
}

/// Runs `call`, which obeys `options`, as does waiting for its turn. NULL asks for nothing, and costs nothing.
///
/// # Safety
///
/// `options` is NULL or live.
#[inline]
pub(crate) unsafe fn obeying<R>(
    options: *const edge_call_options_t,
    store: impl FnOnce() -> Result<Store>,
    call: impl FnOnce() -> Result<R>,
) -> Result<R> {
    // SAFETY: by the contract above.
    match unsafe { options.as_ref() } {
        None => call(),
        Some(options) => store()?.with_options(&options.0, call),
    }
}

/// What `edge_store_within` runs. Returns NULL for success, or an error that the library takes over.
pub type edge_body_fn_t = Option<unsafe extern "C" fn(env: *mut c_void) -> *mut edge_error_t>;

/// Runs `body`, in which all calls of this thread obey `options`: instantiating a module, for instance. Where that is done inside of one
/// another, the tightest ends a call. All arguments: borrowed.
///
/// # Safety
///
/// The handles are NULL or live; `body` fits `env`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_store_within(
    store: *const edge_store_t,
    options: *const edge_call_options_t,
    body: edge_body_fn_t,
    env: *mut c_void,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let store = &object(store, "store")?.0;
        let body = body.ok_or_else(|| misuse("`body` is NULL"))?;
        obeying(options, || Ok(store.clone()), || outcome(body(env)))
    })
}

/// What a callback that is no host function returned.
///
/// # Safety
///
/// `error` is NULL or a live error, which this call consumes.
unsafe fn outcome(error: *mut edge_error_t) -> Result<()> {
    // SAFETY: by the contract above.
    unsafe { edge_error_t::from_callback(error) }.map_or(Ok(()), |error| Err(Error::host(error)))
}

/// A hook: looks in while a guest runs. Returns NULL to let it go on, or an error that the library takes over, with which the guest
/// ends.
pub type edge_tick_fn_t = Option<unsafe extern "C" fn(env: *mut c_void) -> *mut edge_error_t>;

/// Calls `hook` on this thread about every 5 ms while a guest, or a host function of ours that waits, runs on it: to look at signals, for
/// instance. NULL takes it away. `env`: owned by the hook from here on, also when this fails; released by `drop` (which may be NULL)
/// when the hook is replaced or the thread ends.
///
/// # Safety
///
/// `hook` fits `env`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_set_tick(
    hook: edge_tick_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    guard(move || {
        let hook = hook.map(|hook| -> TickHook {
            Rc::new(move || {
                // The whole environment moves in here, not only its pointer: it goes with the hook.
                let env = &env;
                // SAFETY: by the contract above.
                unsafe { outcome(hook(env.data)) }
            })
        });
        set_tick(hook)
    })
}
