//! What the tests of this folder share.
#![allow(dead_code, reason = "every test file uses some of it")]

#[path = "../mode/mod.rs"]
pub(crate) mod mode;

use edge_runtime::{Extern, Instance, Limits, Linker, Module, Result, Store};

pub(crate) use mode::engine;

/// A store of the shared engine with default limits.
pub(crate) fn store() -> Store {
    Store::new(&engine(), Limits::default())
}

/// A module of the shared engine.
pub(crate) fn module(text: &str) -> Module {
    mode::mode().module(&engine(), &wat::parse_str(text).unwrap()).unwrap()
}

/// An instance without imports in a store of its own.
pub(crate) fn instance(text: &str) -> Instance {
    Instance::new(&store(), &module(text), &[]).unwrap()
}

/// An instance with these imports, in their store.
pub(crate) fn with_imports(store: &Store, text: &str, imports: &[Extern]) -> Result<Instance> {
    Instance::new(store, &module(text), imports)
}

/// An instance from a linker that `define` has filled, in a store of its own.
pub(crate) fn linked(text: &str, define: impl FnOnce(&mut Linker)) -> Result<Instance> {
    let mut linker = Linker::new(&engine());
    define(&mut linker);
    linker.instantiate(&store(), &module(text))
}
