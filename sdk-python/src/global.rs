//! `edge.Global`.

use edge_runtime::GlobalType;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::store::Store;
use crate::types::{global_type, val_type};
use crate::val::{from_val, to_val};

/// A global: read and assign its `value`.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Global {
    pub(crate) inner: edge_runtime::Global,
    keeper: Py<Keeper>,
}

impl Global {
    pub(crate) fn new_handle(inner: edge_runtime::Global, keeper: Py<Keeper>) -> Self {
        Self { inner, keeper }
    }
}

#[pymethods]
impl Global {
    /// A global of the host, e.g. Global(store, "i32", 7, mutable=True).
    #[new]
    #[pyo3(signature = (store, content, value, *, mutable = false))]
    fn new(store: &Bound<'_, Store>, content: &str, value: &Bound<'_, PyAny>, mutable: bool) -> PyResult<Self> {
        let py = store.py();
        let ty = GlobalType { content: val_type(content)?, mutable };
        let value = to_val(value, ty.content, "the global's value")?;
        let store = store.get();
        let inner = py.detach(|| edge_runtime::Global::new(&store.inner, ty, value)).or_raise(py)?;
        Ok(Self { inner, keeper: store.keeper.clone_ref(py) })
    }

    /// The type.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        global_type(py, &self.inner.ty())
    }

    /// What it holds.
    #[getter]
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = py.detach(|| self.inner.get());
        from_val(py, &value, &self.keeper)
    }

    #[setter]
    fn set_value(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = to_val(value, self.inner.ty().content, "the global's value")?;
        py.detach(|| self.inner.set(value)).or_raise(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        // What all handles of one global agree on, however they were got.
        usize::from(self.inner.ty().mutable)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}
