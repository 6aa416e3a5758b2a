//! Which memory accesses can touch the same bytes, for the optimiser.
//!
//! Two imports may be one and the same object, so imported ones share a region; an object that the module defines is never
//! also one of its imports. Beyond [`OWN`] objects of a sort the rest shares a region too: a function has room for 65,534
//! combinations of flags.

use std::borrow::Cow;

use cranelift_codegen::ir::{AliasRegionData, Endianness, Function, MemFlagsData};

use super::trap_codes::code_of;
use crate::types::Trap;

/// Objects of one sort with a region to themselves.
const OWN: u32 = 1 << 10;

/// A set of bytes that is disjoint from all other regions. Indices count what the module defines; `None` is an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// Lengths of memories.
    MemoryLengths,
    /// Bases and lengths of tables.
    TableDefinitions,
    /// Entries of the code table.
    CodeTable,
    /// The store's fuel.
    Fuel,
    /// The store's count of instructions.
    Instructions,
    /// Values of exceptions.
    Exceptions,
    /// Contents of a memory.
    Memory(Option<u32>),
    /// Elements of a table.
    Table(Option<u32>),
    /// A global.
    Global(Option<u32>),
}

impl Region {
    const fn describe(self) -> (u32, &'static str) {
        const fn member(sort: u32, index: Option<u32>) -> u32 {
            let place = match index {
                None => 0,
                Some(index) if index < OWN => index + 1,
                Some(_) => OWN + 1,
            };
            sort * (OWN + 2) + place
        }
        match self {
            Self::MemoryLengths => (0, "memory lengths"),
            Self::TableDefinitions => (1, "table definitions"),
            Self::CodeTable => (2, "code table"),
            Self::Fuel => (3, "fuel"),
            Self::Instructions => (4, "instructions"),
            Self::Exceptions => (5, "exceptions"),
            Self::Memory(index) => (member(1, index), "memory"),
            Self::Table(index) => (member(2, index), "table"),
            Self::Global(index) => (member(3, index), "global"),
        }
    }

    fn put(self, flags: MemFlagsData, func: &mut Function) -> MemFlagsData {
        let (user_id, description) = self.describe();
        let data = AliasRegionData { user_id, description: Cow::Borrowed(description) };
        flags.with_alias_region(Some(func.dfg.alias_regions.insert(data)))
    }

    /// Flags for bytes of the run-time side that are always accessible and may change.
    pub(super) fn trusted(self, func: &mut Function) -> MemFlagsData {
        self.put(MemFlagsData::trusted(), func)
    }

    /// Flags for an access of a guest to linear memory: little-endian, unaligned, and a fault is a trap of the guest.
    pub(super) fn guest(self, func: &mut Function) -> MemFlagsData {
        let flags = MemFlagsData::new()
            .with_trap_code(Some(code_of(Trap::MemoryOutOfBounds)))
            .with_endianness(Endianness::Little);
        self.put(flags, func)
    }
}

/// Flags for what never changes while an instance lives: it may be read anywhere and once.
pub(super) const fn constant() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn regions_are_disjoint_up_to_the_limit() {
        let mut seen = HashSet::new();
        let single = [
            Region::MemoryLengths,
            Region::TableDefinitions,
            Region::CodeTable,
            Region::Fuel,
            Region::Instructions,
            Region::Exceptions,
        ];
        for region in single {
            assert!(seen.insert(region.describe().0));
        }
        for of in [Region::Memory, Region::Table, Region::Global] {
            assert!(seen.insert(of(None).describe().0));
            for index in 0..=OWN {
                assert!(seen.insert(of(Some(index)).describe().0));
            }
            assert_eq!(of(Some(OWN)).describe(), of(Some(u32::MAX)).describe());
        }
    }
}
