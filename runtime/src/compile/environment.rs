//! What the translation of every function of a module shares.

use std::mem::offset_of;

use cranelift_codegen::ir::{Function, GlobalValue, GlobalValueData};
use cranelift_codegen::isa::{CallConv, TargetIsa};

use super::Settings;
use super::regions::constant;
use super::signature::POINTER;
use crate::parse::ModuleInfo;
use crate::types::layout::{InstanceContext, InstanceLayout, StoreContext};

/// A module, the layout of its instances, and for what to compile it.
pub(super) struct Environment<'a> {
    pub(super) info: &'a ModuleInfo,
    pub(super) layout: InstanceLayout,
    pub(super) settings: &'a Settings,
    pub(super) isa: &'a dyn TargetIsa,
    /// The platform's C convention.
    pub(super) host_convention: CallConv,
}

impl<'a> Environment<'a> {
    pub(super) fn new(info: &'a ModuleInfo, settings: &'a Settings, isa: &'a dyn TargetIsa) -> Self {
        Self {
            info,
            layout: InstanceLayout::new(&info.counts),
            settings,
            isa,
            host_convention: CallConv::triple_default(isa.triple()),
        }
    }

    /// The index among the functions that the module defines; `None` for an import. The same for the other sorts.
    pub(super) const fn own_function(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_functions)
    }

    pub(super) const fn own_memory(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_memories)
    }

    pub(super) const fn own_table(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_tables)
    }

    pub(super) const fn own_global(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.info.counts.imported_globals)
    }
}

/// An offset of the layout as Cranelift takes it.
///
/// # Panics
///
/// Beyond 2 GiB, which the caps on modules exclude.
pub(super) fn offset(offset: impl TryInto<i32>) -> i32 {
    offset.try_into().ok().expect("the caps keep an instance's context below 2 GiB")
}

/// Makes the function compare its frame with the limit of the store that `store_at` in the callee context points to. Cranelift
/// leaves the check out where a function calls nothing and needs no stack.
pub(super) fn check_stack(func: &mut Function, store_at: usize) {
    let context = func.create_global_value(GlobalValueData::VMContext);
    let store = load(func, context, store_at);
    func.stack_limit = Some(load(func, store, offset_of!(StoreContext, stack_limit)));
}

/// Where an instance keeps its store.
pub(super) const INSTANCE_STORE: usize = offset_of!(InstanceContext, store);

fn load(func: &mut Function, base: GlobalValue, at: usize) -> GlobalValue {
    let flags = func.dfg.mem_flags.insert(constant()).expect("a function begins with room for flags");
    func.create_global_value(GlobalValueData::Load { base, offset: offset(at).into(), global_type: POINTER, flags })
}
