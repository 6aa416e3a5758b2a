//! `edge.Linker`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use edge_runtime::{BoxError, Error, ExternType, FuncType, Kind, Phase, Val};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::engine::{Engine, engine_or_default};
use crate::errors::OrRaise;
use crate::func::Func;
use crate::hosts::host_function;
use crate::instance::{Instance, from_extern, to_extern};
use crate::interrupt::guest;
use crate::keeper::Keeper;
use crate::module::Module;
use crate::store::Store;
use crate::types::val_types;
use crate::value_in::type_name;

/// Names to host functions and instances.
///
/// Holds Python objects, not the engine's linker, which is made per instantiation: so the callables belong to the store
/// that uses them, and the cycle collector sees them here and there.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Linker {
    engine: edge_runtime::Engine,
    shadowing: bool,
    definitions: Mutex<Definitions>,
}

type Definitions = BTreeMap<(String, String), Definition>;

enum Definition {
    /// A callable, of this type or of the one that the importing module wants.
    Host { callable: Py<PyAny>, ty: Option<FuncType>, caller: bool, cost: Option<u64> },
    /// A Func, Memory, SharedMemory, Table, Global or Tag.
    Item(Py<PyAny>),
    /// A function that traps.
    Missing,
}

impl Definition {
    fn of(item: &Bound<'_, PyAny>) -> PyResult<Self> {
        if item.is_callable() && !item.is_instance_of::<Func>() {
            return Ok(Self::Host { callable: item.clone().unbind(), ty: None, caller: false, cost: None });
        }
        to_extern(item)?;
        Ok(Self::Item(item.clone().unbind()))
    }

    fn object(&self) -> Option<&Py<PyAny>> {
        match self {
            Self::Host { callable: object, .. } | Self::Item(object) => Some(object),
            Self::Missing => None,
        }
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Host { callable, ty, caller, cost } => {
                Self::Host { callable: callable.clone_ref(py), ty: ty.clone(), caller: *caller, cost: *cost }
            }
            Self::Item(item) => Self::Item(item.clone_ref(py)),
            Self::Missing => Self::Missing,
        }
    }

    /// Defines this in a linker of the engine's.
    fn define(
        &self,
        py: Python<'_>,
        linker: &mut edge_runtime::Linker,
        keeper: &Py<Keeper>,
        (module, name): (&str, &str),
        wanted: ExternType,
    ) -> PyResult<()> {
        match (self, wanted) {
            (Self::Host { callable, ty, caller, cost }, ExternType::Func(wanted)) => {
                let ty = ty.clone().unwrap_or(wanted);
                let host = host_function(keeper, callable.bind(py), ty.clone(), *caller)?;
                linker.func(module, name, ty, host);
                if let Some(cost) = cost {
                    linker.func_cost(module, name, *cost).or_raise(py)?;
                }
            }
            (Self::Host { callable, .. }, wanted) => {
                let (sort, got) = (wanted.sort(), type_name(callable.bind(py)));
                let text = format!("{module}.{name} is imported as a {sort} and defined as {got}");
                return Err(PyTypeError::new_err(text));
            }
            (Self::Item(item), _) => {
                linker.define(module, name, to_extern(item.bind(py))?);
            }
            (Self::Missing, ExternType::Func(ty)) => {
                let text = format!("the import {module}.{name} is not defined, and the guest called it");
                let missing = move |_: edge_runtime::Caller<'_>, _: &[Val], _: &mut [Val]| -> Result<(), BoxError> {
                    Err(Error::new(Phase::Host, Kind::UnknownImport, text.as_str()).into())
                };
                linker.func(module, name, ty, missing);
            }
            // The engine says that it is unknown.
            (Self::Missing, _) => {}
        }
        Ok(())
    }
}

#[pymethods]
impl Linker {
    /// Without allow_shadowing a name that is defined twice raises `incompatible_import`.
    #[new]
    #[pyo3(signature = (engine = None, *, allow_shadowing = true))]
    fn new(engine: Option<&Bound<'_, Engine>>, allow_shadowing: bool) -> Self {
        Self { engine: engine_or_default(engine), shadowing: allow_shadowing, definitions: Mutex::default() }
    }

    /// Defines module.name: a callable, which takes on the type that the importing module wants; a SharedMemory; or a Func,
    /// Memory, Table, Global or Tag of the store that it will be used in. A later definition replaces an earlier one.
    fn define(&self, py: Python<'_>, module: String, name: String, item: &Bound<'_, PyAny>) -> PyResult<()> {
        self.insert(py, (module, name), Definition::of(item)?)
    }

    /// Defines module.name as a callable of these types. With caller=True it gets an edge.Caller before its arguments; cost
    /// is what each call costs in fuel.
    #[pyo3(signature = (module, name, params, results, callable, *, caller = false, cost = None))]
    #[expect(clippy::too_many_arguments, reason = "a function has a name, a type and a body")]
    fn func(
        &self,
        py: Python<'_>,
        module: String,
        name: String,
        params: &Bound<'_, PyAny>,
        results: &Bound<'_, PyAny>,
        callable: &Bound<'_, PyAny>,
        caller: bool,
        cost: Option<u64>,
    ) -> PyResult<()> {
        if !callable.is_callable() {
            return Err(PyTypeError::new_err(format!("a host function is callable: {} is not", callable.repr()?)));
        }
        let ty = Some(FuncType::new(val_types(params)?, val_types(results)?));
        let callable = callable.clone().unbind();
        let key = (module, name);
        self.insert(py, key.clone(), Definition::Host { callable, ty, caller, cost: None })?;
        cost.map_or(Ok(()), |cost| self.func_cost(py, key.0, key.1, cost))
    }

    /// Sets what each call of a callable costs in fuel, beside the call itself. Needs Engine(fuel=True).
    fn func_cost(&self, py: Python<'_>, module: String, name: String, cost: u64) -> PyResult<()> {
        let key = (module, name);
        let mut definitions = self.definitions();
        // The engine's own linker says what is wrong with it.
        let mut engine = edge_runtime::Linker::new(&self.engine);
        match definitions.get(&key) {
            Some(Definition::Item(item)) => drop(engine.define(&key.0, &key.1, to_extern(item.bind(py))?)),
            Some(Definition::Host { .. } | Definition::Missing) => {
                engine.func(&key.0, &key.1, FuncType::new([], []), |_, _, _| Ok(()));
            }
            None => {}
        }
        engine.func_cost(&key.0, &key.1, cost).or_raise(py)?;
        if let Some(Definition::Host { cost: price, .. }) = definitions.get_mut(&key) {
            *price = Some(cost);
        }
        Ok(())
    }

    /// Defines every export of an instance under a module's name.
    fn instance(&self, py: Python<'_>, module: &str, instance: &Bound<'_, Instance>) -> PyResult<()> {
        let instance = instance.get();
        for (name, item) in instance.inner.exports() {
            let item = from_extern(py, item, &instance.keeper)?;
            self.insert(py, (module.to_owned(), name.to_owned()), Definition::Item(item.unbind()))?;
        }
        Ok(())
    }

    /// Defines what is defined as module.name under another name, too.
    fn alias(&self, py: Python<'_>, module: String, name: String, as_module: String, as_name: String) -> PyResult<()> {
        let key = (module, name);
        let definition = self.definitions().get(&key).map(|definition| definition.clone_ref(py));
        let Some(definition) = definition else {
            let text = format!("{}.{} is not defined in the linker", key.0, key.1);
            return Err(Error::new(Phase::Link, Kind::UnknownImport, text)).or_raise(py);
        };
        self.insert(py, (as_module, as_name), definition)
    }

    /// Defines everything that is defined under a module's name under another name, too.
    fn alias_module(&self, py: Python<'_>, module: &str, as_module: &str) -> PyResult<()> {
        let all: Vec<_> = {
            let definitions = self.definitions();
            let named = definitions.iter().filter(|((of, _), _)| of == module);
            named.map(|((_, name), definition)| (name.clone(), definition.clone_ref(py))).collect()
        };
        if all.is_empty() {
            let text = format!("nothing is defined in the linker under the name {module:?}");
            return Err(Error::new(Phase::Link, Kind::UnknownImport, text)).or_raise(py);
        }
        all.into_iter().try_for_each(|(name, definition)| self.insert(py, (as_module.to_owned(), name), definition))
    }

    /// Defines every function that the module imports and that is not defined yet: calling it raises `unknown_import`.
    fn define_unknown_as_traps(&self, module: &Bound<'_, Module>) {
        let mut definitions = self.definitions();
        for import in module.get().inner.imports() {
            if matches!(import.ty(), ExternType::Func(_)) {
                let key = (import.module().to_owned(), import.name().to_owned());
                definitions.entry(key).or_insert(Definition::Missing);
            }
        }
    }

    /// Whether module.name is defined.
    fn contains(&self, module: String, name: String) -> bool {
        self.definitions().contains_key(&(module, name))
    }

    /// The names of all definitions, in the order of the alphabet.
    #[getter(definitions)]
    fn names(&self) -> Vec<(String, String)> {
        self.definitions().keys().cloned().collect()
    }

    /// Makes an instance of the module in the store, with the definitions that it imports.
    fn instantiate(&self, store: &Bound<'_, Store>, module: &Bound<'_, Module>) -> PyResult<Instance> {
        let py = store.py();
        let (store, module) = (store.get(), &module.get().inner);
        let mut linker = edge_runtime::Linker::new(&self.engine);
        for import in module.imports() {
            let key = (import.module().to_owned(), import.name().to_owned());
            let definition = self.definitions().get(&key).map(|definition| definition.clone_ref(py));
            // What is not defined is left to the engine, which names what is missing.
            if let Some(definition) = definition {
                definition.define(py, &mut linker, &store.keeper, (&key.0, &key.1), import.ty())?;
            }
        }
        let inner = guest(py, || linker.instantiate(&store.inner, module))?;
        Ok(Instance { inner, keeper: store.keeper.clone_ref(py) })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(definitions) = self.definitions.try_lock() {
            for object in definitions.values().filter_map(Definition::object) {
                visit.call(object)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let definitions = self.definitions.try_lock().map(|mut definitions| std::mem::take(&mut *definitions));
        drop(definitions);
    }
}

impl Linker {
    fn definitions(&self) -> MutexGuard<'_, Definitions> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, py: Python<'_>, key: (String, String), definition: Definition) -> PyResult<()> {
        let mut definitions = self.definitions();
        if !self.shadowing && definitions.contains_key(&key) {
            let text = format!("{}.{} is defined already, and shadowing is not allowed", key.0, key.1);
            return Err(Error::new(Phase::Link, Kind::IncompatibleImport, text)).or_raise(py);
        }
        let before = definitions.insert(key, definition);
        // Finalizers may come here again.
        drop(definitions);
        drop(before);
        Ok(())
    }
}
