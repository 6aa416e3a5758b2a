//! [`Table`]: tables from the host's side.

use std::ptr::NonNull;

use super::memory::check_limits;
use super::{Store, Val};
use crate::types::layout::RawValue;
use crate::types::{Error, Kind, Phase, RefType, Result, TableType, ValType};
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
    /// [`Kind::ArgumentType`](crate::Kind::ArgumentType) when the least size is above the greatest.
    pub fn new(store: &Store, ty: TableType, init: Val) -> Result<Self> {
        check_limits("table", ty.min, ty.max)?;
        let inside = store.turn()?;
        let init = reference(store, &inside, ty.element, &init)?;
        let table = store.0.new_table(&inside, ty, init)?;
        Ok(Self::from_vm(store, table))
    }

    pub(super) fn from_vm(store: &Store, table: NonNull<vm::Table>) -> Self {
        Self { store: store.clone(), table }
    }

    pub(super) fn vm(&self) -> NonNull<vm::Table> {
        self.table
    }

    fn inner(&self) -> &vm::Table {
        // SAFETY: tables live as long as the store, which this handle keeps.
        unsafe { self.table.as_ref() }
    }

    /// The address of elements, or the error that names them.
    fn range(&self, index: u64, len: u64) -> Result<*mut usize> {
        self.inner().range(index, len).ok_or_else(|| {
            let size = self.inner().length();
            let text = match len {
                1 => format!("element {index} is not within the table of {size} elements"),
                _ => format!("{len} elements at {index} are not within the table of {size} elements"),
            };
            Error::new(Phase::Execute, Kind::TableOutOfBounds, text)
        })
    }

    /// Its type, with the present size as minimum.
    #[must_use]
    pub fn ty(&self) -> TableType {
        TableType { min: self.size(), ..self.inner().ty() }
    }

    /// Its size in elements.
    #[must_use]
    pub fn size(&self) -> u64 {
        let _inside = self.store.enter();
        self.inner().length()
    }

    /// The element at `index`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds).
    pub fn get(&self, index: u64) -> Result<Val> {
        let inside = self.store.turn()?;
        // SAFETY: the range was checked, and the element is a reference of the table's type.
        Ok(unsafe {
            let raw = RawValue { funcref: *self.range(index, 1)? };
            Val::from_raw(&self.store, &inside, ValType::Ref(self.inner().ty().element), raw)
        })
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds), or a value of another type or store.
    pub fn set(&self, index: u64, value: Val) -> Result<()> {
        self.fill(index, value, 1)
    }

    /// Grows it by `delta` elements, every new one `init`; returns the elements before.
    ///
    /// # Errors
    ///
    /// [`Kind::TableLimit`](crate::Kind::TableLimit) for the store's limit,
    /// [`Kind::TableOutOfBounds`](crate::Kind::TableOutOfBounds) for the table's own maximum.
    pub fn grow(&self, delta: u64, init: Val) -> Result<u64> {
        let inside = self.store.turn()?;
        let init = reference(&self.store, &inside, self.inner().ty().element, &init)?;
        self.inner().grow(delta, init, self.store.0.quota())
    }

    /// Sets `len` elements from `start` on.
    ///
    /// # Errors
    ///
    /// As [`Table::set`].
    pub fn fill(&self, start: u64, value: Val, len: u64) -> Result<()> {
        let inside = self.store.turn()?;
        let value = reference(&self.store, &inside, self.inner().ty().element, &value)?;
        let target = self.range(start, len)?;
        // SAFETY: the range was checked, and no guest of the store runs while this thread is inside.
        unsafe { std::slice::from_raw_parts_mut(target, len as usize) }.fill(value);
        Ok(())
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

/// A value as an element of a table.
fn reference(store: &Store, inside: &vm::Inside<'_>, element: RefType, value: &Val) -> Result<usize> {
    let raw = value.to_raw(store, inside, ValType::Ref(element), format_args!("an element of the table"))?;
    // SAFETY: both sorts of references lie in the same place.
    Ok(unsafe { raw.funcref })
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({:p})", self.table)
    }
}
