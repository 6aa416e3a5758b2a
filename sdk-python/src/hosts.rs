//! Python callables as host functions with WebAssembly's own values, and who calls them.

use edge_runtime::{BoxError, Error, FuncType, Kind, Phase, Val};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

use crate::errors::{OrRaise, host_exception};
use crate::instance::{Instance, from_extern};
use crate::keeper::{Keeper, Slot};
use crate::memory::Memory;
use crate::shared_memory::SharedMemory;
use crate::val::{from_val, to_val};

/// Who called a host function that was defined with caller=True: its first argument.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Caller {
    store: edge_runtime::Store,
    instance: Option<edge_runtime::Instance>,
    memories: Vec<edge_runtime::Extern>,
}

impl Caller {
    fn new(caller: &edge_runtime::Caller<'_>) -> Self {
        let own = |index| caller.memory(index).map(edge_runtime::Extern::Memory);
        let shared = |index| caller.shared_memory(index).map(edge_runtime::Extern::SharedMemory);
        let memories = (0..).map_while(|index| own(index).or_else(|| shared(index))).collect();
        Self { store: caller.store().clone(), instance: caller.instance(), memories }
    }
}

#[pymethods]
impl Caller {
    /// The instance that called; None when the host itself did.
    #[getter]
    fn instance(&self, py: Python<'_>) -> PyResult<Option<Instance>> {
        let keeper = Keeper::of_nothing(py)?;
        Ok(self.instance.clone().map(|inner| Instance { inner, keeper: keeper.clone_ref(py) }))
    }

    /// The caller's memory of this index, exported or not; None when it has no such memory.
    #[pyo3(signature = (index = 0))]
    fn memory(&self, py: Python<'_>, index: usize) -> PyResult<Option<Memory>> {
        let keeper = Keeper::of_nothing(py)?;
        let memory = self.memories.get(index).cloned().and_then(edge_runtime::Extern::into_memory);
        Ok(memory.map(|inner| Memory::new_handle(inner, keeper.clone_ref(py))))
    }

    /// The same of a memory that is shared.
    #[pyo3(signature = (index = 0))]
    fn shared_memory(&self, index: usize) -> Option<SharedMemory> {
        let memory = self.memories.get(index).cloned().and_then(edge_runtime::Extern::into_shared_memory);
        memory.map(SharedMemory::handle)
    }

    /// The caller's export of this name, or None.
    fn export<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let export = self.instance.as_ref().and_then(|instance| instance.export(name));
        let keeper = Keeper::of_nothing(py)?;
        export.map(|item| from_extern(py, item, keeper)).transpose()
    }

    /// Uses fuel on behalf of the guest.
    fn consume_fuel(&self, py: Python<'_>, fuel: u64) -> PyResult<()> {
        py.detach(|| self.store.consume_fuel(fuel)).or_raise(py)
    }
}

/// A host function as the engine takes it.
pub(crate) trait HostFunction:
    Fn(edge_runtime::Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static
{
}

impl<F> HostFunction for F where
    F: Fn(edge_runtime::Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static
{
}

/// A closure that calls a Python callable with WebAssembly's own values, and with its caller before them if it wants that.
pub(crate) fn host_function(
    keeper: &Py<Keeper>,
    callable: &Bound<'_, PyAny>,
    ty: FuncType,
    wants_caller: bool,
) -> PyResult<impl HostFunction> {
    if !callable.is_callable() {
        return Err(PyTypeError::new_err(format!("a host function is callable: {} is not", callable.repr()?)));
    }
    let slot = keeper.get().keep(callable.clone().unbind());
    Ok(move |caller: edge_runtime::Caller<'_>, args: &[Val], results: &mut [Val]| {
        attached(|py| {
            let caller = if wants_caller { Some(Caller::new(&caller)) } else { None };
            call_host(py, &slot, caller, args, results, &ty)
        })
    })
}

fn call_host(
    py: Python<'_>,
    slot: &Slot,
    caller: Option<Caller>,
    args: &[Val],
    results: &mut [Val],
    ty: &FuncType,
) -> Result<(), BoxError> {
    let Some(callable) = slot.callable(py) else { return Err(collected()) };
    let outcome = call_python(py, &callable, caller, args).map_err(|error| host_exception(py, error))?;
    let wanted = ty.results();
    match (wanted, results) {
        // Python functions always return something.
        ([], _) => Ok(()),
        ([only], [result]) => {
            *result = to_val(&outcome, *only, "the host function's result").map_err(|e| result_error(py, &e))?;
            Ok(())
        }
        (wanted, results) => {
            let several = outcome.cast::<PyTuple>().ok().filter(|tuple| tuple.len() == wanted.len());
            let Some(several) = several else {
                let got = outcome.repr().map_or_else(|_| "something else".into(), |text| text.to_string());
                let text = format!("the host function returns {ty}: {} results wanted, got {got}", wanted.len());
                return Err(Error::new(Phase::Host, Kind::ResultType, text).into());
            };
            for (index, ((object, ty), result)) in several.iter().zip(wanted).zip(results).enumerate() {
                let place = format_args!("the host function's result {}", index + 1).to_string();
                *result = to_val(&object, *ty, place).map_err(|e| result_error(py, &e))?;
            }
            Ok(())
        }
    }
}

fn call_python<'py>(
    py: Python<'py>,
    callable: &Bound<'py, PyAny>,
    caller: Option<Caller>,
    args: &[Val],
) -> PyResult<Bound<'py, PyAny>> {
    let keeper = Keeper::of_nothing(py)?;
    let mut objects = Vec::with_capacity(args.len() + 1);
    if let Some(caller) = caller {
        objects.push(Bound::new(py, caller)?.into_any());
    }
    for arg in args {
        objects.push(from_val(py, arg, keeper)?);
    }
    settle(callable.call1(PyTuple::new(py, objects)?)?)
}

/// What a host function returned; of an `async def` function, what its coroutine returns.
pub(crate) fn settle(outcome: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static COROUTINE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = outcome.py();
    let coroutine =
        COROUTINE.get_or_try_init(py, || py.import("types")?.getattr("CoroutineType").map(Bound::unbind))?;
    if !outcome.get_type().is(coroutine) {
        return Ok(outcome);
    }
    py.import("edge.asynchronous")?.call_method1("wait", (outcome,))
}

/// The same sentence, as an error of the result.
#[cold]
fn result_error(py: Python<'_>, error: &PyErr) -> BoxError {
    let text = error.value(py).str().map_or_else(|_| String::new(), |text: Bound<'_, PyString>| text.to_string());
    Error::new(Phase::Host, Kind::ResultType, text).into()
}

/// What a callable that is gone answers.
#[cold]
pub(crate) fn collected() -> BoxError {
    Error::new(Phase::Host, Kind::Closed, "the host function has been collected together with its store").into()
}

/// Runs `body` attached to the interpreter, unless that is shutting down.
pub(crate) fn attached<R>(body: impl FnOnce(Python<'_>) -> Result<R, BoxError>) -> Result<R, BoxError> {
    Python::try_attach(body)
        .unwrap_or_else(|| Err(Error::new(Phase::Host, Kind::Closed, "the Python interpreter is shutting down").into()))
}
