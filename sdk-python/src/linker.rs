//! `edge.Linker`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use edge_runtime::ExternType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::{Engine, engine_or_default};
use crate::errors::OrRaise;
use crate::func::{Func, host_function};
use crate::instance::{Instance, to_extern};
use crate::module::Module;
use crate::store::Store;
use crate::value_in::type_name;

/// Names to host functions and instances.
///
/// Holds Python objects, not the engine's linker, which is made per instantiation: so the callables belong to the store
/// that uses them, and the cycle collector sees them here and there.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Linker {
    engine: edge_runtime::Engine,
    items: Mutex<HashMap<(String, String), Py<PyAny>>>,
}

#[pymethods]
impl Linker {
    #[new]
    #[pyo3(signature = (engine = None))]
    fn new(engine: Option<&Bound<'_, Engine>>) -> Self {
        Self { engine: engine_or_default(engine), items: Mutex::default() }
    }

    /// Defines module.name: a callable, which takes on the type that the importing module wants, or a Func, Memory, Table
    /// or Global of the store that it will be used in. A later definition replaces an earlier one.
    fn define(&self, module: String, name: String, item: &Bound<'_, PyAny>) -> PyResult<()> {
        if !item.is_callable() {
            to_extern(item)?;
        }
        self.items().insert((module, name), item.clone().unbind());
        Ok(())
    }

    /// Defines every export of an instance under a module's name.
    fn instance(&self, py: Python<'_>, module: &str, instance: &Bound<'_, Instance>) -> PyResult<()> {
        let instance = instance.get();
        for (name, item) in instance.inner.exports() {
            let item = crate::instance::from_extern(py, item, &instance.keeper)?;
            self.items().insert((module.to_owned(), name.to_owned()), item.unbind());
        }
        Ok(())
    }

    /// Whether module.name is defined.
    fn contains(&self, module: String, name: String) -> bool {
        self.items().contains_key(&(module, name))
    }

    /// Makes an instance of the module in the store, with the definitions that it imports.
    fn instantiate(&self, store: &Bound<'_, Store>, module: &Bound<'_, Module>) -> PyResult<Instance> {
        let py = store.py();
        let (store, module) = (store.get(), &module.get().inner);
        let mut linker = edge_runtime::Linker::new(&self.engine);
        for import in module.imports() {
            let key = (import.module().to_owned(), import.name().to_owned());
            let item = self.items().get(&key).map(|item| item.bind(py).clone());
            match (item, import.ty()) {
                // Left to the engine, which names what is missing.
                (None, _) => {}
                (Some(item), ExternType::Func(ty)) if !item.is_instance_of::<Func>() => {
                    let host = host_function(&store.keeper, &item, ty.clone())?;
                    linker.func(&key.0, &key.1, ty, host);
                }
                (Some(item), ty) => {
                    let item = to_extern(&item).map_err(|_| {
                        let (module, name, sort) = (&key.0, &key.1, ty.sort());
                        let got = type_name(&item);
                        PyTypeError::new_err(format!("{module}.{name} is imported as a {sort} and defined as {got}"))
                    })?;
                    linker.define(&key.0, &key.1, item);
                }
            }
        }
        let inner = py.detach(|| linker.instantiate(&store.inner, module)).or_raise(py)?;
        Ok(Instance { inner, keeper: store.keeper.clone_ref(py) })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(items) = self.items.try_lock() {
            for item in items.values() {
                visit.call(item)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let items = self.items.try_lock().map(|mut items| std::mem::take(&mut *items));
        drop(items);
    }
}

impl Linker {
    fn items(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Py<PyAny>>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
