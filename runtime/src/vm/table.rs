//! Tables of references.

use std::cell::UnsafeCell;
use std::ptr::NonNull;

use super::store::Quota;
use crate::types::layout::TableDefinition;
use crate::types::{Error, Kind, Phase, Result, TableType, ValType};

/// A table. Elements are references as compiled code has them: 0 is null.
pub(crate) struct Table {
    definition: NonNull<TableDefinition>,
    owns_definition: bool,
    /// Only the owner of what the definition points at: compiled code writes elements behind its back.
    elements: UnsafeCell<Vec<usize>>,
    ty: TableType,
}

impl Table {
    /// A table of `ty` full of `init`, whose definition is written to `place` or kept here.
    pub(super) fn new(
        ty: TableType,
        init: usize,
        place: Option<NonNull<TableDefinition>>,
        quota: &Quota,
    ) -> Result<Self> {
        quota.take_table(ty.min).map_err(|e| e.in_phase(Phase::Instantiate))?;
        let mut elements = Vec::new();
        extend(&mut elements, ty.min, init)
            .inspect_err(|_| quota.give_table(ty.min))
            .map_err(|e| e.in_phase(Phase::Instantiate))?;
        let definition = TableDefinition { base: elements.as_mut_ptr(), length: elements.len() };
        let owns_definition = place.is_none();
        let place = place.unwrap_or_else(|| {
            NonNull::from(Box::leak(Box::new(TableDefinition { base: std::ptr::null_mut(), length: 0 })))
        });
        // SAFETY: a place for a definition, given by the caller or just made.
        unsafe { place.write(definition) };
        Ok(Self { definition: place, owns_definition, elements: UnsafeCell::new(elements), ty })
    }

    pub(crate) fn definition(&self) -> NonNull<TableDefinition> {
        self.definition
    }

    /// Its declared type.
    pub(crate) fn ty(&self) -> TableType {
        self.ty
    }

    /// Elements.
    pub(crate) fn length(&self) -> u64 {
        // SAFETY: the definition lives as long as the table; compiled code never writes it.
        unsafe { (*self.definition.as_ptr()).length as u64 }
    }

    /// The address of `len` elements at `index`, if the table has all of them.
    pub(crate) fn range(&self, index: u64, len: u64) -> Option<*mut usize> {
        let end = index.checked_add(len)?;
        // SAFETY: the definition lives as long as the table, and the index is in the table or just behind.
        (end <= self.length()).then(|| unsafe { (*self.definition.as_ptr()).base.add(index as usize) })
    }

    /// The elements, if they are externrefs; else none. Under the store's lock, while no guest runs.
    pub(super) fn references(&self) -> &[usize] {
        if !ValType::Ref(self.ty.element).is_externref() {
            return &[];
        }
        // SAFETY: the definition lives as long as the table and says where its elements are.
        unsafe {
            let TableDefinition { base, length } = *self.definition.as_ptr();
            std::slice::from_raw_parts(base, length)
        }
    }

    /// Grows by `delta` elements; returns the elements before. Nothing happens on error.
    pub(crate) fn grow(&self, delta: u64, init: usize, quota: &Quota) -> Result<u64> {
        let length = self.length();
        let counted = if self.ty.table64 { u64::MAX } else { u64::from(u32::MAX) };
        let max = self.ty.max.map_or(counted, |max| max.min(counted));
        if delta > max - length.min(max) {
            let text = format!("a table of {length} elements cannot grow by {delta}: its maximum is {max}");
            return Err(Error::new(Phase::Execute, Kind::TableLimit, text));
        }
        quota.take_table(delta)?;
        // SAFETY: under the store's lock, and compiled code, that reads the elements, stands still meanwhile.
        let elements = unsafe { &mut *self.elements.get() };
        extend(elements, delta, init).inspect_err(|_| quota.give_table(delta))?;
        let definition = TableDefinition { base: elements.as_mut_ptr(), length: elements.len() };
        // SAFETY: as above.
        unsafe { self.definition.write(definition) };
        Ok(length)
    }
}

fn extend(elements: &mut Vec<usize>, delta: u64, init: usize) -> Result<()> {
    let refused = || {
        let text = format!("there is no memory for {delta} more elements of a table");
        Error::new(Phase::Execute, Kind::OutOfMemory, text)
    };
    let delta = usize::try_from(delta).map_err(|_| refused())?;
    elements.try_reserve(delta).map_err(|_| refused())?;
    elements.resize(elements.len() + delta, init);
    Ok(())
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.owns_definition {
            // SAFETY: made from a box in `new`.
            drop(unsafe { Box::from_raw(self.definition.as_ptr()) });
        }
    }
}
