//! Errors of the engine as Python exceptions, and Python exceptions as errors of host functions.

use std::error::Error as StdError;
use std::fmt;

use edge_runtime::{BoxError, Error, HostError, Kind, Phase, terminate};
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::interrupt::Interruption;
use crate::tag::ExnRef;
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

/// What an exception of a host function is to the engine: `edge.Terminate` ends the guest on purpose, an `edge.HostError`
/// keeps its code, a limit that was hit in a guest further in is still that limit. The very exception is the cause. What an
/// `edge.Throw` throws, or a guest further in threw, is thrown again, and the guest may catch it.
#[cold]
pub(crate) fn host_exception(py: Python<'_>, error: PyErr) -> BoxError {
    static CLASSES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let is = |name: &str| -> PyResult<bool> {
        let classes =
            CLASSES.get_or_try_init(py, || py.import("edge.errors").map(|module| module.into_any().unbind()))?;
        error.value(py).is_instance(&classes.bind(py).getattr(name)?)
    };
    if (is("Throw").unwrap_or(false) || is("GuestException").unwrap_or(false))
        && let Ok(exception) = error.value(py).getattr("exception")
        && let Ok(exception) = exception.cast::<ExnRef>()
    {
        return exception.get().inner.clone().into();
    }
    if is("Terminate").unwrap_or(false) || is("Terminated").unwrap_or(false) {
        return terminate().into();
    }
    if is("LimitError").unwrap_or(false)
        && let Ok(kind) = error.value(py).getattr("kind").and_then(|kind| kind.extract::<String>())
        && let Some(kind) = Kind::ALL.iter().find(|known| known.name() == kind)
    {
        let exception = HostException::new(py, error);
        return Error::new(Phase::Host, *kind, exception.to_string()).with_cause(exception.into()).into();
    }
    let code = if is("HostError").unwrap_or(false) {
        error.value(py).getattr("code").and_then(|code| code.extract::<Option<i64>>()).ok().flatten()
    } else {
        None
    };
    let exception = HostException::new(py, error);
    match code {
        Some(code) => HostError::new(code, exception.to_string()).with_cause(exception).into(),
        None => exception.into(),
    }
}

/// The exception for an error of the engine.
///
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`) was never meant for whoever handles errors of a guest: it
/// goes on as itself.
#[cold]
pub(crate) fn to_exception(py: Python<'_>, mut error: Error) -> PyErr {
    let cause = match error.take_cause().map(|cause| cause.downcast::<Interruption>()) {
        // What a signal handler raises was raised by Python code, as far as Python is concerned: it has nothing around it.
        Some(Ok(interruption)) => return interruption.0,
        Some(Err(other)) => cause_to_exception(py, other),
        None => None,
    };
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
        error.code(),
        error.exception().map(|inner| ExnRef { inner }),
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
