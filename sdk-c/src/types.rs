//! Types of functions, memories, tables and globals.

use std::ptr;

use edge_runtime::{ExternType, FuncType, GlobalType, HeapType, MemoryType, RefType, Result, TableType, ValType};

use crate::buffer::edge_view_t;
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, misuse, object, out_handle, slice};

/// The type of a core value: one of `EDGE_VALTYPE_*`.
pub type edge_valtype_t = u32;

/// 32-bit integer.
pub const EDGE_VALTYPE_I32: edge_valtype_t = 1;
/// 64-bit integer.
pub const EDGE_VALTYPE_I64: edge_valtype_t = 2;
/// 32-bit float.
pub const EDGE_VALTYPE_F32: edge_valtype_t = 3;
/// 64-bit float.
pub const EDGE_VALTYPE_F64: edge_valtype_t = 4;
/// 128 bits: a vector.
pub const EDGE_VALTYPE_V128: edge_valtype_t = 5;
/// A function, or null.
pub const EDGE_VALTYPE_FUNCREF: edge_valtype_t = 6;
/// An object of the host, or null.
pub const EDGE_VALTYPE_EXTERNREF: edge_valtype_t = 7;

/// An exception, or null.
pub const EDGE_VALTYPE_EXNREF: edge_valtype_t = 8;

/// The sort of an import or export: one of `EDGE_SORT_*`.
pub type edge_sort_t = u32;

/// A function.
pub const EDGE_SORT_FUNC: edge_sort_t = 1;
/// A linear memory.
pub const EDGE_SORT_MEMORY: edge_sort_t = 2;
/// A table.
pub const EDGE_SORT_TABLE: edge_sort_t = 3;
/// A global.
pub const EDGE_SORT_GLOBAL: edge_sort_t = 4;

/// An exception tag.
pub const EDGE_SORT_TAG: edge_sort_t = 5;

/// Stands for "no maximum" in limits.
pub const EDGE_NO_MAXIMUM: u64 = u64::MAX;

/// The type of a function, a memory, a table or a global. It never changes.
#[derive(Clone)]
pub struct edge_type_t {
    pub(crate) ty: ExternType,
    text: String,
    params: Vec<edge_valtype_t>,
    results: Vec<edge_valtype_t>,
}

impl edge_type_t {
    pub(crate) fn new(ty: ExternType) -> Self {
        let codes = |types: &[ValType]| types.iter().copied().map(valtype_code).collect();
        let (params, results) = match &ty {
            ExternType::Func(ty) | ExternType::Tag(ty) => (codes(ty.params()), codes(ty.results())),
            _ => (Vec::new(), Vec::new()),
        };
        Self { text: ty.to_string(), params, results, ty }
    }

    /// The function type that an argument must be.
    pub(crate) fn func(&self) -> Result<&FuncType> {
        match &self.ty {
            ExternType::Func(ty) => Ok(ty),
            other => Err(self.wrong("function", other)),
        }
    }

    /// The memory type that an argument must be.
    pub(crate) fn memory(&self) -> Result<MemoryType> {
        match &self.ty {
            ExternType::Memory(ty) => Ok(*ty),
            other => Err(self.wrong("memory", other)),
        }
    }

    /// The table type that an argument must be.
    pub(crate) fn table(&self) -> Result<TableType> {
        match &self.ty {
            ExternType::Table(ty) => Ok(*ty),
            other => Err(self.wrong("table", other)),
        }
    }

    /// The global type that an argument must be.
    pub(crate) fn global(&self) -> Result<GlobalType> {
        match &self.ty {
            ExternType::Global(ty) => Ok(*ty),
            other => Err(self.wrong("global", other)),
        }
    }

    /// The tag type that an argument must be.
    pub(crate) fn tag(&self) -> Result<&FuncType> {
        match &self.ty {
            ExternType::Tag(ty) => Ok(ty),
            other => Err(self.wrong("tag", other)),
        }
    }

    #[cold]
    fn wrong(&self, wanted: &str, is: &ExternType) -> edge_runtime::Error {
        misuse(format!("`type` must be the type of a {wanted}, and is that of a {}", is.sort()))
    }
}

pub(crate) fn valtype_code(ty: ValType) -> edge_valtype_t {
    match ty {
        ValType::I32 => EDGE_VALTYPE_I32,
        ValType::I64 => EDGE_VALTYPE_I64,
        ValType::F32 => EDGE_VALTYPE_F32,
        ValType::F64 => EDGE_VALTYPE_F64,
        ValType::V128 => EDGE_VALTYPE_V128,
        ValType::Ref(ty) => match ty.top() {
            HeapType::Extern => EDGE_VALTYPE_EXTERNREF,
            HeapType::Exn => EDGE_VALTYPE_EXNREF,
            _ => EDGE_VALTYPE_FUNCREF,
        },
    }
}

pub(crate) fn read_valtype(code: edge_valtype_t) -> Result<ValType> {
    Ok(match code {
        EDGE_VALTYPE_I32 => ValType::I32,
        EDGE_VALTYPE_I64 => ValType::I64,
        EDGE_VALTYPE_F32 => ValType::F32,
        EDGE_VALTYPE_F64 => ValType::F64,
        EDGE_VALTYPE_V128 => ValType::V128,
        EDGE_VALTYPE_FUNCREF => ValType::Ref(RefType::FUNCREF),
        EDGE_VALTYPE_EXTERNREF => ValType::Ref(RefType::EXTERNREF),
        EDGE_VALTYPE_EXNREF => ValType::Ref(RefType::EXNREF),
        other => return Err(misuse(format!("{other} is not a type of value (EDGE_VALTYPE_*)"))),
    })
}

/// The maximum in a pair of limits.
fn maximum(min: u64, max: u64) -> Result<Option<u64>> {
    match max {
        EDGE_NO_MAXIMUM => Ok(None),
        max if max < min => Err(misuse(format!("the maximum of {max} is less than the minimum of {min}"))),
        max => Ok(Some(max)),
    }
}

/// Makes a function type. `params`, `results`: borrowed arrays of `EDGE_VALTYPE_*`, NULL when empty. `out`: owned by the caller.
///
/// # Safety
///
/// The arrays have the lengths given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_func(
    params: *const edge_valtype_t,
    nparams: usize,
    results: *const edge_valtype_t,
    nresults: usize,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let read = |codes: &[edge_valtype_t]| codes.iter().map(|code| read_valtype(*code)).collect::<Result<Vec<_>>>();
        let params = read(slice(params, nparams, "params")?)?;
        let results = read(slice(results, nresults, "results")?)?;
        *out = handle(edge_type_t::new(ExternType::Func(FuncType::new(params, results))));
        Ok(())
    })
}

/// Makes the type of a tag, whose exceptions carry values of these types. `params`: a borrowed array of `EDGE_VALTYPE_*`, NULL when
/// empty. `out`: owned by the caller.
///
/// # Safety
///
/// The array has the length given; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_tag(
    params: *const edge_valtype_t,
    nparams: usize,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let params =
            slice(params, nparams, "params")?.iter().map(|code| read_valtype(*code)).collect::<Result<Vec<_>>>()?;
        *out = handle(edge_type_t::new(ExternType::Tag(FuncType::new(params, []))));
        Ok(())
    })
}

/// Makes a memory type of `min` to `max` pages of 64 KiB. `max`: `EDGE_NO_MAXIMUM` for none. `out`: owned by the caller.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_memory(min: u64, max: u64, out: *mut *mut edge_type_t) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        *out = handle(edge_type_t::new(ExternType::Memory(MemoryType::new(min, maximum(min, max)?))));
        Ok(())
    })
}

/// Makes the type of a memory with 64-bit indices. As `edge_type_memory`.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_memory64(min: u64, max: u64, out: *mut *mut edge_type_t) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        let ty = MemoryType { memory64: true, ..MemoryType::new(min, maximum(min, max)?) };
        *out = handle(edge_type_t::new(ExternType::Memory(ty)));
        Ok(())
    })
}

/// Makes the type of a memory that threads share. `max`: the most that it can grow to, there has to be one. `memory64`: whether its
/// indices have 64 bits. `out`: owned by the caller.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_shared_memory(
    min: u64,
    max: u64,
    memory64: bool,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        let max = maximum(min, max)?.ok_or_else(|| misuse("a shared memory needs a maximum"))?;
        let ty = MemoryType { shared: true, memory64, ..MemoryType::new(min, Some(max)) };
        *out = handle(edge_type_t::new(ExternType::Memory(ty)));
        Ok(())
    })
}

/// Makes a table type of `min` to `max` elements. `element`: `EDGE_VALTYPE_FUNCREF` or `EDGE_VALTYPE_EXTERNREF`. `max`:
/// `EDGE_NO_MAXIMUM` for none. `out`: owned by the caller.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_table(
    element: edge_valtype_t,
    min: u64,
    max: u64,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        let ty = TableType::new(element_type(element)?, min, maximum(min, max)?);
        *out = handle(edge_type_t::new(ExternType::Table(ty)));
        Ok(())
    })
}

/// Makes the type of a table with 64-bit indices. As `edge_type_table`.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_table64(
    element: edge_valtype_t,
    min: u64,
    max: u64,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        let ty = TableType { table64: true, ..TableType::new(element_type(element)?, min, maximum(min, max)?) };
        *out = handle(edge_type_t::new(ExternType::Table(ty)));
        Ok(())
    })
}

/// What the elements of a table are.
fn element_type(code: edge_valtype_t) -> Result<RefType> {
    match read_valtype(code)? {
        ValType::Ref(ty) => Ok(ty),
        _ => Err(misuse("the elements of a table are references")),
    }
}

/// Makes a global type. `content`: an `EDGE_VALTYPE_*`. `out`: owned by the caller.
///
/// # Safety
///
/// `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_global(
    content: edge_valtype_t,
    is_mutable: bool,
    out: *mut *mut edge_type_t,
) -> *mut edge_error_t {
    guard(|| {
        // SAFETY: by the contract above.
        let out = unsafe { out_handle(out) }?;
        let content = read_valtype(content)?;
        *out = handle(edge_type_t::new(ExternType::Global(GlobalType { content, mutable: is_mutable })));
        Ok(())
    })
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_clone(ty: *const edge_type_t) -> *mut edge_type_t {
    // SAFETY: by the contract above.
    unsafe { clone(ty) }
}

/// Frees a type; what was made with it keeps its own. NULL is fine.
///
/// # Safety
///
/// `ty` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_free(ty: *mut edge_type_t) {
    // SAFETY: by the contract above.
    unsafe { free(ty) }
}

/// What it is the type of, an `EDGE_SORT_*`; 0 for NULL.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_sort(ty: *const edge_type_t) -> edge_sort_t {
    getter(0, || {
        // SAFETY: by the contract above.
        Some(match unsafe { ty.as_ref() }?.ty {
            ExternType::Func(_) => EDGE_SORT_FUNC,
            ExternType::Memory(_) => EDGE_SORT_MEMORY,
            ExternType::Table(_) => EDGE_SORT_TABLE,
            ExternType::Global(_) => EDGE_SORT_GLOBAL,
            ExternType::Tag(_) => EDGE_SORT_TAG,
        })
    })
}

/// The type in words, for instance `function (i32, i32) -> i32`: a view into the type.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_text(ty: *const edge_type_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(&unsafe { ty.as_ref() }?.text)))
}

/// The parameters of a function type, and what an exception of a tag type carries: an array that belongs to the type, with its length in `*len`. NULL and 0 for other types.
///
/// # Safety
///
/// `ty` is NULL or live; `len` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_params(ty: *const edge_type_t, len: *mut usize) -> *const edge_valtype_t {
    // SAFETY: by the contract above.
    unsafe { codes(ty, len, |ty| &ty.params) }
}

/// The results of a function type: an array that belongs to the type, with its length in `*len`. NULL and 0 for other types.
///
/// # Safety
///
/// `ty` is NULL or live; `len` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_results(ty: *const edge_type_t, len: *mut usize) -> *const edge_valtype_t {
    // SAFETY: by the contract above.
    unsafe { codes(ty, len, |ty| &ty.results) }
}

/// # Safety
///
/// `ty` is NULL or live; `len` is NULL or may be written to.
unsafe fn codes(
    ty: *const edge_type_t,
    len: *mut usize,
    part: impl FnOnce(&edge_type_t) -> &Vec<edge_valtype_t>,
) -> *const edge_valtype_t {
    // SAFETY: by the contract above.
    let codes = unsafe { ty.as_ref() }.map(|ty| part(ty).as_slice()).unwrap_or_default();
    // SAFETY: by the contract above.
    if let Some(len) = unsafe { len.as_mut() } {
        *len = codes.len();
    }
    if codes.is_empty() { ptr::null() } else { codes.as_ptr() }
}

/// The limits of a memory (pages) or table (elements); `*max` is `EDGE_NO_MAXIMUM` when there is none. Returns false, and
/// writes nothing, for other types. `min`, `max`: may be NULL.
///
/// # Safety
///
/// `ty` is NULL or live; `min` and `max` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_limits(ty: *const edge_type_t, min: *mut u64, max: *mut u64) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let (at_least, at_most) = match ty.as_ref()?.ty {
            ExternType::Memory(ty) => (ty.min, ty.max),
            ExternType::Table(ty) => (ty.min, ty.max),
            ExternType::Func(_) | ExternType::Global(_) | ExternType::Tag(_) => return None,
        };
        if let Some(min) = min.as_mut() {
            *min = at_least;
        }
        if let Some(max) = max.as_mut() {
            *max = at_most.unwrap_or(EDGE_NO_MAXIMUM);
        }
        Some(true)
    })
}

/// What a global or the elements of a table are, an `EDGE_VALTYPE_*`; 0 for other types.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_content(ty: *const edge_type_t) -> edge_valtype_t {
    // SAFETY: by the contract above.
    getter(0, || match unsafe { ty.as_ref() }?.ty {
        ExternType::Global(ty) => Some(valtype_code(ty.content)),
        ExternType::Table(ty) => Some(valtype_code(ValType::Ref(ty.element))),
        ExternType::Func(_) | ExternType::Memory(_) | ExternType::Tag(_) => None,
    })
}

/// Whether it is the type of a global that can be assigned.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_is_mutable(ty: *const edge_type_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || match unsafe { ty.as_ref() }?.ty {
        ExternType::Global(ty) => Some(ty.mutable),
        _ => None,
    })
}

/// Whether it is the type of a memory or table with 64-bit indices.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_is_64(ty: *const edge_type_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || match unsafe { ty.as_ref() }?.ty {
        ExternType::Memory(ty) => Some(ty.memory64),
        ExternType::Table(ty) => Some(ty.table64),
        ExternType::Func(_) | ExternType::Global(_) | ExternType::Tag(_) => None,
    })
}

/// Whether it is the type of a memory that threads share.
///
/// # Safety
///
/// `ty` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_is_shared(ty: *const edge_type_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || match unsafe { ty.as_ref() }?.ty {
        ExternType::Memory(ty) => Some(ty.shared),
        ExternType::Func(_) | ExternType::Table(_) | ExternType::Global(_) | ExternType::Tag(_) => None,
    })
}

/// Whether two types are the same. NULL equals nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_type_equal(a: *const edge_type_t, b: *const edge_type_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(object(a, "a").ok()?.ty == object(b, "b").ok()?.ty) })
}
