//! Memory that holds code: written, then executable or, for bytecode, only readable; never both.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use super::mmap::{Reservation, host_page};
use super::registry;
use super::symbols::Symbols;
use super::traps;
use crate::artifact::Tables;
use crate::types::{Frame, Phase, Result, Trap};

/// Who executes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeKind {
    /// The processor.
    Machine,
    /// The interpreter, or another machine.
    Readable,
}

/// Published code. While it lives, faults in it are known for what they are.
pub(crate) struct Code {
    memory: Option<Reservation>,
    len: usize,
    tables: Tables,
    /// What is known of the functions in it; trampolines have none.
    symbols: Option<Symbols>,
}

impl Code {
    /// Copies `bytes` into memory that is executable if they are machine code, and makes it known to the trap handler.
    pub(super) fn publish(bytes: &[u8], tables: Tables, symbols: Option<Symbols>, kind: CodeKind) -> Result<Arc<Self>> {
        if bytes.is_empty() {
            return Ok(Arc::new(Self { memory: None, len: 0, tables, symbols }));
        }
        copied(bytes)
            .and_then(|memory| Self::seal(memory, bytes.len(), tables, symbols, kind))
            .map_err(|e| e.in_phase(Phase::Compile))
    }

    /// The same with code that lies in a file, at a multiple of the size of a page: nothing is copied, and processes share it.
    pub(super) fn map(
        file: &File,
        range: Range<usize>,
        tables: Tables,
        symbols: Symbols,
        kind: CodeKind,
    ) -> Result<Arc<Self>> {
        Reservation::of_file(file, range.start as u64, range.len().next_multiple_of(host_page()))
            .and_then(|memory| Self::seal(memory, range.len(), tables, Some(symbols), kind))
            .map_err(|e| e.in_phase(Phase::Load))
    }

    fn seal(
        memory: Reservation,
        len: usize,
        tables: Tables,
        symbols: Option<Symbols>,
        kind: CodeKind,
    ) -> Result<Arc<Self>> {
        let pages = len.next_multiple_of(host_page());
        match kind {
            CodeKind::Machine => {
                memory.make_executable(0, pages)?;
                traps::sys::synchronize_code(memory.base(), len);
            }
            CodeKind::Readable => memory.make_read_only(0, pages)?,
        }
        let code = Arc::new(Self { memory: Some(memory), len, tables, symbols });
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

    /// Its machine code, or bytecode.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.memory {
            // SAFETY: readable, as long as that, and never changed once it is published.
            Some(memory) => unsafe { std::slice::from_raw_parts(memory.base(), self.len) },
            None => &[],
        }
    }

    /// Function and source of the instruction at this offset; trampolines have none.
    pub(super) fn frame(&self, offset: u32) -> Option<Frame> {
        let symbols = self.symbols.as_ref()?;
        let function = self.tables.function_at(offset)?;
        Some(symbols.frame(function, self.tables.module_offset(function, offset)))
    }

    /// The name of the function that the instruction at this offset belongs to.
    pub(super) fn function_name(&self, offset: u32) -> Option<String> {
        self.symbols.as_ref()?.function_name(self.tables.function_at(offset)?)
    }

    /// What is known of the code, by offset from its first byte.
    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Why the instruction at this offset traps, if it does. Called from signal handlers.
    pub(super) fn trap_at(&self, offset: usize) -> Option<Trap> {
        self.tables.trap_at(u32::try_from(offset).ok()?)
    }
}

/// The bytes in memory of their own, which is still writable.
fn copied(bytes: &[u8]) -> Result<Reservation> {
    let len = bytes.len().next_multiple_of(host_page());
    let memory = Reservation::new(len)?;
    memory.commit(0, len)?;
    // SAFETY: the reservation is at least as long, writable, and nobody else's.
    unsafe { memory.base().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(memory)
}

impl Drop for Code {
    fn drop(&mut self) {
        // Unknown first, gone after.
        if self.memory.is_some() {
            registry::unregister(self.base() as usize);
        }
    }
}
