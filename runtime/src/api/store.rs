//! [`Store`]: what instances live in, and are freed with.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Engine;
use crate::types::{Limits, Result};
use crate::vm;

/// Instances and all that belongs to them. Dropping the last handle of anything in it frees everything in it.
#[derive(Clone)]
#[repr(transparent)]
pub struct Store(pub(crate) Arc<vm::Store>);

/// Keeps other threads out of a store; the own thread still goes in and out.
#[must_use = "the store is free again when the guard is dropped"]
pub struct StoreGuard<'a> {
    store: PhantomData<&'a Store>,
}

impl Store {
    /// An empty store with these limits.
    #[must_use]
    pub fn new(engine: &Engine, limits: Limits) -> Self {
        let _ = (engine, limits);
        todo!()
    }

    /// The engine that it was made for.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        todo!()
    }

    /// What its guests may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        todo!()
    }

    /// Whether both are handles of one store.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Takes the store for this thread without waiting.
    ///
    /// # Errors
    ///
    /// [`Kind::Busy`](crate::Kind::Busy) when another thread has it.
    pub fn try_enter(&self) -> Result<StoreGuard<'_>> {
        todo!()
    }

    /// Bytes that all linear memories of the store hold together.
    #[must_use]
    pub fn memory_used(&self) -> u64 {
        todo!()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// The handle that lies in a reference to its inside.
    pub(crate) fn from_ref(inner: &Arc<vm::Store>) -> &Self {
        // SAFETY: `Store` is transparent over the Arc.
        unsafe { &*std::ptr::from_ref(inner).cast() }
    }
}
