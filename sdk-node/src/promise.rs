//! Promises of what threads of ours do, and what the calls of one `Vm` share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use edge_runtime::{Error, Kind, Phase};
use napi_sys as sys;

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::port::Port;
use crate::threads::{Lane, Task};

/// A `Vm`, or a loan of one, and what its calls share.
pub(crate) struct Shared {
    pub(crate) vm: edge_runtime::Vm,
    /// Whether the guest can call JavaScript.
    pub(crate) calls_host: bool,
    /// Promises that are not settled, and [`REVOKED`].
    pending: AtomicUsize,
    /// The `Vm`'s own: loans of it take their turns together.
    lane: Arc<Lane>,
}

/// Set in `pending` when a loan has ended, so that the way of a call needs one look for both.
const REVOKED: usize = 1 << (usize::BITS - 1);

impl Shared {
    pub(crate) fn new(vm: edge_runtime::Vm, calls_host: bool) -> Self {
        Self { vm, calls_host, pending: AtomicUsize::new(0), lane: Arc::default() }
    }

    /// A loan of the same `Vm`: what is made of it ends with the loan.
    pub(crate) fn lend(&self) -> Self {
        let (vm, lane) = (self.vm.clone(), self.lane.clone());
        Self { vm, calls_host: self.calls_host, pending: AtomicUsize::new(0), lane }
    }

    /// Ends the loan: nothing is called through it any more.
    pub(crate) fn revoke(&self) {
        self.pending.fetch_or(REVOKED, Ordering::Relaxed);
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.pending.load(Ordering::Relaxed) & REVOKED != 0
    }

    /// Whether a call of `runAsync` is in flight.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.pending.load(Ordering::Relaxed) & !REVOKED != 0
    }

    /// Refuses a call of this thread while one of `runAsync` is in flight: it would block the event loop that the guest may be
    /// waiting for.
    #[inline]
    pub(crate) fn idle(&self) -> Result<(), Fail> {
        if self.pending.load(Ordering::Relaxed) == 0 { Ok(()) } else { Err(self.refusal()) }
    }

    #[cold]
    fn refusal(&self) -> Fail {
        if self.is_revoked() {
            return revoked();
        }
        let text = "the Vm is serving runAsync; await that first, or call with runAsync, which waits its turn";
        Error::new(Phase::Execute, Kind::Busy, text).into()
    }
}

#[cold]
pub(crate) fn revoked() -> Fail {
    Error::new(Phase::Execute, Kind::Closed, "the Vm has been given back to its pool").into()
}

/// What has to settle a promise: used on the environment's thread only, once.
struct Deferred(sys::napi_deferred);

// SAFETY: it travels, but is used where it was made.
unsafe impl Send for Deferred {}

/// Makes a promise of what `work` does on a thread of ours. `convert` makes its value, on the environment's thread.
pub(crate) fn promise<'e, T: Send + 'static>(
    env: Env<'e>,
    queue: impl FnOnce(Task) -> std::io::Result<()>,
    work: impl FnOnce() -> T + Send + 'static,
    convert: impl for<'s> FnOnce(Env<'s>, T) -> Result<Js<'s>, Fail> + Send + 'static,
) -> Result<Js<'e>, Fail> {
    let port = Port::of(env)?;
    port.sweep(env);
    let (deferred, promise) = env.promise()?;
    let deferred = Deferred(deferred);
    let home = port.clone();
    let task: Task = Box::new(move || {
        let result = work();
        let port = home.clone();
        home.post(move |env| {
            let deferred = deferred;
            port.promise_settled(env);
            let outcome = match convert(env, result) {
                Ok(value) => Ok(value),
                Err(fail) => match fail.exception(env) {
                    Ok(reason) => Err(reason),
                    // JavaScript is being stopped: nobody waits for the promise any more.
                    Err(_) => return,
                },
            };
            // SAFETY: made above in this environment, and settled here only.
            unsafe { env.settle(deferred.0, outcome) };
        });
    });
    queue(task).map_err(|error| {
        Error::new(Phase::Io, Kind::OutOfMemory, format!("no thread of edge's own can be made: {error}"))
            .with_cause(error.into())
    })?;
    port.promise_made(env);
    Ok(promise)
}

/// The turn of a call that is queued behind others. JavaScript gives it up when a signal or the deadline comes first; whoever
/// comes first, JavaScript or the thread that begins the call, has it.
pub(crate) struct Turn {
    since: Instant,
    state: AtomicU8,
}

const QUEUED: u8 = 0;
const BEGUN: u8 = 1;
const ABANDONED: u8 = 2;

impl Turn {
    fn take(&self, as_what: u8) -> bool {
        self.state.compare_exchange(QUEUED, as_what, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Begins the call: how long it waited; `None` when nobody waits for it any more.
    pub(crate) fn begin(&self) -> Option<Duration> {
        self.take(BEGUN).then(|| self.since.elapsed())
    }
}

/// `()` => the turn of a call that is about to be queued.
pub(crate) fn new_turn<'e>(env: Env<'e>, _: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, Arc::new(Turn { since: Instant::now(), state: AtomicU8::new(QUEUED) }))
}

/// `(vm, turn)` => whether the turn was given up, so that the call is in flight no more; else it has begun.
pub(crate) fn abandon<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let shared = External::<Arc<Shared>>::get(env, args.at(0)?)?;
    let given_up = External::<Arc<Turn>>::get(env, args.at(1)?)?.take(ABANDONED);
    if given_up {
        shared.pending.fetch_sub(1, Ordering::Relaxed);
    }
    env.boolean(given_up)
}

/// A promise of work on a `Vm`, in the order of the calls.
pub(crate) fn promise_in_turn<'e, T: Send + 'static>(
    env: Env<'e>,
    shared: &Arc<Shared>,
    turn: Option<Arc<Turn>>,
    work: impl FnOnce(&edge_runtime::Vm) -> T + Send + 'static,
    convert: impl for<'s> FnOnce(Env<'s>, T) -> Result<Js<'s>, Fail> + Send + 'static,
) -> Result<Js<'e>, Fail> {
    let (worker, settler) = (shared.clone(), shared.clone());
    let promise = promise(
        env,
        |task| shared.lane.push(task),
        move || work(&worker.vm),
        move |env, result| {
            let given_up = turn.is_some_and(|turn| turn.state.load(Ordering::Relaxed) == ABANDONED);
            settler.pending.fetch_sub(usize::from(!given_up), Ordering::Relaxed);
            convert(env, result)
        },
    )?;
    // Settled on this thread only, so not before this function returns.
    shared.pending.fetch_add(1, Ordering::Relaxed);
    Ok(promise)
}
