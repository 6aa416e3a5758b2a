//! Bytes to [`ModuleInfo`]: reading, validating and cutting a module into what the later phases need.

mod bodies;
mod branch_hints;
mod caps;
mod const_expr;
mod convert;
mod escapes;
mod failure;
mod features;
mod gc;
mod info;
mod module;
mod names;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use const_expr::{ConstExpr, ConstOp};
pub(crate) use info::{ElementMode, ExternIndex, FuncBody, Import, ModuleInfo};
pub(crate) use module::{outline, parse};
pub(crate) use text::text_to_binary;
