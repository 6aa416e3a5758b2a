//! How much a guest may use.

use edge_runtime::Limits;

use crate::error::edge_error_t;
use crate::ffi::{amount, clone, free, getter, guard, handle, nanoseconds, object_mut, optional, time};

/// Stands for "no limit" where there may be one.
pub const EDGE_NO_LIMIT: u64 = u64::MAX;

/// How much the guests of one store may use together, and how large modules may be. A new object holds the defaults.
#[derive(Clone, Default)]
pub struct edge_limits_t(pub(crate) Limits);

/// New limits with the defaults: 1 GiB of memories, 10,000,000 table elements, 10,000 instances, 512 KiB of stack, results
/// of 256 MiB, 1,000 calls inside one another, no limit of fuel and time; modules of 256 MiB with 200,000 functions, 1,000,000 items
/// in a section, bodies of 4 MiB with 50,000 locals, 65,536 branch targets, 10,000 blocks inside one another, 10,000 operands. Owned
/// by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_limits_new() -> *mut edge_limits_t {
    handle(edge_limits_t::default())
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_clone(limits: *const edge_limits_t) -> *mut edge_limits_t {
    // SAFETY: by the contract above.
    unsafe { clone(limits) }
}

/// Frees limits. NULL is fine.
///
/// # Safety
///
/// `limits` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_free(limits: *mut edge_limits_t) {
    // SAFETY: by the contract above.
    unsafe { free(limits) }
}

/// Bytes of all linear memories together.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_memory(limits: *mut edge_limits_t, bytes: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.memory = bytes) }
}

/// What `edge_limits_set_memory` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_memory(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.memory))
}

/// Elements of all tables together.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_table(limits: *mut edge_limits_t, elements: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.table = elements) }
}

/// What `edge_limits_set_table` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_table(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.table))
}

/// Instances in the store.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_instances(limits: *mut edge_limits_t, count: u32) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.instances = count) }
}

/// What `edge_limits_set_instances` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_instances(limits: *const edge_limits_t) -> u32 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.instances))
}

/// Bytes of native stack that guest code may use.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_stack(limits: *mut edge_limits_t, bytes: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.stack = bytes) }
}

/// What `edge_limits_set_stack` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_stack(limits: *const edge_limits_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.stack))
}

/// Bytes of one result that the host reads out of the guest.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_result_size(limits: *mut edge_limits_t, bytes: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.result_size = bytes) }
}

/// What `edge_limits_set_result_size` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_result_size(limits: *const edge_limits_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.result_size))
}

/// Calls into the store inside one another: of guests by the host, and from host functions back into guests.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_recursion(limits: *mut edge_limits_t, count: u32) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.recursion = count) }
}

/// What `edge_limits_set_recursion` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_recursion(limits: *const edge_limits_t) -> u32 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.recursion))
}

/// Fuel that a store begins with; `EDGE_NO_LIMIT` for none. Anything else needs an engine with `edge_config_set_fuel`.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_fuel(limits: *mut edge_limits_t, fuel: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.fuel = optional(fuel)) }
}

/// What `edge_limits_set_fuel` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_fuel(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(amount(unsafe { limits.as_ref() }?.0.fuel)))
}

/// How long a call from the host may take, with all that it calls, in nanoseconds; `EDGE_NO_LIMIT` for ever.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_deadline(limits: *mut edge_limits_t, nanoseconds: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.deadline = time(nanoseconds)) }
}

/// What `edge_limits_set_deadline` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_deadline(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(nanoseconds(unsafe { limits.as_ref() }?.0.deadline)))
}

/// Bytes of a module.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_size(limits: *mut edge_limits_t, bytes: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.module_size = bytes) }
}

/// What `edge_limits_set_module_size` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_size(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.module_size))
}

/// Functions of a module, imported ones included.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_functions(limits: *mut edge_limits_t, count: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.functions = count) }
}

/// What `edge_limits_set_module_functions` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_functions(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.functions))
}

/// Items of one section of a module, and custom sections.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_items(limits: *mut edge_limits_t, count: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.items = count) }
}

/// What `edge_limits_set_module_items` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_items(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.items))
}

/// Bytes of one function's body.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_body_size(limits: *mut edge_limits_t, bytes: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.body_size = bytes) }
}

/// What `edge_limits_set_module_body_size` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_body_size(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.body_size))
}

/// Locals of one function, parameters included.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_locals(limits: *mut edge_limits_t, count: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.locals = count) }
}

/// What `edge_limits_set_module_locals` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_locals(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.locals))
}

/// Targets of one `br_table`.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_branch_targets(
    limits: *mut edge_limits_t,
    count: u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.branch_targets = count) }
}

/// What `edge_limits_set_module_branch_targets` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_branch_targets(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.branch_targets))
}

/// Blocks inside one another.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_nesting(limits: *mut edge_limits_t, count: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.nesting = count) }
}

/// What `edge_limits_set_module_nesting` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_nesting(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.nesting))
}

/// Operands on the stack of one function at the same time.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_set_module_operands(limits: *mut edge_limits_t, count: u64) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    unsafe { set(limits, |limits| limits.module.operands = count) }
}

/// What `edge_limits_set_module_operands` was set to; 0 for NULL.
///
/// # Safety
///
/// `limits` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_limits_module_operands(limits: *const edge_limits_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { limits.as_ref() }?.0.module.operands))
}

/// # Safety
///
/// `limits` is NULL or live.
unsafe fn set(limits: *mut edge_limits_t, change: impl FnOnce(&mut Limits)) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        change(&mut unsafe { object_mut(limits, "limits") }?.0);
        Ok(())
    })
}
