use std::fmt;

/// Why a document is not a value of the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes into the document.
    pub at: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What can be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The document stops within a value.
    Ended,
    /// Something else was expected than the value with this first byte.
    Expected {
        /// What was expected.
        what: &'static str,
        /// The first byte of what stands there.
        found: u8,
    },
    /// A number does not fit this type.
    OutOfRange(&'static str),
    /// A string is not UTF-8.
    NotUtf8,
    /// A field of a struct is missing.
    Missing(&'static str),
    /// An enum has no variant of that name.
    UnknownVariant {
        /// The enum.
        of: &'static str,
        /// The name in the document.
        name: String,
    },
    /// An array has another length.
    Length {
        /// How many items the type has.
        expected: usize,
        /// How many the document has.
        found: usize,
    },
    /// Bytes follow the document.
    Trailing,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed document at byte {}: ", self.at)?;
        match &self.reason {
            Reason::Ended => f.write_str("it ends within a value"),
            Reason::Expected { what, found } => write!(f, "expected {what}, found {} (0x{found:02x})", sort(*found)),
            Reason::OutOfRange(what) => write!(f, "the number does not fit {what}"),
            Reason::NotUtf8 => f.write_str("the string is not UTF-8"),
            Reason::Missing(field) => write!(f, "the field `{field}` is missing"),
            Reason::UnknownVariant { of, name } => write!(f, "`{of}` has no variant `{name}`"),
            Reason::Length { expected, found } => write!(f, "expected {expected} items, found {found}"),
            Reason::Trailing => f.write_str("bytes follow its end"),
        }
    }
}

impl std::error::Error for Malformed {}

/// The sort of value that begins with a byte.
fn sort(first: u8) -> &'static str {
    match first {
        0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => "an integer",
        0x80..=0x8f | 0xde | 0xdf => "a map",
        0x90..=0x9f | 0xdc | 0xdd => "an array",
        0xa0..=0xbf | 0xd9..=0xdb => "a string",
        0xc0 => "nil",
        0xc1 => "an unused byte",
        0xc2 | 0xc3 => "a boolean",
        0xc4..=0xc6 => "bytes",
        0xc7..=0xc9 | 0xd4..=0xd8 => "an extension",
        0xca | 0xcb => "a float",
    }
}
