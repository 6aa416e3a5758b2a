//! What a guest is given besides its module: `Vm` and `Pool` take the same.

use edge_runtime::{Source, VmBuilder, WasiConfig};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::artifact::trusted_module;
use crate::engine::Engine;
use crate::imports::Given;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::module::source_of;
use crate::value_in::Pins;
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

    /// What a guest is made from. Native code in what is trusted is used; whatever has been compiled already is as it is.
    pub(crate) fn source<'a>(&self, object: &Bound<'_, PyAny>, trusted: bool, pins: &'a Pins) -> PyResult<Source<'a>> {
        let source = source_of(object, pins)?;
        if !trusted {
            return Ok(source);
        }
        let engine = self.engine.clone().unwrap_or_default();
        trusted_module(object.py(), &engine, &source).map(Source::Module)
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
