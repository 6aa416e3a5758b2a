//! What a module is, before any code is made of it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::ConstExpr;
use super::branch_hints::BranchHints;
use crate::types::interner::Group;
use crate::types::layout::Counts;
use crate::types::{ExternType, FuncType, GlobalType, MemoryType, TableType, TypeId};

/// Everything that the later phases know of a module. Index spaces list imports first, as the specification does.
#[derive(Debug, Default)]
pub(crate) struct ModuleInfo {
    /// Function types, by type index.
    pub types: Vec<FuncType>,
    /// The number of each function type.
    pub type_ids: Vec<TypeId>,
    /// Keeps the numbers of all types.
    pub type_groups: Vec<Arc<Group>>,
    /// Imports in order.
    pub imports: Vec<Import>,
    /// Type index of each function.
    pub functions: Vec<u32>,
    /// Tables.
    pub tables: Vec<TableType>,
    /// Initial value of each table that the module defines; `None` is null.
    pub table_inits: Vec<Option<ConstExpr>>,
    /// Memories.
    pub memories: Vec<MemoryType>,
    /// Globals.
    pub globals: Vec<GlobalType>,
    /// Type index of each tag.
    pub tags: Vec<u32>,
    /// Initial value of each global that the module defines.
    pub global_inits: Vec<ConstExpr>,
    /// Exports in order.
    pub exports: Vec<Export>,
    /// Position in `exports` by name.
    pub export_index: HashMap<String, usize>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// Data segments.
    pub data: Vec<DataSegment>,
    /// Escape index of each function that escapes, by function index.
    pub escapes: HashMap<u32, u32>,
    /// Function index by escape index.
    pub escaping: Vec<u32>,
    /// Bodies of the functions that the module defines.
    pub bodies: Vec<FuncBody>,
    /// Where the code section's contents begin, which DWARF offsets are relative to.
    pub code_section_start: usize,
    /// Name section.
    pub names: Names,
    /// Which way conditional branches usually go.
    pub branch_hints: BranchHints,
    /// Custom sections in order: name and where the contents lie in the module's bytes.
    pub custom_sections: Vec<(String, Range<usize>)>,
    /// How many of everything.
    pub counts: Counts,
}

/// An import.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// First part of the name.
    pub module: String,
    /// Second part of the name.
    pub name: String,
    /// What is wanted.
    pub ty: ExternType,
}

/// An export.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub index: ExternIndex,
}

/// An index into one of the index spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExternIndex {
    /// A function.
    Func(u32),
    /// A table.
    Table(u32),
    /// A memory.
    Memory(u32),
    /// A global.
    Global(u32),
    /// A tag.
    Tag(u32),
}

/// Where a function's body lies in the module's bytes.
#[derive(Clone, Debug)]
pub(crate) struct FuncBody {
    /// From the locals to the final `end`.
    pub range: Range<usize>,
}

/// An element segment.
#[derive(Clone, Debug)]
pub(crate) struct ElementSegment {
    /// What happens with it at instantiation.
    pub mode: ElementMode,
    /// Its elements.
    pub items: Vec<ConstExpr>,
}

/// What happens with an element segment at instantiation.
#[derive(Clone, Debug)]
pub(crate) enum ElementMode {
    /// Copied into a table, then dropped.
    Active {
        /// The table.
        table: u32,
        /// Where.
        offset: ConstExpr,
    },
    /// Kept for `table.init`.
    Passive,
    /// Only declares functions for `ref.func`; dropped at once.
    Declared,
}

/// A data segment.
#[derive(Clone, Debug)]
pub(crate) struct DataSegment {
    /// Memory and offset, for an active segment.
    pub active: Option<(u32, ConstExpr)>,
    /// Where the bytes lie in the module's bytes.
    pub range: Range<usize>,
}

/// The name section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The module's name.
    pub module: Option<String>,
    /// Function names by function index.
    pub functions: HashMap<u32, String>,
    /// Tag names by tag index.
    pub tags: HashMap<u32, String>,
}

impl ModuleInfo {
    /// The type of function `index`.
    #[must_use]
    pub(crate) fn func_type(&self, index: u32) -> &FuncType {
        &self.types[self.functions[index as usize] as usize]
    }

    /// The type of tag `index`.
    #[must_use]
    pub(crate) fn tag_type(&self, index: u32) -> &FuncType {
        &self.types[self.tags[index as usize] as usize]
    }

    /// The name of tag `index` for people: from the name section, else of its first export.
    #[must_use]
    pub(crate) fn tag_name(&self, index: u32) -> Option<&str> {
        let exported = || self.exports.iter().find(|e| e.index == ExternIndex::Tag(index)).map(|e| e.name.as_str());
        self.names.tags.get(&index).map(String::as_str).or_else(exported)
    }

    /// The type of an export or any other item.
    #[must_use]
    pub(crate) fn extern_type(&self, index: ExternIndex) -> ExternType {
        match index {
            ExternIndex::Func(i) => ExternType::Func(self.func_type(i).clone()),
            ExternIndex::Table(i) => ExternType::Table(self.tables[i as usize]),
            ExternIndex::Memory(i) => ExternType::Memory(self.memories[i as usize]),
            ExternIndex::Global(i) => ExternType::Global(self.globals[i as usize]),
            ExternIndex::Tag(i) => ExternType::Tag(self.tag_type(i).clone()),
        }
    }

    /// The export of this name.
    #[must_use]
    pub(crate) fn export(&self, name: &str) -> Option<&Export> {
        self.export_index.get(name).map(|i| &self.exports[*i])
    }
}
