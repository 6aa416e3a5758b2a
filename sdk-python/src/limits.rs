//! `edge.Limits`.

use pyo3::prelude::*;

/// What the guests of one store may use, all together. What is not given has a default that is safe for code that
/// nobody has read.
#[pyclass(frozen, eq, module = "edge")]
#[derive(PartialEq)]
pub(crate) struct Limits {
    pub(crate) inner: edge_runtime::Limits,
}

#[pymethods]
impl Limits {
    #[new]
    #[pyo3(signature = (*, memory = None, table = None, instances = None, stack = None, result_size = None))]
    fn new(
        memory: Option<u64>,
        table: Option<u64>,
        instances: Option<u32>,
        stack: Option<usize>,
        result_size: Option<usize>,
    ) -> Self {
        let mut inner = edge_runtime::Limits::default();
        inner.memory = memory.unwrap_or(inner.memory);
        inner.table = table.unwrap_or(inner.table);
        inner.instances = instances.unwrap_or(inner.instances);
        inner.stack = stack.unwrap_or(inner.stack);
        inner.result_size = result_size.unwrap_or(inner.result_size);
        Self { inner }
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

    fn __repr__(&self) -> String {
        let edge_runtime::Limits { memory, table, instances, stack, result_size, .. } = self.inner;
        format!(
            "Limits(memory={memory}, table={table}, instances={instances}, stack={stack}, result_size={result_size})"
        )
    }
}
