//! Who owns the Python callables that guests can call.
//!
//! A store reaches its host functions through Rust closures, which Python's cycle collector cannot look into; a callable
//! that refers to its own `Vm`, as most callbacks do, would keep both alive for ever. So the closures own nothing: the
//! callables lie in a [`Keeper`], a Python object that every handle of the store refers to and that the collector can
//! visit and clear. A closure finds its callable by [`Slot`].

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTraverseError, PyVisit};

type Callables = Mutex<Vec<Py<PyAny>>>;

/// Owns the callables of one store, and counts who is in it.
#[pyclass(frozen, weakref, module = "edge._edge")]
#[derive(Default)]
pub(crate) struct Keeper {
    callables: Arc<Callables>,
    /// Calls into the store that have not ended. Changed only while attached, so that no two threads do at once.
    visitors: AtomicU32,
}

/// A call into the store of a keeper, from before it to after it. Made and dropped attached.
pub(crate) struct Visit<'a> {
    visitors: &'a AtomicU32,
    before: u32,
}

impl Visit<'_> {
    /// Whether others were in the store, who may belong to another thread.
    #[inline]
    pub(crate) fn finds_others(&self) -> bool {
        self.before > 0
    }
}

impl Drop for Visit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.visitors.store(self.visitors.load(Relaxed) - 1, Relaxed);
    }
}

/// Where a closure finds its callable.
#[derive(Clone)]
pub(crate) struct Slot {
    callables: Arc<Callables>,
    index: usize,
}

impl Keeper {
    pub(crate) fn new(py: Python<'_>) -> PyResult<Py<Self>> {
        Py::new(py, Self::default())
    }

    /// A keeper of nothing, for handles that a guest passes to its host: they name functions of the guest's own store, and
    /// whoever called into that store keeps its callables.
    pub(crate) fn of_nothing(py: Python<'_>) -> PyResult<&'static Py<Self>> {
        static NOTHING: PyOnceLock<Py<Keeper>> = PyOnceLock::new();
        NOTHING.get_or_try_init(py, || Self::new(py))
    }

    /// Notes that a call into the store begins. Costs next to nothing, unlike asking the store whether it is free.
    #[inline]
    pub(crate) fn visit(&self, _py: Python<'_>) -> Visit<'_> {
        let before = self.visitors.load(Relaxed);
        self.visitors.store(before + 1, Relaxed);
        Visit { visitors: &self.visitors, before }
    }

    /// Takes a callable in.
    pub(crate) fn keep(&self, callable: Py<PyAny>) -> Slot {
        let mut callables = self.callables.lock().unwrap_or_else(PoisonError::into_inner);
        callables.push(callable);
        Slot { callables: self.callables.clone(), index: callables.len() - 1 }
    }
}

#[pymethods]
impl Keeper {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is being changed right now is alive: not visiting it only means that it is not collected this time.
        if let Ok(callables) = self.callables.try_lock() {
            for callable in callables.iter() {
                visit.call(callable)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let callables = self.callables.try_lock().map(|mut callables| std::mem::take(&mut *callables));
        drop(callables);
    }
}

impl Slot {
    /// The callable, unless the cycle collector has taken the store apart already.
    pub(crate) fn callable<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let callables = self.callables.lock().unwrap_or_else(PoisonError::into_inner);
        callables.get(self.index).map(|callable| callable.bind(py).clone())
    }
}
