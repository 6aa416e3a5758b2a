//! The nouns that every phase shares: errors, wasm types, limits, rich values and the layouts that compiled code and the
//! run-time side both read. No execution and no operating system here.

mod config;
mod error;
mod kind;
pub mod layout;
mod limits;
mod proposal;
mod trap;
mod value;
mod wasm;

pub use config::{Config, OptLevel};
pub use error::{BoxError, Error, Frame, Result};
pub use kind::{Kind, Phase};
pub use limits::{Limits, ModuleLimits};
pub use proposal::{Proposal, Proposals};
pub use trap::Trap;
pub use value::{Value, Vector};
pub use wasm::{ExternType, FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, TypeId, ValType};
