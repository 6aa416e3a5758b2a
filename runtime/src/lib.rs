//! **edge**: WebAssembly that an application embeds as easily as it calls a function.
//!
//! The easy door is [`Vm`]: one module, its WASI, its limits, run by name with native values. Below it stand [`Engine`],
//! [`Module`], [`Store`], [`Linker`], [`Instance`], [`Func`], [`Memory`], [`Table`] and [`Global`].
//!
//! Dependencies between the folders run one way: `types -> parse -> compile -> artifact -> vm -> api -> wasi, bindgen -> door`.

pub mod types;

mod parse;

mod compile;

mod artifact;

mod vm;

mod api;

pub mod bindgen;

pub mod wasi;

mod door;

pub use api::interrupt;
pub use api::{
    ArtifactForm, AtomicInt, CallOptions, Caller, CancelToken, Engine, ExnRef, Export, Extern, ExternRef, Func, Global,
    HostModule, HostParams, HostResults, ImportType, Instance, IntoHostFunc, Linker, Memory, Mode, Module,
    SharedMemory, Statistics, Store, StoreGuard, Table, Tag, TypedFunc, Val, WaitOutcome, WasmList, WasmParams,
    WasmResults, WasmType,
};
pub use door::{
    FromValue, Function, HostCall, Imports, IntoArgs, IntoValue, Pool, PoolBuilder, Pooled, Source, Vm, VmBuilder,
};
pub use types::{
    BoxError, Cache, Compile, Config, CostTable, Error, ExternType, Frame, FuncType, GlobalType, HeapType, HostError,
    Kind, Limits, MemoryType, ModuleLimits, OptLevel, Phase, Proposal, Proposals, RefType, Result, TableType, Target,
    Terminate, Trap, TypeHandle, TypeId, ValType, Value, Vector, terminate,
};
pub use wasi::WasiConfig;

/// The version of this library, as `major.minor.patch`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
