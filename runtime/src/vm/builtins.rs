//! SANDBOX-CRITICAL: what compiled code asks of us, behind [`Builtins`]. Nothing here panics: a panic would end the process.
//! Every bulk operation is checked as a whole before it begins.

use super::bulk;
use super::exception::Asks;
use super::instance::Instance;
use super::interrupt::attend;
use super::memory::Memory;
use super::metering;
use super::table::Table;
use super::traps::sys::{self, noting_exit};
use crate::types::Result;
use crate::types::layout::{Builtins, InstanceContext};

/// The builtins as they are; of `raise` and `trap`, what machine code takes.
const PLAIN: Builtins = Builtins {
    raise: sys::raise,
    trap: sys::trap,
    exception_new,
    memory_grow,
    memory_fill,
    memory_copy,
    memory_init,
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
