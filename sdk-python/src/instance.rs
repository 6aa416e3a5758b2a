//! `edge.Instance`, and exports as Python objects.

use edge_runtime::Extern;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::func::Func;
use crate::global::Global;
use crate::interrupt::guest;
use crate::keeper::Keeper;
use crate::memory::Memory;
use crate::module::Module;
use crate::shared_memory::SharedMemory;
use crate::store::Store;
use crate::table::Table;
use crate::tag::Tag;
use crate::value_in::type_name;

/// A module with its memories, tables and globals.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Instance {
    pub(crate) inner: edge_runtime::Instance,
    pub(crate) keeper: Py<Keeper>,
}

#[pymethods]
impl Instance {
    /// Instantiates with imports in the order of the module's imports; edge.Linker finds them by name.
    #[new]
    #[pyo3(signature = (store, module, imports = None))]
    fn new(
        store: &Bound<'_, Store>,
        module: &Bound<'_, Module>,
        imports: Option<Vec<Bound<'_, PyAny>>>,
    ) -> PyResult<Self> {
        let py = store.py();
        let imports = imports.unwrap_or_default().iter().map(to_extern).collect::<PyResult<Vec<_>>>()?;
        let (store, module) = (store.get(), &module.get().inner);
        let inner = guest(py, || edge_runtime::Instance::new(&store.inner, module, &imports))?;
        Ok(Self { inner, keeper: store.keeper.clone_ref(py) })
    }

    /// Every export by its name.
    #[getter]
    fn exports<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let exports = PyDict::new(py);
        for (name, item) in self.inner.exports() {
            exports.set_item(name, from_extern(py, item, &self.keeper)?)?;
        }
        Ok(exports)
    }

    /// The exported function of this name.
    fn func(&self, py: Python<'_>, name: &str) -> PyResult<Func> {
        Ok(Func::new_handle(self.inner.func(name).or_raise(py)?, self.keeper.clone_ref(py)))
    }

    /// The exported memory of this name.
    #[pyo3(signature = (name = "memory"))]
    fn memory(&self, py: Python<'_>, name: &str) -> PyResult<Memory> {
        Ok(Memory::new_handle(self.inner.memory(name).or_raise(py)?, self.keeper.clone_ref(py)))
    }

    /// The exported memory of this name, which is a shared one.
    #[pyo3(signature = (name = "memory"))]
    fn shared_memory(&self, py: Python<'_>, name: &str) -> PyResult<SharedMemory> {
        Ok(SharedMemory::handle(self.inner.shared_memory(name).or_raise(py)?))
    }

    /// The exported table of this name.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        Ok(Table::new_handle(self.inner.table(name).or_raise(py)?, self.keeper.clone_ref(py)))
    }

    /// The exported global of this name (`global` is a keyword of Python).
    fn global_(&self, py: Python<'_>, name: &str) -> PyResult<Global> {
        Ok(Global::new_handle(self.inner.global(name).or_raise(py)?, self.keeper.clone_ref(py)))
    }

    /// The exported exception tag of this name.
    fn tag(&self, py: Python<'_>, name: &str) -> PyResult<Tag> {
        Ok(Tag::new_handle(self.inner.tag(name).or_raise(py)?, self.keeper.clone_ref(py)))
    }

    /// The store that it lives in.
    #[getter]
    fn store(&self, py: Python<'_>) -> Store {
        Store { inner: self.inner.store().clone(), keeper: self.keeper.clone_ref(py) }
    }

    /// The module that this is an instance of.
    #[getter]
    fn module(&self) -> Module {
        Module { inner: self.inner.module().clone() }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        // What all handles of one instance agree on, however they were got.
        self.inner.module().exports().len()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}

/// A Python object for an export.
pub(crate) fn from_extern<'py>(py: Python<'py>, item: Extern, keeper: &Py<Keeper>) -> PyResult<Bound<'py, PyAny>> {
    let keeper = keeper.clone_ref(py);
    match item {
        Extern::Func(func) => Func::new_handle(func, keeper).into_bound_py_any(py),
        Extern::Memory(memory) => Memory::new_handle(memory, keeper).into_bound_py_any(py),
        Extern::SharedMemory(memory) => SharedMemory::handle(memory).into_bound_py_any(py),
        Extern::Table(table) => Table::new_handle(table, keeper).into_bound_py_any(py),
        Extern::Global(global) => Global::new_handle(global, keeper).into_bound_py_any(py),
        Extern::Tag(tag) => Tag::new_handle(tag, keeper).into_bound_py_any(py),
    }
}

/// What a Python object is to a module that imports it.
pub(crate) fn to_extern(object: &Bound<'_, PyAny>) -> PyResult<Extern> {
    if let Ok(func) = object.cast::<Func>() {
        Ok(Extern::Func(func.get().inner.clone()))
    } else if let Ok(memory) = object.cast::<Memory>() {
        Ok(Extern::Memory(memory.get().inner.clone()))
    } else if let Ok(memory) = object.cast::<SharedMemory>() {
        Ok(Extern::SharedMemory(memory.get().inner().clone()))
    } else if let Ok(table) = object.cast::<Table>() {
        Ok(Extern::Table(table.get().inner.clone()))
    } else if let Ok(global) = object.cast::<Global>() {
        Ok(Extern::Global(global.get().inner.clone()))
    } else if let Ok(tag) = object.cast::<Tag>() {
        Ok(Extern::Tag(tag.get().inner.clone()))
    } else {
        let text =
            format!("an import is an edge.Func, Memory, SharedMemory, Table, Global or Tag, not {}", type_name(object));
        Err(PyTypeError::new_err(text))
    }
}
