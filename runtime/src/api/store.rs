//! [`Store`]: what instances live in, and are freed with.

use std::sync::Arc;

use super::Engine;
use crate::types::{Error, Kind, Limits, Phase, Result};
use crate::vm;

/// Instances and all that belongs to them. Dropping the last handle of anything in it frees everything in it.
#[derive(Clone)]
#[repr(transparent)]
pub struct Store(pub(crate) Arc<vm::Store>);

/// Keeps other threads out of a store; the own thread still goes in and out.
#[must_use = "the store is free again when the guard is dropped"]
pub struct StoreGuard<'a> {
    _inside: vm::Inside<'a>,
}

impl Store {
    /// An empty store with these limits.
    #[must_use]
    pub fn new(engine: &Engine, limits: Limits) -> Self {
        Self(vm::Store::new(&engine.0, limits))
    }

    /// The engine that it was made for.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        Engine::from_ref(self.0.engine())
    }

    /// What its guests may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.0.limits()
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
        match self.0.try_enter() {
            Some(inside) => Ok(StoreGuard { _inside: inside }),
            None => Err(Error::new(Phase::Execute, Kind::Busy, "the store is serving a call of another thread")),
        }
    }

    /// Bytes that all linear memories of the store hold together.
    #[must_use]
    pub fn memory_used(&self) -> u64 {
        self.0.memory_used()
    }

    /// Objects of the host that its guests may hold.
    #[must_use]
    pub fn externrefs(&self) -> usize {
        self.0.object_count(&self.enter())
    }

    /// Drops the objects that guests of the store can no longer reach, and tells how many. It happens by itself when calls
    /// begin and there are many; nothing happens while a call is unfinished, since the guest may hold any of them.
    ///
    /// An object that was passed since the last time still stays: it goes the next time.
    pub fn collect_externrefs(&self) -> usize {
        self.0.collect_now(&self.enter())
    }

    /// Waits until no other thread is in the store. For what cannot fail; all else takes its [`turn`](Self::turn).
    #[inline]
    pub(super) fn enter(&self) -> vm::Inside<'_> {
        self.0.enter()
    }

    /// Waits until no other thread is in the store, or until what ends this thread's calls ends the wait.
    #[inline]
    pub(super) fn turn(&self) -> Result<vm::Inside<'_>> {
        self.0.turn()
    }

    /// Refuses what belongs to another store.
    pub(super) fn owns(&self, other: &Self, what: &str) -> Result<()> {
        if self.same(other) {
            return Ok(());
        }
        Err(Error::new(Phase::Execute, Kind::WrongStore, format!("the {what} belongs to another store")))
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
