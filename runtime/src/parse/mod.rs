//! Bytes to [`ModuleInfo`]: reading, validating and cutting a module into what the later phases need.

mod info;

pub use info::{
    ConstExpr, DataSegment, ElementMode, ElementSegment, Export, ExternIndex, FuncBody, Import, ModuleInfo, Names,
};
