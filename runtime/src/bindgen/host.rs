//! The path of a call from the guest: a host function over values, linked as a wasm import.

use std::fmt;
use std::sync::{Arc, Weak};

use smallvec::SmallVec;

use super::call::extent;
use super::decode::{self, Decoder};
use super::encode::{self, Encoder};
use super::fault::Fault;
use super::guest::{Guest, violation};
use super::lower::Pass;
use super::output::Placed;
use super::prepared::{Prepared, RUNTIME};
use super::types::{NamedType, Param, Signature, Type};
use crate::api::{Caller, Linker};
use crate::types::layout::RawValue;
use crate::types::{BoxError, Error, FuncType, Kind, Phase, Result, Terminate, ValType, Value};

/// A host function over values.
pub(crate) type ValueFn =
    Arc<dyn Fn(Caller<'_>, &Signature, &[Value<'static>]) -> Result<Value<'static>, BoxError> + Send + Sync>;

/// The typed error of a host function: what a guest gets that declared `Result<_, E>` with an `E` other than a string.
///
/// ```
/// use edge_runtime::{BoxError, Value, bindgen::GuestErr};
///
/// fn refuse() -> Result<Value<'static>, BoxError> {
///     Err(GuestErr(Value::String("NotFound".into())).into())
/// }
/// # assert!(refuse().is_err());
/// ```
#[derive(Debug)]
pub struct GuestErr(pub Value<'static>);

impl fmt::Display for GuestErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::render::render(&self.0))
    }
}

impl std::error::Error for GuestErr {}

/// Defines what every bindgen guest imports from `__edge`.
pub(crate) fn link_runtime(linker: &mut Linker, guest: &Arc<Guest>) {
    let i32s = |n: usize| FuncType::new(vec![ValType::I32; n], []);
    let own = Arc::downgrade(guest);
    linker.func_raw(RUNTIME, "pull", i32s(2), move |caller, slots| {
        let own = alive(&own)?;
        own.memory_of(&caller)?;
        Ok(own.pull(word(slots, 0), word(slots, 1))?)
    });
    let own = Arc::downgrade(guest);
    linker.func_raw(RUNTIME, "pull_result", i32s(1), move |caller, slots| {
        let own = alive(&own)?;
        own.memory_of(&caller)?;
        Ok(own.pull_result(word(slots, 0))?)
    });
    let own = Arc::downgrade(guest);
    linker.func_raw(RUNTIME, "panic", i32s(6), move |caller, slots| Ok(panicked(&*alive(&own)?, &caller, slots)?));
}

/// The state of the guest whose import is running. The functions in the store hold it weakly: it holds the guest's memory,
/// which holds the store.
fn alive(guest: &Weak<Guest>) -> Result<Arc<Guest>> {
    guest
        .upgrade()
        .ok_or_else(|| Error::new(Phase::Host, Kind::Closed, "the `Vm` that this instance belonged to is gone"))
}

fn panicked(guest: &Guest, caller: &Caller<'_>, slots: &[RawValue]) -> Result<()> {
    let memory = guest.memory_of(caller)?;
    let text = |at: usize, what| -> Result<_> {
        // SAFETY: an import is running: this thread has the store, and the guest waits until it returns.
        let bytes = unsafe { memory.slice(word(slots, at), word(slots, at + 1) as usize, what)? };
        Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_PANIC_TEXT)]))
    };
    let (message, file) = (text(0, "the text of a panic")?, text(2, "the file of a panic")?);
    let place = (!file.is_empty()).then(|| (&*file, word(slots, 4), word(slots, 5)));
    guest.record_panic(&message, place);
    Ok(())
}

/// As much of a panic's text as is kept.
const MAX_PANIC_TEXT: usize = 64 << 10;

fn word(slots: &[RawValue], index: usize) -> u32 {
    // SAFETY: all parameters of the runtime's imports are i32.
    unsafe { slots[index].i32 as u32 }
}

/// Links a function that the description declares: rich values by its signature.
pub(crate) fn link_described(
    linker: &mut Linker,
    guest: &Arc<Guest>,
    prepared: &Arc<Prepared>,
    position: usize,
    f: ValueFn,
) {
    let Some((module, signature)) = prepared.interface().and_then(|i| i.imports.get(position)) else { return };
    let (guest, shared) = (Arc::downgrade(guest), Arc::clone(prepared));
    linker.func_raw(module, &signature.name, signature.lower(), move |caller, slots| {
        let interface = shared.interface().expect("it was there when the import was linked");
        let (module, signature) = &interface.imports[position];
        let guest = alive(&guest)?;
        let import = Import { module, signature, types: &interface.types, guest: &guest };
        import.serve(caller, slots, &f)
    });
}

/// Links a plain wasm import: numbers by its wasm type.
///
/// # Errors
///
/// [`Kind::IncompatibleImport`] when the type has references, which values cannot express.
pub(crate) fn link_plain(linker: &mut Linker, module: &str, name: &str, ty: &FuncType, f: ValueFn) -> Result<()> {
    let signature = plain_signature(module, name, ty)?;
    let full_name = format!("{module}.{name}");
    linker.func_raw(module, name, ty.clone(), move |caller, slots| {
        let args: SmallVec<[Value<'static>; 8]> = (signature.params.iter().zip(&*slots))
            .map(|(param, slot)| decode::slot(&param.ty, *slot))
            .collect::<std::result::Result<_, _>>()
            .map_err(|fault| violation(fault.of(&full_name)))?;
        let result = f(caller, &signature, &args)?;
        plain_result(&signature.result, &result, slots).map_err(|fault| result_error(&full_name, &fault))?;
        Ok(())
    });
    Ok(())
}

fn plain_signature(module: &str, name: &str, ty: &FuncType) -> Result<Signature> {
    let number = |ty: &ValType| match ty {
        ValType::I32 => Ok(Type::I32),
        ValType::I64 => Ok(Type::I64),
        ValType::F32 => Ok(Type::F32),
        ValType::F64 => Ok(Type::F64),
        ValType::V128 | ValType::Ref(_) => Err(Error::new(
            Phase::Link,
            Kind::IncompatibleImport,
            format!(
                "the import `{module}.{name}` has the type {ty} in its signature, which no value can express: define it through a Linker"
            ),
        )),
    };
    let mut params = Vec::new();
    for (i, ty) in ty.params().iter().enumerate() {
        params.push(Param { name: format!("arg{i}"), ty: number(ty)? });
    }
    let result = match ty.results() {
        [] => Type::Unit,
        [one] => number(one)?,
        many => Type::Tuple(many.iter().map(number).collect::<Result<_>>()?),
    };
    Ok(Signature { name: name.to_owned(), doc: String::new(), params, result })
}

fn plain_result(ty: &Type, value: &Value<'_>, slots: &mut [RawValue]) -> std::result::Result<(), Fault> {
    match (ty, value) {
        // Languages whose functions always return something are not asked to return nothing.
        (Type::Unit, _) => {}
        (Type::Tuple(types), Value::Tuple(values) | Value::List(values)) if types.len() == values.len() => {
            for (i, (ty, value)) in types.iter().zip(values).enumerate() {
                slots[i] = encode::slot(ty, value).map_err(|e| e.at(i))?;
            }
        }
        (Type::Tuple(_), other) => return Err(Fault::expected(ty, other.describe())),
        (ty, value) => slots[0] = encode::slot(ty, value)?,
    }
    Ok(())
}

/// One call of a described host function.
struct Import<'a> {
    module: &'a str,
    signature: &'a Signature,
    types: &'a [NamedType],
    guest: &'a Guest,
}

impl Import<'_> {
    fn serve(&self, caller: Caller<'_>, slots: &mut [RawValue], f: &ValueFn) -> Result<(), BoxError> {
        self.guest
            .memory_of(&caller)
            .map(drop)
            .or_else(|error| if self.needs_memory() { Err(error) } else { Ok(()) })?;
        let args = self.arguments(slots)?;
        match f(caller, self.signature, &args) {
            Ok(value) => Ok(self.succeed(&value, slots)?),
            Err(error) => self.fail(error, slots),
        }
    }

    fn needs_memory(&self) -> bool {
        self.signature.result.failure().is_some()
            || self
                .signature
                .params
                .iter()
                .map(|p| &p.ty)
                .chain([&self.signature.result])
                .any(|ty| matches!(ty.pass(), Pass::Raw | Pass::Document))
    }

    fn name(&self) -> String {
        format!("{}.{}", self.module, self.signature.name)
    }

    /// Copies the arguments out of the guest.
    fn arguments(&self, slots: &[RawValue]) -> Result<SmallVec<[Value<'static>; 8]>> {
        let mut values = SmallVec::new();
        let mut next = 0;
        for (i, param) in self.signature.params.iter().enumerate() {
            let malformed = |fault: Fault| {
                violation(fault.of(format_args!("argument {} (`{}`) of `{}`", i + 1, param.name, self.name())))
            };
            if let Pass::Number(_) = param.ty.pass() {
                values.push(decode::slot(&param.ty, slots[next]).map_err(malformed)?);
                next += 1;
                continue;
            }
            let (ptr, len) = (word(slots, next), word(slots, next + 1) as usize);
            next += 2;
            let bytes = if len == 0 {
                &[][..]
            } else {
                // SAFETY: the import is running: this thread has the store, and the guest waits until it returns.
                unsafe { self.guest.memory()?.slice(ptr, len, "an argument of a host function")? }
            };
            let value = Decoder { types: self.types }.bytes(&param.ty, bytes).map_err(malformed)?;
            values.push(value.into_owned());
        }
        Ok(values)
    }

    fn succeed(&self, value: &Value<'static>, slots: &mut [RawValue]) -> Result<()> {
        let ty = self.signature.result.success();
        self.give(ty, value, slots).map_err(|fault| result_error(&self.name(), &fault))?;
        if self.signature.result.failure().is_some() {
            self.guest.set_outcome(None)?;
        }
        Ok(())
    }

    fn give(&self, ty: &Type, value: &Value<'static>, slots: &mut [RawValue]) -> std::result::Result<(), Fault> {
        match ty.pass() {
            // Languages whose functions always return something are not asked to return nothing.
            Pass::Nothing => {}
            Pass::Number(_) => slots[0] = encode::slot(ty, value)?,
            Pass::Raw | Pass::Document => {
                let (address, len) = self.place(ty, value)?;
                slots[0] = RawValue { i64: (u64::from(address) | u64::from(len) << 32) as i64 };
            }
        }
        Ok(())
    }

    /// Puts data where the guest finds it when the import returns.
    fn place(&self, ty: &Type, value: &Value<'static>) -> std::result::Result<(u32, u32), Fault> {
        // SAFETY: the import is running: this thread has the store, and the guest waits until it returns.
        let mut arena = unsafe { self.guest.arena() };
        let placed = Encoder { types: self.types }.place(ty, value, &mut arena)?;
        let (address, len) = extent(&placed)?;
        if address == 0 && len > 0 {
            self.guest.keep_result(match placed {
                Placed::Owned(data) => data,
                Placed::Borrowed(data) => data.to_vec(),
                Placed::Arena { .. } => Vec::new(),
            });
        }
        Ok((address, len))
    }

    /// Hands the guest the error if it asked for one, else ends the guest with it.
    fn fail(&self, error: BoxError, slots: &mut [RawValue]) -> Result<(), BoxError> {
        let Some(ty) = self.signature.result.failure() else { return Err(error) };
        if self.must_unwind(&error) {
            return Err(error);
        }
        let value = match error.downcast_ref::<GuestErr>() {
            Some(GuestErr(value)) => value.clone(),
            None if *ty == Type::String => Value::String(error.to_string().into()),
            None => return Err(error),
        };
        let (address, len) = self.error_document(ty, &value).map_err(|fault| result_error(&self.name(), &fault))?;
        self.guest.set_outcome(Some((address, len)))?;
        if let Some(first) = slots.first_mut() {
            *first = RawValue::default();
        }
        Ok(())
    }

    /// Errors that no guest may swallow: the end of the guest by its own wish or the host's, and whatever left this instance in an
    /// unknown state.
    fn must_unwind(&self, error: &BoxError) -> bool {
        let own = error.downcast_ref::<Error>().map(Error::kind);
        matches!(
            own,
            Some(
                Kind::GuestExit
                    | Kind::Terminated
                    | Kind::Cancelled
                    | Kind::DeadlineExceeded
                    | Kind::OutOfFuel
                    | Kind::Internal
            )
        ) || error.is::<Terminate>()
            || self.guest.poisoned().is_some()
    }

    /// An error always travels as a document, a string too.
    fn error_document(&self, ty: &Type, value: &Value<'static>) -> std::result::Result<(u32, u32), Fault> {
        // SAFETY: as in `place`.
        let mut arena = unsafe { self.guest.arena() };
        let placed = Encoder { types: self.types }.document(ty, value, &mut arena)?;
        let (address, len) = extent(&placed)?;
        if let Placed::Owned(data) = placed {
            self.guest.keep_result(data);
        }
        Ok((address, len))
    }
}

#[cold]
fn result_error(name: &str, fault: &Fault) -> Error {
    Error::new(
        Phase::Host,
        Kind::ResultType,
        fault.of(format_args!("the host function `{name}` returned a wrong value")),
    )
}
