//! Core values, and objects of the host that guests hold.

use std::ffi::c_void;
use std::ptr;

use edge_runtime::{ExternRef, Result, Val};

use crate::error::edge_error_t;
use crate::ffi::{Env, clone, edge_drop_fn_t, free, getter, guard, handle, misuse, object, out_handle, slice};
use crate::func::edge_func_t;
use crate::tag::edge_exnref_t;
use crate::types::{
    EDGE_VALTYPE_EXNREF, EDGE_VALTYPE_EXTERNREF, EDGE_VALTYPE_F32, EDGE_VALTYPE_F64, EDGE_VALTYPE_FUNCREF,
    EDGE_VALTYPE_I32, EDGE_VALTYPE_I64, EDGE_VALTYPE_V128, edge_valtype_t, valtype_code,
};

/// An object of the host that a guest can hold and hand on, and neither read nor forge.
#[derive(Clone)]
pub struct edge_externref_t(ExternRef);

/// What a core value holds; `kind` tells which member.
#[derive(Clone, Copy)]
#[repr(C)]
pub union edge_val_of_t {
    /// `EDGE_VALTYPE_I32`.
    pub i32: i32,
    /// `EDGE_VALTYPE_I64`.
    pub i64: i64,
    /// `EDGE_VALTYPE_F32`.
    pub f32: f32,
    /// `EDGE_VALTYPE_F64`.
    pub f64: f64,
    /// `EDGE_VALTYPE_V128`: lane 0 first, each lane little-endian.
    pub v128: [u8; 16],
    /// `EDGE_VALTYPE_FUNCREF`; NULL is the null reference.
    pub func: *mut edge_func_t,
    /// `EDGE_VALTYPE_EXTERNREF`; NULL is the null reference.
    pub externref: *mut edge_externref_t,
    /// `EDGE_VALTYPE_EXNREF`; NULL is the null reference.
    pub exnref: *mut edge_exnref_t,
}

/// A core value. On the way in the handles inside are borrowed; on the way out (`owned` is 1) they are the caller's, freed
/// with `edge_val_free`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_val_t {
    /// One of `EDGE_VALTYPE_*`.
    pub kind: edge_valtype_t,
    /// 0 in values that programs make; 1 in those that the library gave.
    pub owned: u32,
    /// The value itself.
    pub of: edge_val_of_t,
}

impl edge_val_t {
    /// What stands where a result has not arrived.
    pub(crate) const EMPTY: Self = Self { kind: EDGE_VALTYPE_I32, owned: 0, of: edge_val_of_t { i64: 0 } };

    /// A value that C owns.
    pub(crate) fn owned(value: Val) -> Self {
        let kind = valtype_code(value.ty());
        let of = match value {
            Val::I32(v) => edge_val_of_t { i32: v },
            Val::I64(v) => edge_val_of_t { i64: v },
            // As bits: a NaN keeps its payload.
            Val::F32(v) => edge_val_of_t { i32: v as i32 },
            Val::F64(v) => edge_val_of_t { i64: v as i64 },
            Val::V128(v) => edge_val_of_t { v128: v.to_le_bytes() },
            Val::FuncRef(v) => edge_val_of_t { func: v.map_or(ptr::null_mut(), |func| handle(edge_func_t::new(func))) },
            Val::ExnRef(v) => {
                edge_val_of_t { exnref: v.map_or(ptr::null_mut(), |exception| handle(edge_exnref_t(exception))) }
            }
            Val::ExternRef(v) => {
                edge_val_of_t { externref: v.map_or(ptr::null_mut(), |object| handle(edge_externref_t(object))) }
            }
        };
        Self { kind, owned: 1, of }
    }

    /// The value that C describes.
    ///
    /// # Safety
    ///
    /// The member of `of` that `kind` names is set, and a handle there is NULL or live.
    pub(crate) unsafe fn read(&self) -> Result<Val> {
        // SAFETY: by the contract above; a kind that is none reads nothing.
        unsafe {
            Ok(match self.kind {
                EDGE_VALTYPE_I32 => Val::I32(self.of.i32),
                EDGE_VALTYPE_I64 => Val::I64(self.of.i64),
                EDGE_VALTYPE_F32 => Val::F32(self.of.i32 as u32),
                EDGE_VALTYPE_F64 => Val::F64(self.of.i64 as u64),
                EDGE_VALTYPE_V128 => Val::V128(u128::from_le_bytes(self.of.v128)),
                EDGE_VALTYPE_FUNCREF => Val::FuncRef(self.of.func.as_ref().map(|func| func.func.clone())),
                EDGE_VALTYPE_EXTERNREF => Val::ExternRef(self.of.externref.as_ref().map(|object| object.0.clone())),
                EDGE_VALTYPE_EXNREF => Val::ExnRef(self.of.exnref.as_ref().map(|exception| exception.0.clone())),
                other => return Err(misuse(format!("{other} is not a type of value (EDGE_VALTYPE_*)"))),
            })
        }
    }

    /// Frees what [`Self::owned`] made; other values are left alone.
    ///
    /// # Safety
    ///
    /// A handle inside is not used again.
    pub(crate) unsafe fn release(&self) {
        if self.owned != 1 {
            return;
        }
        // SAFETY: by the contract above.
        unsafe {
            match self.kind {
                EDGE_VALTYPE_FUNCREF => free(self.of.func),
                EDGE_VALTYPE_EXTERNREF => free(self.of.externref),
                EDGE_VALTYPE_EXNREF => free(self.of.exnref),
                // Numbers own nothing.
                _ => {}
            }
        }
    }
}

/// Core values side by side.
///
/// # Safety
///
/// As [`edge_val_t::read`], for `len` values.
pub(crate) unsafe fn read_vals(values: *const edge_val_t, len: usize, name: &str) -> Result<Vec<Val>> {
    // SAFETY: by the contract above.
    unsafe { slice(values, len, name)?.iter().map(|value| value.read()).collect() }
}

/// Frees the handle inside a value that the library gave, and makes the value the number 0: freeing it again does nothing, nor
/// does freeing a value that a program made. NULL is fine.
///
/// # Safety
///
/// `value` is NULL or well-formed; a handle inside is not used again when it is owned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_val_free(value: *mut edge_val_t) {
    getter((), || {
        // SAFETY: by the contract above.
        unsafe {
            let value = value.as_mut()?;
            value.release();
            *value = edge_val_t::EMPTY;
        }
        None
    });
}

/// Wraps a pointer of the host for guests to hold. `data`: owned by the reference from here on, also when this fails; released by
/// `drop` (which may be NULL) when the last reference is gone. `out`: owned by the caller.
///
/// # Safety
///
/// `data` may be used from any thread; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_externref_new(
    data: *mut c_void,
    drop: edge_drop_fn_t,
    out: *mut *mut edge_externref_t,
) -> *mut edge_error_t {
    let env = Env { data, drop };
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        *out = handle(edge_externref_t(ExternRef::new(env)));
        Ok(())
    })
}

/// Another handle to the same reference. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `externref` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_externref_clone(externref: *const edge_externref_t) -> *mut edge_externref_t {
    // SAFETY: by the contract above.
    unsafe { clone(externref) }
}

/// Frees a reference's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `externref` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_externref_free(externref: *mut edge_externref_t) {
    // SAFETY: by the contract above.
    unsafe { free(externref) }
}

/// The pointer that the reference was made with; NULL when it was made with another `drop`, so that nobody mistakes another's
/// object for one of theirs. NULL as `drop` asks for any.
///
/// # Safety
///
/// `externref` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_externref_data(externref: *const edge_externref_t, drop: edge_drop_fn_t) -> *mut c_void {
    getter(ptr::null_mut(), || {
        // SAFETY: by the contract above.
        let env = unsafe { object(externref, "externref") }.ok()?.0.downcast_ref::<Env>()?;
        let known = drop.is_none() || drop.map(|f| f as usize) == env.drop.map(|f| f as usize);
        known.then_some(env.data)
    })
}
