//! [`Global`]: globals from the host's side.

use std::ptr::NonNull;

use super::{Store, Val};
use crate::types::layout::GlobalSlot;
use crate::types::{Error, GlobalType, Kind, Phase, Result};

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
        let inside = store.turn()?;
        let value = value.to_raw(store, &inside, ty.content, format_args!("the value of the global"))?;
        Ok(Self::from_vm(store, store.0.new_global(&inside, ty.content, value)?, ty))
    }

    pub(super) fn from_vm(store: &Store, slot: NonNull<GlobalSlot>, ty: GlobalType) -> Self {
        Self { store: store.clone(), slot, ty }
    }

    pub(super) fn vm(&self) -> NonNull<GlobalSlot> {
        self.slot
    }

    /// Its type.
    #[must_use]
    pub fn ty(&self) -> GlobalType {
        self.ty
    }

    /// Its value.
    #[must_use]
    pub fn get(&self) -> Val {
        let inside = self.store.enter();
        // SAFETY: slots live as long as the store, and hold values of their type.
        unsafe { Val::from_raw(&self.store, &inside, self.ty.content, (*self.slot.as_ptr()).value) }
    }

    /// Assigns to it.
    ///
    /// # Errors
    ///
    /// [`Kind::Immutable`](crate::Kind::Immutable), or a value of another type or store.
    pub fn set(&self, value: Val) -> Result<()> {
        if !self.ty.mutable {
            let text = "the global is immutable and cannot be assigned to";
            return Err(Error::new(Phase::Execute, Kind::Immutable, text));
        }
        let inside = self.store.turn()?;
        let value = value.to_raw(&self.store, &inside, self.ty.content, format_args!("the value of the global"))?;
        // SAFETY: slots live as long as the store, and no guest of it runs while this thread is inside.
        unsafe { (*self.slot.as_ptr()).value = value };
        Ok(())
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
