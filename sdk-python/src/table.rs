//! `edge.Table`.

use edge_runtime::{TableType, Val, ValType};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList};
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::store::Store;
use crate::types::{ref_type, table_type};
use crate::val::{from_val, to_val};

/// A table of references: functions, or any Python objects; `None` is null.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Table {
    pub(crate) inner: edge_runtime::Table,
    keeper: Py<Keeper>,
}

impl Table {
    pub(crate) fn new_handle(inner: edge_runtime::Table, keeper: Py<Keeper>) -> Self {
        Self { inner, keeper }
    }

    fn val(&self, value: &Bound<'_, PyAny>) -> PyResult<Val> {
        to_val(value, ValType::Ref(self.inner.ty().element), "the table's element")
    }
}

#[pymethods]
impl Table {
    /// A table of the host, e.g. Table(store, "funcref", 10).
    #[new]
    #[pyo3(signature = (store, element, min, max = None, init = None, *, table64 = false))]
    fn new(
        store: &Bound<'_, Store>,
        element: &str,
        min: u64,
        max: Option<u64>,
        init: Option<&Bound<'_, PyAny>>,
        table64: bool,
    ) -> PyResult<Self> {
        let py = store.py();
        let ty = TableType { table64, ..TableType::new(ref_type(element)?, min, max) };
        let none = py.None().into_bound(py);
        let init = to_val(init.unwrap_or(&none), ValType::Ref(ty.element), "the table's element")?;
        let store = store.get();
        let inner = py.detach(|| edge_runtime::Table::new(&store.inner, ty, init)).or_raise(py)?;
        Ok(Self { inner, keeper: store.keeper.clone_ref(py) })
    }

    /// The type: what was declared, not what is now.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        table_type(py, &self.inner.ty())
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.size()) as usize
    }

    /// The element at an index.
    fn get<'py>(&self, py: Python<'py>, index: u64) -> PyResult<Bound<'py, PyAny>> {
        let value = py.detach(|| self.inner.get(index)).or_raise(py)?;
        from_val(py, &value, &self.keeper)
    }

    /// Assigns the element at an index.
    fn set(&self, py: Python<'_>, index: u64, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = self.val(value)?;
        py.detach(|| self.inner.set(index, value)).or_raise(py)
    }

    /// Adds elements; returns how many there were.
    #[pyo3(signature = (delta, init = None))]
    fn grow(&self, py: Python<'_>, delta: u64, init: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
        let none = py.None().into_bound(py);
        let init = self.val(init.unwrap_or(&none))?;
        py.detach(|| self.inner.grow(delta, init)).or_raise(py)
    }

    /// Assigns `count` elements from `start` on.
    fn fill(&self, py: Python<'_>, start: u64, value: &Bound<'_, PyAny>, count: u64) -> PyResult<()> {
        let value = self.val(value)?;
        py.detach(|| self.inner.fill(start, value, count)).or_raise(py)
    }

    /// `table[index]`; beyond the end an `IndexError`, as of any sequence.
    fn __getitem__<'py>(&self, py: Python<'py>, index: u64) -> PyResult<Bound<'py, PyAny>> {
        if index >= py.detach(|| self.inner.size()) {
            return Err(PyIndexError::new_err(format!("the table has no element {index}")));
        }
        self.get(py, index)
    }

    fn __setitem__(&self, py: Python<'_>, index: u64, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if index >= py.detach(|| self.inner.size()) {
            return Err(PyIndexError::new_err(format!("the table has no element {index}")));
        }
        self.set(py, index, value)
    }

    /// Over the elements as they are now.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let elements = (0..py.detach(|| self.inner.size())).map(|index| self.get(py, index));
        PyList::new(py, elements.collect::<PyResult<Vec<_>>>()?)?.try_iter()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> u64 {
        // What all handles of one table agree on, however they were got.
        self.inner.ty().max.unwrap_or(0)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}
