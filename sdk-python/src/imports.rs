//! Host functions for a `Vm`: Python callables with native values.

use edge_runtime::bindgen::{GuestErr, Type};
use edge_runtime::{BoxError, Error, HostCall, Imports, Kind, Phase, Value};
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::errors::{HostException, host_exception};
use crate::hosts::{attached, collected, settle};
use crate::keeper::{Keeper, Slot};
use crate::value_in::{Converter, Pins, type_name};
use crate::value_out::to_python;

/// Host functions from `{"module": {"name": callable}}`.
pub(crate) fn imports_of(given: &Bound<'_, PyAny>, keeper: &Py<Keeper>) -> PyResult<Imports> {
    let mut imports = Imports::new();
    let modules = given.cast::<PyDict>().map_err(|_| not_a_dict("imports", "modules to dicts of callables", given))?;
    for (module, functions) in modules {
        let module = module.extract::<String>()?;
        let functions = functions
            .cast::<PyDict>()
            .map_err(|_| not_a_dict(&format!("imports[{module:?}]"), "names to callables", &functions))?;
        for (name, callable) in functions {
            let name = name.extract::<String>()?;
            if !callable.is_callable() {
                let text = format!("imports[{module:?}][{name:?}] is a callable, not {}", type_name(&callable));
                return Err(PyTypeError::new_err(text));
            }
            let slot = keeper.get().keep(callable.unbind());
            imports.func(&module, &name, move |call: HostCall<'_>, args: &[Value<'static>]| {
                attached(|py| call_host(py, &slot, &call, args))
            });
        }
    }
    Ok(imports)
}

#[cold]
fn not_a_dict(what: &str, of: &str, got: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{what} is a dict from {of}, not {}", type_name(got)))
}

fn call_host(
    py: Python<'_>,
    slot: &Slot,
    call: &HostCall<'_>,
    args: &[Value<'static>],
) -> Result<Value<'static>, BoxError> {
    let Some(callable) = slot.callable(py) else { return Err(collected()) };
    let vm = call.vm();
    let pins = Pins::default();
    let converter = Converter { interface: vm.interface(), pins: &pins };
    let signature = call.signature();
    let outcome = args
        .iter()
        .map(|arg| to_python(py, arg))
        .collect::<PyResult<Vec<_>>>()
        .and_then(|args| settle(callable.call1(PyTuple::new(py, args)?)?));
    match outcome {
        Ok(object) => converter.convert(&object, &signature.result).map(Value::into_owned).map_err(|mismatch| {
            let whole = format!("{}: the host function's result", signature.name);
            mismatch.into_error(Phase::Host, Kind::ResultType, whole).into()
        }),
        Err(error) => Err(raised(py, error, &signature.result, converter, &signature.name)),
    }
}

/// What the guest, or whoever called it, gets for an exception.
#[cold]
fn raised(py: Python<'_>, error: PyErr, result: &Type, converter: Converter<'_>, name: &str) -> BoxError {
    if let Type::Result(_, wanted) = result
        && let Some(value) = typed_error(py, &error)
    {
        return match converter.convert(&value, wanted) {
            Ok(value) => Box::new(GuestErr(value.into_owned())),
            Err(mismatch) => {
                let whole = format!("{name}: the host function's Err");
                mismatch.into_error(Phase::Host, Kind::ResultType, whole).into()
            }
        };
    }
    let interrupts = !error.is_instance_of::<PyException>(py);
    if interrupts {
        let exception = HostException::new(py, error);
        // `KeyboardInterrupt` and `SystemExit` are not the guest's to handle: this kind unwinds it in any case.
        let text = format!("{name}: the host function was interrupted");
        return Error::new(Phase::Host, Kind::Cancelled, text).with_cause(exception.into()).into();
    }
    host_exception(py, error)
}

/// The value of an `edge.Err`.
fn typed_error<'py>(py: Python<'py>, error: &PyErr) -> Option<Bound<'py, PyAny>> {
    static ERR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = ERR.import(py, "edge.errors", "Err").ok()?;
    let value = error.value(py);
    if value.is_instance(class).ok()? { value.getattr("value").ok() } else { None }
}
