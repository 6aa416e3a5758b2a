//! What a guest is given besides its module: `Vm` and `Pool` take the same.

use edge_runtime::{VmBuilder, WasiConfig};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::Engine;
use crate::imports::Given;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::wasi::Wasi;

/// A copy: what is changed later changes nothing.
pub(crate) struct Setup {
    imports: Given,
    wasi: Option<WasiConfig>,
    limits: Option<edge_runtime::Limits>,
    engine: Option<edge_runtime::Engine>,
}

impl Setup {
    pub(crate) fn new(
        imports: Option<&Bound<'_, PyAny>>,
        wasi: Option<&Bound<'_, Wasi>>,
        limits: Option<&Bound<'_, Limits>>,
        engine: Option<&Bound<'_, Engine>>,
    ) -> PyResult<Self> {
        Ok(Self {
            imports: imports.map(Given::new).transpose()?.unwrap_or_default(),
            wasi: wasi.map(|wasi| wasi.get().config.clone()),
            limits: limits.map(|limits| limits.get().inner.clone()),
            engine: engine.map(|engine| engine.get().inner.clone()),
        })
    }

    /// For one guest, whose keeper owns its callables.
    pub(crate) fn builder(&self, py: Python<'_>, keeper: &Py<Keeper>) -> PyResult<VmBuilder> {
        let mut builder = self.imports.define(py, keeper, edge_runtime::Vm::builder())?;
        if let Some(engine) = &self.engine {
            builder = builder.engine(engine.clone());
        }
        if let Some(wasi) = &self.wasi {
            builder = builder.wasi(wasi.clone());
        }
        if let Some(limits) = &self.limits {
            builder = builder.limits(limits.clone());
        }
        Ok(builder)
    }

    /// For the cycle collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.imports.traverse(visit)
    }
}
