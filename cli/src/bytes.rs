//! Numbers of bytes on the command line.

/// Bytes, with the suffixes K, M and G.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1 << 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let number: u64 =
        digits.parse().map_err(|_| format!("expected a number of bytes such as 65536, 64K or 1G, got `{text}`"))?;
    number.checked_mul(factor).ok_or_else(|| format!("{text} is more than 64 bits of bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_suffixes() {
        assert_eq!(parse_bytes("65536"), Ok(65536));
        assert_eq!(parse_bytes("64K"), Ok(65536));
        assert_eq!(parse_bytes("2g"), Ok(2 << 30));
        assert!(parse_bytes("K").is_err());
        assert!(parse_bytes("12x").unwrap_err().contains("12x"));
        assert!(parse_bytes("99999999999999999999").is_err());
        assert!(parse_bytes("99999999999G").is_err());
    }
}
