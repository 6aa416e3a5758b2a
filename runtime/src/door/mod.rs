//! The easy door: [`Vm`], one module with its store, its WASI and its limits, run by name with native values, and [`Pool`], several of them.

mod builder;
mod convert;
mod from_value;
mod function;
mod imports;
mod pool;
mod running;
mod source;
mod vm;

pub use builder::VmBuilder;
pub use convert::{IntoArgs, IntoValue};
pub use from_value::FromValue;
pub use function::Function;
pub use imports::{HostCall, Imports};
pub use pool::{Pool, PoolBuilder, Pooled};
pub use source::Source;
pub use vm::Vm;
