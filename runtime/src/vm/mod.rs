//! What compiled code needs to run: memory and code in the address space, stores and what lives in them, entering and
//! leaving guests.
//!
//! A call: [`call`] -> `traps::invoke` -> `traps::sys::enter` -> array trampoline -> guest. A module: [`Module::new`] ->
//! `code::Code::publish` -> `registry`. An instance: [`Instance::new`] -> [`Instance::initialise`].

mod arena;
mod atomic;
mod backtrace;
mod builtins;
mod bulk;
pub(crate) mod bytes;
mod call;
mod code;
mod constant;
mod engine;
mod exception;
mod host;
mod instance;
mod interpreter;
pub(crate) mod interrupt;
mod lazy;
mod memory;
mod metering;
mod mmap;
mod module;
mod objects;
mod registry;
mod segments;
mod shared_memory;
mod store;
mod symbols;
mod table;
mod traps;
mod wait_queue;

pub(crate) use backtrace::function_name;
pub(crate) use call::call;
pub(crate) use engine::Engine;
pub(crate) use exception::{Exception, Tag};
pub(crate) use host::HostFn;
pub(crate) use instance::{Import, Instance};
pub(crate) use memory::Memory;
pub(crate) use metering::Measure;
pub(crate) use module::Module;
pub(crate) use shared_memory::{AtomicSize, SharedMemory};
pub(crate) use store::{Inside, Quota, Store};
pub(crate) use table::Table;
pub(crate) use traps::left as stack_left;
pub(crate) use wait_queue::Waited;
