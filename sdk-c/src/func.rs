//! Core functions: calling them, and making them of host functions.

use std::ffi::c_void;

use edge_runtime::types::layout::RawValue;
use edge_runtime::{BoxError, Caller, Error, Func, FuncType, Kind, Phase, Result, Val, ValType};

use crate::caller::edge_caller_t;
use crate::error::edge_error_t;
use crate::ffi::{Env, clone, edge_drop_fn_t, free, getter, guard, handle, misuse, object, out_handle};
use crate::store::edge_store_t;
use crate::types::edge_type_t;
use crate::val::{edge_val_t, read_vals};

/// A core function: of a guest, or of the host.
#[derive(Clone)]
pub struct edge_func_t {
    pub(crate) func: Func,
    params: usize,
    results: usize,
    /// All numbers, so that raw slots can carry them.
    numeric: bool,
}

impl edge_func_t {
    pub(crate) fn new(func: Func) -> Self {
        let ty = func.ty();
        let numeric = ty.params().iter().chain(ty.results()).all(|ty| !matches!(ty, ValType::Ref(_)));
        Self { params: ty.params().len(), results: ty.results().len(), numeric, func }
    }

    /// # Safety
    ///
    /// The arrays have the lengths given.
    pub(crate) unsafe fn call(
        &self,
        args: *const edge_val_t,
        nargs: usize,
        results: *mut edge_val_t,
        nresults: usize,
    ) -> Result<()> {
        if nresults != self.results {
            return Err(result_count(self, nresults));
        }
        if nresults > 0 && results.is_null() {
            return Err(misuse(format!("`results` is NULL, and its length is {nresults}")));
        }
        // SAFETY: by the contract above.
        unsafe {
            for index in 0..nresults {
                results.add(index).write(edge_val_t::EMPTY);
            }
            let values = self.func.call(&read_vals(args, nargs, "args")?)?;
            for (index, value) in values.into_iter().enumerate() {
                results.add(index).write(edge_val_t::owned(value));
            }
        }
        Ok(())
    }

    /// # Safety
    ///
    /// `slots` has `len` slots, set as the type says.
    pub(crate) unsafe fn call_raw(&self, slots: *mut edge_slot_t, len: usize) -> Result<()> {
        if !self.numeric || len < self.params.max(self.results) {
            return Err(not_raw(self, len));
        }
        // SAFETY: by the contract above; the slots suffice.
        unsafe { self.func.call_raw(raw_slots(slots, len)?) }
    }
}

/// A number on its way into or out of a function, in the cheapest form. The type of the function says which member.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub union edge_slot_t {
    /// `i32`; narrower signed integers are sign-extended to it.
    pub i32: i32,
    /// `u32`; `bool` (0, 1), `char` and narrower unsigned integers are zero-extended to it.
    pub u32: u32,
    /// `i64`, `isize`.
    pub i64: i64,
    /// `u64`, `usize`.
    pub u64: u64,
    /// `f32`.
    pub f32: f32,
    /// `f64`.
    pub f64: f64,
    /// `v128`: lane 0 first, each lane little-endian.
    pub v128: [u8; 16],
}

const _: () = assert!(size_of::<edge_slot_t>() == size_of::<RawValue>());
const _: () = assert!(align_of::<edge_slot_t>() == align_of::<RawValue>());

/// Slots of C as the engine reads them.
///
/// # Safety
///
/// `slots` has `len` slots that nobody else uses meanwhile.
pub(crate) unsafe fn raw_slots<'a>(slots: *mut edge_slot_t, len: usize) -> Result<&'a mut [RawValue]> {
    if len == 0 {
        return Ok(&mut []);
    }
    if slots.is_null() {
        return Err(misuse(format!("`slots` is NULL, and its length is {len}")));
    }
    if !slots.is_aligned() {
        return Err(misuse("`slots` is not aligned to 16 bytes"));
    }
    // SAFETY: by the contract above; the two unions have the same layout, and every bit pattern is valid in both.
    Ok(unsafe { std::slice::from_raw_parts_mut(slots.cast(), len) })
}

/// A host function on core values.
///
/// `env`: the pointer it was made with. `caller`: valid until it returns. `args`: borrowed. `results`: `nresults` values, to be
/// set to the types that were declared; references put there with `owned` set to 1 become the library's. Returns NULL for success,
/// or an error that the library takes over. It may be called on any thread, and must not unwind (throw) through the library.
pub type edge_core_fn_t = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        caller: *const edge_caller_t,
        args: *const edge_val_t,
        nargs: usize,
        results: *mut edge_val_t,
        nresults: usize,
    ) -> *mut edge_error_t,
>;

/// A host function of C with its environment.
pub(crate) struct CoreFunction {
    function: unsafe extern "C" fn(
        *mut c_void,
        *const edge_caller_t,
        *const edge_val_t,
        usize,
        *mut edge_val_t,
        usize,
    ) -> *mut edge_error_t,
    env: Env,
    ty: FuncType,
}

impl CoreFunction {
    pub(crate) fn new(function: edge_core_fn_t, env: Env, ty: &FuncType) -> Result<Self> {
        let function = function.ok_or_else(|| misuse("`function` is NULL"))?;
        Ok(Self { function, env, ty: ty.clone() })
    }

    /// Calls C and checks what it left.
    pub(crate) fn call(&self, caller: Caller<'_>, args: &[Val], results: &mut [Val]) -> Result<(), BoxError> {
        let args: Vec<_> = args.iter().map(|value| edge_val_t::owned(value.clone())).collect();
        let mut given: Vec<_> = self.ty.results().iter().map(|ty| edge_val_t::owned(Val::zero(*ty))).collect();
        let handle = edge_caller_t::new(&caller);
        // SAFETY: the embedder gave the function for this environment and these types; all pointers live through the call.
        let error = unsafe {
            (self.function)(self.env.data, &handle, args.as_ptr(), args.len(), given.as_mut_ptr(), given.len())
        };
        // SAFETY: the function was to return NULL or an error that is now ours.
        let outcome = match unsafe { edge_error_t::from_callback(error) } {
            Some(error) => Err(error),
            None => self.take(&given, results),
        };
        for value in args.iter().chain(&given) {
            // SAFETY: handles inside are ours: made above, or given over by the function.
            unsafe { value.release() }
        }
        outcome
    }

    fn take(&self, given: &[edge_val_t], results: &mut [Val]) -> Result<(), BoxError> {
        for (index, ((given, result), ty)) in given.iter().zip(results).zip(self.ty.results()).enumerate() {
            // SAFETY: the function was to leave well-formed values.
            let value = unsafe { given.read() }?;
            // Whether a reference is of the type, the engine finds out.
            let references = matches!((value.ty(), ty), (ValType::Ref(_), ValType::Ref(_)));
            if value.ty() != *ty && !references {
                let message = format!("the host function's result {index} must be {ty}, and is {}", value.ty());
                return Err(Box::new(Error::new(Phase::Host, Kind::ResultType, message)));
            }
            *result = value;
        }
        Ok(())
    }
}

/// Makes a function of the host. `store`, `ty`: borrowed. `env`: owned by the function from here on, also when this fails; released
/// by `drop` (which may be NULL) when the function is gone. `out`: owned by the caller.
///
/// # Safety
///
/// The handles are NULL or live; `env` may be used from the threads that call; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_new(
    store: *const edge_store_t,
    ty: *const edge_type_t,
    function: edge_core_fn_t,
    env: *mut c_void,
    drop: edge_drop_fn_t,
    out: *mut *mut edge_func_t,
) -> *mut edge_error_t {
    let env = Env { data: env, drop };
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let store = &object(store, "store")?.0;
        let ty = object(ty, "ty")?.func()?;
        let function = CoreFunction::new(function, env, ty)?;
        let func = Func::new(store, ty.clone(), move |caller, args, results| function.call(caller, args, results))?;
        *out = handle(edge_func_t::new(func));
        Ok(())
    })
}

/// Whether both are one function. NULL is the same as nothing.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_same(a: *const edge_func_t, b: *const edge_func_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe { Some(a.as_ref()?.func.same(&b.as_ref()?.func)) })
}

/// Another handle to the same function. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `func` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_clone(func: *const edge_func_t) -> *mut edge_func_t {
    // SAFETY: by the contract above.
    unsafe { clone(func) }
}

/// Frees a function's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `func` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_free(func: *mut edge_func_t) {
    // SAFETY: by the contract above.
    unsafe { free(func) }
}

/// The type. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `func` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_type(func: *const edge_func_t) -> *mut edge_type_t {
    getter(std::ptr::null_mut(), || {
        // SAFETY: by the contract above.
        let ty = unsafe { func.as_ref() }?.func.ty();
        Some(handle(edge_type_t::new(edge_runtime::ExternType::Func(ty))))
    })
}

/// Calls a function. `args`: borrowed, `nargs` of them, checked against the type. `results`: room for exactly as many values as the
/// function has results; they are the caller's (`edge_val_free`, which numbers do not need).
///
/// # Safety
///
/// `func` is NULL or live; the arrays have the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_call(
    func: *const edge_func_t,
    args: *const edge_val_t,
    nargs: usize,
    results: *mut edge_val_t,
    nresults: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(func, "func")?.call(args, nargs, results, nresults) })
}

#[cold]
fn result_count(func: &edge_func_t, room: usize) -> Error {
    let message = format!("the function has {} results, and there is room for {room}", func.results);
    Error::new(Phase::Execute, Kind::ResultType, message)
}

/// Calls a function of numbers the cheapest way. `slots`: the arguments, replaced by the results; at least as many slots as the larger
/// of both. Nothing is checked but that the type is of numbers and the slots suffice.
///
/// # Safety
///
/// `func` is NULL or live; `slots` has `len` slots, set as the type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_func_call_raw(
    func: *const edge_func_t,
    slots: *mut edge_slot_t,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(func, "func")?.call_raw(slots, len) })
}

#[cold]
fn not_raw(func: &edge_func_t, len: usize) -> Error {
    if !func.numeric {
        return misuse("the function takes or returns references: slots carry numbers only");
    }
    let message = format!("the function needs {} slots, and there are {len}", func.params.max(func.results));
    Error::new(Phase::Execute, Kind::ArgumentCount, message)
}
