//! [`ModuleInfo`](crate::parse::ModuleInfo) to machine code. Nothing here executes anything.

mod output;

pub use output::{CodeAddress, CompiledFunction, CompiledModule};
