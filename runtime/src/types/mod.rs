//! The nouns that every phase shares: errors, wasm types, limits, rich values and the layouts that compiled code and the
//! run-time side both read. No execution and no operating system here.

mod cache;
mod config;
mod cost;
mod error;
mod host_error;
pub(crate) mod interner;
mod kind;
pub mod layout;
mod limits;
mod opcode;
mod proposal;
mod trap;
mod value;
mod wasm;

pub use cache::Cache;
pub use config::{Compile, Config, OptLevel, Target};
pub use cost::CostTable;
pub(crate) use cost::{is_executed, price_of_bytes};
pub use error::{BoxError, Error, Frame, Result};
pub use host_error::{HostError, Terminate, terminate};
pub use interner::TypeHandle;
pub use kind::{Kind, Phase};
pub use limits::{Limits, ModuleLimits};
pub(crate) use opcode::{Class, Opcode};
pub use proposal::{Proposal, Proposals};
pub use trap::Trap;
pub use value::{Value, Vector};
pub use wasm::{ExternType, FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, TypeId, ValType};
