//! Calls on threads of the library: start, wait, cancel, take the result.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use edge_runtime::{CallOptions, CancelToken, Error, Function, Kind, Phase, Result, Value};

use crate::error::edge_error_t;
use crate::ffi::{Env, getter, guard, handle, misuse, object, out_handle, text, time};
use crate::function::{clear, edge_function_t};
use crate::interrupt::edge_call_options_t;
use crate::value::{edge_value_t, read_all};
use crate::vm::edge_vm_t;

/// A call that runs on a thread of the library.
pub struct edge_async_t {
    shared: Arc<Shared>,
    token: CancelToken,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Running,
    Ended(Result<Value<'static>>),
    Taken,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, outcome: Result<Value<'static>>) {
        *self.state() = State::Ended(outcome);
        self.ended.notify_all();
    }

    /// Waits for the end, until that time if there is one, and tells whether it came.
    fn wait(&self, until: Option<Instant>) -> bool {
        let mut state = self.state();
        while matches!(*state, State::Running) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return false,
                Some(left) => self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.ended.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }
}

/// Called once on the library's thread when a call has ended and its result can be taken.
pub type edge_done_fn_t = Option<unsafe extern "C" fn(env: *mut c_void)>;

impl edge_async_t {
    fn start(
        function: Function,
        options: CallOptions,
        args: Vec<Value<'static>>,
        done: edge_done_fn_t,
        env: Env,
    ) -> Result<Self> {
        let (shared, token) = (Arc::<Shared>::default(), CancelToken::new());
        let ours = CallOptions::new().cancel(&token);
        let inside = Arc::clone(&shared);
        let body = move || {
            let env = &env;
            let run = || {
                let store = function.vm().try_instance()?.store().clone();
                store.with_options(&ours, || function.call_with_options(&options, &args))
            };
            let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                Err(Error::new(Phase::Host, Kind::Internal, "edge failed inside: the call's thread panicked"))
            });
            inside.end(outcome);
            if let Some(done) = done {
                // SAFETY: the embedder gave the function for this environment.
                unsafe { done(env.data) }
            }
        };
        let thread = thread::Builder::new().name("edge-async".to_owned()).spawn(body);
        let thread = thread.map_err(|error| Error::io("a thread for the call cannot be started", error))?;
        Ok(Self { shared, token, thread: Some(thread) })
    }
}

impl Drop for edge_async_t {
    fn drop(&mut self) {
        self.token.cancel();
        // From its own thread, in `done`, there is nothing to wait for.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// Calls the guest function `name` on a thread of the library. `name`, `args`, `options`: borrowed and copied; `options` may be NULL.
/// `done`: called on that thread with `env` when the call has ended; may be NULL. `out`: owned by the caller (`edge_async_free`).
///
/// # Safety
///
/// The handles are NULL or live; `name` and `args` have the lengths given; `env` may be used from any thread until the call has ended;
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_run(
    vm: *const edge_vm_t,
    options: *const edge_call_options_t,
    name: *const c_char,
    len: usize,
    args: *const edge_value_t,
    nargs: usize,
    done: edge_done_fn_t,
    env: *mut c_void,
    out: *mut *mut edge_async_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let function = object(vm, "vm")?.0.function(text(name, len, "name")?)?;
        *out = handle(start(function, options, args, nargs, done, env)?);
        Ok(())
    })
}

/// Calls a function on a thread of the library. As `edge_async_run`.
///
/// # Safety
///
/// As `edge_async_run`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_call(
    function: *const edge_function_t,
    options: *const edge_call_options_t,
    args: *const edge_value_t,
    nargs: usize,
    done: edge_done_fn_t,
    env: *mut c_void,
    out: *mut *mut edge_async_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let function = object(function, "function")?.function().clone();
        *out = handle(start(function, options, args, nargs, done, env)?);
        Ok(())
    })
}

/// # Safety
///
/// As `edge_async_run`.
unsafe fn start(
    function: Function,
    options: *const edge_call_options_t,
    args: *const edge_value_t,
    nargs: usize,
    done: edge_done_fn_t,
    env: *mut c_void,
) -> Result<edge_async_t> {
    // SAFETY: by the contract above.
    let (options, args) = unsafe {
        (options.as_ref().map(|options| options.0.clone()).unwrap_or_default(), read_all(args, nargs, "args")?)
    };
    let args = args.into_iter().map(Value::into_owned).collect();
    edge_async_t::start(function, options, args, done, Env { data: env, drop: None })
}

/// Waits until the call has ended. NULL is fine.
///
/// # Safety
///
/// `task` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_wait(task: *const edge_async_t) {
    getter((), || {
        // SAFETY: by the contract above.
        unsafe { task.as_ref() }?.shared.wait(None);
        None
    });
}

/// Waits until the call has ended, at most so many nanoseconds, and tells whether it has; with 0 it only tells. True for NULL.
///
/// # Safety
///
/// `task` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_wait_for(task: *const edge_async_t, nanoseconds: u64) -> bool {
    // A time too far away to be told is no limit.
    let until = time(nanoseconds).and_then(|time| Instant::now().checked_add(time));
    // SAFETY: by the contract above.
    getter(true, || Some(unsafe { task.as_ref() }?.shared.wait(until)))
}

/// Ends the call within a few milliseconds, with `EDGE_KIND_CANCELLED`, unless it has ended already. Never waits. NULL is fine.
///
/// # Safety
///
/// `task` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_cancel(task: *const edge_async_t) {
    getter((), || {
        // SAFETY: by the contract above.
        unsafe { task.as_ref() }?.token.cancel();
        None
    });
}

/// Waits until the call has ended, and gives what it gave: its error is returned, its result goes to `result`, a tree owned by the caller
/// (`edge_value_free`), which may be NULL when it is not wanted. Both can be taken once.
///
/// # Safety
///
/// `task` is NULL or live; `result` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_result(task: *const edge_async_t, result: *mut edge_value_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear(result);
        let task = object(task, "task")?;
        task.shared.wait(None);
        let ended = std::mem::replace(&mut *task.shared.state(), State::Taken);
        let State::Ended(outcome) = ended else {
            return Err(misuse("the result of the call has been taken already"));
        };
        let value = outcome?;
        if !result.is_null() {
            result.write(edge_value_t::owned(value));
        }
        Ok(())
    })
}

/// Frees the call. One that is still running is cancelled first, and waited for: when this returns, the library uses nothing that belongs
/// to the call. It may be freed by its own `done`, too. NULL is fine.
///
/// # Safety
///
/// `task` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_async_free(task: *mut edge_async_t) {
    // SAFETY: by the contract above.
    unsafe { crate::ffi::free(task) }
}
