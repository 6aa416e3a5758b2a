//! [`Global`]: globals from the host's side.

use std::ptr::NonNull;

use super::{Store, Val};
use crate::types::layout::GlobalSlot;
use crate::types::{GlobalType, Result};

/// A global.
#[derive(Clone)]
pub struct Global {
    store: Store,
    slot: NonNull<GlobalSlot>,
    ty: GlobalType,
}

// SAFETY: the slot lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Global {}
// SAFETY: as above.
unsafe impl Sync for Global {}

impl Global {
    /// A global of the host's own.
    ///
    /// # Errors
    ///
    /// A value of another type or store.
    pub fn new(store: &Store, ty: GlobalType, value: Val) -> Result<Self> {
        let _ = (store, ty, value);
        todo!()
    }

    /// Its type.
    #[must_use]
    pub fn ty(&self) -> GlobalType {
        self.ty
    }

    /// Its value.
    #[must_use]
    pub fn get(&self) -> Val {
        todo!()
    }

    /// Assigns to it.
    ///
    /// # Errors
    ///
    /// [`Kind::Immutable`](crate::Kind::Immutable), or a value of another type or store.
    pub fn set(&self, value: Val) -> Result<()> {
        let _ = value;
        todo!()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether both are handles of one global.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.slot == other.slot
    }
}

impl std::fmt::Debug for Global {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Global({:p})", self.slot)
    }
}
