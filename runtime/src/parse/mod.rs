//! Bytes to [`ModuleInfo`]: reading, validating and cutting a module into what the later phases need.

mod bodies;
mod caps;
mod convert;
mod escapes;
mod failure;
mod info;
mod module;
mod names;
mod text;

#[cfg(test)]
mod tests;

pub use caps::Caps;
pub use info::{
    ConstExpr, DataSegment, ElementMode, ElementSegment, Export, ExternIndex, FuncBody, Import, ModuleInfo, Names,
};
pub use module::parse;
pub use text::text_to_binary;
