//! SANDBOX-CRITICAL: what compiled code asks of us, behind [`Builtins`]. Nothing here panics: a panic would end the process.
//! Every bulk operation is checked as a whole before it begins.

use std::time::Duration;

use super::atomic;
use super::bulk;
use super::exception::Asks;
use super::instance::Instance;
use super::interrupt::attend;
use super::memory::Memory;
use super::metering;
use super::shared_memory::AtomicSize;
use super::table::Table;
use super::traps::sys::{self, noting_exit};
use crate::types::layout::{Builtins, InstanceContext};
use crate::types::{Error, Result, Trap};

/// The builtins as they are; of `raise` and `trap`, what machine code takes.
const PLAIN: Builtins = Builtins {
    raise: sys::raise,
    trap: sys::trap,
    exception_new,
    memory_grow,
    memory_fill,
    memory_copy,
    memory_init,
    atomic_wait32,
    atomic_wait64,
    atomic_notify,
    atomic_access,
    data_drop,
    table_grow,
    table_fill,
    table_copy,
    table_init,
    elem_drop,
    out_of_fuel,
    charge_moved,
    interrupt,
};

/// The table that every instance points at. Those that may run the host's or a guest's code note where the guest was left.
pub(super) static BUILTINS: Builtins = Builtins {
    memory_fill: noting_exit!(memory_fill(*mut InstanceContext, u32, u64, u32, u64) -> u8),
    memory_copy: noting_exit!(memory_copy(*mut InstanceContext, u32, u32, u64, u64, u64) -> u8),
    memory_init: noting_exit!(memory_init(*mut InstanceContext, u32, u32, u64, u32, u32) -> u8),
    atomic_wait32: noting_exit!(atomic_wait32(*mut InstanceContext, u32, u64, u64, u32, u64) -> u64),
    atomic_wait64: noting_exit!(atomic_wait64(*mut InstanceContext, u32, u64, u64, u64, u64) -> u64),
    table_fill: noting_exit!(table_fill(*mut InstanceContext, u32, u64, usize, u64) -> u8),
    table_copy: noting_exit!(table_copy(*mut InstanceContext, u32, u32, u64, u64, u64) -> u8),
    table_init: noting_exit!(table_init(*mut InstanceContext, u32, u32, u64, u32, u32) -> u8),
    interrupt: noting_exit!(interrupt(*mut InstanceContext) -> u8),
    ..PLAIN
};

/// What the interpreter calls, which notes by itself where the guest was left.
pub(super) static INTERPRETED: Builtins = PLAIN;

/// What `memory.grow` and `table.grow` give when they fail.
const FAILED: u64 = u64::MAX;

/// # Safety
///
/// The context is a live instance's, called by its own code: so for all functions here. Indices are validated.
unsafe fn memory<'a>(context: *mut InstanceContext, index: u32) -> &'a Memory {
    // SAFETY: memories live as long as the store.
    unsafe { Instance::of(context).memory(index).expect("validated").as_ref() }
}

/// # Safety
///
/// As for [`memory`].
unsafe fn table<'a>(context: *mut InstanceContext, index: u32) -> &'a Table {
    // SAFETY: tables live as long as the store.
    unsafe { Instance::of(context).table(index).as_ref() }
}

/// 1, or 0 after the error was left in the store.
///
/// # Safety
///
/// As for [`memory`].
unsafe fn finish(context: *mut InstanceContext, result: Result<()>) -> u8 {
    match result {
        Ok(()) => 1,
        Err(error) => {
            // SAFETY: guest code runs inside of the store.
            unsafe { Instance::of(context).store().leave_pending(error) };
            0
        }
    }
}

unsafe extern "C" fn exception_new(context: *mut InstanceContext, tag: u32) -> usize {
    // SAFETY: called by the instance's code, which runs inside of the store.
    unsafe {
        let instance = Instance::of(context);
        match instance.store().exceptions().allocate(instance.store(), instance.tag(tag), Asks::Guest) {
            Ok(exception) => exception.as_ptr() as usize,
            Err(error) => {
                instance.store().leave_pending(error);
                0
            }
        }
    }
}

unsafe extern "C" fn memory_grow(context: *mut InstanceContext, index: u32, delta: u64) -> u64 {
    // SAFETY: called by the instance's code.
    unsafe { memory(context, index).grow(delta, Instance::of(context).store().quota()).unwrap_or(FAILED) }
}

unsafe extern "C" fn memory_fill(context: *mut InstanceContext, index: u32, to: u64, byte: u32, len: u64) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe { finish(context, bulk::fill_memory(memory(context, index), to, byte as u8, len)) }
}

unsafe extern "C" fn memory_copy(
    context: *mut InstanceContext,
    to_memory: u32,
    from_memory: u32,
    to: u64,
    from: u64,
    len: u64,
) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe {
        let (target, source) = (memory(context, to_memory), memory(context, from_memory));
        finish(context, bulk::copy_memory(target, source, to, from, len))
    }
}

unsafe extern "C" fn memory_init(
    context: *mut InstanceContext,
    index: u32,
    segment: u32,
    to: u64,
    from: u32,
    len: u32,
) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe { finish(context, Instance::of(context).init_memory(index, segment, to, from.into(), len.into())) }
}

/// The address of an atomic access, as an offset in `memory`.
fn atomic_offset(memory: &Memory, index: u64, offset: u64, size: u64) -> Result<u64, Trap> {
    let offset = index.checked_add(offset).ok_or(Trap::MemoryOutOfBounds)?;
    memory.aligned(offset, size).map(|_| offset)
}

/// The number, or all ones after the error was left in the store.
///
/// # Safety
///
/// As for [`memory`].
unsafe fn number(context: *mut InstanceContext, result: Result<u32>) -> u64 {
    match result {
        Ok(number) => number.into(),
        Err(error) => {
            // SAFETY: guest code runs inside of the store.
            unsafe { Instance::of(context).store().leave_pending(error) };
            FAILED
        }
    }
}

fn wait(memory: &Memory, size: AtomicSize, index: u64, offset: u64, expected: u64, timeout: u64) -> Result<u32> {
    let offset = atomic_offset(memory, index, offset, size.bytes()).map_err(Error::trap)?;
    let shared = memory.shared().ok_or_else(|| Error::trap(Trap::ExpectedSharedMemory))?;
    // A negative time is for ever.
    let timeout = (timeout.cast_signed() >= 0).then(|| Duration::from_nanos(timeout));
    Ok(shared.wait(offset, size, expected, timeout)? as u32)
}

unsafe extern "C" fn atomic_wait32(
    context: *mut InstanceContext,
    index_of_memory: u32,
    index: u64,
    offset: u64,
    expected: u32,
    timeout: u64,
) -> u64 {
    // SAFETY: called by the instance's code.
    unsafe {
        let memory = memory(context, index_of_memory);
        number(context, wait(memory, AtomicSize::Four, index, offset, expected.into(), timeout))
    }
}

unsafe extern "C" fn atomic_wait64(
    context: *mut InstanceContext,
    index_of_memory: u32,
    index: u64,
    offset: u64,
    expected: u64,
    timeout: u64,
) -> u64 {
    // SAFETY: called by the instance's code.
    unsafe {
        let memory = memory(context, index_of_memory);
        number(context, wait(memory, AtomicSize::Eight, index, offset, expected, timeout))
    }
}

unsafe extern "C" fn atomic_notify(
    context: *mut InstanceContext,
    index_of_memory: u32,
    index: u64,
    offset: u64,
    count: u32,
) -> u64 {
    // SAFETY: called by the instance's code.
    let memory = unsafe { memory(context, index_of_memory) };
    let woken = atomic_offset(memory, index, offset, 4).map_err(Error::trap).and_then(|offset| match memory.shared() {
        Some(shared) => shared.notify(offset, count),
        // In a memory of one store nobody can be waiting.
        None => Ok(0),
    });
    // SAFETY: as above.
    unsafe { number(context, woken) }
}

/// For code that has no atomic instructions.
unsafe extern "C" fn atomic_access(
    _: *mut InstanceContext,
    access: u32,
    place: usize,
    value: u64,
    expected: u64,
) -> u64 {
    // SAFETY: the code that calls has checked alignment and bounds, and names an access that there is.
    unsafe { atomic::access(access, place as *mut u8, value, expected) }
}

unsafe extern "C" fn data_drop(context: *mut InstanceContext, segment: u32) {
    // SAFETY: called by the instance's code.
    unsafe { Instance::of(context).drop_data(segment) };
}

unsafe extern "C" fn table_grow(context: *mut InstanceContext, index: u32, delta: u64, init: usize) -> u64 {
    // SAFETY: called by the instance's code.
    unsafe { table(context, index).grow(delta, init, Instance::of(context).store().quota()).unwrap_or(FAILED) }
}

unsafe extern "C" fn table_fill(context: *mut InstanceContext, index: u32, to: u64, value: usize, len: u64) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe { finish(context, bulk::fill_table(table(context, index), to, value, len)) }
}

unsafe extern "C" fn table_copy(
    context: *mut InstanceContext,
    to_table: u32,
    from_table: u32,
    to: u64,
    from: u64,
    len: u64,
) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe {
        let (target, source) = (table(context, to_table), table(context, from_table));
        finish(context, bulk::copy_table(target, source, to, from, len))
    }
}

unsafe extern "C" fn table_init(
    context: *mut InstanceContext,
    index: u32,
    segment: u32,
    to: u64,
    from: u32,
    len: u32,
) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe { finish(context, Instance::of(context).init_table(index, segment, to, from.into(), len.into())) }
}

unsafe extern "C" fn elem_drop(context: *mut InstanceContext, segment: u32) {
    // SAFETY: called by the instance's code.
    unsafe { Instance::of(context).drop_elements(segment) };
}

unsafe extern "C" fn out_of_fuel(context: *mut InstanceContext) {
    // SAFETY: called by the instance's code, which runs inside of the store.
    unsafe { Instance::of(context).store().leave_pending(metering::out_of_fuel((*(*context).store).fuel)) };
}

unsafe extern "C" fn charge_moved(context: *mut InstanceContext, count: u64, size: u32, price: u64) -> u8 {
    // SAFETY: called by the instance's code, which runs inside of the store.
    let store = unsafe { Instance::of(context).store() };
    match store.charge_moved(&store.enter(), count, size, price) {
        Ok(()) => 1,
        Err(error) => {
            // SAFETY: as above.
            unsafe { store.leave_pending(error) };
            0
        }
    }
}

unsafe extern "C" fn interrupt(context: *mut InstanceContext) -> u8 {
    // SAFETY: called by the instance's code.
    unsafe { finish(context, attend()) }
}
