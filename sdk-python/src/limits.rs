//! `edge.Limits` and `edge.ModuleLimits`.

use pyo3::prelude::*;

use crate::options::seconds;

/// What the guests of one store may use, all together, and how large modules may be. What is not given has a default that
/// is safe for code that nobody has read.
///
/// memory, stack and result_size are in bytes, table in elements; recursion bounds calls inside one another of guests by
/// hosts; fuel is what a store begins with (None: no limit; needs Engine(fuel=True)); deadline is how long each call from
/// the host may take, in seconds or as a timedelta (None: for ever); module is a ModuleLimits.
#[pyclass(frozen, eq, module = "edge")]
#[derive(PartialEq)]
pub(crate) struct Limits {
    pub(crate) inner: edge_runtime::Limits,
}

#[pymethods]
impl Limits {
    #[new]
    #[pyo3(signature = (*, memory = None, table = None, instances = None, stack = None, result_size = None,
                        recursion = None, fuel = None, deadline = None, module = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords, one per limit")]
    fn new(
        memory: Option<u64>,
        table: Option<u64>,
        instances: Option<u32>,
        stack: Option<usize>,
        result_size: Option<usize>,
        recursion: Option<u32>,
        fuel: Option<u64>,
        deadline: Option<&Bound<'_, PyAny>>,
        module: Option<&Bound<'_, ModuleLimits>>,
    ) -> PyResult<Self> {
        let mut inner = edge_runtime::Limits::default();
        inner.memory = memory.unwrap_or(inner.memory);
        inner.table = table.unwrap_or(inner.table);
        inner.instances = instances.unwrap_or(inner.instances);
        inner.stack = stack.unwrap_or(inner.stack);
        inner.result_size = result_size.unwrap_or(inner.result_size);
        inner.recursion = recursion.unwrap_or(inner.recursion);
        inner.fuel = fuel;
        inner.deadline = deadline.map(|deadline| seconds("deadline", deadline)).transpose()?;
        if let Some(module) = module {
            inner.module = module.get().inner.clone();
        }
        Ok(Self { inner })
    }

    /// Bytes of all linear memories together.
    #[getter]
    fn memory(&self) -> u64 {
        self.inner.memory
    }

    /// Elements of all tables together.
    #[getter]
    fn table(&self) -> u64 {
        self.inner.table
    }

    /// Instances in the store.
    #[getter]
    fn instances(&self) -> u32 {
        self.inner.instances
    }

    /// Bytes of native stack that guest code may use.
    #[getter]
    fn stack(&self) -> usize {
        self.inner.stack
    }

    /// Bytes of one result that the host reads out of the guest.
    #[getter]
    fn result_size(&self) -> usize {
        self.inner.result_size
    }

    /// Calls into the store inside one another.
    #[getter]
    fn recursion(&self) -> u32 {
        self.inner.recursion
    }

    /// Fuel that a store begins with; None is no limit.
    #[getter]
    fn fuel(&self) -> Option<u64> {
        self.inner.fuel
    }

    /// Seconds that a call from the host may take; None is for ever.
    #[getter]
    fn deadline(&self) -> Option<f64> {
        self.inner.deadline.map(|time| time.as_secs_f64())
    }

    /// How large a module may be.
    #[getter]
    fn module(&self) -> ModuleLimits {
        ModuleLimits { inner: self.inner.module.clone() }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let edge_runtime::Limits { memory, table, instances, stack, result_size, recursion, .. } = self.inner;
        let fuel = self.inner.fuel.map_or_else(|| "None".into(), |fuel| fuel.to_string());
        let deadline = self.deadline().map_or_else(|| "None".into(), |time| time.to_string());
        let module = self.module().__repr__(py);
        format!(
            "Limits(memory={memory}, table={table}, instances={instances}, stack={stack}, result_size={result_size}, \
             recursion={recursion}, fuel={fuel}, deadline={deadline}, module={module})"
        )
    }
}

/// Declares `ModuleLimits` once for constructor, getters and text.
macro_rules! module_limits {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// How large a module may be, so that compiling a stranger's module takes a bounded amount of time and memory.
        #[pyclass(frozen, eq, module = "edge")]
        #[derive(PartialEq)]
        pub(crate) struct ModuleLimits {
            inner: edge_runtime::ModuleLimits,
        }

        #[pymethods]
        impl ModuleLimits {
            #[new]
            #[pyo3(signature = (*, $($name = None),+))]
            #[expect(clippy::too_many_arguments, reason = "keywords, one per limit")]
            fn new($($name: Option<u64>),+) -> Self {
                let mut inner = edge_runtime::ModuleLimits::default();
                $(inner.$name = $name.unwrap_or(inner.$name);)+
                Self { inner }
            }

            $($(#[doc = $doc])+
            #[getter]
            fn $name(&self) -> u64 {
                self.inner.$name
            })+

            fn __repr__(&self, _py: Python<'_>) -> String {
                let members = [$(format!("{}={}", stringify!($name), self.inner.$name)),+];
                format!("ModuleLimits({})", members.join(", "))
            }
        }
    };
}

module_limits! {
    /// Bytes of the module.
    module_size,
    /// Functions, imported ones included.
    functions,
    /// Items of one section, and custom sections.
    items,
    /// Bytes of one function's body.
    body_size,
    /// Locals of one function, parameters included.
    locals,
    /// Targets of one br_table.
    branch_targets,
    /// Blocks inside one another.
    nesting,
    /// Operands on the stack of one function at the same time.
    operands,
}
