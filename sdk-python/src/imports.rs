//! Host functions for a `Vm`: Python callables with native values.

use edge_runtime::bindgen::{GuestErr, Type};
use edge_runtime::{BoxError, Error, HostCall, Imports, Kind, Linker, Phase, Value, VmBuilder};
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::{HostException, host_exception};
use crate::hosts::{attached, collected, settle};
use crate::keeper::{Keeper, Slot};
use crate::shared_memory::SharedMemory;
use crate::value_in::{Converter, Pins, type_name};
use crate::value_out::to_python;

/// What was given as `imports=`, for any number of guests.
#[derive(Default)]
pub(crate) struct Given {
    functions: Vec<(String, String, Py<PyAny>)>,
    memories: Vec<(String, String, edge_runtime::SharedMemory)>,
}

impl Given {
    /// From `{"module": {"name": callable or SharedMemory}}`. Everything else that can be imported belongs to a store, and
    /// the guest's own is not there yet.
    pub(crate) fn new(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut imports = Self::default();
        let modules =
            given.cast::<PyDict>().map_err(|_| not_a_dict("imports", "modules to dicts of callables", given))?;
        for (module, items) in modules {
            let module = module.extract::<String>()?;
            let items = items
                .cast::<PyDict>()
                .map_err(|_| not_a_dict(&format!("imports[{module:?}]"), "names to callables", &items))?;
            for (name, item) in items {
                imports.add(module.clone(), name.extract::<String>()?, &item)?;
            }
        }
        Ok(imports)
    }

    fn add(&mut self, module: String, name: String, item: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(memory) = item.cast::<SharedMemory>() {
            self.memories.push((module, name, memory.get().inner().clone()));
        } else if item.is_callable() {
            self.functions.push((module, name, item.clone().unbind()));
        } else {
            let got = type_name(item);
            let text = format!("imports[{module:?}][{name:?}] is a callable or an edge.SharedMemory, not {got}");
            return Err(PyTypeError::new_err(text));
        }
        Ok(())
    }

    /// Gives them to one guest, whose keeper owns the callables.
    pub(crate) fn define(&self, py: Python<'_>, keeper: &Py<Keeper>, builder: VmBuilder) -> PyResult<VmBuilder> {
        let mut imports = Imports::new();
        for (module, name, callable) in &self.functions {
            let slot = keeper.get().keep(callable.clone_ref(py));
            imports.func(module, name, move |call: HostCall<'_>, args: &[Value<'static>]| {
                attached(|py| call_host(py, &slot, &call, args))
            });
        }
        let builder = builder.imports(imports);
        let Some((_, _, first)) = self.memories.first() else { return Ok(builder) };
        let mut linker = Linker::new(first.engine());
        for (module, name, memory) in &self.memories {
            linker.define(module, name, memory.clone());
        }
        Ok(builder.linker(linker))
    }

    /// For the cycle collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.functions.iter().try_for_each(|(_, _, callable)| visit.call(callable))
    }
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
