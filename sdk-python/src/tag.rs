//! `edge.Tag` and `edge.ExnRef`: exceptions of guests.

use edge_runtime::FuncType;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::store::Store;
use crate::types::{extern_type, val_types};

/// An exception tag: what tells exceptions apart, and what they carry.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Tag {
    pub(crate) inner: edge_runtime::Tag,
    keeper: Py<Keeper>,
}

impl Tag {
    pub(crate) fn new_handle(inner: edge_runtime::Tag, keeper: Py<Keeper>) -> Self {
        Self { inner, keeper }
    }
}

#[pymethods]
impl Tag {
    /// A tag of the host, e.g. Tag(store, ["i32"]).
    #[new]
    fn new(store: &Bound<'_, Store>, params: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = store.py();
        let ty = FuncType::new(val_types(params)?, []);
        let store = store.get();
        let inner = py.detach(|| edge_runtime::Tag::new(&store.inner, ty)).or_raise(py)?;
        Ok(Self { inner, keeper: store.keeper.clone_ref(py) })
    }

    /// The type.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        extern_type(py, &edge_runtime::ExternType::Tag(self.inner.ty()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        self.inner.ty().params().len()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}

/// An exception that a guest caught: opaque, to be handed back to a guest.
#[pyclass(frozen, module = "edge")]
pub(crate) struct ExnRef {
    pub(crate) inner: edge_runtime::ExnRef,
}
