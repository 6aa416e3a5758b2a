//! How large a module may be. Below the limits of the validator, above every real program that we know of.

use crate::types::{Error, Kind, Phase, Result};

/// Upper bounds on a module's size, so that compiling a stranger's module takes a bounded amount of time and memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Bytes of the module.
    pub module_size: u64,
    /// Functions, imported ones included.
    pub functions: u64,
    /// Items of one section, and custom sections: what is kept of one is many times larger than the item.
    pub items: u64,
    /// Bytes of one function's body.
    pub body_size: u64,
    /// Locals of one function, parameters included.
    pub locals: u64,
    /// Targets of one `br_table`.
    pub branch_targets: u64,
    /// Blocks inside one another.
    pub nesting: u64,
    /// Operands on the stack of one function at the same time.
    pub operands: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            module_size: 256 << 20,
            functions: 200_000,
            items: 1_000_000,
            body_size: 4 << 20,
            locals: 50_000,
            branch_targets: 65_536,
            nesting: 10_000,
            operands: 10_000,
        }
    }
}

/// Fails with [`Kind::TooLarge`] when `actual` exceeds `cap`. `what` names the thing in the plural, `at` is where it
/// stands in the module's bytes.
pub(super) fn check(what: &str, actual: u64, cap: u64, at: u64) -> Result<()> {
    if actual <= cap {
        return Ok(());
    }
    Err(Error::new(
        Phase::Validate,
        Kind::TooLarge,
        format!("{actual} {what}, but at most {cap} are allowed (at offset {at:#x})"),
    ))
}
