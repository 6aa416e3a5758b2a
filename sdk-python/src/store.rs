//! `edge.Store`.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::{Engine, engine_or_default};
use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::statistics::Statistics;

/// Where instances live, with their memories, tables and globals, and with limits on them all together.
///
/// Everything made in a store keeps it alive. A store runs on one thread at a time; others wait.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Store {
    pub(crate) inner: edge_runtime::Store,
    pub(crate) keeper: Py<Keeper>,
}

#[pymethods]
impl Store {
    /// Without limits those of the engine hold.
    #[new]
    #[pyo3(signature = (engine = None, limits = None))]
    fn new(py: Python<'_>, engine: Option<&Bound<'_, Engine>>, limits: Option<&Bound<'_, Limits>>) -> PyResult<Self> {
        let engine = engine_or_default(engine);
        let limits = limits.map_or_else(|| engine.config().get_limits(), |limits| limits.get().inner.clone());
        let inner = edge_runtime::Store::new(&engine, limits);
        Ok(Self { inner, keeper: Keeper::new(py)? })
    }

    /// The engine that it was made for.
    #[getter]
    fn engine(&self) -> Engine {
        Engine { inner: self.inner.engine().clone() }
    }

    /// What its guests may use.
    #[getter]
    fn limits(&self) -> Limits {
        Limits { inner: self.inner.limits().clone() }
    }

    /// Bytes of all linear memories in the store.
    #[getter]
    fn memory_used(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.inner.memory_used())
    }

    /// What its guests have used so far.
    #[getter]
    fn statistics(&self, py: Python<'_>) -> Statistics {
        Statistics { inner: py.detach(|| self.inner.statistics()) }
    }

    /// Begins all counts anew. Fuel that is left stays.
    fn reset_statistics(&self, py: Python<'_>) {
        py.detach(|| self.inner.reset_statistics());
    }

    /// Fuel that is left; without a limit it counts down from 2**64 - 1. Needs Engine(fuel=True).
    #[getter]
    fn fuel_left(&self, py: Python<'_>) -> PyResult<u64> {
        py.detach(|| self.inner.fuel_left()).or_raise(py)
    }

    /// Replaces the fuel that is left.
    fn set_fuel(&self, py: Python<'_>, fuel: u64) -> PyResult<()> {
        py.detach(|| self.inner.set_fuel(fuel)).or_raise(py)
    }

    /// Adds to the fuel that is left.
    fn add_fuel(&self, py: Python<'_>, fuel: u64) -> PyResult<()> {
        py.detach(|| self.inner.add_fuel(fuel)).or_raise(py)
    }

    /// Uses fuel on behalf of a guest: what a host function does may cost something.
    fn consume_fuel(&self, py: Python<'_>, fuel: u64) -> PyResult<()> {
        py.detach(|| self.inner.consume_fuel(fuel)).or_raise(py)
    }

    /// Ends the call that the store serves at this moment, and tells whether there was one. From any thread.
    fn cancel(&self, py: Python<'_>) -> bool {
        py.detach(|| self.inner.cancel())
    }

    /// Python objects that its guests may hold.
    #[getter]
    fn externrefs(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.externrefs())
    }

    /// Drops the objects that its guests can no longer reach, and tells how many. Happens by itself when there are many.
    fn collect_externrefs(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.collect_externrefs())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        self.keeper.as_ptr() as usize >> 4
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}
