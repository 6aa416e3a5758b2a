//! SANDBOX-CRITICAL: bulk operations. Each is checked as a whole before it begins, then runs in pieces, so that it can be
//! interrupted between them.
//!
//! What runs between two pieces may call the guest: memories never move or shrink, so a pointer into one stays good; tables
//! move when they grow, so each piece asks for its place again.

use super::bytes;
use super::interrupt::attend;
use super::memory::Memory;
use super::table::Table;
use crate::types::{Error, Result, Trap};

/// Bytes that are done between two looks at what is asked of the thread.
const PIECE: usize = 1 << 20;
/// The same in elements of a table.
const ELEMENTS: usize = PIECE / size_of::<usize>();

/// Does `len` units in pieces of at most `most`, `backwards` from the last; `f` takes where a piece begins and its length.
pub(super) fn in_pieces(len: usize, most: usize, backwards: bool, mut f: impl FnMut(usize, usize)) -> Result<()> {
    let mut done = 0;
    while done < len {
        attend()?;
        let piece = most.min(len - done);
        f(if backwards { len - done - piece } else { done }, piece);
        done += piece;
    }
    Ok(())
}

fn memory_range(memory: &Memory, at: u64, len: u64) -> Result<*mut u8> {
    memory.range(at, len).ok_or_else(|| Error::trap(Trap::MemoryOutOfBounds))
}

fn table_range(table: &Table, at: u64, len: u64) -> Result<*mut usize> {
    table.range(at, len).ok_or_else(|| Error::trap(Trap::TableOutOfBounds))
}

/// `memory.fill`.
pub(super) fn fill_memory(memory: &Memory, to: u64, byte: u8, len: u64) -> Result<()> {
    let target = memory_range(memory, to, len)?;
    // SAFETY: the range was checked, and memories do not shrink.
    in_pieces(len as usize, PIECE, false, |at, len| unsafe { bytes::fill(target.add(at), byte, len) })
}

/// `memory.copy`, between memories or inside of one.
pub(super) fn copy_memory(to_memory: &Memory, from_memory: &Memory, to: u64, from: u64, len: u64) -> Result<()> {
    let target = memory_range(to_memory, to, len)?;
    let source = memory_range(from_memory, from, len)?;
    // From the end where a piece would overwrite what is still to be read.
    // SAFETY: as in `fill_memory`; the ranges may overlap.
    in_pieces(len as usize, PIECE, target.cast_const() > source, |at, len| unsafe {
        bytes::copy(target.add(at), source.add(at), len);
    })
}

/// `memory.init` with the bytes of a segment that are asked for.
pub(super) fn init_memory(memory: &Memory, to: u64, data: &[u8]) -> Result<()> {
    let target = memory_range(memory, to, data.len() as u64)?;
    // SAFETY: as in `fill_memory`; a module's bytes are in no guest's memory.
    in_pieces(data.len(), PIECE, false, |at, len| unsafe {
        bytes::copy(target.add(at), data.as_ptr().add(at), len);
    })
}

/// `table.fill`.
pub(super) fn fill_table(table: &Table, to: u64, value: usize, len: u64) -> Result<()> {
    table_range(table, to, len)?;
    in_pieces(len as usize, ELEMENTS, false, |at, len| {
        let target = piece_of(table, to, at, len);
        // SAFETY: the piece is in the table.
        unsafe { std::slice::from_raw_parts_mut(target, len) }.fill(value);
    })
}

/// `table.copy`, between tables or inside of one.
pub(super) fn copy_table(to_table: &Table, from_table: &Table, to: u64, from: u64, len: u64) -> Result<()> {
    table_range(to_table, to, len)?;
    table_range(from_table, from, len)?;
    in_pieces(len as usize, ELEMENTS, to > from, |at, len| {
        let (target, source) = (piece_of(to_table, to, at, len), piece_of(from_table, from, at, len));
        // SAFETY: both pieces are in their tables; they may overlap.
        unsafe { target.copy_from(source, len) };
    })
}

/// `table.init` with the items of a segment that are asked for, each made by `evaluate`.
pub(super) fn init_table<T>(table: &Table, to: u64, items: &[T], evaluate: impl Fn(&T) -> usize) -> Result<()> {
    table_range(table, to, items.len() as u64)?;
    in_pieces(items.len(), ELEMENTS, false, |at, len| {
        let target = piece_of(table, to, at, len);
        for (i, item) in items[at..at + len].iter().enumerate() {
            // SAFETY: the piece is in the table.
            unsafe { target.add(i).write(evaluate(item)) };
        }
    })
}

/// The place of a piece of a range that was checked: tables do not shrink.
fn piece_of(table: &Table, start: u64, at: usize, len: usize) -> *mut usize {
    table.range(start + at as u64, len as u64).expect("a part of a range that the table had")
}
