//! `edge.Tag` and `edge.ExnRef`: exceptions of guests.

use edge_runtime::{FuncType, Val};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::store::Store;
use crate::types::{extern_type, val_types};
use crate::val::{from_val, to_val};

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

/// An exception: a tag, and the values that it carries. What a guest caught is one, and so is what it did not catch, as
/// GuestException.exception; a host function throws one by `raise edge.Throw(exception)`.
#[pyclass(frozen, module = "edge")]
pub(crate) struct ExnRef {
    pub(crate) inner: edge_runtime::ExnRef,
}

#[pymethods]
impl ExnRef {
    /// A new exception of the tag, e.g. ExnRef(store, tag, [7]).
    #[new]
    fn new(store: &Bound<'_, Store>, tag: &Bound<'_, Tag>, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = store.py();
        let ty = tag.get().inner.ty();
        let values = values.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        // The engine says it when there are too many or too few.
        let vals = values.iter().enumerate().map(|(index, value)| match ty.params().get(index) {
            Some(ty) => to_val(value, *ty, format_args!("value {} of the exception", index + 1)),
            None => Ok(Val::I32(0)),
        });
        let vals = vals.collect::<PyResult<Vec<_>>>()?;
        let (store, tag) = (&store.get().inner, &tag.get().inner);
        let inner = py.detach(|| edge_runtime::ExnRef::new(store, tag, &vals)).or_raise(py)?;
        Ok(Self { inner })
    }

    /// Its tag.
    #[getter]
    fn tag(&self, py: Python<'_>) -> PyResult<Tag> {
        Ok(Tag::new_handle(self.inner.tag(), Keeper::of_nothing(py)?.clone_ref(py)))
    }

    /// What it carries.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let keeper = Keeper::of_nothing(py)?;
        let values = py.detach(|| self.inner.values());
        PyTuple::new(py, values.iter().map(|value| from_val(py, value, keeper)).collect::<PyResult<Vec<_>>>()?)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        self.inner.tag().ty().params().len()
    }
}
