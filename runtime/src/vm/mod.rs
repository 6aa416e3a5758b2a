//! What compiled code needs to run: memory and code in the address space, stores and what lives in them, entering and
//! leaving guests.
//!
//! A call: [`call`] -> `traps::invoke` -> `traps::sys::enter` -> array trampoline -> guest. A module: [`Module::new`] ->
//! `code::Code::publish` -> `registry`. An instance: [`Instance::new`] -> [`Instance::initialise`].

mod arena;
mod backtrace;
mod builtins;
mod call;
mod code;
mod engine;
mod host;
mod instance;
mod memory;
mod mmap;
mod module;
mod registry;
mod segments;
mod store;
mod symbols;
mod table;
mod traps;

pub use backtrace::function_name;
pub use call::call;
pub use engine::{Engine, Trampolines};
pub use host::HostFn;
pub use instance::{Import, Instance};
pub use memory::{MAX_PAGES, Memory};
pub use module::Module;
pub use store::{HostObject, Inside, Store};
pub use table::Table;

use crate::types::Result;

/// Looks whether our signal handler is still the first, and sees to it that it is. Before guests begin to run.
pub fn verify_handlers() -> Result<()> {
    traps::verify()
}
