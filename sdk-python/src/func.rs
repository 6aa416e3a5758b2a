//! `edge.Func`: a WebAssembly function with WebAssembly's own values.

use edge_runtime::{BoxError, Caller, Error, FuncType, Kind, Phase, Val};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::{HostException, OrRaise};
use crate::keeper::{Keeper, Slot};
use crate::store::Store;
use crate::types::{func_type, val_types};
use crate::val::{from_val, from_vals, to_val};

/// A function: of a guest, or of the host in a store.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Func {
    pub(crate) inner: edge_runtime::Func,
    ty: FuncType,
    keeper: Py<Keeper>,
}

impl Func {
    pub(crate) fn new_handle(inner: edge_runtime::Func, keeper: Py<Keeper>) -> Self {
        let ty = inner.ty();
        Self { inner, ty, keeper }
    }
}

#[pymethods]
impl Func {
    /// A host function of these types, e.g. Func(store, ["i32"], [], print).
    #[new]
    fn new(
        store: &Bound<'_, Store>,
        params: &Bound<'_, PyAny>,
        results: &Bound<'_, PyAny>,
        callable: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let py = store.py();
        let ty = FuncType::new(val_types(params)?, val_types(results)?);
        let store = store.get();
        let host = host_function(&store.keeper, callable, ty.clone())?;
        let inner = py.detach(|| edge_runtime::Func::new(&store.inner, ty.clone(), host)).or_raise(py)?;
        Ok(Self { inner, ty, keeper: store.keeper.clone_ref(py) })
    }

    /// The type.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        func_type(py, &self.ty)
    }

    /// The name in the module's name section or exports.
    #[getter]
    fn __name__(&self) -> Option<String> {
        self.inner.name()
    }

    #[pyo3(signature = (*args))]
    fn __call__<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let params = self.ty.params();
        if args.len() != params.len() {
            let text = format!("{self}: {} arguments wanted, {} given", params.len(), args.len());
            return Err(Error::new(Phase::Execute, Kind::ArgumentCount, text)).or_raise(py);
        }
        let vals = args.iter().zip(params).enumerate();
        let vals = vals.map(|(index, (arg, ty))| to_val(&arg, *ty, format_args!("{self}: argument {}", index + 1)));
        let vals = vals.collect::<PyResult<Vec<Val>>>()?;
        let results = py.detach(|| self.inner.call(&vals)).or_raise(py)?;
        from_vals(py, &results, &self.keeper)
    }

    fn __repr__(&self) -> String {
        format!("<edge.Func {self}: {}>", self.ty)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}

impl std::fmt::Display for Func {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.inner.name().as_deref().unwrap_or("function"))
    }
}

/// A host function as the engine takes it.
pub(crate) trait HostFunction:
    Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static
{
}

impl<F: Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static> HostFunction for F {}

/// A closure that calls a Python callable with WebAssembly's own values.
pub(crate) fn host_function(
    keeper: &Py<Keeper>,
    callable: &Bound<'_, PyAny>,
    ty: FuncType,
) -> PyResult<impl HostFunction> {
    if !callable.is_callable() {
        return Err(PyTypeError::new_err(format!("a host function is callable: {} is not", callable.repr()?)));
    }
    let slot = keeper.get().keep(callable.clone().unbind());
    Ok(move |_: Caller<'_>, args: &[Val], results: &mut [Val]| attached(|py| call_host(py, &slot, args, results, &ty)))
}

fn call_host(py: Python<'_>, slot: &Slot, args: &[Val], results: &mut [Val], ty: &FuncType) -> Result<(), BoxError> {
    let raise = |error: PyErr| -> BoxError { HostException::new(py, error).into() };
    let Some(callable) = slot.callable(py) else { return Err(collected()) };
    let keeper = Keeper::of_nothing(py).map_err(raise)?;
    let args = args.iter().map(|val| from_val(py, val, keeper)).collect::<PyResult<Vec<_>>>().map_err(raise)?;
    let outcome = callable.call1(PyTuple::new(py, args).map_err(raise)?).map_err(raise)?;
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
