//! [`Func`] and [`TypedFunc`]: calling functions of guests and of the host.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::exception::host_error;
use super::host_func::HostFunc;
use super::typed::{MAX_TYPED, RawSlots};
use super::{Caller, IntoHostFunc, Store, Val, WasmParams, WasmResults};
use crate::types::layout::{ArrayTrampoline, FuncRef, InstanceContext, RawValue};
use crate::types::{BoxError, Error, FuncType, Kind, Phase, Result, TypeId, ValType};
use crate::vm;

/// A function of a guest or of the host.
#[derive(Clone)]
pub struct Func {
    store: Store,
    func_ref: NonNull<FuncRef>,
    /// Looked up at the first call, so that later ones look nothing up.
    trampoline: OnceLock<ArrayTrampoline>,
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
        Self::from_host(store, untyped(ty, f))
    }

    /// A host function from a closure with Rust types.
    ///
    /// # Errors
    ///
    /// When no trampoline can be made for the type.
    pub fn wrap<P, R>(store: &Store, f: impl IntoHostFunc<P, R>) -> Result<Self> {
        Self::from_host(store, f.into_host_func())
    }

    pub(super) fn from_host(store: &Store, HostFunc { ty, call, .. }: HostFunc) -> Result<Self> {
        let func_ref = store.0.new_host_func(&store.turn()?, &ty, call)?;
        Ok(Self::from_vm(store, func_ref))
    }

    pub(super) fn from_vm(store: &Store, func_ref: NonNull<FuncRef>) -> Self {
        Self { store: store.clone(), func_ref, trampoline: OnceLock::new() }
    }

    pub(super) fn vm(&self) -> NonNull<FuncRef> {
        self.func_ref
    }

    pub(super) fn type_id(&self) -> TypeId {
        // SAFETY: references live as long as the store, which this handle keeps, and never change.
        TypeId(unsafe { (*self.func_ref.as_ptr()).type_id })
    }

    /// Its type.
    #[must_use]
    pub fn ty(&self) -> FuncType {
        self.type_id().ty().expect("whatever is in a store keeps its types")
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
        let ty = self.ty();
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::zero(*ty)).collect();
        self.call_checked(&ty, args, &mut results)?;
        Ok(results)
    }

    /// [`Func::call`] that writes the results into a buffer of exactly their number.
    ///
    /// # Errors
    ///
    /// As [`Func::call`].
    pub fn call_into(&self, args: &[Val], results: &mut [Val]) -> Result<()> {
        self.call_checked(&self.ty(), args, results)
    }

    fn call_checked(&self, ty: &FuncType, args: &[Val], results: &mut [Val]) -> Result<()> {
        check_count("takes", "arguments", ty.params().len(), args.len())?;
        check_count("gives", "results", ty.results().len(), results.len())?;
        let inside = self.store.turn()?;
        let mut raw: SmallVec<[RawValue; 8]> = SmallVec::new();
        for (i, (arg, ty)) in args.iter().zip(ty.params()).enumerate() {
            raw.push(arg.to_raw(&self.store, &inside, *ty, format_args!("argument {}", i + 1))?);
        }
        raw.resize(args.len().max(results.len()), RawValue::default());
        // SAFETY: the slots hold arguments of the function's types and have room for its results.
        unsafe { self.call_raw(&mut raw)? };
        for ((result, ty), raw) in results.iter_mut().zip(ty.results()).zip(raw) {
            // SAFETY: the function wrote results of its types.
            *result = unsafe { Val::from_raw(&self.store, &inside, *ty, raw) };
        }
        Ok(())
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
        let trampoline = self.trampoline()?;
        let _inside = self.store.turn()?;
        // SAFETY: the function is of this store, the rest is the caller's promise.
        unsafe { vm::call(&self.store.0, self.func_ref, trampoline, values.as_mut_ptr()) }
    }

    fn trampoline(&self) -> Result<ArrayTrampoline> {
        if let Some(known) = self.trampoline.get() {
            return Ok(*known);
        }
        let made = self.store.0.trampolines(&self.ty(), self.type_id())?.array_to_wasm;
        Ok(*self.trampoline.get_or_init(|| made))
    }

    /// The function with Rust types, checked once.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] or [`Kind::ResultType`] when its type is another.
    pub fn typed<P: WasmParams, R: WasmResults>(&self) -> Result<TypedFunc<P, R>> {
        let ty = self.ty();
        check_types(Kind::ArgumentType, "takes", ty.params(), P::TYPES)?;
        check_types(Kind::ResultType, "gives", ty.results(), R::TYPES)?;
        Ok(TypedFunc { trampoline: self.trampoline()?, func: self.clone(), types: PhantomData })
    }

    /// Whether both are handles of one function.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.func_ref == other.func_ref
    }

    /// Its name, where the module tells.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        // SAFETY: as in `type_id`.
        vm::function_name(unsafe { (*self.func_ref.as_ptr()).code })
    }
}

impl std::fmt::Debug for Func {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Func({:p})", self.func_ref)
    }
}

fn check_count(verb: &str, what: &str, wanted: usize, given: usize) -> Result<()> {
    if wanted == given {
        return Ok(());
    }
    let text = format!("the function {verb} {wanted} {what}, and {given} were given");
    Err(Error::new(Phase::Execute, Kind::ArgumentCount, text))
}

fn check_types(kind: Kind, verb: &str, has: &[ValType], asked: &[ValType]) -> Result<()> {
    if has == asked {
        return Ok(());
    }
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text = format!("the function {verb} ({}), and ({}) was asked for", list(has), list(asked));
    Err(Error::new(Phase::Execute, kind, text))
}

/// A closure over values of any type as a host function.
pub(super) fn untyped(
    ty: FuncType,
    f: impl Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static,
) -> HostFunc {
    let types = ty.clone();
    let call = move |store: &Arc<vm::Store>, context: *mut InstanceContext, slots: *mut RawValue| {
        let store = Store::from_ref(store);
        let inside = store.enter();
        let mut values: SmallVec<[Val; 8]> = SmallVec::new();
        for (i, ty) in types.params().iter().enumerate() {
            // SAFETY: the slots hold arguments of this function's types.
            values.push(unsafe { Val::from_raw(store, &inside, *ty, *slots.add(i)) });
        }
        values.extend(types.results().iter().map(|ty| Val::zero(*ty)));
        let (args, results) = values.split_at_mut(types.params().len());
        f(Caller { store, context }, args, results).map_err(host_error)?;
        for (i, (result, ty)) in results.iter().zip(types.results()).enumerate() {
            let raw = result.to_raw(store, &inside, *ty, format_args!("result {} of the host function", i + 1));
            // SAFETY: the slots have room for the results.
            unsafe { slots.add(i).write(raw.map_err(wrong_result)?) };
        }
        Ok(())
    };
    HostFunc::new(ty, Arc::new(call))
}

/// The error of a host function whose result does not fit.
#[cold]
fn wrong_result(error: Error) -> Error {
    let kind = if error.kind() == Kind::ArgumentType { Kind::ResultType } else { error.kind() };
    Error::new(Phase::Host, kind, error.message())
}

/// A closure over raw slots, whose number is that of parameters or results, whichever is larger, as a host function.
pub(super) fn raw(
    ty: FuncType,
    f: impl Fn(Caller<'_>, &mut [RawValue]) -> Result<(), BoxError> + Send + Sync + 'static,
) -> HostFunc {
    let len = ty.params().len().max(ty.results().len());
    let call = move |store: &Arc<vm::Store>, context: *mut InstanceContext, slots: *mut RawValue| {
        let caller = Caller { store: Store::from_ref(store), context };
        // SAFETY: so many there are.
        let slots = if len == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(slots, len) } };
        f(caller, slots).map_err(host_error)
    };
    HostFunc::new(ty, Arc::new(call))
}

/// A function whose type is known to the Rust compiler; calling it checks and allocates nothing.
pub struct TypedFunc<P, R> {
    func: Func,
    trampoline: ArrayTrampoline,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        Self { func: self.func.clone(), trampoline: self.trampoline, types: PhantomData }
    }
}

impl<P, R> std::fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.func.fmt(f)
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Calls it.
    ///
    /// # Errors
    ///
    /// Whatever ends the guest.
    #[inline]
    pub fn call(&self, params: P) -> Result<R> {
        let mut slots: RawSlots = [MaybeUninit::uninit(); MAX_TYPED];
        let slots = slots.as_mut_ptr().cast::<RawValue>();
        let store = &self.func.store;
        let _inside = store.turn()?;
        // SAFETY: the types were compared when this was made, and twelve slots are room enough for any of them.
        unsafe {
            params.write(slots);
            vm::call(&store.0, self.func.func_ref, self.trampoline, slots)?;
            Ok(R::read(slots))
        }
    }

    /// The function without its Rust types.
    #[must_use]
    pub fn func(&self) -> &Func {
        &self.func
    }
}
