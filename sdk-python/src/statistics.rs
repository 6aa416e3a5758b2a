//! `edge.Statistics`.

use pyo3::prelude::*;

use crate::errors::OrRaise;

/// What a store's guests have used since it was made, or since Store.reset_statistics(): a copy of the counts at one time.
/// What the engine was not told to count raises `not_enabled`, and is never a zero.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Statistics {
    pub(crate) inner: edge_runtime::Statistics,
}

#[pymethods]
impl Statistics {
    /// Instructions that were executed; needs Engine(count_instructions=True).
    #[getter]
    fn instructions(&self, py: Python<'_>) -> PyResult<u64> {
        self.inner.instructions().or_raise(py)
    }

    /// Fuel that guests and host functions have used; needs Engine(fuel=True).
    #[getter]
    fn fuel_used(&self, py: Python<'_>) -> PyResult<u64> {
        self.inner.fuel_used().or_raise(py)
    }

    /// Fuel that is left; without a limit it counts down from 2**64 - 1.
    #[getter]
    fn fuel_left(&self, py: Python<'_>) -> PyResult<u64> {
        self.inner.fuel_left().or_raise(py)
    }

    /// Seconds that calls from the host took, of those that have ended; needs Engine(measure_time=True).
    #[getter]
    fn time(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.inner.time().or_raise(py)?.as_secs_f64())
    }

    /// Calls from the host.
    #[getter]
    fn calls(&self) -> u64 {
        self.inner.calls()
    }

    /// The most bytes that all linear memories held together.
    #[getter]
    fn memory_peak(&self) -> u64 {
        self.inner.memory_peak()
    }

    /// Instructions for each second that calls took; 0 before any call has ended.
    #[getter]
    fn instructions_per_second(&self, py: Python<'_>) -> PyResult<f64> {
        self.inner.instructions_per_second().or_raise(py)
    }

    fn __repr__(&self) -> String {
        let mut members = vec![format!("calls={}", self.inner.calls())];
        members.push(format!("memory_peak={}", self.inner.memory_peak()));
        members.extend(self.inner.instructions().ok().map(|count| format!("instructions={count}")));
        members.extend(self.inner.fuel_used().ok().map(|fuel| format!("fuel_used={fuel}")));
        members.extend(self.inner.fuel_left().ok().map(|fuel| format!("fuel_left={fuel}")));
        members.extend(self.inner.time().ok().map(|time| format!("time={}", time.as_secs_f64())));
        format!("<edge.Statistics: {}>", members.join(", "))
    }
}
