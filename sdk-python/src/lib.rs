//! The extension behind the Python package `edge`: what needs the interpreter's C interface, and nothing else.
//!
//! | files | what |
//! | --- | --- |
//! | `engine module store linker instance func memory shared_memory table global tag` | the classes of the same names |
//! | `artifact cache progress` | compiled code in files and in caches; how far the compiler is |
//! | `vm pool loan setup imports wasi limits statistics` | the easy door |
//! | `options interrupt` | what ends calls: deadlines, tokens, fuel; Python's signals |
//! | `function scalar signature` | exported functions as objects with the cheapest entry |
//! | `hosts` | callables as host functions |
//! | `value_in value_out val` | values from and to Python |
//! | `errors keeper types` | errors, cycle collection, WebAssembly's own types |
//!
//! Two rules hold everywhere. What may wait (for a store that runs in another thread, for the compiler, for the guest)
//! waits detached from the interpreter: who holds the store may be waiting for the interpreter. And no Rust value that
//! guests can reach owns a Python object except through [`keeper::Keeper`], so that the cycle collector sees it.

mod artifact;
mod cache;
mod engine;
mod errors;
mod func;
mod function;
mod global;
mod hosts;
mod imports;
mod instance;
mod interrupt;
mod keeper;
mod limits;
mod linker;
mod loan;
mod memory;
mod module;
mod options;
mod pool;
mod progress;
mod scalar;
mod setup;
mod shared_memory;
mod signature;
mod statistics;
mod store;
mod table;
mod tag;
mod types;
mod val;
mod value_in;
mod value_out;
mod vm;
mod wasi;

use edge_runtime::{Kind, Phase};
use pyo3::prelude::*;

/// Name, number and meaning of every kind of error: `edge.kinds` is made from it.
#[pyfunction]
fn kinds() -> Vec<(&'static str, u32, &'static str)> {
    Kind::ALL.iter().map(|kind| (kind.name(), kind.code(), kind.doc())).collect()
}

/// Name, number and meaning of every phase: `edge.kinds` is made from it.
#[pyfunction]
fn phases() -> Vec<(&'static str, u32, &'static str)> {
    Phase::ALL.iter().map(|phase| (phase.name(), phase.code(), phase.doc())).collect()
}

#[pymodule]
fn _edge(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", edge_runtime::VERSION)?;
    module.add_function(wrap_pyfunction!(kinds, module)?)?;
    module.add_function(wrap_pyfunction!(phases, module)?)?;
    module.add_function(wrap_pyfunction!(interrupt::wait_readable, module)?)?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<cache::Cache>()?;
    module.add_class::<module::Module>()?;
    module.add_class::<store::Store>()?;
    module.add_class::<linker::Linker>()?;
    module.add_class::<instance::Instance>()?;
    module.add_class::<func::Func>()?;
    module.add_class::<memory::Memory>()?;
    module.add_class::<shared_memory::SharedMemory>()?;
    module.add_class::<table::Table>()?;
    module.add_class::<global::Global>()?;
    module.add_class::<tag::Tag>()?;
    module.add_class::<tag::ExnRef>()?;
    module.add_class::<limits::Limits>()?;
    module.add_class::<limits::ModuleLimits>()?;
    module.add_class::<options::CancelToken>()?;
    module.add_class::<statistics::Statistics>()?;
    module.add_class::<hosts::Caller>()?;
    module.add_class::<keeper::Keeper>()?;
    interrupt::watch_forks(module)?;
    module.add_class::<wasi::Wasi>()?;
    module.add_class::<vm::Vm>()?;
    module.add_class::<pool::Pool>()?;
    module.add("Function", function::function_type(module.py())?)
}
