//! Host functions: what a closure is told of its caller, and which closures can be one.

use std::sync::Arc;

use super::exception::host_error;
use super::typed::{WasmList, WasmType};
use super::{Extern, Instance, Memory, SharedMemory, Store};
use crate::types::layout::{InstanceContext, RawValue};
use crate::types::{BoxError, FuncType, Result};
use crate::vm;

/// Who called a host function.
pub struct Caller<'a> {
    pub(crate) store: &'a Store,
    pub(crate) context: *mut InstanceContext,
}

impl<'a> Caller<'a> {
    /// The store that the call runs in.
    #[must_use]
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// The instance that called; `None` when the host itself did.
    #[must_use]
    pub fn instance(&self) -> Option<Instance> {
        if self.context.is_null() {
            return None;
        }
        // SAFETY: compiled code passed its own context, whose instance lives as long as the store.
        Some(Instance::from_vm(self.store, unsafe { vm::Instance::of(self.context) }.into()))
    }

    /// The caller's memory `index`, exported or not; `None` when there is none, or when it is shared.
    #[must_use]
    pub fn memory(&self, index: u32) -> Option<Memory> {
        self.any_memory(index)?.into_memory()
    }

    /// The same of a memory that is shared.
    #[must_use]
    pub fn shared_memory(&self, index: u32) -> Option<SharedMemory> {
        self.any_memory(index)?.into_shared_memory()
    }

    fn any_memory(&self, index: u32) -> Option<Extern> {
        if self.context.is_null() {
            return None;
        }
        // SAFETY: as in `instance`.
        let memory = unsafe { vm::Instance::of(self.context) }.memory(index)?;
        Some(Memory::any_from_vm(self.store, memory))
    }

    /// The caller's export of this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<Extern> {
        self.instance()?.export(name)
    }
}

/// What a host function takes: `()`, one [`WasmType`](super::WasmType), or a tuple of up to twelve.
pub trait HostParams: WasmList {}
impl<T: WasmList> HostParams for T {}

/// What a host function returns: `()`, a WebAssembly value, a tuple of them, or a `Result` of these.
pub trait HostResults: Sized {
    /// The values without the `Result`.
    type Values: WasmList;

    #[doc(hidden)]
    fn into_values(self) -> Result<Self::Values>;
}

impl<T: WasmList> HostResults for T {
    type Values = T;

    #[inline]
    fn into_values(self) -> Result<T> {
        Ok(self)
    }
}

impl<T: WasmList, E: Into<BoxError>> HostResults for Result<T, E> {
    type Values = T;

    #[inline]
    fn into_values(self) -> Result<T> {
        self.map_err(|error| host_error(error.into()))
    }
}

/// A closure that can become a host function: `Fn(A, B, ...) -> R` or `Fn(Caller<'_>, A, B, ...) -> R`.
///
/// `P` and `R` are found by the compiler from the closure.
pub trait IntoHostFunc<P, R>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_host_func(self) -> HostFunc;
}

/// A host function that is in no store yet.
#[doc(hidden)]
#[derive(Clone)]
pub struct HostFunc {
    pub(super) ty: FuncType,
    pub(super) call: vm::HostFn,
    /// Fuel that each call costs.
    pub(super) cost: u64,
}

impl HostFunc {
    pub(super) fn new(ty: FuncType, call: vm::HostFn) -> Self {
        Self { ty, call, cost: 0 }
    }

    /// The function that takes its cost from the store before it does anything.
    pub(super) fn charging(self) -> Self {
        let Self { ty, call, cost } = self;
        if cost == 0 {
            return Self { ty, call, cost };
        }
        let charging = move |store: &Arc<vm::Store>, context: *mut InstanceContext, slots: *mut RawValue| {
            Store::from_ref(store).consume_fuel(cost)?;
            call(store, context, slots)
        };
        Self { ty, call: Arc::new(charging), cost: 0 }
    }
}

/// Runs a typed closure over raw slots: reads the parameters, writes the results.
///
/// # Safety
///
/// `slots` holds values of `P` and has room for the results.
#[inline]
unsafe fn run<P: WasmList, R: HostResults>(slots: *mut RawValue, f: impl FnOnce(P) -> R) -> Result<()> {
    // SAFETY: the caller's promise.
    let values = f(unsafe { P::read(slots) }).into_values()?;
    // SAFETY: the caller's promise.
    unsafe { values.write(slots) };
    Ok(())
}

fn signature<P: WasmList, R: HostResults>() -> FuncType {
    FuncType::new(P::TYPES.iter().copied(), R::Values::TYPES.iter().copied())
}

macro_rules! host_funcs {
    ($(($($t:ident),*))+) => {
        $(
            impl<Func, Ret, $($t: WasmType),*> IntoHostFunc<($($t,)*), Ret> for Func
            where
                Func: Fn($($t),*) -> Ret + Send + Sync + 'static,
                Ret: HostResults,
            {
                #[allow(non_snake_case, reason = "type parameters name the values")]
                fn into_host_func(self) -> HostFunc {
                    let call = move |_: &Arc<vm::Store>, _: *mut InstanceContext, slots: *mut RawValue| {
                        // SAFETY: the slots are those of this function's type.
                        unsafe { run(slots, |($($t,)*): ($($t,)*)| self($($t),*)) }
                    };
                    HostFunc::new(signature::<($($t,)*), Ret>(), Arc::new(call))
                }
            }

            impl<Func, Ret, $($t: WasmType),*> IntoHostFunc<(Caller<'_>, $($t,)*), Ret> for Func
            where
                Func: Fn(Caller<'_>, $($t),*) -> Ret + Send + Sync + 'static,
                Ret: HostResults,
            {
                #[allow(non_snake_case, reason = "type parameters name the values")]
                fn into_host_func(self) -> HostFunc {
                    let call = move |store: &Arc<vm::Store>, context: *mut InstanceContext, slots: *mut RawValue| {
                        let caller = Caller { store: Store::from_ref(store), context };
                        // SAFETY: the slots are those of this function's type.
                        unsafe { run(slots, |($($t,)*): ($($t,)*)| self(caller, $($t),*)) }
                    };
                    HostFunc::new(signature::<($($t,)*), Ret>(), Arc::new(call))
                }
            }
        )+
    };
}

host_funcs! {
    ()
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
    (A, B, C, D, E, F, G, H, I)
    (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K)
    (A, B, C, D, E, F, G, H, I, J, K, L)
}
