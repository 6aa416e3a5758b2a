//! Tables.

use edge_runtime::{ExternType, Result, Table, TableType, Val, ValType};

use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, give, guard, handle, object, out, out_handle};
use crate::store::edge_store_t;
use crate::types::edge_type_t;
use crate::val::edge_val_t;

/// A table of references.
#[derive(Clone)]
pub struct edge_table_t(pub(crate) Table);

/// Makes a table. `store`, `ty`: borrowed. `initial`: borrowed, what every element is at first; NULL for null references. `out`: owned
/// by the caller.
///
/// # Safety
///
/// The handles are NULL or live, `initial` is NULL or well-formed; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_new(
    store: *const edge_store_t,
    ty: *const edge_type_t,
    initial: *const edge_val_t,
    out: *mut *mut edge_table_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let ty = object(ty, "ty")?.table()?;
        let initial = value_or_null(initial, ty)?;
        *out = handle(edge_table_t(Table::new(&object(store, "store")?.0, ty, initial)?));
        Ok(())
    })
}

/// Whether both are one table. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_same(a: *const edge_table_t, b: *const edge_table_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.0.same(&b.as_ref()?.0)) })
}

/// Another handle to the same table. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `table` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_clone(table: *const edge_table_t) -> *mut edge_table_t {
    // SAFETY: by the contract above.
    unsafe { clone(table) }
}

/// Frees a table's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `table` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_free(table: *mut edge_table_t) {
    // SAFETY: by the contract above.
    unsafe { free(table) }
}

/// The type. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `table` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_type(table: *const edge_table_t) -> *mut edge_type_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        Some(handle(edge_type_t::new(ExternType::Table(unsafe { table.as_ref() }?.0.ty()))))
    })
}

/// How many elements the table has.
///
/// # Safety
///
/// `table` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_size(table: *const edge_table_t) -> u64 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { table.as_ref() }?.0.size()))
}

/// Gives element `index`. `out`: owned by the caller (`edge_val_free`).
///
/// # Safety
///
/// `table` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_get(
    table: *const edge_table_t,
    index: u64,
    out: *mut edge_val_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_val_t::EMPTY)?;
        *out = edge_val_t::owned(object(table, "table")?.0.get(index)?);
        Ok(())
    })
}

/// Sets element `index`. `value`: borrowed; NULL for a null reference.
///
/// # Safety
///
/// `table` is NULL or live; `value` is NULL or well-formed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_set(
    table: *const edge_table_t,
    index: u64,
    value: *const edge_val_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let table = &object(table, "table")?.0;
        table.set(index, value_or_null(value, table.ty())?)
    })
}

/// Sets `len` elements from `start` on, or none if one of them lies outside of the table. `value`: borrowed; NULL for null references.
///
/// # Safety
///
/// `table` is NULL or live; `value` is NULL or well-formed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_fill(
    table: *const edge_table_t,
    start: u64,
    value: *const edge_val_t,
    len: u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let table = &object(table, "table")?.0;
        table.fill(start, value_or_null(value, table.ty())?, len)
    })
}

/// Adds `delta` elements. `initial`: borrowed, what they are; NULL for null references. `previous`: where the size before goes, may be
/// NULL.
///
/// # Safety
///
/// `table` is NULL or live; `initial` is NULL or well-formed; `previous` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_table_grow(
    table: *const edge_table_t,
    delta: u64,
    initial: *const edge_val_t,
    previous: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        give(previous, || 0);
        let table = &object(table, "table")?.0;
        let before = table.grow(delta, value_or_null(initial, table.ty())?)?;
        give(previous, || before);
        Ok(())
    })
}

/// The value, or the null reference that elements of the table can be.
///
/// # Safety
///
/// `value` is NULL or well-formed.
pub(crate) unsafe fn value_or_null(value: *const edge_val_t, ty: TableType) -> Result<Val> {
    // SAFETY: by the contract above.
    match unsafe { value.as_ref() } {
        // SAFETY: by the contract above.
        Some(value) => unsafe { value.read() },
        None => Ok(Val::zero(ValType::Ref(ty.element))),
    }
}
