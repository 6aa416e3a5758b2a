//! `edge.Store`.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::{Engine, engine_or_default};
use crate::keeper::Keeper;
use crate::limits::Limits;

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
    #[new]
    #[pyo3(signature = (engine = None, limits = None))]
    fn new(py: Python<'_>, engine: Option<&Bound<'_, Engine>>, limits: Option<&Bound<'_, Limits>>) -> PyResult<Self> {
        let limits = limits.map_or_else(edge_runtime::Limits::default, |limits| limits.get().inner.clone());
        let inner = edge_runtime::Store::new(&engine_or_default(engine), limits);
        Ok(Self { inner, keeper: Keeper::new(py)? })
    }

    /// Bytes of all linear memories in the store.
    #[getter]
    fn memory_used(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.inner.memory_used())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}
