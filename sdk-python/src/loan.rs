//! Guests that a pool has lent.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use edge_runtime::{Error, Kind, Phase, Result};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::pool::Pool;
use crate::vm::Vm;

/// What all handles of one lent guest have in common: it ends when one of them is closed, or when all are gone. They call
/// nothing afterwards, since the guest may be the next borrower's.
#[pyclass(frozen, module = "edge._edge")]
pub(crate) struct Loan {
    pool: Py<Pool>,
    /// The pool's own handle.
    vm: Py<Vm>,
    ended: AtomicBool,
}

impl Loan {
    pub(crate) fn new(pool: Py<Pool>, vm: Py<Vm>) -> Self {
        Self { pool, vm, ended: AtomicBool::new(false) }
    }

    /// Whether the guest has been given back.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(SeqCst)
    }

    /// Refuses what comes after the end.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.has_ended() {
            return Ok(());
        }
        Err(Error::new(Phase::Execute, Kind::Closed, "the guest has been given back to its pool"))
    }

    /// Gives the guest back. Doing so twice is fine.
    pub(crate) fn end(&self, py: Python<'_>) {
        if !self.ended.swap(true, SeqCst) {
            self.pool.get().take_back(py, self.vm.clone_ref(py));
        }
    }
}

#[pymethods]
impl Loan {
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.pool)?;
        visit.call(&self.vm)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // `None`: the interpreter is shutting down, and the pool with it.
        Python::try_attach(|py| self.end(py));
    }
}
