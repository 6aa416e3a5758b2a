//! [`Linker`]: names to host functions and instances, for any number of stores.

use super::{Caller, Engine, Extern, Instance, IntoHostFunc, Module, Store, Val};
use crate::types::layout::RawValue;
use crate::types::{BoxError, FuncType, Result};

/// Definitions by two-part name. Host functions among them belong to no store: each instantiation makes its own.
/// A later definition of a name replaces an earlier one.
#[derive(Clone)]
pub struct Linker {
    engine: Engine,
}

impl Linker {
    /// An empty linker.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone() }
    }

    /// The engine that it was made for.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Defines a host function that takes and gives values of any type.
    pub fn func(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        f: impl Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> &mut Self {
        let _ = (module, name, ty, f);
        todo!()
    }

    /// Defines a host function from a closure with Rust types.
    pub fn func_wrap<P, R>(&mut self, module: &str, name: &str, f: impl IntoHostFunc<P, R>) -> &mut Self {
        let _ = (module, name, f);
        todo!()
    }

    /// Defines a host function over raw slots, that hold the arguments and take the results: the larger number of both.
    #[allow(dead_code, reason = "for the phases above")]
    pub(crate) fn func_raw(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        f: impl Fn(Caller<'_>, &mut [RawValue]) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> &mut Self {
        let _ = (module, name, ty, f);
        todo!()
    }

    /// Defines something that exists in a store already; only that store can use it.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        let _ = (module, name, item.into());
        todo!()
    }

    /// Defines all exports of an instance under `module`.
    pub fn instance(&mut self, module: &str, instance: &Instance) -> &mut Self {
        let _ = (module, instance);
        todo!()
    }

    /// Whether there is a definition of this name.
    #[must_use]
    pub fn contains(&self, module: &str, name: &str) -> bool {
        let _ = (module, name);
        todo!()
    }

    /// Instantiates a module with the definitions that it asks for.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownImport`](crate::Kind::UnknownImport),
    /// [`Kind::IncompatibleImport`](crate::Kind::IncompatibleImport), and as [`Instance::new`].
    pub fn instantiate(&self, store: &Store, module: &Module) -> Result<Instance> {
        let _ = (store, module);
        todo!()
    }
}

impl std::fmt::Debug for Linker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linker").finish_non_exhaustive()
    }
}
