//! [`Func`] and [`TypedFunc`]: calling functions of guests and of the host.

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::{Caller, IntoHostFunc, Store, Val, WasmParams, WasmResults};
use crate::types::layout::{FuncRef, RawValue};
use crate::types::{BoxError, FuncType, Result};

/// A function of a guest or of the host.
#[derive(Clone)]
pub struct Func {
    store: Store,
    func_ref: NonNull<FuncRef>,
}

// SAFETY: the reference lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Func {}
// SAFETY: as above.
unsafe impl Sync for Func {}

impl Func {
    /// A host function of this type that takes and gives values of any type.
    ///
    /// # Errors
    ///
    /// When no trampoline can be made for the type.
    pub fn new(
        store: &Store,
        ty: FuncType,
        f: impl Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Result<Self> {
        let _ = (store, ty, f, NonNull::<FuncRef>::dangling());
        todo!()
    }

    /// A host function from a closure with Rust types.
    ///
    /// # Errors
    ///
    /// When no trampoline can be made for the type.
    pub fn wrap<P, R>(store: &Store, f: impl IntoHostFunc<P, R>) -> Result<Self> {
        let _ = (store, f);
        todo!()
    }

    /// Its type.
    #[must_use]
    pub fn ty(&self) -> FuncType {
        todo!()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Calls it.
    ///
    /// # Errors
    ///
    /// When arguments do not fit (count, types, store of references), and whatever ends the guest.
    pub fn call(&self, args: &[Val]) -> Result<Vec<Val>> {
        let _ = (args, self.func_ref);
        todo!()
    }

    /// [`Func::call`] that writes the results into a buffer of exactly their number.
    ///
    /// # Errors
    ///
    /// As [`Func::call`].
    pub fn call_into(&self, args: &[Val], results: &mut [Val]) -> Result<()> {
        let _ = (args, results);
        todo!()
    }

    /// Calls it with raw slots, that hold the arguments and take the results. The cheapest way that is not typed.
    ///
    /// # Errors
    ///
    /// Whatever ends the guest.
    ///
    /// # Safety
    ///
    /// `values` has room for the larger of parameters and results, holds arguments of the function's types, and
    /// references among them belong to this store.
    pub unsafe fn call_raw(&self, values: &mut [RawValue]) -> Result<()> {
        let _ = values;
        todo!()
    }

    /// The function with Rust types, checked once.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`](crate::Kind::ArgumentType) or [`Kind::ResultType`](crate::Kind::ResultType) when its type
    /// is another.
    pub fn typed<P: WasmParams, R: WasmResults>(&self) -> Result<TypedFunc<P, R>> {
        todo!()
    }

    /// Its name, where the module tells.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        todo!()
    }
}

impl std::fmt::Debug for Func {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Func({:p})", self.func_ref)
    }
}

/// A function whose type is known to the Rust compiler; calling it checks and allocates nothing.
pub struct TypedFunc<P, R> {
    func: Func,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        Self { func: self.func.clone(), types: PhantomData }
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Calls it.
    ///
    /// # Errors
    ///
    /// Whatever ends the guest.
    pub fn call(&self, params: P) -> Result<R> {
        let _ = params;
        todo!()
    }

    /// The function without its Rust types.
    #[must_use]
    pub fn func(&self) -> &Func {
        &self.func
    }
}
