//! [`Linker`]: names to host functions and instances, for any number of stores.

use std::collections::HashMap;

use super::host_func::HostFunc;
use super::matching;
use super::{Caller, Engine, Extern, Func, HostModule, Instance, IntoHostFunc, Module, Store, Val, func};
use crate::types::layout::RawValue;
use crate::types::{BoxError, Error, ExternType, FuncType, Kind, Phase, Result};
use crate::vm::Measure;

/// Definitions by two-part name. Host functions among them belong to no store: each instantiation makes its own.
/// A later definition of a name replaces an earlier one, unless [`Linker::allow_shadowing`] forbids it.
///
/// A linker can be cloned, and used for any number of modules and stores; host functions are made anew in each.
#[derive(Clone)]
pub struct Linker {
    engine: Engine,
    shadowing: bool,
    /// The first name that was defined twice although that was forbidden.
    conflict: Option<(String, String)>,
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
        Self { engine: engine.clone(), shadowing: true, conflict: None, definitions: HashMap::new() }
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

    pub(super) fn host_func(&mut self, module: &str, name: &str, func: HostFunc) -> &mut Self {
        self.insert(module, name, Definition::Host(func))
    }

    /// Makes what a host module describes in `store`, and defines it.
    ///
    /// # Errors
    ///
    /// [`Kind::WrongStore`] for a store of another engine, and what hinders making a memory, table or global; nothing is
    /// defined then.
    pub fn host_module(&mut self, store: &Store, module: &HostModule) -> Result<&mut Self> {
        self.check_engine(store)?;
        module.define(self, store)?;
        Ok(self)
    }

    /// Whether a definition may replace an earlier one of the same name. Default true. Where it may not, the earlier one stays,
    /// and [`Linker::instantiate`] refuses to work, so that the mistake is not missed.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.shadowing = allow;
        self
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition) -> &mut Self {
        if !self.shadowing && self.contains(module, name) {
            self.conflict.get_or_insert_with(|| (module.to_owned(), name.to_owned()));
            return self;
        }
        self.definitions.entry(module.to_owned()).or_default().insert(name.to_owned(), definition);
        self
    }

    /// Defines what is defined under a name under another name, too.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownImport`] when there is no such definition.
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self> {
        let definition = self.get(module, name).cloned().ok_or_else(|| undefined(module, Some(name)))?;
        Ok(self.insert(as_module, as_name, definition))
    }

    /// Defines everything that is defined under a module's name under another name, too.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownImport`] when nothing is defined under the name.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<&mut Self> {
        let definitions = self.definitions.get(module).cloned().ok_or_else(|| undefined(module, None))?;
        for (name, definition) in definitions {
            self.insert(as_module, &name, definition);
        }
        Ok(self)
    }

    /// Defines every function that the module imports and that is not defined yet: it traps when it is called, with
    /// [`Kind::UnknownImport`]. Nothing can stand in for memories, tables and globals: they stay unknown.
    pub fn define_unknown_as_traps(&mut self, module: &Module) -> &mut Self {
        for import in &module.info().imports {
            if let ExternType::Func(ty) = &import.ty
                && !self.contains(&import.module, &import.name)
            {
                let text =
                    format!("the import {}.{} is not defined, and the guest called it", import.module, import.name);
                let missing = move |_: Caller<'_>, _: &mut [RawValue]| {
                    Err(Error::new(Phase::Host, Kind::UnknownImport, text.as_str()).into())
                };
                self.func_raw(&import.module, &import.name, ty.clone(), missing);
            }
        }
        self
    }

    /// Sets what each call of a host function costs in fuel, beside the call itself. The last price holds.
    ///
    /// # Errors
    ///
    /// [`Kind::NotEnabled`] when the engine does not meter fuel; [`Kind::UnknownImport`] when nothing is defined under the name,
    /// [`Kind::WrongExportKind`] when it is no host function that this linker makes.
    pub fn func_cost(&mut self, module: &str, name: &str, cost: u64) -> Result<&mut Self> {
        if !self.engine.config().get_fuel() {
            return Err(Measure::Fuel.not_enabled().in_phase(Phase::Link));
        }
        let definition = self.definitions.get_mut(module).and_then(|names| names.get_mut(name));
        match definition {
            Some(Definition::Host(func)) => func.cost = cost,
            Some(Definition::Item(item)) => {
                let text = format!(
                    "{module}.{name} is a {} that exists already; only host functions of the linker can have a cost",
                    item.ty().sort()
                );
                return Err(Error::new(Phase::Link, Kind::WrongExportKind, text));
            }
            None => return Err(undefined(module, Some(name))),
        }
        Ok(self)
    }

    /// Names of all definitions, in the order of the alphabet.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, &str)> {
        let modules = self.definitions.iter();
        let mut all: Vec<_> = modules
            .flat_map(|(module, names)| names.keys().map(move |name| (module.as_str(), name.as_str())))
            .collect();
        all.sort_unstable();
        all.into_iter()
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
    /// [`Kind::UnknownImport`], [`Kind::IncompatibleImport`], [`Kind::WrongStore`] for a store of another engine, and as
    /// [`Instance::new`].
    pub fn instantiate(&self, store: &Store, module: &Module) -> Result<Instance> {
        self.check_engine(store)?;
        if let Some((module, name)) = &self.conflict {
            let text = format!("{module}.{name} was defined twice, and shadowing is not allowed");
            return Err(Error::new(Phase::Link, Kind::IncompatibleImport, text));
        }
        let mut items = Vec::with_capacity(module.info().imports.len());
        for import in &module.info().imports {
            items.push(match self.get(&import.module, &import.name) {
                None => return Err(matching::unknown(import)),
                Some(Definition::Item(item)) => item.clone(),
                Some(Definition::Host(host)) => {
                    // Compared first, so that nothing is made in the store for a module that does not fit.
                    matching::check_type(import, &ExternType::Func(host.ty.clone()))?;
                    Func::from_host(store, host.clone().charging())?.into()
                }
            });
        }
        Instance::new(store, module, &items)
    }

    fn check_engine(&self, store: &Store) -> Result<()> {
        if self.engine.same(store.engine()) {
            return Ok(());
        }
        let text = "the linker was made for another engine than the store's";
        Err(Error::new(Phase::Link, Kind::WrongStore, text))
    }
}

/// The error of naming what nobody has defined.
#[cold]
fn undefined(module: &str, name: Option<&str>) -> Error {
    let text = match name {
        Some(name) => format!("{module}.{name} is not defined in the linker"),
        None => format!("nothing is defined in the linker under the name {module:?}"),
    };
    Error::new(Phase::Link, Kind::UnknownImport, text)
}

impl std::fmt::Debug for Linker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.definitions().map(|(module, name)| format!("{module}.{name}"))).finish()
    }
}
