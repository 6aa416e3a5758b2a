//! `edge.Func`: a WebAssembly function with WebAssembly's own values.

use edge_runtime::{Error, FuncType, Kind, Phase, Val};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::hosts::host_function;
use crate::interrupt::visit;
use crate::keeper::Keeper;
use crate::options::{CancelToken, Options};
use crate::store::Store;
use crate::types::{func_type, val_types};
use crate::val::{from_vals, to_val};

/// A function: of a guest, or of the host in a store.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Func {
    pub(crate) inner: edge_runtime::Func,
    ty: FuncType,
    keeper: Py<Keeper>,
    options: Options,
}

impl Func {
    pub(crate) fn new_handle(inner: edge_runtime::Func, keeper: Py<Keeper>) -> Self {
        let ty = inner.ty();
        Self { inner, ty, keeper, options: Options::default() }
    }

    /// The same with these options.
    pub(crate) fn obeying(self, options: Options) -> Self {
        Self { options, ..self }
    }
}

#[pymethods]
impl Func {
    /// A host function of these types, e.g. Func(store, ["i32"], [], print); with caller=True it gets an edge.Caller before
    /// its arguments.
    #[new]
    #[pyo3(signature = (store, params, results, callable, *, caller = false))]
    fn new(
        store: &Bound<'_, Store>,
        params: &Bound<'_, PyAny>,
        results: &Bound<'_, PyAny>,
        callable: &Bound<'_, PyAny>,
        caller: bool,
    ) -> PyResult<Self> {
        let py = store.py();
        let ty = FuncType::new(val_types(params)?, val_types(results)?);
        let store = store.get();
        let host = host_function(&store.keeper, callable, ty.clone(), caller)?;
        let inner = py.detach(|| edge_runtime::Func::new(&store.inner, ty, host)).or_raise(py)?;
        Ok(Self::new_handle(inner, store.keeper.clone_ref(py)))
    }

    /// The same function, whose calls obey a deadline in seconds, a CancelToken, and fuel that they may use; with wait=False
    /// they raise `busy` where they would wait for a call of another thread.
    #[pyo3(signature = (*, deadline = None, cancel = None, fuel = None, wait = true))]
    fn with_options(
        &self,
        py: Python<'_>,
        deadline: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, CancelToken>>,
        fuel: Option<u64>,
        wait: bool,
    ) -> PyResult<Self> {
        let options = self.options.and(py, deadline, cancel, fuel, wait)?;
        Ok(Self::new_handle(self.inner.clone(), self.keeper.clone_ref(py)).obeying(options))
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
        let results = visit(py, self.keeper.get(), |crowded| {
            self.options.run(crowded, || Ok(self.inner.store().clone()), || self.inner.call(&vals))
        })?;
        from_vals(py, &results, &self.keeper)
    }

    /// Calls it on a thread of edge's own, and is awaited, as Vm.run_async does.
    #[pyo3(signature = (*args))]
    fn run_async<'py>(slf: &Bound<'py, Self>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let nothing = PyDict::new(py);
        py.import("edge.asynchronous")?.call_method1("call_function", (slf, &slf.get().keeper, args, nothing))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        // Handles of one function may have been got in different ways: what is equal in all of them is its type alone.
        self.ty.params().len() << 8 | self.ty.results().len()
    }

    fn __repr__(&self) -> String {
        format!("<edge.Func {self}: {}>", self.ty)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)?;
        self.options.traverse(&visit)
    }
}

impl std::fmt::Display for Func {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.inner.name().as_deref().unwrap_or("function"))
    }
}
