//! `edge.Pool`: several guests of one module, lent to whoever asks.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use edge_runtime::{Error, Kind, Phase};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::Engine;
use crate::errors::OrRaise;
use crate::interrupt::{attend, is_main_thread};
use crate::limits::Limits;
use crate::loan::Loan;
use crate::module::Module;
use crate::options::seconds;
use crate::setup::Setup;
use crate::value_in::Pins;
use crate::vm::Vm;
use crate::wasi::Wasi;

/// How long a thread waits at a time before it looks whether it may wait on.
const PATIENCE: Duration = Duration::from_millis(10);

/// Several guests of one module, given what a Vm is given, trust in its source included. Each is lent to one borrower
/// at a time, and is made when it is first needed; size is how many there may be, as many as the machine has processors
/// by default.
///
/// A borrower gets a guest in its just-initialised state, unless keep_state=True: then what the one before left behind
/// is there, for guests that keep a cache and borrowers who trust one another. What is poisoned is replaced in any
/// case. May be used from any thread.
///
/// Not the engine's own pool: that takes a guest back only if nobody has a handle of it any more, and after
/// `with pool.get() as vm` there is still the name `vm`. Here the handles know that the loan has ended.
#[pyclass(frozen, module = "edge", weakref)]
pub(crate) struct Pool {
    setup: Setup,
    module: edge_runtime::Module,
    size: usize,
    keep_state: bool,
    /// Never locked while anything of Python's runs, nor while this thread waits for the interpreter.
    state: Mutex<State>,
    /// Told when there is a guest or a place for one, or when the pool is closed.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Py<Vm>>,
    /// Lent, idle, and being made.
    made: usize,
    closed: bool,
}

/// What a borrower finds.
enum Found {
    Guest(Py<Vm>),
    /// A place to make one, reserved.
    Place,
    Nothing,
}

#[pymethods]
impl Pool {
    #[new]
    #[pyo3(signature = (source, imports = None, wasi = None, limits = None, engine = None, *, size = None,
                        keep_state = false, trusted = false))]
    #[expect(clippy::too_many_arguments, reason = "keywords, one per setting")]
    fn new(
        source: &Bound<'_, PyAny>,
        imports: Option<&Bound<'_, PyAny>>,
        wasi: Option<&Bound<'_, Wasi>>,
        limits: Option<&Bound<'_, Limits>>,
        engine: Option<&Bound<'_, Engine>>,
        size: Option<i64>,
        keep_state: bool,
        trusted: bool,
    ) -> PyResult<Self> {
        let (py, pins) = (source.py(), Pins::default());
        let size = match size {
            None => available_parallelism().map_or(1, usize::from),
            Some(size) => usize::try_from(size).ok().filter(|size| *size > 0).ok_or_else(|| {
                PyValueError::new_err(format!("size is how many guests a pool may have, at least 1, not {size}"))
            })?,
        };
        let setup = Setup::new(imports, wasi, limits, engine)?;
        // A module that cannot be loaded is refused here.
        let first = Vm::load(py, setup.source(source, trusted, &pins)?, &setup)?;
        let module = first.module().clone();
        let state = State { idle: vec![Py::new(py, first)?], made: 1, closed: false };
        Ok(Self { setup, module, size, keep_state, state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Borrows a guest: a Vm, whose close() gives it back, as the end of `with pool.get() as vm` does. Its handles raise
    /// `closed` from then on. Waits until one is free; with a timeout, in seconds or as a timedelta, raises `busy` after it.
    /// In a host function the waiting ends with the guest.
    #[pyo3(signature = (timeout = None))]
    fn get(slf: &Bound<'_, Self>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Vm> {
        let until = match timeout {
            None => None,
            // A time that ends beyond what the clock can tell does not end.
            Some(timeout) => Instant::now().checked_add(seconds("timeout", timeout)?),
        };
        let vm = slf.get().borrow(slf.py(), until)?;
        lend(slf, vm)
    }

    /// Borrows a guest if one is free, raises `busy` otherwise.
    fn try_get(slf: &Bound<'_, Self>) -> PyResult<Vm> {
        let vm = slf.get().borrow(slf.py(), Some(Instant::now()))?;
        lend(slf, vm)
    }

    /// Calls a function of a borrowed guest by name.
    #[pyo3(signature = (name, /, *args))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let vm = self.borrow(py, None)?;
        let outcome = vm.get().function(py, name).and_then(|function| function.call1(args));
        self.take_back(py, vm);
        outcome
    }

    /// Calls a function once per item, on `threads` threads (by default as many as there are guests), and gives the list of
    /// results in the order of the items. Several iterables give several arguments, as for the built-in map.
    ///
    /// The first item that fails ends it: its error is raised, and no further calls begin. With return_exceptions=True
    /// every item is called, and errors stand among the results. Each thread keeps one guest over its items.
    #[pyo3(signature = (name, /, *iterables, threads = None, return_exceptions = false))]
    fn map<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        iterables: &Bound<'py, PyTuple>,
        threads: Option<usize>,
        return_exceptions: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = (slf, name, iterables, threads, return_exceptions);
        slf.py().import("edge.pooling")?.call_method1("map_items", arguments)
    }

    /// Calls a function of a borrowed guest on a thread of edge's own, as Vm.run_async does; what cannot run yet waits in
    /// line, and takes no thread meanwhile.
    #[pyo3(signature = (name, /, *args))]
    fn run_async<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("edge.pooling")?.call_method1("run_async", (slf, name, args))
    }

    /// map() that is awaited: each item is a call of run_async. The first call that fails cancels the others.
    #[pyo3(signature = (name, /, *iterables, return_exceptions = false))]
    fn map_async<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        iterables: &Bound<'py, PyTuple>,
        return_exceptions: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = (slf, name, iterables, return_exceptions);
        slf.py().import("edge.pooling")?.call_method1("map_async", arguments)
    }

    /// How many guests there may be.
    #[getter]
    fn size(&self) -> usize {
        self.size
    }

    /// How many guests there are now, lent ones included.
    #[getter]
    fn made(&self) -> usize {
        self.state().made
    }

    /// Whether a borrower finds what the one before left behind.
    #[getter]
    fn keep_state(&self) -> bool {
        self.keep_state
    }

    /// The module.
    #[getter]
    fn module(&self) -> Module {
        Module { inner: self.module.clone() }
    }

    /// Closes: nothing is lent any more, who waits gets `closed`; what is lent goes on working until it is given back.
    /// Closing twice is fine.
    fn close(&self) {
        let idle = {
            let mut state = self.state();
            state.closed = true;
            state.made -= state.idle.len();
            std::mem::take(&mut state.idle)
        };
        self.changed.notify_all();
        // Outside of the lock: what guests held may come here again.
        drop(idle);
    }

    /// Whether it has been closed.
    #[getter]
    fn closed(&self) -> bool {
        self.state().closed
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.close();
    }

    fn __repr__(&self) -> String {
        let (made, size) = (self.state().made, self.size);
        format!("<edge.Pool of {size}, {made} made>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is being changed right now is alive: not visiting it only means that it is not collected this time.
        if let Ok(state) = self.state.try_lock() {
            state.idle.iter().try_for_each(|vm| visit.call(vm))?;
        }
        self.setup.traverse(&visit)
    }
}

/// A handle of the guest for its borrower.
fn lend(pool: &Bound<'_, Pool>, vm: Py<Vm>) -> PyResult<Vm> {
    let py = pool.py();
    // From here on the loan gives the guest back, whatever happens.
    let loan = Py::new(py, Loan::new(pool.clone().unbind(), vm.clone_ref(py)))?;
    Ok(vm.get().lent(py, loan))
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn borrow(&self, py: Python<'_>, until: Option<Instant>) -> PyResult<Py<Vm>> {
        loop {
            match self.find().or_raise(py)? {
                Found::Guest(vm) => return Ok(vm),
                Found::Place => return self.make(py),
                Found::Nothing => {}
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                let text = format!("all {} guests of the pool are lent", self.size);
                return Err(Error::new(Phase::Execute, Kind::Busy, text)).or_raise(py);
            }
            let is_main = is_main_thread(py)?;
            py.detach(|| self.wait(until, is_main)).or_raise(py)?;
            py.check_signals()?;
        }
    }

    fn find(&self) -> edge_runtime::Result<Found> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::new(Phase::Execute, Kind::Closed, "the pool has been closed"));
        }
        if let Some(vm) = state.idle.pop() {
            return Ok(Found::Guest(vm));
        }
        if state.made < self.size {
            state.made += 1;
            return Ok(Found::Place);
        }
        Ok(Found::Nothing)
    }

    /// Waits until there may be something, or until then; the main thread no longer than signals can wait. Fails when the
    /// guest has to end whose host function waits here.
    fn wait(&self, until: Option<Instant>, is_main: bool) -> edge_runtime::Result<()> {
        let full = |state: &mut State| !state.closed && state.idle.is_empty() && state.made >= self.size;
        loop {
            let left = until.map_or(PATIENCE, |until| until.saturating_duration_since(Instant::now()));
            let waited = self.changed.wait_timeout_while(self.state(), left.min(PATIENCE), full);
            let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            drop(state);
            attend()?;
            if !waited.timed_out() || is_main || until.is_some_and(|until| until <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// Makes a guest whose place is reserved.
    fn make(&self, py: Python<'_>) -> PyResult<Py<Vm>> {
        let made = Vm::load(py, (&self.module).into(), &self.setup).and_then(|vm| Py::new(py, vm));
        if made.is_err() {
            self.give_up_a_place();
        }
        made
    }

    /// Takes back what was lent. A fresh guest is made when the next borrower comes, which is told when that fails.
    pub(crate) fn take_back(&self, py: Python<'_>, vm: Py<Vm>) {
        if self.keep_state && vm.get().is_sound(py) {
            let mut state = self.state();
            if !state.closed {
                state.idle.push(vm);
                drop(state);
                return self.changed.notify_one();
            }
        } else {
            // For handles that a borrower kept.
            vm.get().shut(py);
        }
        drop(vm);
        self.give_up_a_place();
    }

    fn give_up_a_place(&self) {
        self.state().made -= 1;
        self.changed.notify_one();
    }
}
