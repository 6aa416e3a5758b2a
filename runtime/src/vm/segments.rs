//! Data and element segments: at instantiation, and for the bulk instructions.

use super::bulk;
use super::instance::Instance;
use super::store::Inside;
use crate::parse::{ConstExpr, ElementMode, ModuleInfo};
use crate::types::{Error, Phase, Result, Trap};

/// Which segments have nothing any more.
pub(super) struct Dropped {
    data: Box<[bool]>,
    elements: Box<[bool]>,
}

impl Dropped {
    pub(super) fn new(info: &ModuleInfo) -> Self {
        Self { data: vec![false; info.data.len()].into(), elements: vec![false; info.elements.len()].into() }
    }
}

impl Instance {
    /// Applies active segments in order, then runs the start function. What happened before the first failure stays, as the
    /// specification says.
    pub(crate) fn initialise(&self, inside: &Inside<'_>) -> Result<()> {
        let failed = |error: Error| error.in_phase(Phase::Instantiate);
        let info = self.module().info();
        for (segment, element) in (0..).zip(&info.elements) {
            match &element.mode {
                ElementMode::Active { table, offset } => {
                    let len = element.items.len() as u64;
                    let offset = self.segment_offset(offset, info.tables[*table as usize].table64);
                    self.init_table(*table, segment, offset, 0, len).map_err(failed)?;
                    self.drop_elements(segment);
                }
                ElementMode::Declared => self.drop_elements(segment),
                ElementMode::Passive => {}
            }
        }
        for (segment, data) in (0..).zip(&info.data) {
            if let Some((memory, offset)) = &data.active {
                let offset = self.segment_offset(offset, info.memories[*memory as usize].memory64);
                self.init_memory(*memory, segment, offset, 0, data.range.len() as u64).map_err(failed)?;
                self.drop_data(segment);
            }
        }
        match info.start {
            // What a host function did wrong stays its own phase.
            Some(start) => self.start(inside, start).map_err(|error| match error.phase() {
                Phase::Execute => error.in_phase(Phase::Instantiate),
                _ => error,
            }),
            None => Ok(()),
        }
    }

    /// Where a segment goes, in a memory or table whose indices are 64 bits wide or 32; negative numbers are large ones.
    fn segment_offset(&self, offset: &ConstExpr, wide: bool) -> u64 {
        let value = self.evaluate(offset);
        // SAFETY: validation has seen to it that the offset is an index of this width.
        unsafe { if wide { value.i64.cast_unsigned() } else { value.i32.cast_unsigned().into() } }
    }

    fn start(&self, _: &Inside<'_>, function: u32) -> Result<()> {
        let func = self.func(function);
        let index = self.module().info().functions[function as usize] as usize;
        let (ty, id) = (&self.module().info().types[index], self.module().info().type_ids[index]);
        let trampolines = self.store().trampolines(ty, id)?;
        // SAFETY: the function lives in this store, whose lock is held; its type has no parameters and no results.
        unsafe { super::call(self.store(), func, trampolines.array_to_wasm, std::ptr::null_mut()) }
    }

    /// Copies a part of a data segment into a memory; the whole is checked first.
    pub(super) fn init_memory(&self, memory: u32, segment: u32, to: u64, from: u64, len: u64) -> Result<()> {
        let memory = self.memory(memory).expect("validated");
        let range = &self.module().info().data[segment as usize].range;
        let dropped = self.dropped.borrow().data[segment as usize];
        let bytes: &[u8] = if dropped { &[] } else { &self.module().bytes()[range.clone()] };
        let source = part(bytes, from, len).ok_or_else(|| Error::trap(Trap::MemoryOutOfBounds))?;
        // SAFETY: memories live as long as the store.
        bulk::init_memory(unsafe { memory.as_ref() }, to, source)
    }

    /// Copies a part of an element segment into a table; the whole is checked first.
    pub(super) fn init_table(&self, table: u32, segment: u32, to: u64, from: u64, len: u64) -> Result<()> {
        let items = &self.module().info().elements[segment as usize].items;
        let dropped = self.dropped.borrow().elements[segment as usize];
        let source = part(if dropped { &[] } else { items }, from, len);
        let source = source.ok_or_else(|| Error::trap(Trap::TableOutOfBounds))?;
        // SAFETY: tables live as long as the store.
        let table = unsafe { self.table(table).as_ref() };
        // SAFETY: the items of a segment are references.
        bulk::init_table(table, to, source, |item| unsafe { self.evaluate(item).funcref })
    }

    pub(super) fn drop_data(&self, segment: u32) {
        self.dropped.borrow_mut().data[segment as usize] = true;
    }

    pub(super) fn drop_elements(&self, segment: u32) {
        self.dropped.borrow_mut().elements[segment as usize] = true;
    }
}

fn part<T>(all: &[T], from: u64, len: u64) -> Option<&[T]> {
    let end = from.checked_add(len)?;
    all.get(usize::try_from(from).ok()?..usize::try_from(end).ok()?)
}
