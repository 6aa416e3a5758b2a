//! [`VmBuilder`].

use std::sync::Arc;

use super::vm::Inner;
use super::{Imports, Source, Vm};
use crate::bindgen::Prepared;
use crate::types::{Error, Kind, Limits, Phase, Result};
use crate::{Engine, Linker, WasiConfig};

/// Everything that a [`Vm`] can be given before it is loaded.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct VmBuilder {
    engine: Option<Engine>,
    linker: Option<Linker>,
    pub(super) imports: Imports,
    pub(super) wasi: Option<WasiConfig>,
    limits: Option<Limits>,
}

impl VmBuilder {
    /// The engine that compiles; the process-wide one by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Host functions over values.
    pub fn imports(mut self, imports: Imports) -> Self {
        self.imports = imports;
        self
    }

    /// What a WASI guest may see. Without one, a guest that imports WASI gets no directories, no environment and no arguments,
    /// reads nothing, and what it prints goes nowhere.
    pub fn wasi(mut self, wasi: WasiConfig) -> Self {
        self.wasi = Some(wasi);
        self
    }

    /// How much the guest may use; the engine's limits by default. Those on modules hold for what is compiled by this builder.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Further definitions. WASI's replace those of the same name, [`imports`](Self::imports) replace both.
    pub fn linker(mut self, linker: Linker) -> Self {
        self.linker = Some(linker);
        self
    }

    /// What a guest of this engine may use.
    pub(super) fn limits_in(&self, engine: &Engine) -> Limits {
        self.limits.clone().unwrap_or_else(|| engine.config().get_limits())
    }

    /// Compiles, links and instantiates the module, and runs its `_initialize`.
    ///
    /// # Errors
    ///
    /// Of every phase until the module is ready: what cannot be read, validated, compiled, linked or instantiated.
    pub fn load<'a>(self, source: impl Into<Source<'a>>) -> Result<Vm> {
        let (engine, module) = source.into().module(self.engine.clone(), self.limits.as_ref())?;
        let linker = match &self.linker {
            Some(linker) if !linker.engine().same(&engine) => {
                let message = "the linker belongs to another engine than the module";
                return Err(Error::new(Phase::Link, Kind::WrongStore, message));
            }
            Some(linker) => linker.clone(),
            None => Linker::new(&engine),
        };
        let prepared = Prepared::of(&module)?;
        let vm = Vm(Arc::new(Inner::new(module, prepared, linker, self)));
        vm.0.start()?;
        Ok(vm)
    }
}
