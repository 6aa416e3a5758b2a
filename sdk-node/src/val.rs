//! WebAssembly's own values from and to JavaScript.

use std::fmt::Display;
use std::sync::Arc;

use edge_runtime::{Error, ExternRef, Func, HeapType, Kind, Phase, RefType, Val, ValType};
use parking_lot::Mutex;

use crate::errors::Fail;
use crate::exception;
use crate::js::{BigInt, Env, External, Js, Reference, Sort};
use crate::port::Port;
use crate::value_in::type_name;

/// A JavaScript value in an externref.
struct Held {
    port: Arc<Port>,
    reference: Mutex<Option<Reference>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(reference) = self.reference.lock().take() {
            self.port.discard(reference);
        }
    }
}

/// The value where `ty` is wanted; `what` names the place in the message.
pub(crate) fn to_val<'e>(env: Env<'e>, value: Js<'e>, ty: ValType, what: impl Display) -> Result<Val, Fail> {
    let sort = env.sort(value)?;
    let null = matches!(sort, Sort::Undefined | Sort::Null);
    let val = match (ty, sort) {
        (ValType::I32, Sort::Number) => integer(env.get_number(value)?).map(Val::I32),
        (ValType::I64, Sort::Number) => safe_integer(env.get_number(value)?).map(Val::I64),
        (ValType::I64, Sort::BigInt) => match env.get_bigint(value)? {
            BigInt::Signed(value) => Some(Val::I64(value)),
            BigInt::Unsigned(_) | BigInt::Beyond => None,
        },
        (ValType::F32, Sort::Number) => Some(Val::from(env.get_number(value)? as f32)),
        (ValType::F64, Sort::Number) => Some(Val::from(env.get_number(value)?)),
        (ValType::V128, Sort::Object) => {
            let bytes = env.get_bytes(value)?.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
            bytes.map(|bytes| Val::V128(u128::from_le_bytes(bytes)))
        }
        (ValType::Ref(ty), _) => reference(env, value, ty, null)?,
        _ => None,
    };
    val.ok_or_else(|| mismatch(env, value, ty, what))
}

/// A reference; the engine looks whether it is of the very type, and whether null may be there.
fn reference<'e>(env: Env<'e>, value: Js<'e>, ty: RefType, null: bool) -> Result<Option<Val>, Fail> {
    Ok(match ty.top() {
        HeapType::Func if null => Some(Val::FuncRef(None)),
        HeapType::Func => func_of(env, value)?.map(|func| Val::FuncRef(Some(func))),
        HeapType::Extern if null => Some(Val::ExternRef(None)),
        HeapType::Extern => {
            let held = Held { port: Port::of(env)?, reference: Mutex::new(Some(Reference::new(env, value)?)) };
            Some(Val::ExternRef(Some(ExternRef::new(held))))
        }
        HeapType::Exn if null => Some(Val::ExnRef(None)),
        HeapType::Exn => exception::read(env, value)?.map(|exception| Val::ExnRef(Some(exception))),
        _ => None,
    })
}

fn integer(number: f64) -> Option<i32> {
    let integer = number as i32;
    (f64::from(integer) == number).then_some(integer)
}

fn safe_integer(number: f64) -> Option<i64> {
    (number.trunc() == number && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

fn func_of<'e>(env: Env<'e>, value: Js<'e>) -> Result<Option<Func>, Fail> {
    let handle = env.call(Port::of(env)?.hooks().func_handle.get(env)?, &[value])?;
    if env.is_nullish(handle)? { Ok(None) } else { Ok(Some(External::<Func>::get(env, handle)?.clone())) }
}

#[cold]
fn mismatch<'e>(env: Env<'e>, value: Js<'e>, ty: ValType, what: impl Display) -> Fail {
    let number = env.get_number(value);
    let got = match (ty, number) {
        (ValType::I32 | ValType::I64, Ok(number)) => format!("{number}, which is not within its range"),
        _ => type_name(env, value).to_owned(),
    };
    Error::new(Phase::Execute, Kind::ArgumentType, format!("{what}: expected {ty}, got {got}")).into()
}

/// The JavaScript value.
pub(crate) fn from_val<'e>(env: Env<'e>, val: &Val) -> Result<Js<'e>, Fail> {
    match val {
        Val::I32(value) => env.int(*value),
        Val::I64(value) => env.bigint(*value),
        Val::F32(bits) => env.number(f32::from_bits(*bits).into()),
        Val::F64(bits) => env.number(f64::from_bits(*bits)),
        Val::V128(bits) => env.typed_array(&bits.to_le_bytes()),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) => env.null(),
        Val::ExnRef(Some(exception)) => exception::write(env, exception),
        Val::FuncRef(Some(func)) => {
            let handle = External::create(env, func.clone())?;
            env.call(Port::of(env)?.hooks().make_func.get(env)?, &[handle])
        }
        Val::ExternRef(Some(reference)) => match reference.downcast_ref::<Held>() {
            Some(Held { port, reference }) if Arc::ptr_eq(port, &Port::of(env)?) => match &*reference.lock() {
                Some(reference) => reference.get(env),
                None => env.null(),
            },
            _ => {
                let text = "the externref holds an object of another environment";
                Err(Error::new(Phase::Execute, Kind::ResultType, text).into())
            }
        },
    }
}

/// Results: nothing is undefined, one is itself, several are an array.
pub(crate) fn from_vals<'e>(env: Env<'e>, vals: &[Val]) -> Result<Js<'e>, Fail> {
    match vals {
        [] => env.undefined(),
        [only] => from_val(env, only),
        several => env.array_of(several.iter().map(|val| from_val(env, val))),
    }
}
