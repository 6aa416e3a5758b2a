//! [`Linker`]: names to host functions and instances, for any number of stores.

use std::collections::HashMap;

use super::host_func::HostFunc;
use super::matching;
use super::{Caller, Engine, Extern, Func, Instance, IntoHostFunc, Module, Store, Val, func};
use crate::types::layout::RawValue;
use crate::types::{BoxError, Error, ExternType, FuncType, Kind, Phase, Result};

/// Definitions by two-part name. Host functions among them belong to no store: each instantiation makes its own.
/// A later definition of a name replaces an earlier one.
#[derive(Clone)]
pub struct Linker {
    engine: Engine,
    definitions: HashMap<String, HashMap<String, Definition>>,
}

#[derive(Clone)]
enum Definition {
    /// A host function that is in no store yet.
    Host(HostFunc),
    /// Something in a store.
    Item(Extern),
}

impl Linker {
    /// An empty linker.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), definitions: HashMap::new() }
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
        self.insert(module, name, Definition::Host(func::untyped(ty, f)))
    }

    /// Defines a host function from a closure with Rust types.
    pub fn func_wrap<P, R>(&mut self, module: &str, name: &str, f: impl IntoHostFunc<P, R>) -> &mut Self {
        self.insert(module, name, Definition::Host(f.into_host_func()))
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
        self.insert(module, name, Definition::Host(func::raw(ty, f)))
    }

    /// Defines something that exists in a store already; only that store can use it.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        self.insert(module, name, Definition::Item(item.into()))
    }

    /// Defines all exports of an instance under `module`.
    pub fn instance(&mut self, module: &str, instance: &Instance) -> &mut Self {
        for (name, item) in instance.exports() {
            self.insert(module, name, Definition::Item(item));
        }
        self
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition) -> &mut Self {
        self.definitions.entry(module.to_owned()).or_default().insert(name.to_owned(), definition);
        self
    }

    fn get(&self, module: &str, name: &str) -> Option<&Definition> {
        self.definitions.get(module)?.get(name)
    }

    /// Whether there is a definition of this name.
    #[must_use]
    pub fn contains(&self, module: &str, name: &str) -> bool {
        self.get(module, name).is_some()
    }

    /// Instantiates a module with the definitions that it asks for.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownImport`], [`Kind::IncompatibleImport`], and as [`Instance::new`].
    pub fn instantiate(&self, store: &Store, module: &Module) -> Result<Instance> {
        if !self.engine.same(store.engine()) {
            let text = "the linker was made for another engine than the store's";
            return Err(Error::new(Phase::Link, Kind::WrongStore, text));
        }
        let mut items = Vec::with_capacity(module.info().imports.len());
        for import in &module.info().imports {
            items.push(match self.get(&import.module, &import.name) {
                None => return Err(matching::unknown(import)),
                Some(Definition::Item(item)) => item.clone(),
                Some(Definition::Host(host)) => {
                    // Compared first, so that nothing is made in the store for a module that does not fit.
                    matching::check_type(import, &ExternType::Func(host.ty.clone()))?;
                    Func::from_host(store, host.clone())?.into()
                }
            });
        }
        Instance::new(store, module, &items)
    }
}

impl std::fmt::Debug for Linker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.definitions.iter().flat_map(|(m, names)| names.keys().map(move |n| format!("{m}.{n}")));
        f.debug_set().entries(names).finish()
    }
}
