//! Running guests: detached from the interpreter, with an eye on its signals.
//!
//! Python's signal handlers run on the main thread, between two of its instructions; while a guest runs there are none. So
//! the main thread has a hook of the engine's that lets them run about every 5 ms, and at once where a WASI function waits.
//! A handler that raises, as that of Ctrl-C does, ends the guest with what it raised; after any other the guest goes on.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::{Error, Kind, Phase, Store, StoreGuard, interrupt};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::OrRaise;
use crate::keeper::{Keeper, Visit};

/// What a signal handler raised while a guest ran.
#[derive(Debug)]
pub(crate) struct Interruption(pub(crate) PyErr);

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a signal handler raised an exception")
    }
}

impl std::error::Error for Interruption {}

/// Grows with every fork: the thread that forked is the child's main thread.
static GENERATION: AtomicU32 = AtomicU32::new(1);

thread_local! {
    /// The generation in which this thread was made ready.
    static READY: Cell<u32> = const { Cell::new(0) };
    /// Whether this thread runs Python's signal handlers; told by the generation, too.
    static MAIN: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`, which may run guests, detached from the interpreter.
pub(crate) fn guest<R: Send>(py: Python<'_>, f: impl FnOnce() -> edge_runtime::Result<R> + Send) -> PyResult<R> {
    make_ready(py)?;
    py.detach(f).or_raise(py)
}

/// The same with what belongs to the store of a keeper; `f` is told whether it has to wait for its [`turn`].
#[inline]
pub(crate) fn visit<R: Send>(
    py: Python<'_>,
    keeper: &Keeper,
    f: impl FnOnce(bool) -> edge_runtime::Result<R> + Send,
) -> PyResult<R> {
    make_ready(py)?;
    let visit = keeper.visit(py);
    let crowded = is_crowded(&visit);
    py.detach(|| f(crowded)).or_raise(py)
}

/// Sees to it that signals are looked at while a guest runs on this thread, if it is the main thread.
#[inline]
pub(crate) fn make_ready(py: Python<'_>) -> PyResult<()> {
    if READY.get() == GENERATION.load(Relaxed) { Ok(()) } else { first_guest(py) }
}

#[cold]
fn first_guest(py: Python<'_>) -> PyResult<()> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    MAIN.set(threading.call_method0("get_ident")?.eq(main)?);
    if MAIN.get() {
        let next = Cell::new(Instant::now());
        interrupt::set_tick(Some(Rc::new(move || look_at_signals(&next)))).or_raise(py)?;
    }
    READY.set(GENERATION.load(Relaxed));
    Ok(())
}

/// Whether this thread is the one that runs Python's signal handlers.
pub(crate) fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    make_ready(py).map(|()| MAIN.get())
}

/// How long a thread sleeps at most before it looks again whether a store is free.
const PATIENCE: Duration = Duration::from_millis(1);
/// How long signals wait at most while it does.
const SIGNALS: Duration = Duration::from_millis(5);

/// Whether a call has to wait for its turn by [`turn`]. Without options there is nothing that could end the waiting but
/// signals, and those are the main thread's.
#[inline]
pub(crate) fn is_crowded(visit: &Visit<'_>) -> bool {
    visit.finds_others() && MAIN.get()
}

/// Takes a store for this thread. While another one keeps it, whatever would end a guest of this thread ends the waiting:
/// the options of the call, a signal handler that raises.
pub(crate) fn turn(store: &Store) -> edge_runtime::Result<StoreGuard<'_>> {
    let mut pause = Duration::from_micros(20);
    let next = Cell::new(Instant::now() + SIGNALS);
    loop {
        match store.try_enter() {
            Err(error) if error.kind() == Kind::Busy => {}
            outcome => return outcome,
        }
        thread::sleep(pause);
        pause = (2 * pause).min(PATIENCE);
        attend()?;
        if MAIN.get() && next.get() <= Instant::now() {
            look_at_signals(&next)?;
            next.set(next.get().max(Instant::now() + SIGNALS));
        }
    }
}

/// Fails with what would end a guest of this thread at this moment.
pub(crate) fn attend() -> edge_runtime::Result<()> {
    static READABLE: OnceLock<Option<File>> = OnceLock::new();
    // There is always something to be read from there, if only its end: looking at it takes no time.
    match READABLE.get_or_init(|| File::open("/dev/null").ok()) {
        Some(file) => interrupt::wait_readable(file.as_fd()),
        None => Ok(()),
    }
}

/// Lets signal handlers run, unless the interpreter has been hard to get lately: who is busy in other threads is asked
/// so rarely that the guest spends no more than a quarter of its time waiting.
fn look_at_signals(next: &Cell<Instant>) -> edge_runtime::Result<()> {
    let begin = Instant::now();
    if begin < next.get() {
        return Ok(());
    }
    let outcome = Python::try_attach(|py| {
        let attached = Instant::now();
        next.set(attached + 3 * (attached - begin));
        py.check_signals()
    });
    match outcome {
        Some(Err(error)) => {
            let text = "a signal handler raised an exception while the guest ran";
            Err(Error::new(Phase::Execute, Kind::Cancelled, text).with_cause(Interruption(error).into()))
        }
        // `None`: the interpreter is shutting down.
        Some(Ok(())) | None => Ok(()),
    }
}

/// Waits until a descriptor can be read, in a host function of a guest; raises what ends the guest.
#[pyfunction]
pub(crate) fn wait_readable(py: Python<'_>, descriptor: RawFd) -> PyResult<()> {
    // SAFETY: the caller, who is `edge.asynchronous`, has the descriptor open until this returns. Any other number is refused by
    // the system.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    py.detach(|| interrupt::wait_readable(descriptor)).or_raise(py)
}

/// Called in the child of a fork.
#[pyfunction]
fn after_fork() {
    GENERATION.fetch_add(1, Relaxed);
}

/// Asks the interpreter to tell of forks.
pub(crate) fn watch_forks(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let options = PyDict::new(py);
    options.set_item("after_in_child", wrap_pyfunction!(after_fork, module)?)?;
    py.import("os")?.call_method("register_at_fork", (), Some(&options)).map(drop)
}
