//! The path of a call from the host: check and write the arguments, one entry into the guest, read the result.

use smallvec::SmallVec;

use super::decode::{self, Decoder};
use super::encode::{self, Encoder};
use super::fault::Fault;
use super::guest::{Guest, violation};
use super::lower::Pass;
use super::output::{Arena, Placed};
use super::prepared::Callable;
use super::render::render;
use super::types::{NamedType, Signature, Type};
use crate::api::Func;
use crate::types::layout::RawValue;
use crate::types::{Error, Kind, Phase, Result, Value};

/// Slots of one call; those of ordinary signatures lie on the stack.
type Slots = SmallVec<[RawValue; 8]>;
/// Arguments that did not fit in the arena, by index of the parameter.
type Pulled<'v> = SmallVec<[(u32, Placed<'v>); 2]>;

/// What a call needs to know beside its arguments.
pub(crate) struct Call<'a> {
    pub(crate) guest: &'a Guest,
    pub(crate) callable: &'a Callable,
    pub(crate) func: &'a Func,
    pub(crate) types: &'a [NamedType],
    /// Bytes of the largest result that is read.
    pub(crate) result_size: usize,
    /// Whether an abrupt end leaves the instance in an unknown state.
    pub(crate) poisons: bool,
}

impl Call<'_> {
    /// Calls with values; `read` sees the result, parts of which may still lie in guest memory.
    ///
    /// # Safety
    ///
    /// This thread has the store, and `read` does not enter the guest.
    pub(crate) unsafe fn run<R>(&self, args: &[Value<'_>], read: impl FnOnce(Value<'_>) -> R) -> Result<R> {
        self.guest.check_poison()?;
        if let Some(reason) = &self.callable.refused {
            return Err(Error::new(Phase::Execute, Kind::Unsupported, reason.clone()));
        }
        let signature = &self.callable.signature;
        check_count(signature, args.len())?;
        let mut slots = Slots::new();
        let mut pulled = Pulled::new();
        // SAFETY: the caller's promise; the guest is entered after the last use of the arena.
        let mut arena = if self.callable.rich { unsafe { self.guest.arena() } } else { Arena::none() };
        let encoder = Encoder { types: self.types };
        for (i, (param, arg)) in signature.params.iter().zip(args).enumerate() {
            argument(encoder, &param.ty, arg, i as u32, &mut arena, &mut slots, &mut pulled)
                .map_err(|fault| argument_error(signature, i, &fault))?;
        }
        slots.resize(self.callable.slots.max(slots.len()), RawValue::default());
        // SAFETY: the slots are those of the function's type, which was compared with the signature.
        unsafe { self.enter(&mut slots, &pulled)? };
        // SAFETY: the caller's promise.
        unsafe { self.result(&slots, read) }
    }

    /// The one entry into the guest.
    ///
    /// # Safety
    ///
    /// `slots` holds the arguments of the function's wasm type and has room for its results.
    pub(crate) unsafe fn enter(&self, slots: &mut [RawValue], pulled: &[(u32, Placed<'_>)]) -> Result<()> {
        let outcome = if self.callable.rich {
            let mut entered = self.guest.enter();
            for (index, data) in pulled {
                match data {
                    // SAFETY: `pulled` is borrowed for longer than `entered` lives.
                    Placed::Borrowed(bytes) => unsafe { entered.offer(*index, bytes) },
                    // SAFETY: the same.
                    Placed::Owned(bytes) => unsafe { entered.offer(*index, bytes) },
                    Placed::Arena { .. } => {}
                }
            }
            // SAFETY: the caller's promise.
            unsafe { self.func.call_raw(slots) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.func.call_raw(slots) }
        };
        outcome.map_err(|error| self.abrupt(error))
    }

    /// An entry that did not return.
    #[cold]
    fn abrupt(&self, error: Error) -> Error {
        let error = self.guest.explain(error);
        if self.poisons {
            self.guest.set_poison(&error);
        }
        error
    }

    /// Reads what the function returned.
    ///
    /// # Safety
    ///
    /// As [`Call::run`].
    unsafe fn result<R>(&self, slots: &[RawValue], read: impl FnOnce(Value<'_>) -> R) -> Result<R> {
        let signature = &self.callable.signature;
        if let Some(ty) = signature.result.failure()
            && let Some((ptr, len)) = self.guest.outcome()?
        {
            // SAFETY: the caller's promise.
            return Err(unsafe { self.guest_error(ty, ptr, len) });
        }
        let ty = signature.result.success();
        let malformed = |fault: Fault| violation(fault.of(format_args!("the result of `{}`", signature.name)));
        if !self.callable.rich
            && let Type::Tuple(items) = ty
        {
            let all = items.iter().zip(slots).map(|(ty, slot)| decode::slot(ty, *slot));
            return Ok(read(Value::Tuple(all.collect::<std::result::Result<_, _>>().map_err(malformed)?)));
        }
        match ty.pass() {
            Pass::Nothing => Ok(read(Value::Null)),
            Pass::Number(_) => Ok(read(decode::slot(ty, slots[0]).map_err(malformed)?)),
            Pass::Raw | Pass::Document => {
                // SAFETY: a result that lies in memory comes as an i64.
                let packed = unsafe { slots[0].i64 } as u64;
                let (ptr, len) = (packed as u32, (packed >> 32) as usize);
                // SAFETY: the caller's promise.
                let bytes = unsafe { self.guest_bytes(ptr, len, "the result")? };
                Ok(read(Decoder { types: self.types }.bytes(ty, bytes).map_err(malformed)?))
            }
        }
    }

    /// The error that the guest function returned.
    ///
    /// # Safety
    ///
    /// As [`Call::run`].
    #[cold]
    unsafe fn guest_error(&self, ty: &Type, ptr: u32, len: u32) -> Error {
        // SAFETY: the caller's promise.
        let bytes = match unsafe { self.guest_bytes(ptr, len as usize, "the error document") } {
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        match (Decoder { types: self.types }).document(ty, bytes) {
            Ok(value) => Error::new(Phase::Execute, Kind::GuestError, render(&value)).with_value(value),
            Err(fault) => violation(fault.of(format_args!("the error of `{}`", self.callable.signature.name))),
        }
    }

    /// # Safety
    ///
    /// As [`Call::run`].
    unsafe fn guest_bytes(&self, ptr: u32, len: usize, what: &str) -> Result<&[u8]> {
        if len > self.result_size {
            return Err(Error::new(
                Phase::Execute,
                Kind::ResultTooLarge,
                format!(
                    "`{}` returned {len} bytes, the limit on the size of a result is {}",
                    self.callable.signature.name, self.result_size
                ),
            ));
        }
        if len == 0 {
            return Ok(&[]);
        }
        // SAFETY: the caller's promise.
        unsafe { self.guest.memory()?.slice(ptr, len, what) }
    }
}

/// Checks one argument and writes it to slots, arena or aside.
fn argument<'v>(
    encoder: Encoder<'_>,
    ty: &Type,
    arg: &'v Value<'_>,
    index: u32,
    arena: &mut Arena,
    slots: &mut Slots,
    pulled: &mut Pulled<'v>,
) -> std::result::Result<(), Fault> {
    if let Pass::Number(_) = ty.pass() {
        slots.push(encode::slot(ty, arg)?);
        return Ok(());
    }
    let placed = encoder.place(ty, arg, arena)?;
    let (address, len) = extent(&placed)?;
    slots.extend([RawValue { i32: address as i32 }, RawValue { i32: len as i32 }]);
    if address == 0 && len > 0 {
        pulled.push((index, placed));
    }
    Ok(())
}

/// What the guest is told: address and length, the address 0 if it must pull.
pub(super) fn extent(placed: &Placed<'_>) -> std::result::Result<(u32, u32), Fault> {
    let aside = |len: usize| {
        // Half the address space is more than any guest could take in beside what it has.
        let len = u32::try_from(len).ok().filter(|len| *len <= i32::MAX as u32);
        len.map(|len| (0, len))
            .ok_or_else(|| Fault::new("the value is larger than a guest with 32-bit memory can hold"))
    };
    match placed {
        Placed::Arena { address, len } => Ok((*address, *len)),
        Placed::Borrowed(bytes) => aside(bytes.len()),
        Placed::Owned(bytes) => aside(bytes.len()),
    }
}

/// Refuses a wrong number of arguments.
pub(crate) fn check_count(signature: &Signature, got: usize) -> Result<()> {
    let wanted = signature.params.len();
    if wanted == got {
        return Ok(());
    }
    Err(Error::new(
        Phase::Execute,
        Kind::ArgumentCount,
        format!(
            "{}: expected {wanted} argument{}, got {got}: {signature}",
            signature.name,
            if wanted == 1 { "" } else { "s" }
        ),
    ))
}

#[cold]
fn argument_error(signature: &Signature, index: usize, fault: &Fault) -> Error {
    let name = &signature.params[index].name;
    let place = format_args!("{}: argument {} (`{name}`)", signature.name, index + 1).to_string();
    Error::new(Phase::Execute, Kind::ArgumentType, fault.of(place))
}
