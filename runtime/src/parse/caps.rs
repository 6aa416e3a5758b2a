//! How large a module may be: looking at [`ModuleLimits`](crate::types::ModuleLimits).

use crate::types::{Error, Kind, Phase, Result};

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
