//! Modules as files that hold their compiled code.

use edge_runtime::{ArtifactForm, Engine, Module, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::OrRaise;

/// The form of this name.
pub(crate) fn form(name: &str) -> PyResult<ArtifactForm> {
    match name {
        "universal" => Ok(ArtifactForm::Universal),
        "native" => Ok(ArtifactForm::Native),
        other => Err(PyValueError::new_err(format!("form must be 'universal' or 'native', not {other:?}"))),
    }
}

/// The module of a source that the caller said to trust, in so many words: native code in it is used.
pub(crate) fn trusted_module(py: Python<'_>, engine: &Engine, source: &Source<'_>) -> PyResult<Module> {
    let module = py.detach(|| match source {
        // SAFETY: by the caller's word, which is what `from_trusted` and `trusted=True` are documented to mean: nobody else had a
        // hand in the file, and nobody writes into it while the module lives.
        Source::Path(path) => unsafe { Module::from_trusted_file(engine, path) },
        // SAFETY: as above.
        Source::Bytes(bytes) => unsafe { Module::from_trusted_bytes(engine, bytes) },
        Source::Module(module) => Ok(module.clone()),
    });
    module.or_raise(py)
}
