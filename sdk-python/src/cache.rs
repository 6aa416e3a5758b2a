//! `edge.Cache`, and what an engine can be told to keep modules in.

use std::path::PathBuf;

use edge_runtime::{Error, Kind, Phase};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::errors::OrRaise;
use crate::value_in::type_name;

/// A directory where an engine keeps compiled modules for the next time: Engine(cache=edge.Cache(...)).
///
/// Without a directory it is the user's own: edge in $XDG_CACHE_HOME, else in $HOME/.cache. max_size is how many bytes
/// all files may have together, 1 GiB by default; those that were not used for longest go first.
///
/// What is in it is executed, so it belongs to the user who runs the process, and nobody else may write to it: one that is not
/// so is left alone, and modules are compiled. Several processes may use it at the same time.
#[pyclass(frozen, eq, module = "edge")]
#[derive(PartialEq)]
pub(crate) struct Cache {
    pub(crate) inner: edge_runtime::Cache,
}

#[pymethods]
impl Cache {
    #[new]
    #[pyo3(signature = (directory = None, max_size = None))]
    fn new(py: Python<'_>, directory: Option<PathBuf>, max_size: Option<u64>) -> PyResult<Self> {
        let cache = match directory {
            Some(directory) => in_directory(directory)?,
            None => edge_runtime::Cache::of_user().ok_or_else(no_cache_of_user).or_raise(py)?,
        };
        let inner = match max_size {
            Some(bytes) => cache.max_size(bytes),
            None => cache,
        };
        Ok(Self { inner })
    }

    /// Where it is. The directory is made when it is first needed.
    #[getter]
    fn directory(&self) -> PathBuf {
        self.inner.directory().to_owned()
    }

    /// Bytes that all files may have together.
    #[getter]
    fn max_size(&self) -> u64 {
        self.inner.get_max_size()
    }

    fn __repr__(&self) -> String {
        format!("Cache({:?}, max_size={})", self.inner.directory(), self.inner.get_max_size())
    }
}

fn in_directory(directory: PathBuf) -> PyResult<edge_runtime::Cache> {
    if directory.as_os_str().is_empty() {
        return Err(PyValueError::new_err("the directory of a cache is empty"));
    }
    Ok(edge_runtime::Cache::in_directory(directory))
}

#[cold]
fn no_cache_of_user() -> Error {
    Error::new(Phase::Io, Kind::Io, "there is no cache of the user: neither XDG_CACHE_HOME nor HOME is set")
}

/// A Cache, True for the user's own, a directory; None or False for no cache.
pub(crate) fn cache_of(object: &Bound<'_, PyAny>) -> PyResult<Option<edge_runtime::Cache>> {
    if let Ok(cache) = object.cast::<Cache>() {
        return Ok(Some(cache.get().inner.clone()));
    }
    if let Ok(on) = object.cast::<PyBool>() {
        let user = || edge_runtime::Cache::of_user().ok_or_else(no_cache_of_user).or_raise(object.py());
        return on.is_true().then(user).transpose();
    }
    match object.extract::<PathBuf>() {
        Ok(directory) => in_directory(directory).map(Some),
        Err(_) => {
            let text = format!("cache is an edge.Cache, a directory, True or False, not {}", type_name(object));
            Err(PyTypeError::new_err(text))
        }
    }
}
