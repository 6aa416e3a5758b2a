//! [`ModuleInfo`](crate::parse::ModuleInfo) to machine code. Nothing here executes anything.

mod bounds;
mod compiler;
mod environment;
mod function;
mod link;
mod output;
mod regions;
mod settings;
mod signature;
mod trampoline;
mod translate;
mod trap_codes;

#[cfg(test)]
mod tests;

pub use compiler::Compiler;
pub use output::{CodeAddress, CompiledFunction, CompiledModule, TrampolineCode};
pub use settings::{OptLevel, Settings};
