//! Errors of the engine as JavaScript exceptions, and JavaScript exceptions as errors of host functions.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use edge_runtime::bindgen::{Interface, Type};
use edge_runtime::{BoxError, Error, Frame, HostError, Kind, Phase};
use parking_lot::Mutex;

use crate::exception;
use crate::js::{BigInt, Env, Js, Reference, Sort};
use crate::port::Port;
use crate::value_out::Writer;

/// Why a native function returns without a result.
#[derive(Debug)]
pub(crate) enum Fail {
    /// An exception is pending already, or none can be thrown any more.
    Pending,
    /// An error of the engine.
    Edge(Error),
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::Edge(error)
    }
}

impl Fail {
    /// A fault of our own.
    #[cold]
    pub(crate) fn internal(what: &str) -> Self {
        Error::new(Phase::Execute, Kind::Internal, format!("{what}; this is a fault of edge itself")).into()
    }

    /// Throws it.
    #[cold]
    pub(crate) fn throw(self, env: Env<'_>) {
        if let Self::Edge(error) = self
            && let Ok(exception) = to_exception(env, error, None)
        {
            env.throw(exception);
        }
    }

    /// It as an exception that is not thrown.
    #[cold]
    pub(crate) fn exception<'e>(self, env: Env<'e>) -> Result<Js<'e>, Self> {
        match self {
            Self::Edge(error) => to_exception(env, error, None),
            Self::Pending => env.take_exception().ok_or(Self::Pending),
        }
    }
}

/// An exception that a host function threw, on its way through the guest.
pub(crate) struct HostException {
    port: Arc<Port>,
    thrown: Mutex<Option<Reference>>,
    text: String,
}

impl HostException {
    pub(crate) fn new<'e>(env: Env<'e>, port: &Arc<Port>, thrown: Js<'e>) -> Self {
        let text = port.describe(env, thrown);
        Self { port: port.clone(), thrown: Mutex::new(Reference::new(env, thrown).ok()), text }
    }

    /// The error of a host function that threw: the end of the guest for a `Terminate`, one with a code for a `HostError`, the
    /// same limit for a limit that a guest further in has hit, an exception that the guest may catch for an `Exception`, else the exception alone. The exception is the cause of each.
    pub(crate) fn error<'e>(env: Env<'e>, port: &Arc<Port>, thrown: Js<'e>) -> BoxError {
        if let Ok(Some(exception)) = exception::read(env, thrown) {
            return Box::new(exception);
        }
        let exception = Self::new(env, port, thrown);
        let class = port.hooks().classify.get(env).and_then(|classify| env.call(classify, &[thrown]));
        let Ok(class) = class else { return exception.into() };
        let text = exception.text.clone();
        let code = match env.sort(class) {
            Ok(Sort::String) => {
                let name = env.get_string_lossy(class).unwrap_or_default();
                return match Kind::ALL.iter().find(|kind| kind.name() == name) {
                    Some(kind) => Error::new(Phase::Host, *kind, text).with_cause(exception.into()).into(),
                    None => exception.into(),
                };
            }
            Ok(Sort::Number) => env.get_number(class).ok().map(|number| number as i64),
            Ok(Sort::BigInt) => match env.get_bigint(class) {
                Ok(BigInt::Signed(code)) => Some(code),
                _ => None,
            },
            _ => None,
        };
        match code {
            Some(code) => HostError::new(code, text).with_cause(exception).into(),
            None => exception.into(),
        }
    }

    fn take<'e>(&self, env: Env<'e>) -> Option<Js<'e>> {
        let reference = self.thrown.lock().take()?;
        let thrown = reference.get(env).ok();
        reference.delete(env);
        thrown
    }
}

impl Drop for HostException {
    fn drop(&mut self) {
        if let Some(reference) = self.thrown.lock().take() {
            self.port.discard(reference);
        }
    }
}

impl fmt::Display for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JavaScript exception: {}", self.text)
    }
}

impl StdError for HostException {}

/// The exception for an error of the engine; `guest` says of what type the value of a guest's `Err` is.
#[cold]
pub(crate) fn to_exception<'e>(
    env: Env<'e>,
    mut error: Error,
    guest: Option<(&Type, Option<&Interface>)>,
) -> Result<Js<'e>, Fail> {
    let port = Port::of(env)?;
    let undefined = env.undefined()?;
    let cause = match error.exception() {
        Some(exception) => Some(exception::write(env, &exception)?),
        None => error.take_cause().map_or(Ok(None), |cause| cause_to_exception(env, cause))?,
    };
    let writer = Writer { env, interface: guest.and_then(|(_, interface)| interface) };
    let value = match error.value() {
        Some(value) => writer.write(value, guest.map(|(ty, _)| ty))?,
        None => undefined,
    };
    let frames = env.array_of(error.backtrace().iter().map(|frame| frame_to_js(env, frame)))?;
    let arguments = [
        env.string(error.phase().name())?,
        env.string(error.kind().name())?,
        env.string(error.message())?,
        frames,
        value,
        error.exit_code().map_or(Ok(undefined), |code| env.int(code))?,
        error.code().map_or(Ok(undefined), |code| env.bigint(code))?,
        env.boolean(cause.is_some())?,
        cause.unwrap_or(undefined),
    ];
    env.call(port.hooks().make_error.get(env)?, &arguments)
}

fn cause_to_exception<'e>(env: Env<'e>, cause: BoxError) -> Result<Option<Js<'e>>, Fail> {
    let cause = match cause.downcast::<HostException>() {
        Ok(exception) => return Ok(exception.take(env)),
        Err(other) => other,
    };
    match cause.downcast::<Error>() {
        Ok(error) => to_exception(env, *error, None).map(Some),
        Err(other) => {
            let port = Port::of(env)?;
            let code = other.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error).unwrap_or(0);
            let arguments = [env.string(&other.to_string())?, env.int(code)?];
            env.call(port.hooks().make_plain_error.get(env)?, &arguments).map(Some)
        }
    }
}

fn frame_to_js<'e>(env: Env<'e>, frame: &Frame) -> Result<Js<'e>, Fail> {
    let undefined = env.undefined()?;
    let text = |text: &Option<String>| text.as_ref().map_or(Ok(undefined), |text| env.string(text));
    let number = |number: Option<u32>| number.map_or(Ok(undefined), |number| env.uint(number));
    let object = env.object()?;
    env.set_named(object, c"module", text(&frame.module)?)?;
    env.set_named(object, c"functionIndex", env.uint(frame.func_index)?)?;
    env.set_named(object, c"functionName", text(&frame.func_name)?)?;
    env.set_named(object, c"moduleOffset", number(frame.module_offset)?)?;
    env.set_named(object, c"file", text(&frame.file)?)?;
    env.set_named(object, c"line", number(frame.line)?)?;
    Ok(object)
}
