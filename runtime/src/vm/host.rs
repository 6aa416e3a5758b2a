//! Host functions: how a guest's call becomes a call of a closure.

use std::any::Any;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use super::store::Store;
use super::traps::sys;
use crate::types::layout::{FuncRef, HOST_FUNC_MAGIC, HostFuncContext, InstanceContext, RawValue, WasmCode};
use crate::types::{Error, Kind, Phase, Result, TypeHandle};

/// A host function over raw slots: (store, context of the calling instance or null, arguments and then results).
pub(crate) type HostFn = Arc<dyn Fn(&Arc<Store>, *mut InstanceContext, *mut RawValue) -> Result<()> + Send + Sync>;

/// A host function in a store. Begins with what compiled code knows of it.
#[repr(C)]
pub(super) struct HostFunc {
    context: HostFuncContext,
    func_ref: FuncRef,
    call: HostFn,
    /// Keeps the number in `func_ref`.
    _ty: TypeHandle,
    /// The store that it is in; not counted, or no store would ever be dropped.
    store: *const Store,
}

impl HostFunc {
    pub(super) fn new(store: &Arc<Store>, call: HostFn, code: WasmCode, ty: TypeHandle) -> Self {
        let context = HostFuncContext {
            magic: HOST_FUNC_MAGIC,
            call: enter_host,
            store: store.context(),
            raise: sys::raise,
            trap: sys::trap,
        };
        let func_ref = FuncRef { code, context: ptr::null_mut(), type_id: ty.id().number() };
        Self { context, func_ref, call, _ty: ty, store: Arc::as_ptr(store) }
    }

    /// Lets the function point at itself, now that it stays where it is.
    pub(super) fn finish(this: NonNull<Self>) -> NonNull<FuncRef> {
        // SAFETY: just allocated, and known to nobody else.
        unsafe {
            (*this.as_ptr()).func_ref.context = this.as_ptr().cast();
            NonNull::new_unchecked(&raw mut (*this.as_ptr()).func_ref)
        }
    }
}

/// Whether the function is the host's: the first word of its context tells.
///
/// # Safety
///
/// `func` is a live function.
#[inline]
pub(super) unsafe fn is_host(func: NonNull<FuncRef>) -> bool {
    // SAFETY: a context begins with its magic number.
    unsafe { *(*func.as_ptr()).context.cast::<u32>() == HOST_FUNC_MAGIC }
}

/// Runs a host function; what it panics with comes back as an error.
///
/// # Safety
///
/// `func` is a live host function, `caller` is null or a live instance's context, `values` holds its arguments and has room
/// for its results, and this thread is inside of the store.
#[inline]
pub(super) unsafe fn call_host(func: *mut u8, caller: *mut InstanceContext, values: *mut RawValue) -> Result<()> {
    // SAFETY: the context of a host function is the beginning of a `HostFunc`.
    let host = unsafe { &*func.cast::<HostFunc>() };
    // SAFETY: the store lives, or the function would not; its count is left as it is.
    let store = ManuallyDrop::new(unsafe { Arc::from_raw(host.store) });
    // A panic must not unwind through compiled code. What the closure left half done is its own matter.
    match catch_unwind(AssertUnwindSafe(|| (host.call)(&store, caller, values))) {
        Ok(result) => result,
        Err(payload) => Err(panicked(payload)),
    }
}

/// What the trampoline of a guest's call calls.
unsafe extern "C" fn enter_host(
    callee: *mut HostFuncContext,
    caller: *mut InstanceContext,
    values: *mut RawValue,
) -> u8 {
    // SAFETY: compiled code passes what it was given, and runs inside of the store.
    unsafe {
        match call_host(callee.cast(), caller, values) {
            Ok(()) => 1,
            Err(error) => {
                (*(*callee.cast::<HostFunc>()).store).leave_failure(error);
                0
            }
        }
    }
}

#[cold]
pub(super) fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "with something that is not text".to_owned());
    // What was panicked with may panic once more when it is dropped, and that must not unwind through compiled code either.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(again);
    }
    Error::new(Phase::Host, Kind::HostPanic, format!("a host function panicked: {text}"))
}
