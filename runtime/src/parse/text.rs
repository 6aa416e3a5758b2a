//! The text format.

use crate::types::{Error, Kind, Phase, Result};

/// Translates a module in the text format to the binary format.
///
/// # Errors
///
/// [`Kind::Malformed`] with line and column when the text is not a module.
pub(crate) fn text_to_binary(text: &str) -> Result<Vec<u8>> {
    wat::parse_str(text).map_err(|e| Error::new(Phase::Load, Kind::Malformed, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_binary() {
        assert_eq!(text_to_binary("(module)").unwrap(), b"\0asm\x01\0\0\0");
    }

    #[test]
    fn a_mistake_is_reported_with_line_and_column() {
        let error = text_to_binary("(module\n  (func (result i33)))").unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Load, Kind::Malformed));
        assert!(error.message().contains("2:17"), "{}", error.message());
    }
}
