//! What single calls obey: `edge.CancelToken`, the options of `with_options`, and the loan of a pool.

use std::time::Duration;

use edge_runtime::{CallOptions, Result, Store};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::interrupt::turn;
use crate::loan::Loan;

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

/// Options inside one another, each of which holds, and the loan that must not have ended.
#[derive(Default)]
pub(crate) struct Options {
    calls: Vec<CallOptions>,
    /// Not to wait while another thread keeps the store.
    impatient: bool,
    loan: Option<Py<Loan>>,
}

impl Options {
    /// Those of a guest that a pool has lent.
    pub(crate) fn of_loan(loan: Py<Loan>) -> Self {
        Self { loan: Some(loan), ..Self::default() }
    }

    /// The same.
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            calls: self.calls.clone(),
            impatient: self.impatient,
            loan: self.loan.as_ref().map(|loan| loan.clone_ref(py)),
        }
    }

    /// These and further ones.
    pub(crate) fn and(
        &self,
        py: Python<'_>,
        deadline: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, CancelToken>>,
        fuel: Option<u64>,
        wait: bool,
    ) -> PyResult<Self> {
        let mut options = CallOptions::new();
        options.deadline = deadline.map(|deadline| seconds("deadline", deadline)).transpose()?;
        options.cancel = cancel.map(|token| token.get().inner.clone());
        options.fuel = fuel;
        let mut all = self.clone_ref(py);
        all.calls.push(options);
        all.impatient |= !wait;
        Ok(all)
    }

    /// Whether there is nothing to obey.
    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.loan.is_none()
    }

    /// The loan, if a pool has lent the guest.
    pub(crate) fn loan(&self) -> Option<&Loan> {
        self.loan.as_ref().map(Py::get)
    }

    /// Runs `f`, in which all calls obey these options. They obey them too while another thread keeps the store; where there
    /// are none, a call that is `crowded` obeys signals then.
    pub(crate) fn run<R>(
        &self,
        crowded: bool,
        store: impl FnOnce() -> Result<Store>,
        f: impl FnOnce() -> Result<R>,
    ) -> Result<R> {
        if let Some(loan) = self.loan() {
            loan.check()?;
        }
        if self.calls.is_empty() && !crowded {
            return f();
        }
        let store = &store()?;
        stoppable(&self.calls, store, || {
            let _turn = if self.impatient { store.try_enter() } else { turn(store) }?;
            fuelled(&self.calls, store, f)
        })
    }

    /// The same as the cycle collector wants it.
    pub(crate) fn loan_ptr(&self) -> Option<*mut ffi::PyObject> {
        self.loan.as_ref().map(Py::as_ptr)
    }

    /// For the cycle collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.loan)
    }
}

fn stoppable<R, F: FnOnce() -> Result<R>>(options: &[CallOptions], store: &Store, f: F) -> Result<R> {
    match options {
        [] => f(),
        [outer, inner @ ..] => {
            let mut outer = outer.clone();
            outer.fuel = None;
            store.with_options(&outer, || stoppable(inner, store, f))
        }
    }
}

/// Fuel is lent by the store, so whoever lends it has the store already.
fn fuelled<R, F: FnOnce() -> Result<R>>(options: &[CallOptions], store: &Store, f: F) -> Result<R> {
    match options {
        [] => f(),
        [outer, inner @ ..] => match outer.fuel {
            None => fuelled(inner, store, f),
            Some(fuel) => store.with_options(&CallOptions::new().fuel(fuel), || fuelled(inner, store, f)),
        },
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
