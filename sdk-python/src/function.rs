//! `edge.Function`: an exported function as an object of its own, made once. What a call does is here; the class, which is
//! made by hand, in [`class`].

use edge_runtime::{Error, Function, Kind, Phase, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::SmallVec;

pub(crate) use self::class::{function_type, new_function};
use crate::errors::OrRaise;
use crate::interrupt::visit;
use crate::keeper::Keeper;
use crate::options::{CancelToken, Options};
use crate::scalar::ScalarSignature;
use crate::signature::parameter_names;
use crate::value_in::{Converter, Pins};
use crate::value_out::to_python;

mod class;

/// What a call needs.
struct State {
    function: Function,
    scalar: Option<ScalarSignature>,
    /// Keeps the host functions that the guest may call; visited by the cycle collector.
    keeper: Py<Keeper>,
    /// What calls obey; boxed, since hardly any have some.
    options: Option<Box<Options>>,
}

impl State {
    /// Runs a call under the options.
    #[inline]
    fn obeying<R>(&self, crowded: bool, call: impl FnOnce() -> edge_runtime::Result<R>) -> edge_runtime::Result<R> {
        if self.options.is_none() && !crowded { call() } else { self.obeying_options(crowded, call) }
    }

    #[cold]
    fn obeying_options<R>(
        &self,
        crowded: bool,
        call: impl FnOnce() -> edge_runtime::Result<R>,
    ) -> edge_runtime::Result<R> {
        let store = || Ok(self.function.vm().try_instance()?.store().clone());
        match &self.options {
            Some(options) => options.run(crowded, store, call),
            None => Options::default().run(crowded, store, call),
        }
    }

    /// The general way: values by the signature, every check by the engine.
    fn call_general<'py>(&self, py: Python<'py>, args: &[Bound<'py, PyAny>]) -> PyResult<Bound<'py, PyAny>> {
        let pins = Pins::default();
        let values = self.convert(args, &pins).or_raise(py)?;
        // SAFETY: `read_result` copies the result and does nothing else: neither path runs any code of Python's.
        let call = || unsafe { self.function.call_with(&values, read_result) };
        let result = visit(py, self.keeper.get(), |crowded| self.obeying(crowded, call));
        drop(values);
        match result? {
            Outcome::Value(value) => to_python(py, &value),
            // SAFETY: attached again; a new reference, or null with an exception set.
            Outcome::Object(object) => unsafe { Bound::from_owned_ptr_or_err(py, object.0) },
        }
    }

    fn convert<'a>(
        &'a self,
        args: &[Bound<'_, PyAny>],
        pins: &'a Pins,
    ) -> edge_runtime::Result<SmallVec<[Value<'a>; 4]>> {
        let signature = self.function.signature();
        if args.len() != signature.params.len() {
            return Err(self.wrong_count(args.len()));
        }
        let converter = Converter { interface: self.function.vm().interface(), pins };
        let pairs = args.iter().zip(&signature.params).enumerate();
        pairs
            .map(|(index, (arg, param))| {
                converter.convert(arg, &param.ty).map_err(|mismatch| {
                    let whole = format!("{}: argument {} (`{}`)", signature.name, index + 1, param.name);
                    mismatch.into_error(Phase::Execute, Kind::ArgumentType, whole)
                })
            })
            .collect()
    }

    /// The engine's own sentence, which it makes before it looks at any value.
    #[cold]
    fn wrong_count(&self, given: usize) -> Error {
        let nothing: Vec<Value<'static>> = vec![Value::Null; given];
        match self.function.call(&nothing) {
            Err(error) => error,
            Ok(_) => {
                Error::new(Phase::Execute, Kind::ArgumentCount, format!("{given} arguments are too many or too few"))
            }
        }
    }

    /// The same function with further options.
    #[cold]
    fn with_options<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        keywords: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !args.is_empty() {
            return Err(PyTypeError::new_err("with_options() takes keyword arguments only"));
        }
        let (mut deadline, mut cancel, mut fuel, mut wait) = (None, None, None, true);
        for (name, value) in keywords.into_iter().flatten().filter(|(_, value)| !value.is_none()) {
            match name.cast::<PyString>()?.to_str()? {
                "deadline" => deadline = Some(value),
                "cancel" => cancel = Some(value.cast_into::<CancelToken>()?),
                "fuel" => fuel = Some(value.extract()?),
                "wait" => wait = value.extract()?,
                other => {
                    let text = format!("with_options() got an unexpected keyword argument {other:?}");
                    return Err(PyTypeError::new_err(text));
                }
            }
        }
        let none = Options::default();
        let options = self.options.as_deref().unwrap_or(&none);
        let options = options.and(py, deadline.as_ref(), cancel.as_ref(), fuel, wait)?;
        new_function(py, self.function.clone(), &self.keeper, &options)
    }

    /// Positional and keyword arguments in the order of the parameters.
    #[cold]
    fn bind<'py>(
        &self,
        py: Python<'py>,
        positional: &[Bound<'py, PyAny>],
        keywords: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let signature = self.function.signature();
        let name = &signature.name;
        let names = parameter_names(py, signature)?
            .ok_or_else(|| PyTypeError::new_err(format!("{name}() takes no keyword arguments")))?;
        let mut bound: Vec<Option<Bound<'py, PyAny>>> = positional.iter().cloned().map(Some).collect();
        bound.resize(bound.len().max(names.len()), None);
        for (keyword, value) in keywords {
            let keyword = keyword.cast::<PyString>()?.to_string_lossy();
            let Some(index) = names.iter().position(|name| *name == keyword) else {
                return Err(PyTypeError::new_err(format!("{name}() got an unexpected keyword argument {keyword:?}")));
            };
            if bound[index].replace(value).is_some() {
                return Err(PyTypeError::new_err(format!("{name}() got multiple values for argument {keyword:?}")));
            }
        }
        let missing = bound.iter().position(Option::is_none);
        match missing {
            Some(index) => Err(PyTypeError::new_err(format!("{name}() is missing the argument {:?}", names[index]))),
            None => Ok(bound.into_iter().flatten().collect()),
        }
    }
}

/// What a call brings out of the guest.
enum Outcome {
    Value(Value<'static>),
    Object(NewReference),
}

/// A reference that nobody else has, or null with an exception set on this very thread.
struct NewReference(*mut ffi::PyObject);

// SAFETY: it goes no further than from the detached part of a call to the attached part, on one thread.
unsafe impl Send for NewReference {}

/// From this size on a second copy costs more than attaching once more (a few hundred nanoseconds at most).
const LARGE: usize = 16 << 10;

/// Copies a result out of guest memory; large ones straight into the Python object.
///
/// The interpreter's own calls on purpose, not PyO3's: that would release references that have waited for it, whose
/// finalizers may call this very guest. Neither `bytes` nor `str` is known to the cycle collector, so that none is run.
fn read_result(value: Value<'_>) -> Outcome {
    let (data, make): (&[u8], unsafe extern "C" fn(_, _) -> _) = match &value {
        Value::Bytes(bytes) => (bytes, ffi::PyBytes_FromStringAndSize),
        Value::String(text) => (text.as_bytes(), ffi::PyUnicode_FromStringAndSize),
        _ => return Outcome::Value(value.into_owned()),
    };
    if data.len() < LARGE {
        return Outcome::Value(value.into_owned());
    }
    // SAFETY: this thread is one of the interpreter's and detached from it; the data are there for `len` bytes, and UTF-8
    // where text is made.
    unsafe {
        let gil = ffi::PyGILState_Ensure();
        let object = make(data.as_ptr().cast(), data.len() as ffi::Py_ssize_t);
        ffi::PyGILState_Release(gil);
        Outcome::Object(NewReference(object))
    }
}
