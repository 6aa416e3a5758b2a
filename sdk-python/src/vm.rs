//! `edge.Vm`: the easy door.

use edge_runtime::Source;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::Engine;
use crate::errors::OrRaise;
use crate::func::Func;
use crate::function::new_function;
use crate::global::Global;
use crate::instance::Instance;
use crate::interrupt::{guest, turn, visit};
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::loan::Loan;
use crate::memory::Memory;
use crate::module::Module;
use crate::options::{CancelToken, Options};
use crate::setup::Setup;
use crate::shared_memory::SharedMemory;
use crate::statistics::Statistics;
use crate::store::Store;
use crate::table::Table;
use crate::value_in::Pins;
use crate::wasi::Wasi;

/// One module, its WASI and its limits: call its functions by name with native values.
///
/// source is a path, bytes or an edge.Module. trusted=True uses the native code in a path or bytes, as
/// Module.from_trusted does: whoever can write them can have anything executed. Limits on modules are then those of the
/// engine. May be used from any thread; calls from several wait for one another.
#[pyclass(frozen, module = "edge", weakref)]
pub(crate) struct Vm {
    inner: edge_runtime::Vm,
    keeper: Py<Keeper>,
    /// The function objects that were made, by name: each is made once.
    functions: Py<PyDict>,
    exports: PyOnceLock<Py<PyAny>>,
    /// What calls through this handle obey.
    options: Options,
}

impl Vm {
    fn handle(py: Python<'_>, inner: edge_runtime::Vm, keeper: Py<Keeper>, options: Options) -> Self {
        Self { inner, keeper, functions: PyDict::new(py).unbind(), exports: PyOnceLock::new(), options }
    }

    pub(crate) fn load(py: Python<'_>, source: Source<'_>, setup: &Setup) -> PyResult<Self> {
        let keeper = Keeper::new(py)?;
        let builder = setup.builder(py, &keeper)?;
        let inner = guest(py, || builder.load(source))?;
        Ok(Self::handle(py, inner, keeper, Options::default()))
    }

    /// The same guest, as long as the loan lasts.
    pub(crate) fn lent(&self, py: Python<'_>, loan: Py<Loan>) -> Self {
        Self::handle(py, self.inner.clone(), self.keeper.clone_ref(py), Options::of_loan(loan))
    }

    /// Whether another borrower can have it as it is.
    pub(crate) fn is_sound(&self, py: Python<'_>) -> bool {
        !self.inner.is_closed() && py.detach(|| self.inner.poisoned()).is_none()
    }

    /// Ends the guest itself, lent or not.
    pub(crate) fn shut(&self, py: Python<'_>) {
        py.detach(|| self.inner.close());
    }

    pub(crate) fn module(&self) -> &edge_runtime::Module {
        self.inner.module()
    }

    fn store_of_the_moment(&self) -> edge_runtime::Result<edge_runtime::Store> {
        Ok(self.inner()?.try_instance()?.store().clone())
    }

    /// The guest, unless it has been given back to its pool.
    fn inner(&self) -> edge_runtime::Result<&edge_runtime::Vm> {
        match self.options.loan() {
            Some(loan) => loan.check().map(|()| &self.inner),
            None => Ok(&self.inner),
        }
    }
}

#[pymethods]
impl Vm {
    #[new]
    #[pyo3(signature = (source, imports = None, wasi = None, limits = None, engine = None, *, trusted = false))]
    fn new(
        source: &Bound<'_, PyAny>,
        imports: Option<&Bound<'_, PyAny>>,
        wasi: Option<&Bound<'_, Wasi>>,
        limits: Option<&Bound<'_, Limits>>,
        engine: Option<&Bound<'_, Engine>>,
        trusted: bool,
    ) -> PyResult<Self> {
        let (py, pins) = (source.py(), Pins::default());
        let setup = Setup::new(imports, wasi, limits, engine)?;
        Self::load(py, setup.source(source, trusted, &pins)?, &setup)
    }

    /// The same guest, whose calls obey a deadline in seconds (or a timedelta), a CancelToken, and fuel that they may use.
    /// Each call by itself; where that is done twice, both hold. With wait=False they raise `busy` where they would wait for
    /// a call of another thread.
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
        Ok(Self::handle(py, self.inner.clone(), self.keeper.clone_ref(py), options))
    }

    /// Ends the call that is in progress, and tells whether there was one. From any thread; later calls are not affected.
    fn cancel(&self, py: Python<'_>) -> bool {
        py.detach(|| self.inner().is_ok_and(edge_runtime::Vm::cancel))
    }

    /// What the guest has used so far: that of `store`.
    #[getter]
    fn statistics(&self, py: Python<'_>) -> PyResult<Statistics> {
        let inner = py.detach(|| Ok(self.inner()?.try_instance()?.store().statistics())).or_raise(py)?;
        Ok(Statistics { inner })
    }

    /// Calls a function by name.
    #[pyo3(signature = (name, /, *args))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.function(py, name)?.call1(args)
    }

    /// Calls a function by name on a thread of edge's own, and is awaited: the event loop goes on meanwhile. Cancelling the
    /// task ends the guest. Calls of one guest wait in line. Host functions may be `async def`: they run in the event loop.
    #[pyo3(signature = (name, /, *args))]
    fn run_async<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("edge.asynchronous")?.call_method1("call_vm", (slf, &slf.get().keeper, name, args))
    }

    /// The function of a name as an object: made once, the cheapest way to call.
    pub(crate) fn function<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let functions = self.functions.bind(py);
        if let Some(function) = functions.get_item(name)? {
            return Ok(function);
        }
        let text = name.to_str()?;
        let function = py.detach(|| self.inner()?.function(text)).or_raise(py)?;
        let function = new_function(py, function, &self.keeper, &self.options)?;
        functions.set_item(name, &function)?;
        Ok(function)
    }

    /// Every function as an attribute: vm.exports.add(1, 2).
    #[getter]
    fn exports<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, vm) = (slf.py(), slf.get());
        let exports = vm.exports.get_or_try_init(py, || {
            let names = PyDict::new(py);
            for function in py.detach(|| vm.inner.functions()) {
                let name = PyString::new(py, function.name());
                names.set_item(&name, vm.function(py, &name)?)?;
            }
            let class = py.import("edge.exports")?.getattr("Exports")?;
            // Another handle, that the two do not refer to one another: a guest that is forgotten goes at once.
            let functions = vm.functions.clone_ref(py);
            let other = Self {
                functions,
                ..Self::handle(py, vm.inner.clone(), vm.keeper.clone_ref(py), vm.options.clone_ref(py))
            };
            class.call1((other, names)).map(Bound::unbind)
        });
        Ok(exports?.bind(py).clone())
    }

    /// Runs a command module's _start and returns the exit code.
    fn start(&self, py: Python<'_>) -> PyResult<i32> {
        visit(py, self.keeper.get(), |crowded| {
            self.options.run(crowded, || self.store_of_the_moment(), || self.inner.start())
        })
    }

    /// What the guest has written to standard output so far, if Wasi captures it.
    #[getter]
    fn stdout<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.inner().map(edge_runtime::Vm::stdout).unwrap_or_default()))
    }

    /// What the guest has written to standard error so far, if Wasi captures it.
    #[getter]
    fn stderr<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.inner().map(edge_runtime::Vm::stderr).unwrap_or_default()))
    }

    /// The module.
    #[getter(module)]
    fn get_module(&self) -> Module {
        Module { inner: self.inner.module().clone() }
    }

    /// The instance of the moment: reset() makes another.
    #[getter]
    fn instance(&self, py: Python<'_>) -> PyResult<Instance> {
        let inner = py.detach(|| self.inner()?.try_instance()).or_raise(py)?;
        Ok(Instance { inner, keeper: self.keeper.clone_ref(py) })
    }

    /// The store of the moment: reset() makes another.
    #[getter]
    fn store(&self, py: Python<'_>) -> PyResult<Store> {
        let inner = py.detach(|| self.store_of_the_moment()).or_raise(py)?;
        Ok(Store { inner, keeper: self.keeper.clone_ref(py) })
    }

    /// The exported memory of this name.
    #[pyo3(signature = (name = "memory"))]
    fn memory(&self, py: Python<'_>, name: &str) -> PyResult<Memory> {
        let inner = py.detach(|| self.inner()?.memory(name)).or_raise(py)?;
        Ok(Memory::new_handle(inner, self.keeper.clone_ref(py)))
    }

    /// The exported memory of this name, which is a shared one.
    #[pyo3(signature = (name = "memory"))]
    fn shared_memory(&self, py: Python<'_>, name: &str) -> PyResult<SharedMemory> {
        let inner = py.detach(|| self.inner()?.try_instance()?.shared_memory(name)).or_raise(py)?;
        Ok(SharedMemory::handle(inner))
    }

    /// The exported table of this name.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        let inner = py.detach(|| self.inner()?.table(name)).or_raise(py)?;
        Ok(Table::new_handle(inner, self.keeper.clone_ref(py)))
    }

    /// The exported global of this name (`global` is a keyword of Python).
    fn global_(&self, py: Python<'_>, name: &str) -> PyResult<Global> {
        let inner = py.detach(|| self.inner()?.global(name)).or_raise(py)?;
        Ok(Global::new_handle(inner, self.keeper.clone_ref(py)))
    }

    /// The exported function of this name, with WebAssembly's own values.
    fn func(&self, py: Python<'_>, name: &str) -> PyResult<Func> {
        let inner = py.detach(|| self.inner()?.func(name)).or_raise(py)?;
        let options = self.options.clone_ref(py);
        Ok(Func::new_handle(inner, self.keeper.clone_ref(py)).obeying(options))
    }

    /// Why the guest can no longer be called, if a call of it ended abruptly; reset() makes it fresh.
    #[getter]
    fn poisoned(&self, py: Python<'_>) -> Option<String> {
        py.detach(|| self.inner().ok()?.poisoned())
    }

    /// Makes the guest fresh. Function objects keep working; memories, tables and globals are those of the old instance.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        visit(py, self.keeper.get(), |crowded| {
            if crowded {
                // Not kept: a call that is about to begin would wait for the store, and the reset for that call.
                drop(turn(&self.store_of_the_moment()?)?);
            }
            self.inner()?.reset()
        })
    }

    /// Ends the guest, or gives it back to its pool: further calls raise `closed`. Closing twice is fine.
    fn close(&self, py: Python<'_>) {
        match self.options.loan() {
            Some(loan) => loan.end(py),
            None => self.shut(py),
        }
    }

    /// Whether it has been closed.
    #[getter]
    fn closed(&self) -> bool {
        self.inner().map_or(true, edge_runtime::Vm::is_closed)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let name = self.inner.module().name().map_or_else(String::new, |name| format!(" {name:?}"));
        format!("<edge.Vm{name}>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)?;
        visit.call(&self.functions)?;
        self.options.traverse(&visit)?;
        // Without the interpreter's lock there is no asking the cell; the collector holds it.
        // SAFETY: the cycle collector calls us attached.
        let py = unsafe { Python::assume_attached() };
        match self.exports.get(py) {
            Some(exports) => visit.call(exports),
            None => Ok(()),
        }
    }
}
