//! [`Table`]: tables from the host's side.

use std::ptr::NonNull;

use super::{Store, Val};
use crate::types::{Result, TableType};
use crate::vm;

/// A table of references.
#[derive(Clone)]
pub struct Table {
    store: Store,
    table: NonNull<vm::Table>,
}

// SAFETY: the table lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

impl Table {
    /// A table of the host's own, every element `init`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableLimit`](crate::Kind::TableLimit), or an `init` of another type or store.
    pub fn new(store: &Store, ty: TableType, init: Val) -> Result<Self> {
        let _ = (store, ty, init);
        todo!()
    }

    /// Its type, with the present size as minimum.
    #[must_use]
    pub fn ty(&self) -> TableType {
        todo!()
    }

    /// Its size in elements.
    #[must_use]
    pub fn size(&self) -> u64 {
        todo!()
    }

    /// The element at `index`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds).
    pub fn get(&self, index: u64) -> Result<Val> {
        let _ = (index, self.table);
        todo!()
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds), or a value of another type or store.
    pub fn set(&self, index: u64, value: Val) -> Result<()> {
        let _ = (index, value);
        todo!()
    }

    /// Grows it by `delta` elements, every new one `init`; returns the elements before.
    ///
    /// # Errors
    ///
    /// [`Kind::TableLimit`](crate::Kind::TableLimit) for the store's limit,
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds) for the table's own maximum.
    pub fn grow(&self, delta: u64, init: Val) -> Result<u64> {
        let _ = (delta, init);
        todo!()
    }

    /// Sets `len` elements from `start` on.
    ///
    /// # Errors
    ///
    /// As [`Table::set`].
    pub fn fill(&self, start: u64, value: Val, len: u64) -> Result<()> {
        let _ = (start, value, len);
        todo!()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether both are handles of one table.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({:p})", self.table)
    }
}
