//! What the compiler hands to the run-time side: position-independent code, every call inside it resolved.

use crate::types::Trap;

/// The code of a module.
#[derive(Debug, Default)]
pub(crate) struct CompiledModule {
    /// Machine code of all functions; calls between them are relative and resolved.
    pub code: Vec<u8>,
    /// The functions that the module defines, in order of their index and of their offset.
    pub functions: Vec<CompiledFunction>,
}

/// One function in [`CompiledModule::code`].
#[derive(Debug, Default)]
pub(crate) struct CompiledFunction {
    /// Where it begins.
    pub offset: u32,
    /// How long it is.
    pub length: u32,
    /// Instructions that trap: offset from the beginning of `code`, ascending.
    pub traps: Vec<(u32, Trap)>,
    /// Where instructions come from: offset from the beginning of `code`, ascending, and offset in the module's bytes.
    pub addresses: Vec<CodeAddress>,
    /// Calls around which exceptions are caught: ascending.
    pub call_sites: Vec<CallSite>,
}

/// A call around which exceptions are caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallSite {
    /// The address behind the call, from the beginning of the code.
    pub return_offset: u32,
    /// From the stack pointer, as it is at the call and at every handler, up to the frame pointer.
    pub frame_size: u32,
    /// Where the frame keeps the instance's context, from the stack pointer; only with a handler that has a tag.
    pub context_at: u32,
    /// In the order in which they are tried.
    pub handlers: Box<[Handler]>,
}

/// Code that catches exceptions. It finds the exception in the first register of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    /// Where the instance's context has the tag that is caught; `None` catches all.
    pub tag_at: Option<u32>,
    /// Where it begins, from the beginning of the code.
    pub target: u32,
}

impl CompiledFunction {
    /// Makes what lies right behind a part of this function.
    pub(super) fn absorb(&mut self, behind: Self) {
        let Self { offset, length, traps, addresses, call_sites } = behind;
        self.length = offset + length - self.offset;
        self.traps.extend(traps);
        self.addresses.extend(addresses);
        self.call_sites.extend(call_sites);
    }
}

/// From this offset on, code comes from that place of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodeAddress {
    /// Offset from the beginning of the code.
    pub code_offset: u32,
    /// Offset in the module's bytes.
    pub module_offset: u32,
}

/// The trampolines of a signature.
#[derive(Debug, Default)]
pub(crate) struct TrampolineCode {
    /// Machine code of both, position-independent.
    pub code: Vec<u8>,
    /// Where the [`ArrayTrampoline`](crate::types::layout::ArrayTrampoline) begins.
    pub array_to_wasm: u32,
    /// Where the code begins that a [`FuncRef`](crate::types::layout::FuncRef) to a host function of this signature names.
    pub wasm_to_host: u32,
    /// Instructions that trap: offset from the beginning of `code`, ascending.
    pub traps: Vec<(u32, Trap)>,
}
