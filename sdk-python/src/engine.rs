//! `edge.Engine`.

use edge_runtime::{Config, OptLevel};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::OrRaise;

/// The compiler and its settings. Modules of one engine can be linked to one another.
///
/// Without an engine, everything uses one that the whole process shares.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Engine {
    pub(crate) inner: edge_runtime::Engine,
}

#[pymethods]
impl Engine {
    /// opt_level is "none", "speed" or "speed_and_size"; threads bounds how many compile at once.
    #[new]
    #[pyo3(signature = (*, opt_level = "speed", threads = None))]
    fn new(py: Python<'_>, opt_level: &str, threads: Option<usize>) -> PyResult<Self> {
        let level = match opt_level {
            "none" => OptLevel::None,
            "speed" => OptLevel::Speed,
            "speed_and_size" => OptLevel::SpeedAndSize,
            other => {
                let message = format!("opt_level must be 'none', 'speed' or 'speed_and_size', not {other:?}");
                return Err(PyValueError::new_err(message));
            }
        };
        let mut config = Config::new().opt_level(level);
        if let Some(threads) = threads {
            config = config.threads(threads);
        }
        Ok(Self { inner: edge_runtime::Engine::new(&config).or_raise(py)? })
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        slf.as_ptr() as isize
    }
}

/// The engine that was asked for, or the one of the process.
pub(crate) fn engine_or_default(engine: Option<&Bound<'_, Engine>>) -> edge_runtime::Engine {
    engine.map_or_else(edge_runtime::Engine::default, |engine| engine.get().inner.clone())
}
