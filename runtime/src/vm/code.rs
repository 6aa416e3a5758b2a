//! Memory that holds code: written, then executable or, for bytecode, only readable; never both.

use std::sync::Arc;

use super::mmap::{Reservation, host_page};
use super::registry;
use super::symbols::Symbols;
use super::traps;
use crate::compile::CallSite;
use crate::types::{Result, Trap};

/// Who executes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeKind {
    /// The processor.
    Machine,
    /// The interpreter.
    Bytecode,
}

/// Published code. While it lives, faults in it are known for what they are.
pub(crate) struct Code {
    memory: Option<Reservation>,
    len: usize,
    /// Instructions that trap, by offset, ascending.
    traps: Box<[(u32, Trap)]>,
    /// Calls around which exceptions are caught, ascending.
    call_sites: Box<[CallSite]>,
    /// What is known of the functions in it; trampolines have none.
    symbols: Option<Symbols>,
}

impl Code {
    /// Copies `bytes` into memory that is executable if they are machine code, and makes it known to the trap handler.
    pub(super) fn publish(
        bytes: &[u8],
        traps: Box<[(u32, Trap)]>,
        call_sites: Box<[CallSite]>,
        symbols: Option<Symbols>,
        kind: CodeKind,
    ) -> Result<Arc<Self>> {
        debug_assert!(call_sites.is_sorted_by_key(|site| site.return_offset), "the unwinder searches by halving");
        debug_assert!(traps.is_sorted_by_key(|(offset, _)| *offset), "the handler searches by halving");
        if bytes.is_empty() {
            return Ok(Arc::new(Self { memory: None, len: 0, traps, call_sites, symbols }));
        }
        let len = bytes.len().next_multiple_of(host_page());
        let memory = Reservation::new(len)?;
        memory.commit(0, len)?;
        // SAFETY: the reservation is at least as long, writable, and nobody else's.
        unsafe { memory.base().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        match kind {
            CodeKind::Machine => {
                memory.make_executable(0, len)?;
                traps::sys::synchronize_code(memory.base(), bytes.len());
            }
            CodeKind::Bytecode => memory.make_read_only(0, len)?,
        }
        let code = Arc::new(Self { memory: Some(memory), len: bytes.len(), traps, call_sites, symbols });
        registry::register(&code);
        Ok(code)
    }

    /// The first byte.
    pub(super) fn base(&self) -> *const u8 {
        self.memory.as_ref().map_or(std::ptr::null(), |m| m.base().cast_const())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn contains(&self, pc: usize) -> bool {
        (self.base() as usize..self.base() as usize + self.len).contains(&pc)
    }

    pub(super) fn symbols(&self) -> Option<&Symbols> {
        self.symbols.as_ref()
    }

    /// The call that returns to this address, if exceptions are caught around it.
    pub(super) fn call_site(&self, return_address: usize) -> Option<&CallSite> {
        let offset = u32::try_from(return_address - self.base() as usize).ok()?;
        let found = self.call_sites.binary_search_by_key(&offset, |site| site.return_offset).ok()?;
        Some(&self.call_sites[found])
    }

    /// Why the instruction at this offset traps, if it does. Called from signal handlers.
    pub(super) fn trap_at(&self, offset: usize) -> Option<Trap> {
        let offset = u32::try_from(offset).ok()?;
        let found = self.traps.binary_search_by_key(&offset, |(at, _)| *at).ok()?;
        Some(self.traps[found].1)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // Unknown first, gone after.
        if self.memory.is_some() {
            registry::unregister(self.base() as usize);
        }
    }
}
