//! What single calls obey: `edge.CancelToken`, and the options of `with_options`.

use std::time::Duration;

use edge_runtime::{CallOptions, Result, Store};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Ends the calls that were made with it, from any thread and for ever: Vm.with_options(cancel=token).
#[pyclass(frozen, module = "edge")]
pub(crate) struct CancelToken {
    pub(crate) inner: edge_runtime::CancelToken,
}

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self { inner: edge_runtime::CancelToken::new() }
    }

    /// Ends all calls under this token within a few milliseconds, and fails all that begin later. Never waits for them.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| self.inner.cancel());
    }

    /// Whether it was cancelled.
    #[getter]
    fn cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn __repr__(&self) -> &'static str {
        if self.inner.is_cancelled() { "<edge.CancelToken: cancelled>" } else { "<edge.CancelToken>" }
    }
}

/// Options inside one another: each of them holds.
#[derive(Clone, Default)]
pub(crate) struct Options(Vec<CallOptions>);

impl Options {
    /// These and further ones.
    pub(crate) fn and(
        &self,
        deadline: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, CancelToken>>,
        fuel: Option<u64>,
    ) -> PyResult<Self> {
        let mut options = CallOptions::new();
        options.deadline = deadline.map(|deadline| seconds("deadline", deadline)).transpose()?;
        options.cancel = cancel.map(|token| token.get().inner.clone());
        options.fuel = fuel;
        let mut all = self.0.clone();
        all.push(options);
        Ok(Self(all))
    }

    /// Runs `f`, in which all calls obey these options.
    pub(crate) fn run<R>(&self, store: &Store, f: impl FnOnce() -> Result<R>) -> Result<R> {
        nested(&self.0, store, f)
    }
}

fn nested<R, F: FnOnce() -> Result<R>>(options: &[CallOptions], store: &Store, f: F) -> Result<R> {
    match options {
        [] => f(),
        [outer, inner @ ..] => store.with_options(outer, || nested(inner, store, f)),
    }
}

/// A length of time: seconds as a number, or a `timedelta`.
pub(crate) fn seconds(what: &str, object: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds: f64 = match object.getattr_opt("total_seconds")? {
        Some(total_seconds) => total_seconds.call0()?.extract()?,
        None => object.extract()?,
    };
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| PyValueError::new_err(format!("{what} is in seconds, not {seconds}: {error}")))
}
