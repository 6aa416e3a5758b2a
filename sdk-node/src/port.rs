//! What belongs to one environment (the main thread's, or a worker's): its thread, the way to it from other threads, and what
//! our JavaScript half gave us to call.
//!
//! Threads of ours outlive environments. Everything that another thread may touch goes with the end of the environment, under a
//! lock: what comes later is dropped, and guests on our threads are cancelled.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use edge_runtime::CancelToken;
use napi_sys as sys;
use parking_lot::Mutex;

use crate::errors::Fail;
use crate::js::{Env, Js, Reference, check, get};

/// Work for the environment's thread.
type Message = Box<dyn for<'e> FnOnce(Env<'e>) + Send>;
/// What takes the answer of a host function: what it returned, or threw.
pub(crate) type Waiter = Box<dyn for<'e> FnOnce(Env<'e>, Result<Js<'e>, Js<'e>>) + Send>;

/// JavaScript functions and classes that native code uses.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// (phase, kind, message, frames, value, exit code, host code, has cause, cause) => EdgeError
    pub(crate) make_error: Reference,
    /// (message) => Error
    pub(crate) make_plain_error: Reference,
    /// (thrown) => text
    pub(crate) describe: Reference,
    /// (thrown) => the kind for a Terminate or a limit, a number or a bigint for a HostError, undefined
    pub(crate) classify: Reference,
    /// (keeper, index, ...arguments) => result
    pub(crate) call_host: Reference,
    /// (request, keeper, index, ...arguments) => undefined; the answer comes by `answer` or `fail`
    pub(crate) call_host_async: Reference,
    /// (value) => array of [key, value], or undefined if it is no Map
    pub(crate) map_entries: Reference,
    /// (array of [key, value]) => Map
    pub(crate) make_map: Reference,
    /// The class whose `value` is a typed `Err`.
    pub(crate) err_class: Reference,
    /// (handle, type text) => Func
    pub(crate) make_func: Reference,
    /// (value) => native handle of a Func, or undefined
    pub(crate) func_handle: Reference,
    /// (handle) => Exception
    pub(crate) make_exception: Reference,
    /// (value) => native handle of an Exception, or undefined
    pub(crate) exception_handle: Reference,
    /// (keeper, store, instance or null, memories) => Caller
    pub(crate) make_caller: Reference,
}

/// See the module.
pub(crate) struct Port {
    thread: ThreadId,
    env: sys::napi_env,
    hooks: Hooks,
    /// Gone when the environment ends.
    way: Mutex<Option<Way>>,
    waiters: Mutex<HashMap<u64, Waiter>>,
    next_request: AtomicU64,
    /// References that other threads gave up.
    discarded: Mutex<Vec<Reference>>,
    /// Promises that are not settled: while there are any, the event loop goes on.
    in_flight: AtomicUsize,
    /// Cancelled with the end of the environment: what its threads run then is of use to nobody.
    ended: CancelToken,
}

struct Way(sys::napi_threadsafe_function);

// SAFETY: that is what such a function is for; it is used under the lock, and not after the environment's end.
unsafe impl Send for Way {}
// SAFETY: `env` is used on its own thread only, which `Port::env` compares; everything else is guarded.
unsafe impl Send for Port {}
// SAFETY: as above.
unsafe impl Sync for Port {}

thread_local! {
    /// The ports of this thread's environments: one, almost always.
    static PORTS: RefCell<Vec<Arc<Port>>> = const { RefCell::new(Vec::new()) };
}

impl Port {
    /// Makes the port of an environment, once.
    pub(crate) fn open(env: Env<'_>, hooks: Hooks) -> Result<(), Fail> {
        let mut function = ptr::null_mut();
        let name = env.string("edge")?;
        let null = ptr::null_mut();
        // SAFETY: live environment on its thread; no function and no context are needed, since every message brings its own.
        check(unsafe {
            let result = &raw mut function;
            sys::napi_create_threadsafe_function(
                env.raw(),
                null,
                null,
                name.raw(),
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                Some(deliver),
                result,
            )
        })?;
        // SAFETY: as above. An idle port keeps no event loop alive.
        check(unsafe { sys::napi_unref_threadsafe_function(env.raw(), function) })?;
        let port = Arc::new(Self {
            thread: thread::current().id(),
            env: env.raw(),
            hooks,
            way: Mutex::new(Some(Way(function))),
            waiters: Mutex::default(),
            next_request: AtomicU64::new(1),
            discarded: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            ended: CancelToken::new(),
        });
        let hook = Arc::into_raw(port.clone()).cast_mut().cast();
        // SAFETY: as above. Hooks run latest first, so before that of the thread-safe function, which was made before.
        check(unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(end), hook) })?;
        PORTS.with_borrow_mut(|ports| ports.push(port));
        Ok(())
    }

    /// The port of an environment.
    pub(crate) fn of(env: Env<'_>) -> Result<Arc<Self>, Fail> {
        let found = PORTS.with_borrow(|ports| ports.iter().find(|port| port.env == env.raw()).cloned());
        found.ok_or(Fail::Pending)
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// What everything obeys that runs for the environment on a thread of ours.
    pub(crate) fn ended(&self) -> &CancelToken {
        &self.ended
    }

    /// Runs `f` in the environment if this is its thread.
    pub(crate) fn on_thread<R>(&self, f: impl for<'e> FnOnce(Env<'e>) -> R) -> Option<R> {
        if thread::current().id() != self.thread || self.way.lock().is_none() {
            return None;
        }
        // SAFETY: the environment has not ended, and this is its thread; we got here through a call from JavaScript, within
        // whose scope a new one is opened.
        Some(unsafe { Env::from_raw(self.env) }.scoped(f))
    }

    /// What a thrown value says, for messages.
    pub(crate) fn describe<'e>(&self, env: Env<'e>, thrown: Js<'e>) -> String {
        let text = self.hooks.describe.get(env).and_then(|describe| env.call(describe, &[thrown]));
        text.and_then(|text| env.get_string_lossy(text)).unwrap_or_else(|_| "an exception".into())
    }

    /// Hands work to the environment's thread; drops it if that has ended.
    pub(crate) fn post(&self, message: impl for<'e> FnOnce(Env<'e>) + Send + 'static) {
        let message: Box<Message> = Box::new(Box::new(message));
        let way = self.way.lock();
        let Some(Way(function)) = &*way else { return };
        let data = Box::into_raw(message);
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: the environment has not ended, and cannot while the lock is held; `deliver` takes the message back.
        let status = unsafe { sys::napi_call_threadsafe_function(*function, data.cast(), mode) };
        // What the message holds may come back here when it is dropped.
        drop(way);
        if status != sys::Status::napi_ok {
            // SAFETY: it was not taken.
            drop(unsafe { Box::from_raw(data) });
        }
    }

    /// Keeps who waits for a host function's answer; the number of the request.
    pub(crate) fn wait_for(&self, waiter: Waiter) -> u64 {
        let request = self.next_request.fetch_add(1, Ordering::Relaxed);
        self.waiters.lock().insert(request, waiter);
        if self.way.lock().is_none() {
            // The environment has ended in between, or before: nobody will answer.
            self.waiters.lock().remove(&request);
        }
        request
    }

    /// Who waits for the answer to this request.
    pub(crate) fn waiter(&self, request: u64) -> Option<Waiter> {
        self.waiters.lock().remove(&request)
    }

    /// A promise has been made: keeps the event loop going until [`Port::promise_settled`].
    pub(crate) fn promise_made(&self, env: Env<'_>) {
        if self.in_flight.fetch_add(1, Ordering::Relaxed) == 0
            && let Some(Way(function)) = &*self.way.lock()
        {
            // SAFETY: live environment on its thread, as the `Env` attests.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), *function) };
        }
    }

    /// The opposite.
    pub(crate) fn promise_settled(&self, env: Env<'_>) {
        if self.in_flight.fetch_sub(1, Ordering::Relaxed) == 1
            && let Some(Way(function)) = &*self.way.lock()
        {
            // SAFETY: live environment on its thread, as the `Env` attests.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), *function) };
        }
        self.sweep(env);
    }

    /// Gives a reference up from any thread: deletes it if this is the environment's, else leaves it to [`Port::sweep`].
    pub(crate) fn discard(&self, reference: Reference) {
        let mut reference = Some(reference);
        self.on_thread(|env| {
            if let Some(reference) = reference.take() {
                reference.delete(env);
            }
        });
        // After the environment's end it lies there, and frees nothing.
        self.discarded.lock().extend(reference);
    }

    /// Deletes what other threads gave up.
    pub(crate) fn sweep(&self, env: Env<'_>) {
        let discarded = std::mem::take(&mut *self.discarded.lock());
        for reference in discarded {
            reference.delete(env);
        }
    }
}

/// Runs a message on the environment's thread; Node opens the scope.
unsafe extern "C" fn deliver(env: sys::napi_env, _: sys::napi_value, _: *mut c_void, data: *mut c_void) {
    // SAFETY: every message was boxed by `post`, and is delivered once.
    let message = unsafe { Box::from_raw(data.cast::<Message>()) };
    // Without an environment the end has come: the message is dropped.
    if !env.is_null() {
        // SAFETY: Node calls us on the environment's thread in a scope.
        let env = unsafe { Env::from_raw(env) };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| message(env)));
        if outcome.is_err() {
            Fail::internal("a panic").throw(env);
        }
    }
}

/// The end of the environment.
unsafe extern "C" fn end(data: *mut c_void) {
    // SAFETY: the port was given to this hook, which runs once.
    let port = unsafe { Arc::from_raw(data.cast::<Port>().cast_const()) };
    *port.way.lock() = None;
    port.ended.cancel();
    // Dropping the waiters tells the guests that wait.
    let waiters = std::mem::take(&mut *port.waiters.lock());
    drop(waiters);
    let _ = PORTS.try_with(|ports| ports.borrow_mut().retain(|other| !Arc::ptr_eq(other, &port)));
}

/// A hook from the object that JavaScript gave.
pub(crate) fn hook<'e>(env: Env<'e>, hooks: Js<'e>, name: &std::ffi::CStr) -> Result<Reference, Fail> {
    Reference::new(
        env,
        get!(env, napi_get_named_property(hooks.raw(), name.as_ptr()), ptr::null_mut()).map(|raw| {
            // SAFETY: the handle was made in the scope of `env`.
            unsafe { Js::from_raw(raw) }
        })?,
    )
}
