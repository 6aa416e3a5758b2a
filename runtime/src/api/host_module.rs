//! [`HostModule`]: what a host offers under one name.

use super::host_func::HostFunc;
use super::{Caller, Extern, Global, IntoHostFunc, Linker, Memory, Store, Table, Val, func};
use crate::types::{BoxError, FuncType, GlobalType, MemoryType, Result, TableType};

/// Functions, memories, tables and globals under one name: a description that can be defined in any number of linkers and
/// stores. Memories, tables and globals are made anew each time; a later definition of a name replaces an earlier one.
#[derive(Clone)]
pub struct HostModule {
    name: String,
    items: Vec<(String, Item)>,
}

#[derive(Clone)]
enum Item {
    Func(HostFunc),
    Memory(MemoryType),
    Table(TableType, Val),
    Global(GlobalType, Val),
}

impl HostModule {
    /// An empty module of this name. Any name is allowed, the empty one included.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), items: Vec::new() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of what it offers, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|(name, _)| name.as_str())
    }

    /// With a function over values of any type.
    #[must_use]
    pub fn func(
        self,
        name: &str,
        ty: FuncType,
        f: impl Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.with(name, Item::Func(func::untyped(ty, f)))
    }

    /// With a function from a closure with Rust types.
    #[must_use]
    pub fn func_wrap<P, R>(self, name: &str, f: impl IntoHostFunc<P, R>) -> Self {
        self.with(name, Item::Func(f.into_host_func()))
    }

    /// With a memory.
    #[must_use]
    pub fn memory(self, name: &str, ty: MemoryType) -> Self {
        self.with(name, Item::Memory(ty))
    }

    /// With a table full of `init`.
    #[must_use]
    pub fn table(self, name: &str, ty: TableType, init: Val) -> Self {
        self.with(name, Item::Table(ty, init))
    }

    /// With a global.
    #[must_use]
    pub fn global(self, name: &str, ty: GlobalType, value: Val) -> Self {
        self.with(name, Item::Global(ty, value))
    }

    fn with(mut self, name: &str, item: Item) -> Self {
        self.items.retain(|(other, _)| other != name);
        self.items.push((name.to_owned(), item));
        self
    }

    /// Makes memories, tables and globals in `store` and defines everything in `linker`. Nothing is defined on error.
    pub(super) fn define(&self, linker: &mut Linker, store: &Store) -> Result<()> {
        let mut made = Vec::with_capacity(self.items.len());
        for (name, item) in &self.items {
            let item: Extern = match item {
                Item::Func(_) => continue,
                Item::Memory(ty) => Memory::new(store, *ty)?.into(),
                Item::Table(ty, init) => Table::new(store, *ty, init.clone())?.into(),
                Item::Global(ty, value) => Global::new(store, *ty, value.clone())?.into(),
            };
            made.push((name, item));
        }
        for (name, item) in &self.items {
            if let Item::Func(func) = item {
                linker.host_func(&self.name, name, func.clone());
            }
        }
        for (name, item) in made {
            linker.define(&self.name, name, item);
        }
        Ok(())
    }
}

impl std::fmt::Debug for HostModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostModule")
            .field("name", &self.name)
            .field("names", &self.names().collect::<Vec<_>>())
            .finish()
    }
}
