//! Errors of the engine as Python exceptions, and Python exceptions as errors of host functions.

use std::error::Error as StdError;
use std::fmt;

use edge_runtime::{BoxError, Error};
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::value_out::to_python;

/// An exception that a host function raised, on its way through the guest.
///
/// The text is taken when it is raised: `Display` may be asked for where the interpreter is out of reach.
pub(crate) struct HostException {
    error: PyErr,
    text: String,
}

impl HostException {
    pub(crate) fn new(py: Python<'_>, error: PyErr) -> Self {
        let value = error.value(py);
        let text = match value.str() {
            Ok(text) if !text.is_empty().unwrap_or(true) => text.to_string_lossy().into_owned(),
            _ => value.get_type().name().map_or_else(|_| "exception".into(), |name| name.to_string()),
        };
        Self { error, text }
    }
}

impl fmt::Display for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Python exception: {}", self.text)
    }
}

impl StdError for HostException {}

/// The exception for an error of the engine.
///
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`) was never meant for whoever handles errors of a guest: it
/// goes on as itself.
#[cold]
pub(crate) fn to_exception(py: Python<'_>, mut error: Error) -> PyErr {
    let cause = error.take_cause().and_then(|cause| cause_to_exception(py, cause));
    match cause {
        Some(cause) if !cause.is_instance_of::<PyException>(py) => cause,
        cause => match make_error(py, &error) {
            Ok(exception) => {
                let exception = PyErr::from_value(exception);
                if cause.is_some() {
                    exception.set_cause(py, cause);
                }
                exception
            }
            Err(failure) => failure,
        },
    }
}

fn cause_to_exception(py: Python<'_>, cause: BoxError) -> Option<PyErr> {
    let cause = match cause.downcast::<HostException>() {
        Ok(exception) => return Some(exception.error),
        Err(other) => other,
    };
    let cause = match cause.downcast::<Error>() {
        Ok(error) => return Some(to_exception(py, *error)),
        Err(other) => other,
    };
    let error = *cause.downcast::<std::io::Error>().ok()?;
    let Some(code) = error.raw_os_error() else { return Some(PyErr::from(error)) };
    // With the number as Python's own errors have it: `OSError` picks the class by it.
    let text =
        py.import("os").and_then(|os| os.call_method1("strerror", (code,))).and_then(|text| text.extract::<String>());
    Some(text.map_or_else(|failure| failure, |text| PyOSError::new_err((code, text))))
}

fn make_error<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static MAKE_ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let frames: Vec<_> = error
        .backtrace()
        .iter()
        .map(|frame| {
            let module = frame.module.as_deref();
            (
                module,
                frame.func_index,
                frame.func_name.as_deref(),
                frame.module_offset,
                frame.file.as_deref(),
                frame.line,
            )
        })
        .collect();
    let value = error.value().map(|value| to_python(py, value)).transpose()?;
    MAKE_ERROR.import(py, "edge.errors", "make_error")?.call1((
        error.phase().name(),
        error.kind().name(),
        error.message(),
        frames,
        value,
        error.exit_code(),
    ))
}

/// `?` for results of the engine.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception to raise.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for edge_runtime::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| to_exception(py, error))
    }
}
