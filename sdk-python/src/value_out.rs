//! Values of a guest as Python objects.

use edge_runtime::{Value, Vector};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

/// The native form of a value: the table is in the package's README.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(v) => v.into_bound_py_any(py),
        Value::I8(v) => v.into_bound_py_any(py),
        Value::I16(v) => v.into_bound_py_any(py),
        Value::I32(v) => v.into_bound_py_any(py),
        Value::I64(v) => v.into_bound_py_any(py),
        Value::U8(v) => v.into_bound_py_any(py),
        Value::U16(v) => v.into_bound_py_any(py),
        Value::U32(v) => v.into_bound_py_any(py),
        Value::U64(v) => v.into_bound_py_any(py),
        Value::F32(v) => f64::from(*v).into_bound_py_any(py),
        Value::F64(v) => v.into_bound_py_any(py),
        Value::Char(v) => v.into_bound_py_any(py),
        Value::String(text) => Ok(PyString::new(py, text).into_any()),
        Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
        Value::Vector(vector) => vector_to_list(py, vector).map(Bound::into_any),
        Value::List(items) => PyList::new(py, all(py, items)?).map(Bound::into_any),
        Value::Tuple(items) => PyTuple::new(py, all(py, items)?).map(Bound::into_any),
        Value::Map(entries) => {
            let dict = PyDict::new(py);
            for (key, value) in entries {
                dict.set_item(key_to_python(py, key)?, to_python(py, value)?)?;
            }
            Ok(dict.into_any())
        }
    }
}

fn all<'py>(py: Python<'py>, items: &[Value<'_>]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    items.iter().map(|item| to_python(py, item)).collect()
}

/// A key must be hashable: sequences become tuples, maps tuples of pairs.
fn key_to_python<'py>(py: Python<'py>, key: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    let keys = |items: &[Value<'_>]| items.iter().map(|item| key_to_python(py, item)).collect::<PyResult<Vec<_>>>();
    match key {
        Value::Vector(vector) => Ok(vector_to_list(py, vector)?.to_tuple().into_any()),
        Value::List(items) | Value::Tuple(items) => PyTuple::new(py, keys(items)?).map(Bound::into_any),
        Value::Map(entries) => {
            let pairs = entries
                .iter()
                .map(|(key, value)| PyTuple::new(py, [key_to_python(py, key)?, key_to_python(py, value)?]));
            PyTuple::new(py, pairs.collect::<PyResult<Vec<_>>>()?).map(Bound::into_any)
        }
        other => to_python(py, other),
    }
}

fn vector_to_list<'py>(py: Python<'py>, vector: &Vector<'_>) -> PyResult<Bound<'py, PyList>> {
    match vector {
        Vector::I8(items) => PyList::new(py, items.iter()),
        Vector::I16(items) => PyList::new(py, items.iter()),
        Vector::I32(items) => PyList::new(py, items.iter()),
        Vector::I64(items) => PyList::new(py, items.iter()),
        Vector::U16(items) => PyList::new(py, items.iter()),
        Vector::U32(items) => PyList::new(py, items.iter()),
        Vector::U64(items) => PyList::new(py, items.iter()),
        Vector::F32(items) => PyList::new(py, items.iter()),
        Vector::F64(items) => PyList::new(py, items.iter()),
    }
}
