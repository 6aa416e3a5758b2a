//! Linear memories.

use edge_runtime::{ExternType, Memory};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, give, guard, handle, object, out_handle, slice, slice_mut};
use crate::store::edge_store_t;
use crate::types::edge_type_t;

/// A linear memory.
#[derive(Clone)]
pub struct edge_memory_t(pub(crate) Memory);

/// Makes a memory. `store`, `ty`: borrowed. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_new(
    store: *const edge_store_t,
    ty: *const edge_type_t,
    out: *mut *mut edge_memory_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let memory = Memory::new(&object(store, "store")?.0, object(ty, "ty")?.memory()?)?;
        *out = handle(edge_memory_t(memory));
        Ok(())
    })
}

/// Whether both are one memory. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_same(a: *const edge_memory_t, b: *const edge_memory_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Another handle to the same memory. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_clone(memory: *const edge_memory_t) -> *mut edge_memory_t {
    // SAFETY: by the contract above.
    unsafe { clone(memory) }
}

/// Frees a memory's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `memory` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_free(memory: *mut edge_memory_t) {
    // SAFETY: by the contract above.
    unsafe { free(memory) }
}

/// The type. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_type(memory: *const edge_memory_t) -> *mut edge_type_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(handle(edge_type_t::new(ExternType::Memory(unsafe { memory.as_ref() }?.0.ty()))))
    })
}

/// How many pages of 64 KiB the memory has.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_size(memory: *const edge_memory_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { memory.as_ref() }?.0.size()))
}

/// How many bytes the memory has.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_data_size(memory: *const edge_memory_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { memory.as_ref() }?.0.data_size()))
}

/// The first byte. It stays where it is, growth included, as long as a handle to the memory or its store is there. The guest
/// may change what lies there whenever it runs.
///
/// # Safety
///
/// `memory` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_data(memory: *const edge_memory_t) -> *mut u8 {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(unsafe { memory.as_ref() }?.0.data_ptr()))
}

/// Copies `len` bytes from `offset` on into `buffer`; fails when one of them lies outside of the memory, and copies none then.
///
/// # Safety
///
/// `memory` is NULL or live; `buffer` has room for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_read(
    memory: *const edge_memory_t,
    offset: u64,
    buffer: *mut u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(memory, "memory")?.0.read(offset, slice_mut(buffer, len, "buffer")?) })
}

/// Copies `len` bytes into the memory from `offset` on; fails when one of them would lie outside, and copies none then. `bytes`:
/// borrowed.
///
/// # Safety
///
/// `memory` is NULL or live; `bytes` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_write(
    memory: *const edge_memory_t,
    offset: u64,
    bytes: *const u8,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(memory, "memory")?.0.write(offset, slice(bytes, len, "bytes")?) })
}

/// Adds `delta` pages. `previous`: where the size before goes, may be NULL.
///
/// # Safety
///
/// `memory` is NULL or live; `previous` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_memory_grow(
    memory: *const edge_memory_t,
    delta: u64,
    previous: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(previous, || 0);
        let before = object(memory, "memory")?.0.grow(delta)?;
        give(previous, || before);
        Ok(())
    })
}
