//! Exported functions as JavaScript functions, made once.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use edge_runtime::bindgen::Type;
use edge_runtime::{Error, Function, Kind, Phase, Value};
use napi_sys as sys;
use smallvec::SmallVec;

use crate::errors::{Fail, to_exception};
use crate::js::{Env, Js, Sort, callback_arguments, new_function};
use crate::promise::Shared;
use crate::scalar::ScalarSignature;
use crate::value_in::Reader;
use crate::value_out::Writer;

/// What a call needs.
struct State {
    function: Function,
    scalar: Option<ScalarSignature>,
    vm: Arc<Shared>,
}

/// The function as a JavaScript function.
pub(crate) fn function_object<'e>(env: Env<'e>, function: Function, vm: Arc<Shared>) -> Result<Js<'e>, Fail> {
    let name = function.name().to_owned();
    let scalar = ScalarSignature::of(&function);
    new_function(env, &name, entry, State { function, scalar, vm })
}

/// The entry of every call by JavaScript.
unsafe extern "C" fn entry(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls us on the environment's thread in a scope; the data are the state that `function_object` gave.
    unsafe {
        let env = Env::from_raw(env);
        let mut data: *mut c_void = ptr::null_mut();
        let Ok(args) = callback_arguments(env, info, &mut data) else { return ptr::null_mut() };
        let state = &*data.cast::<State>();
        let outcome = catch_unwind(AssertUnwindSafe(|| state.call(env, &args)));
        match outcome.unwrap_or_else(|_| Err(Fail::internal("a panic"))) {
            Ok(value) => value.raw(),
            Err(fail) => {
                fail.throw(env);
                ptr::null_mut()
            }
        }
    }
}

impl State {
    #[inline]
    fn call<'e>(&self, env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
        self.vm.idle()?;
        if let Some(scalar) = &self.scalar
            && let Some(mut slots) = scalar.slots(env, args)
        {
            // SAFETY: the slots were filled in by the signature of this very function.
            unsafe { self.function.call_scalar(&mut slots)? };
            // SAFETY: the call has succeeded, so the first slot holds its result.
            return unsafe { scalar.result(env, slots[0]) };
        }
        call_general(env, &self.function, args, self.vm.calls_host)
    }
}

/// The general way to call: values by the signature, every check by the engine.
pub(crate) fn call_general<'e>(
    env: Env<'e>,
    function: &Function,
    args: &[Js<'e>],
    calls_host: bool,
) -> Result<Js<'e>, Fail> {
    let values = read_arguments(env, function, args, !calls_host)?;
    let signature = function.signature();
    let writer = Writer { env, interface: function.vm().interface() };
    let write = |value: Value<'_>| writer.write(&value, Some(&signature.result));
    // SAFETY: making plain values runs no JavaScript and does not enter the guest; a `Map` is made by our own function
    // of it, which calls nobody.
    match unsafe { function.call_with(&values, write) } {
        Ok(result) => result,
        Err(error) => Err(call_failed(env, function, error)),
    }
}

/// The arguments of a call as values.
pub(crate) fn read_arguments<'e>(
    env: Env<'e>,
    function: &Function,
    args: &[Js<'e>],
    borrows: bool,
) -> Result<SmallVec<[Value<'e>; 4]>, Fail> {
    let signature = function.signature();
    if args.len() != signature.params.len() {
        return Err(wrong_count(function, args.len()).into());
    }
    let interface = function.vm().interface();
    let pairs = args.iter().zip(&signature.params).enumerate();
    pairs
        .map(|(index, (arg, param))| {
            // A getter among the arguments to come may detach a buffer, and so may one beside it in the same object.
            let borrows = borrows && is_inert(env, *arg)? && all_inert(env, &args[index + 1..])?;
            let reader = Reader { env, interface, borrows };
            reader.read(*arg, &param.ty).map_err(|refusal| {
                let whole = format!("{}: argument {} (`{}`)", signature.name, index + 1, param.name);
                refusal.into_fail(Phase::Execute, Kind::ArgumentType, whole)
            })
        })
        .collect()
}

/// Whether reading a value runs no JavaScript: it is no object, or one whose data lie in a buffer.
fn is_inert<'e>(env: Env<'e>, value: Js<'e>) -> Result<bool, Fail> {
    Ok(env.sort(value)? != Sort::Object || env.elements(value)?.is_some())
}

fn all_inert<'e>(env: Env<'e>, values: &[Js<'e>]) -> Result<bool, Fail> {
    for value in values {
        if !is_inert(env, *value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The engine's own sentence, which it makes before it looks at any value.
#[cold]
fn wrong_count(function: &Function, given: usize) -> Error {
    let nothing: Vec<Value<'static>> = vec![Value::Null; given];
    match function.call(&nothing) {
        Err(error) => error,
        Ok(_) => Error::new(Phase::Execute, Kind::ArgumentCount, format!("{given} arguments are too many or too few")),
    }
}

/// Throws the error of a call.
#[cold]
pub(crate) fn call_failed(env: Env<'_>, function: &Function, error: Error) -> Fail {
    match call_exception(env, function, error) {
        Ok(exception) => {
            env.throw(exception);
            Fail::Pending
        }
        Err(fail) => fail,
    }
}

/// The exception for the error of a call, whose value is of the type that the function declares.
#[cold]
pub(crate) fn call_exception<'e>(env: Env<'e>, function: &Function, error: Error) -> Result<Js<'e>, Fail> {
    let guest = match &function.signature().result {
        Type::Result(_, err) => Some((&**err, function.vm().interface())),
        _ => None,
    };
    to_exception(env, error, guest)
}
