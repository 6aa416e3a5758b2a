//! [`Extern`]: anything that a module can import or export.

use super::{Func, Global, Memory, SharedMemory, Store, Table, Tag};
use crate::types::ExternType;

/// Something that a module can import or export.
#[derive(Clone, Debug)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A memory.
    Memory(Memory),
    /// A memory that belongs to no store, or to several.
    SharedMemory(SharedMemory),
    /// A table.
    Table(Table),
    /// A global.
    Global(Global),
    /// A tag of exceptions.
    Tag(Tag),
}

impl Extern {
    /// Its type; memories and tables with their present size as minimum.
    #[must_use]
    pub fn ty(&self) -> ExternType {
        match self {
            Self::Func(f) => ExternType::Func(f.ty()),
            Self::Memory(m) => ExternType::Memory(m.ty()),
            Self::SharedMemory(m) => ExternType::Memory(m.ty()),
            Self::Table(t) => ExternType::Table(t.ty()),
            Self::Global(g) => ExternType::Global(g.ty()),
            Self::Tag(t) => ExternType::Tag(t.ty()),
        }
    }

    /// The store that it belongs to; `None` for a shared memory.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::Func(f) => Some(f.store()),
            Self::Memory(m) => Some(m.store()),
            Self::SharedMemory(_) => None,
            Self::Table(t) => Some(t.store()),
            Self::Global(g) => Some(g.store()),
            Self::Tag(t) => Some(t.store()),
        }
    }

    /// The function, if it is one.
    #[must_use]
    pub fn into_func(self) -> Option<Func> {
        if let Self::Func(f) = self { Some(f) } else { None }
    }

    /// The memory, if it is one that is not shared.
    #[must_use]
    pub fn into_memory(self) -> Option<Memory> {
        if let Self::Memory(m) = self { Some(m) } else { None }
    }

    /// Its sort, as the methods that find exports tell them apart: shared memories are a sort of their own. Unlike the type, it
    /// is known without waiting for the store.
    pub(super) const fn sort(&self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Memory(_) => "memory",
            Self::SharedMemory(_) => "shared memory",
            Self::Table(_) => "table",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }

    /// The shared memory, if it is one.
    #[must_use]
    pub fn into_shared_memory(self) -> Option<SharedMemory> {
        if let Self::SharedMemory(m) = self { Some(m) } else { None }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn into_table(self) -> Option<Table> {
        if let Self::Table(t) = self { Some(t) } else { None }
    }

    /// The global, if it is one.
    #[must_use]
    pub fn into_global(self) -> Option<Global> {
        if let Self::Global(g) = self { Some(g) } else { None }
    }

    /// The tag, if it is one.
    #[must_use]
    pub fn into_tag(self) -> Option<Tag> {
        if let Self::Tag(t) = self { Some(t) } else { None }
    }
}

impl From<Func> for Extern {
    fn from(f: Func) -> Self {
        Self::Func(f)
    }
}

impl From<Memory> for Extern {
    fn from(m: Memory) -> Self {
        Self::Memory(m)
    }
}

impl From<SharedMemory> for Extern {
    fn from(m: SharedMemory) -> Self {
        Self::SharedMemory(m)
    }
}

impl From<Table> for Extern {
    fn from(t: Table) -> Self {
        Self::Table(t)
    }
}

impl From<Global> for Extern {
    fn from(g: Global) -> Self {
        Self::Global(g)
    }
}

impl From<Tag> for Extern {
    fn from(t: Tag) -> Self {
        Self::Tag(t)
    }
}
