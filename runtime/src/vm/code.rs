//! Memory that holds code: written, then executable or, for bytecode, only readable; never both.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};

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
    known: Known,
    /// What is known of the functions in it; trampolines have none.
    symbols: Option<Arc<Symbols>>,
}

/// What is known of the code, by offset.
enum Known {
    Whole(Tables),
    /// Of the piece that lies on each page; null where there is none yet. Every piece begins on a page of its own.
    Paged(Box<[AtomicPtr<Piece>]>),
}

/// A function that was compiled by itself.
pub(super) struct Piece {
    /// Where its code begins.
    start: u32,
    /// Its position among the functions that the module defines.
    function: u32,
    tables: Tables,
}

impl Code {
    /// Copies `bytes` into memory that is executable if they are machine code, and makes it known to the trap handler.
    pub(super) fn publish(
        bytes: &[u8],
        tables: Tables,
        symbols: Option<Arc<Symbols>>,
        kind: CodeKind,
    ) -> Result<Arc<Self>> {
        if bytes.is_empty() {
            return Ok(Arc::new(Self { memory: None, len: 0, known: Known::Whole(tables), symbols }));
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
        symbols: Arc<Symbols>,
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
        symbols: Option<Arc<Symbols>>,
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
        let code = Arc::new(Self { memory: Some(memory), len, known: Known::Whole(tables), symbols });
        registry::register(&code);
        Ok(code)
    }

    /// Room for `len` bytes of machine code, a multiple of the size of a page, that comes piece by piece
    /// ([`Code::add`]).
    pub(super) fn empty(len: usize, symbols: Arc<Symbols>) -> Result<Arc<Self>> {
        let memory = Reservation::new(len).map_err(|e| e.in_phase(Phase::Compile))?;
        let pages = (0..len / host_page()).map(|_| AtomicPtr::default()).collect();
        let code = Arc::new(Self { memory: Some(memory), len, known: Known::Paged(pages), symbols: Some(symbols) });
        registry::register(&code);
        Ok(code)
    }

    /// Publishes a function at `start`, the beginning of a page behind which nothing is yet; gives where its code begins. For
    /// code made by [`Code::empty`], and for one thread at a time.
    pub(super) fn add(&self, start: usize, bytes: &[u8], function: u32, tables: Tables) -> Result<*const u8> {
        let (Known::Paged(pages), Some(memory)) = (&self.known, &self.memory) else {
            unreachable!("only where pieces are expected")
        };
        let len = bytes.len().next_multiple_of(host_page());
        memory.commit(start, len).map_err(|e| e.in_phase(Phase::Compile))?;
        // SAFETY: writable, nobody else's yet, and as long as the range that was just committed.
        let begin = unsafe {
            let begin = memory.base().add(start);
            begin.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            begin
        };
        memory.make_executable(start, len).map_err(|e| e.in_phase(Phase::Compile))?;
        traps::sys::synchronize_code(begin, bytes.len());
        let first = start / host_page();
        for page in &pages[first..first + len / host_page()] {
            // One each: which of them is freed by whom then is no question.
            let piece = Piece { start: start as u32, function, tables: tables.clone() };
            page.store(Box::into_raw(Box::new(piece)), Release);
        }
        Ok(begin)
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
        let (tables, start, first) = self.known_at(offset)?;
        let function = tables.function_at(offset - start)?;
        Some(symbols.frame(first + function, tables.module_offset(function, offset - start)))
    }

    /// The name of the function that the instruction at this offset belongs to.
    pub(super) fn function_name(&self, offset: u32) -> Option<String> {
        let (tables, start, first) = self.known_at(offset)?;
        self.symbols.as_ref()?.function_name(first + tables.function_at(offset - start)?)
    }

    /// What is known of the code at this offset, and where that begins from which the tables count.
    pub(super) fn tables_at(&self, offset: u32) -> Option<(&Tables, u32)> {
        self.known_at(offset).map(|(tables, start, _)| (tables, start))
    }

    /// As [`Code::tables_at`], with the position of the first function that the tables speak of. Called from signal handlers.
    fn known_at(&self, offset: u32) -> Option<(&Tables, u32, u32)> {
        match &self.known {
            Known::Whole(tables) => Some((tables, 0, 0)),
            Known::Paged(pages) => {
                let page = pages.get(offset as usize / host_page())?.load(Acquire);
                // SAFETY: null, or a piece that stays as long as the code.
                unsafe { page.as_ref() }.map(|piece| (&piece.tables, piece.start, piece.function))
            }
        }
    }

    /// What is known of the code, if that is one thing.
    pub(super) fn tables(&self) -> Option<&Tables> {
        match &self.known {
            Known::Whole(tables) => Some(tables),
            Known::Paged(_) => None,
        }
    }

    /// Why the instruction at this offset traps, if it does. Called from signal handlers.
    pub(super) fn trap_at(&self, offset: usize) -> Option<Trap> {
        let offset = u32::try_from(offset).ok()?;
        let (tables, start) = self.tables_at(offset)?;
        tables.trap_at(offset - start)
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
        if let Known::Paged(pages) = &self.known {
            for piece in pages.iter().map(|page| page.load(Acquire)).filter(|piece| !piece.is_null()) {
                // SAFETY: made from a box in `add`, one for each page.
                drop(unsafe { Box::from_raw(piece) });
            }
        }
    }
}
