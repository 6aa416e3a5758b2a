//! [`Instance`]: a module with its imports and its state.

use std::ptr::NonNull;

use super::{Extern, Func, Global, Memory, Module, Store, Table};
use crate::types::Result;
use crate::vm;

/// A module with its imports and its state.
#[derive(Clone)]
pub struct Instance {
    store: Store,
    instance: NonNull<vm::Instance>,
    module: Module,
}

// SAFETY: the instance lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// Instantiates with imports in the order of [`Module::imports`]; runs segments and the start function.
    ///
    /// # Errors
    ///
    /// Of the phases link and instantiate, and whatever ends the start function.
    pub fn new(store: &Store, module: &Module, imports: &[Extern]) -> Result<Self> {
        let _ = (store, module, imports);
        todo!()
    }

    /// Its module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The export of this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<Extern> {
        let _ = (name, self.instance);
        todo!()
    }

    /// All exports, in order.
    pub fn exports(&self) -> impl Iterator<Item = (&str, Extern)> {
        std::iter::empty()
    }

    /// The exported function of this name.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownExport`](crate::Kind::UnknownExport), [`Kind::WrongExportKind`](crate::Kind::WrongExportKind).
    pub fn func(&self, name: &str) -> Result<Func> {
        let _ = name;
        todo!()
    }

    /// The exported memory of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn memory(&self, name: &str) -> Result<Memory> {
        let _ = name;
        todo!()
    }

    /// The exported table of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn table(&self, name: &str) -> Result<Table> {
        let _ = name;
        todo!()
    }

    /// The exported global of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn global(&self, name: &str) -> Result<Global> {
        let _ = name;
        todo!()
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({:p})", self.instance)
    }
}
