//! The doors below the easy one: safe handles over the run-time side.
//!
//! Every handle keeps its [`Store`] alive, is `Clone + Send + Sync`, and may be dropped in any order. A store serves one thread
//! at a time: a call from another thread waits ([`Store::try_enter`] tells instead), a call from inside of a host
//! function of the same thread goes through.

mod artifact;
mod cache;
mod engine;
mod exception;
mod extern_;
mod func;
mod global;
mod host_func;
mod host_module;
mod instance;
pub mod interrupt;
mod linker;
mod matching;
mod memory;
mod mode;
mod module;
mod shared_memory;
mod statistics;
mod store;
mod table;
mod tag;
mod typed;
mod val;

pub use artifact::ArtifactForm;
pub use engine::Engine;
pub use exception::ExnRef;
pub use extern_::Extern;
pub use func::{Func, TypedFunc};
pub use global::Global;
pub use host_func::{Caller, HostParams, HostResults, IntoHostFunc};
pub use host_module::HostModule;
pub use instance::Instance;
pub use interrupt::{CallOptions, CancelToken};
pub use linker::Linker;
pub use memory::Memory;
pub use mode::Mode;
pub use module::{Export, ImportType, Module};
pub use shared_memory::{AtomicInt, SharedMemory, WaitOutcome};
pub use statistics::Statistics;
pub use store::{Store, StoreGuard};
pub use table::Table;
pub use tag::Tag;
pub use typed::{WasmList, WasmParams, WasmResults, WasmType};
pub use val::{ExternRef, Val};
