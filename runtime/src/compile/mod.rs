//! [`ModuleInfo`](crate::parse::ModuleInfo) to machine code. Nothing here executes anything.

mod bounds;
mod compiler;
mod environment;
mod function;
mod host_request;
mod link;
mod output;
mod regions;
mod settings;
mod signature;
mod stack;
mod trampoline;
mod translate;
mod trap_codes;
mod workspace;

#[cfg(test)]
mod tests;

pub(crate) use compiler::Compiler;
pub(crate) use output::CompiledFunction;
pub(crate) use output::CompiledModule;
#[cfg(test)]
pub(crate) use output::{CallSite, CodeAddress, Handler};
pub(crate) use settings::Settings;
pub(crate) use workspace::Workspace;
