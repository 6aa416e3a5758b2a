//! What the translation of every function of a module shares.

use cranelift_codegen::ir::types::I8X16;
use cranelift_codegen::isa::{CallConv, TargetIsa};

use super::Settings;
use crate::parse::ModuleInfo;
use crate::types::layout::{InstanceLayout, MemorySpace};

/// A module, the layout of its instances, and for what to compile it.
pub(super) struct Environment<'a> {
    pub(super) info: &'a ModuleInfo,
    pub(super) layout: InstanceLayout,
    pub(super) settings: &'a Settings,
    pub(super) isa: &'a dyn TargetIsa,
    /// The platform's C convention.
    pub(super) host_convention: CallConv,
    /// Whether the machine has what vector operators are made of.
    pub(super) vectors: bool,
}

impl<'a> Environment<'a> {
    pub(super) fn new(info: &'a ModuleInfo, settings: &'a Settings, isa: &'a dyn TargetIsa) -> Self {
        Self {
            info,
            layout: InstanceLayout::new(&info.counts),
            settings,
            isa,
            host_convention: CallConv::triple_default(isa.triple()),
            // The code generator has no other way for some operators.
            vectors: isa.name() != "x64" || (has_sse41(isa) && has_ssse3(isa)),
        }
    }

    /// The index among the functions that the module defines; `None` for an import. The same for the other sorts.
    pub(super) const fn own_function(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_functions)
    }

    /// A shared memory counts as an import even where the module defines it: other instances and threads use the very same.
    pub(super) fn own_memory(&self, index: u32) -> Option<u32> {
        if self.info.memories[index as usize].shared {
            return None;
        }
        index.checked_sub(self.info.counts.imported_memories)
    }

    /// What lies around a memory.
    pub(super) fn memory_space(&self, index: u32) -> MemorySpace {
        MemorySpace::of(&self.info.memories[index as usize], self.settings.no_faults())
    }

    pub(super) const fn own_table(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_tables)
    }

    pub(super) const fn own_global(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_globals)
    }
}

fn has_sse41(isa: &dyn TargetIsa) -> bool {
    isa.has_blendv_lowering(I8X16)
}

fn has_ssse3(isa: &dyn TargetIsa) -> bool {
    isa.has_x86_pshufb_lowering()
}

/// An offset of the layout as Cranelift takes it.
///
/// # Panics
///
/// Beyond 2 GiB, which the caps on modules exclude.
pub(super) fn offset(offset: impl TryInto<i32>) -> i32 {
    offset.try_into().ok().expect("the caps keep an instance's context below 2 GiB")
}
