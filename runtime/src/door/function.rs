//! [`Function`]: a function of a [`Vm`], found once.

use super::Vm;
use crate::CallOptions;
use crate::bindgen::{Callable, ScalarSignature, Signature};
use crate::types::layout::RawValue;
use crate::types::{Error, Kind, Phase, Result, Value};

/// A function of a [`Vm`]. Cheap to clone, and cheap to call: nothing is looked up, and numbers allocate nothing.
#[derive(Clone)]
pub struct Function {
    pub(super) vm: Vm,
    pub(super) index: usize,
}

impl Function {
    fn callable(&self) -> &Callable {
        &self.vm.0.prepared.callables[self.index]
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.callable().signature.name
    }

    /// Parameters and result: as described, or made from the wasm type of a plain export.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.callable().signature
    }

    /// The `Vm` that it belongs to.
    #[must_use]
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Calls it.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentCount`] and [`Kind::ArgumentType`] before the guest is entered; [`Kind::GuestError`] with its value
    /// when the guest returned `Err`; [`Kind::GuestPanic`]; every trap; [`Kind::HostError`] with the host function's own
    /// error; [`Kind::Poisoned`], [`Kind::Closed`].
    pub fn call(&self, args: &[Value<'_>]) -> Result<Value<'static>> {
        // SAFETY: copying the result does not enter the guest.
        unsafe { self.call_with(args, |value| value.into_owned()) }
    }

    /// [`Function::call`] that obeys options.
    ///
    /// # Errors
    ///
    /// As [`Function::call`], and as [`Store::with_options`](crate::Store::with_options).
    pub fn call_with_options(&self, options: &CallOptions, args: &[Value<'_>]) -> Result<Value<'static>> {
        self.vm.try_instance()?.store().with_options(options, || self.call(args))
    }

    /// Calls it and hands the result to `read` where it lies: strings and bytes are still in guest memory, so that whoever
    /// copies them into his own language's objects copies once.
    ///
    /// # Errors
    ///
    /// As [`Function::call`].
    ///
    /// # Safety
    ///
    /// `read` does not enter the guest, nor write its memory.
    pub unsafe fn call_with<R>(&self, args: &[Value<'_>], read: impl FnOnce(Value<'_>) -> R) -> Result<R> {
        self.vm.0.with(|running| {
            // SAFETY: `Running::call` takes the store; the rest is the caller's promise.
            running.call(&self.vm.0.prepared, self.index, |call| unsafe { call.run(args, read) })
        })
    }

    /// Whether all parameters and the result are numbers, bool, char or nothing, so that
    /// [`call_scalar`](Self::call_scalar) can be used.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.callable().scalar
    }

    /// How [`call_scalar`](Self::call_scalar) wants the arguments, unless some type needs more than a number to be checked.
    #[must_use]
    pub fn scalar_signature(&self) -> Option<ScalarSignature> {
        if self.is_scalar() { ScalarSignature::of(self.signature()) } else { None }
    }

    /// Calls a scalar function with arguments that the caller checked and converted; the result comes in the first slot.
    ///
    /// Slot `i` holds parameter `i` as its wasm type: `bool` as 0 or 1, `char` as its scalar value, narrow integers widened
    /// to 32 bits by their sign, `isize` and `usize` (which have 32 bits in the guest) as `i64`.
    ///
    /// # Errors
    ///
    /// As [`Function::call`]; [`Kind::ArgumentCount`] when there are too few slots, or the function is not scalar.
    ///
    /// # Safety
    ///
    /// Each slot holds a value that its parameter's type has.
    pub unsafe fn call_scalar(&self, slots: &mut [RawValue]) -> Result<()> {
        let callable = self.callable();
        if !callable.scalar || slots.len() < callable.slots {
            return Err(wrong_slots(callable, slots.len()));
        }
        self.vm.0.with(|running| {
            running.call(&self.vm.0.prepared, self.index, |call| {
                call.guest.check_poison()?;
                // SAFETY: the number of slots was compared, their content is the caller's promise.
                unsafe { call.enter(slots, &[]) }
            })
        })
    }
}

#[cold]
fn wrong_slots(callable: &Callable, got: usize) -> Error {
    let signature = &callable.signature;
    let message = if callable.scalar {
        format!("{}: the call needs {} slots, got {got}", signature.name, callable.slots)
    } else {
        format!("{}: not a function of numbers alone: {signature}", signature.name)
    };
    Error::new(Phase::Execute, Kind::ArgumentCount, message)
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Function({})", self.signature())
    }
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.signature().fmt(f)
    }
}
