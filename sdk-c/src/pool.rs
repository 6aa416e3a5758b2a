//! Pools: several VMs of one module, lent to whoever asks.

use std::ffi::c_char;
use std::path::Path;
use std::time::{Duration, Instant};

use edge_runtime::{CallOptions, CancelToken, Error, Kind, Module, Phase, Pool, Pooled, Result, Source, Value};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, misuse, object, out_handle, slice, text, time};
use crate::function::{call, clear};
use crate::interrupt::edge_call_options_t;
use crate::module::edge_module_t;
use crate::options::edge_options_t;
use crate::value::{edge_value_t, read_all};
use crate::vm::edge_vm_t;

/// Several VMs of one module, each lent to one borrower at a time and made when it is first needed. It may be used from several threads.
#[derive(Clone)]
pub struct edge_pool_t(Pool);

/// The arguments of one call. Read during the call and not kept.
#[repr(C)]
pub struct edge_args_t {
    /// As many values as there are arguments; NULL if there are none.
    pub args: *const edge_value_t,
    /// How many.
    pub nargs: usize,
}

/// Loads a pool from a file: `.wat` is the text format, all else binary. Compiles it and makes the first VM, so that what cannot be
/// loaded is refused here. `path`: borrowed. `options`: borrowed, what every VM is given, NULL for the defaults; see
/// `edge_options_set_pool_size` and `edge_options_set_pool_keep_state`. `out`: owned by the caller.
///
/// # Safety
///
/// `path` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_load(
    path: *const c_char,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_pool_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok(Path::new(text(path, len, "path")?).into())) })
}

/// Loads a pool from a module in the binary format. `bytes`: borrowed. All else as `edge_pool_load`.
///
/// # Safety
///
/// `bytes` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_load_bytes(
    bytes: *const u8,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_pool_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok(slice(bytes, len, "bytes")?.into())) })
}

/// Loads a pool from a module in the text format. `wat`: borrowed. All else as `edge_pool_load`.
///
/// # Safety
///
/// `wat` has `len` bytes; `options` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_load_text(
    wat: *const c_char,
    len: usize,
    options: *const edge_options_t,
    out: *mut *mut edge_pool_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        load(options, out, |options| Ok(Module::from_text(&options.engine(), text(wat, len, "wat")?)?.into()))
    })
}

/// Loads a pool from a compiled module. `module`: borrowed. All else as `edge_pool_load`.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_load_module(
    module: *const edge_module_t,
    options: *const edge_options_t,
    out: *mut *mut edge_pool_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { load(options, out, |_| Ok((&object(module, "module")?.0).into())) })
}

/// # Safety
///
/// `options` is NULL or live; `out` may be written to.
unsafe fn load<'a>(
    options: *const edge_options_t,
    out: *mut *mut edge_pool_t,
    source: impl FnOnce(&edge_options_t) -> Result<Source<'a>>,
) -> Result<()> {
    // SAFETY: by the contract above.
    let (out, options) = unsafe { (out_handle(out)?, options.as_ref().cloned().unwrap_or_default()) };
    let source = source(&options)?;
    *out = handle(edge_pool_t(options.pool_builder().load(source)?));
    Ok(())
}

/// Another handle to the same pool. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_clone(pool: *const edge_pool_t) -> *mut edge_pool_t {
    // SAFETY: by the contract above.
    unsafe { clone(pool) }
}

/// Frees a pool's handle, in any order with others and with the VMs that it lent. NULL is fine.
///
/// # Safety
///
/// `pool` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_free(pool: *mut edge_pool_t) {
    // SAFETY: by the contract above.
    unsafe { free(pool) }
}

/// Closes the pool for all its handles: nothing is lent any more, who waits gets `EDGE_KIND_CLOSED`, idle guests are freed now and lent
/// ones when they come back. Closing twice is fine.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_close(pool: *const edge_pool_t) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        unsafe { object(pool, "pool") }?.0.close();
        Ok(())
    })
}

/// Whether the pool has been closed. True for NULL.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_is_closed(pool: *const edge_pool_t) -> bool {
    // SAFETY: by the contract above.
    getter(true, || Some(unsafe { pool.as_ref() }?.0.is_closed()))
}

/// How many VMs there may be. 0 for NULL.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_size(pool: *const edge_pool_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { pool.as_ref() }?.0.size()))
}

/// How many VMs there are now, lent ones included. 0 for NULL.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_made(pool: *const edge_pool_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { pool.as_ref() }?.0.made()))
}

/// The module. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `pool` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_module(pool: *const edge_pool_t) -> *mut edge_module_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_module_t(unsafe { pool.as_ref() }?.0.module().clone()))))
}

/// Borrows a VM; waits until one is free. `out`: owned by the caller, and given back to the pool by `edge_vm_free`, with the last handle
/// where it was cloned. The next borrower gets a fresh guest, unless `edge_options_set_pool_keep_state` says otherwise. What the borrower
/// resolved (`edge_function_t`) is freed before: a guest that someone still has a hold of is not lent again.
///
/// # Safety
///
/// `pool` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_get(pool: *const edge_pool_t, out: *mut *mut edge_vm_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { lend(pool, out, Pool::get) })
}

/// Borrows a VM; waits no longer than so many nanoseconds, then fails with `EDGE_KIND_BUSY`. `EDGE_NO_LIMIT` waits for ever. `out`: as
/// `edge_pool_get`.
///
/// # Safety
///
/// `pool` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_get_timeout(
    pool: *const edge_pool_t,
    nanoseconds: u64,
    out: *mut *mut edge_vm_t,
) -> *mut edge_error_t {
    let get = |pool: &Pool| time(nanoseconds).map_or_else(|| pool.get(), |time| pool.get_timeout(time));
    // SAFETY: by the contract above.
    guard(|| unsafe { lend(pool, out, get) })
}

/// Borrows a VM if one is free, else fails with `EDGE_KIND_BUSY`. `out`: as `edge_pool_get`.
///
/// # Safety
///
/// `pool` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_try_get(pool: *const edge_pool_t, out: *mut *mut edge_vm_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { lend(pool, out, Pool::try_get) })
}

/// # Safety
///
/// `pool` is NULL or live; `out` may be written to.
unsafe fn lend(
    pool: *const edge_pool_t,
    out: *mut *mut edge_vm_t,
    get: impl FnOnce(&Pool) -> Result<Pooled>,
) -> Result<()> {
    // SAFETY: by the contract above.
    unsafe {
        let out = out_handle(out)?;
        *out = handle(edge_vm_t::lent(get(&object(pool, "pool")?.0)?));
    }
    Ok(())
}

/// Calls the guest function `name` with a borrowed VM, waiting until one is free. As `edge_vm_run`.
///
/// # Safety
///
/// As `edge_vm_run`, for a pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_run(
    pool: *const edge_pool_t,
    name: *const c_char,
    len: usize,
    args: *const edge_value_t,
    nargs: usize,
    result: *mut edge_value_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { edge_pool_run_with(pool, std::ptr::null(), name, len, args, nargs, result) }
}

/// As `edge_pool_run`; waiting for a VM and the call together obey `options`: borrowed, NULL for nothing to obey.
///
/// # Safety
///
/// As `edge_pool_run`; `options` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_run_with(
    pool: *const edge_pool_t,
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
        let pool = &object(pool, "pool")?.0;
        let (name, args) = (text(name, len, "name")?, read_all(args, nargs, "args")?);
        let Some(options) = options.as_ref() else {
            return call(&pool.get()?.function(name)?, &args, result);
        };
        let (vm, left) = get_obeying(pool, &options.0)?;
        let function = vm.function(name)?;
        let store = vm.try_instance()?.store().clone();
        store.with_options(&left, || call(&function, &args, result))
    })
}

/// How often who waits for a VM looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(5);

/// A wait for a VM that has begun.
struct Wait<'a> {
    begun: Instant,
    options: &'a CallOptions,
}

impl<'a> Wait<'a> {
    fn new(options: &'a CallOptions) -> Self {
        Self { begun: Instant::now(), options }
    }

    fn left(&self) -> Option<Duration> {
        self.options.deadline.map(|time| time.saturating_sub(self.begun.elapsed()))
    }

    /// How long to wait before the next look; an error when there is no more waiting .
    fn next(&self) -> Result<Duration> {
        if self.options.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            let text = "cancelled while waiting for a guest of the pool";
            return Err(Error::new(Phase::Execute, Kind::Cancelled, text));
        }
        match self.left() {
            Some(Duration::ZERO) => {
                let text = "the deadline passed while waiting for a guest of the pool";
                Err(Error::new(Phase::Execute, Kind::DeadlineExceeded, text))
            }
            Some(left) => Ok(left.min(LOOK)),
            None => Ok(LOOK),
        }
    }

    /// What is left of the options.
    fn rest(&self) -> CallOptions {
        let mut rest = self.options.clone();
        rest.deadline = self.left();
        rest
    }
}

/// Borrows a VM as long as `options` let it wait, and gives what they leave for the call.
fn get_obeying(pool: &Pool, options: &CallOptions) -> Result<(Pooled, CallOptions)> {
    let wait = Wait::new(options);
    loop {
        match pool.get_timeout(wait.next()?) {
            Ok(vm) => return Ok((vm, wait.rest())),
            Err(error) if error.kind() == Kind::Busy => {}
            Err(error) => return Err(error),
        }
    }
}

/// Calls the guest function `name` once per item, on at most `threads` threads, this one included, and no more than the pool's size; 0
/// means as many as that. Host functions are called on those threads. Each borrows one VM and keeps it over its items; one that is
/// poisoned is reset before the next.
///
/// `name`, `items`: borrowed. `results`: room for `count` values, in the order of the items, each to be freed by `edge_value_free`; NULL if
/// they are not wanted. `errors`: room for `count` pointers, each NULL or owned by the caller. An error of one item does not touch the
/// others. Without `errors` (NULL), the error of the first item that failed is returned. What is returned otherwise is an error of
/// the use of this function, and no call has been made.
///
/// # Safety
///
/// `pool` is NULL or live; `name` has `len` bytes; `items` has `count` items, each with well-formed values; `results` and `errors`
/// are NULL or have room for `count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_pool_map(
    pool: *const edge_pool_t,
    name: *const c_char,
    len: usize,
    items: *const edge_args_t,
    count: usize,
    threads: usize,
    results: *mut edge_value_t,
    errors: *mut *mut edge_error_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        for at in 0..count {
            clear(if results.is_null() { results } else { results.add(at) });
            if !errors.is_null() {
                errors.add(at).write(std::ptr::null_mut());
            }
        }
        let pool = &object(pool, "pool")?.0;
        let name = text(name, len, "name")?;
        let mut args = Vec::with_capacity(count);
        for (at, item) in slice(items, count, "items")?.iter().enumerate() {
            let bad = |error: Error| misuse(format!("item {at}: {}", error.message()));
            args.push(read_all(item.args, item.nargs, "args").map_err(bad)?);
        }
        let threads = if threads == 0 { pool.size() } else { threads };
        let mut first = Ok(());
        for (at, outcome) in pool.map::<Value<'static>, _>(name, args, threads).into_iter().enumerate() {
            match outcome {
                Ok(value) if !results.is_null() => results.add(at).write(edge_value_t::owned(value)),
                Ok(_) => {}
                Err(error) if !errors.is_null() => errors.add(at).write(edge_error_t::raw(error)),
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    })
}
