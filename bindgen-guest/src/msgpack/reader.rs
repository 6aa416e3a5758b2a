use super::{Malformed, Reason};

type Result<T> = std::result::Result<T, Malformed>;

/// Reads a document from its bytes; strings and binary data are borrowed from them.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Bytes are left.
    pub fn finish(self) -> Result<()> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.malformed(Reason::Trailing)) }
    }

    /// How many bytes are left: a bound on how many values can follow, whatever a head claims.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error at this place.
    #[cold]
    #[must_use]
    pub fn malformed(&self, reason: Reason) -> Malformed {
        Malformed { at: self.at, reason }
    }

    /// The value at this place is not what the type asks for.
    #[cold]
    fn expected<T>(&self, what: &'static str) -> Result<T> {
        Err(match self.bytes.get(self.at) {
            Some(&found) => self.malformed(Reason::Expected { what, found }),
            None => self.malformed(Reason::Ended),
        })
    }

    /// The first byte of the next value, which stays.
    ///
    /// # Errors
    /// The document has ended.
    pub fn peek(&self) -> Result<u8> {
        self.bytes.get(self.at).copied().ok_or_else(|| self.malformed(Reason::Ended))
    }

    /// `count` bytes, `skip` bytes further on.
    fn slice(&mut self, skip: usize, count: usize) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.at + skip..).and_then(|rest| rest.get(..count));
        let slice = rest.ok_or_else(|| self.malformed(Reason::Ended))?;
        self.at += skip + count;
        Ok(slice)
    }

    /// The big-endian number after the first byte.
    fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        let slice = self.slice(1, N)?;
        Ok(slice.try_into().expect("slice returns as many bytes as asked for"))
    }

    /// The count after a head of 8, 16 or 32 bits.
    fn count(&mut self, width: u8) -> Result<usize> {
        Ok(match width {
            8 => usize::from(u8::from_be_bytes(self.number()?)),
            16 => usize::from(u16::from_be_bytes(self.number()?)),
            _ => u32::from_be_bytes(self.number()?) as usize,
        })
    }

    /// Takes a nil if one stands here.
    ///
    /// # Errors
    /// The document has ended.
    pub fn take_nil(&mut self) -> Result<bool> {
        let nil = self.peek()? == 0xc0;
        self.at += usize::from(nil);
        Ok(nil)
    }

    /// A nil.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn nil(&mut self) -> Result<()> {
        if self.take_nil()? { Ok(()) } else { self.expected("nil") }
    }

    /// A boolean.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn bool(&mut self) -> Result<bool> {
        match self.peek()? {
            first @ (0xc2 | 0xc3) => {
                self.at += 1;
                Ok(first == 0xc3)
            }
            _ => self.expected("a boolean"),
        }
    }

    /// An integer of any form, with all values of `i64` and `u64`.
    fn integer(&mut self, what: &'static str) -> Result<i128> {
        Ok(match self.peek()? {
            first @ (0x00..=0x7f | 0xe0..=0xff) => {
                self.at += 1;
                i128::from(first as i8)
            }
            0xcc => u8::from_be_bytes(self.number()?).into(),
            0xcd => u16::from_be_bytes(self.number()?).into(),
            0xce => u32::from_be_bytes(self.number()?).into(),
            0xcf => u64::from_be_bytes(self.number()?).into(),
            0xd0 => i8::from_be_bytes(self.number()?).into(),
            0xd1 => i16::from_be_bytes(self.number()?).into(),
            0xd2 => i32::from_be_bytes(self.number()?).into(),
            0xd3 => i64::from_be_bytes(self.number()?).into(),
            _ => return self.expected(what),
        })
    }

    /// An integer of the type `T`; `what` names it in errors.
    ///
    /// # Errors
    /// Something else stands here, or the number does not fit.
    pub fn int<T: TryFrom<i128>>(&mut self, what: &'static str) -> Result<T> {
        let start = self.at;
        let wide = self.integer(what)?;
        T::try_from(wide).map_err(|_| Malformed { at: start, reason: Reason::OutOfRange(what) })
    }

    /// A float of 64 bits; narrower floats and integers are widened.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn f64(&mut self) -> Result<f64> {
        Ok(match self.peek()? {
            0xca => f32::from_be_bytes(self.number()?).into(),
            0xcb => f64::from_be_bytes(self.number()?),
            _ => self.integer("a float")? as f64,
        })
    }

    /// A float of 32 bits; wider floats and integers are rounded.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn f32(&mut self) -> Result<f32> {
        Ok(match self.peek()? {
            0xca => f32::from_be_bytes(self.number()?),
            0xcb => f64::from_be_bytes(self.number()?) as f32,
            _ => self.integer("a float")? as f32,
        })
    }

    /// A string.
    ///
    /// # Errors
    /// Something else stands here, or it is not UTF-8.
    pub fn str(&mut self) -> Result<&'a str> {
        let start = self.at;
        let count = match self.peek()? {
            first @ 0xa0..=0xbf => {
                self.at += 1;
                usize::from(first & 0x1f)
            }
            0xd9 => self.count(8)?,
            0xda => self.count(16)?,
            0xdb => self.count(32)?,
            _ => return self.expected("a string"),
        };
        let bytes = self.slice(0, count)?;
        std::str::from_utf8(bytes).map_err(|_| Malformed { at: start, reason: Reason::NotUtf8 })
    }

    /// Whether binary data stands here.
    ///
    /// # Errors
    /// The document has ended.
    pub fn is_bin(&self) -> Result<bool> {
        Ok(matches!(self.peek()?, 0xc4..=0xc6))
    }

    /// Binary data.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn bin(&mut self) -> Result<&'a [u8]> {
        let count = match self.peek()? {
            0xc4 => self.count(8)?,
            0xc5 => self.count(16)?,
            0xc6 => self.count(32)?,
            _ => return self.expected("bytes"),
        };
        self.slice(0, count)
    }

    /// The head of an array: how many values follow.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn array(&mut self) -> Result<usize> {
        match self.peek()? {
            first @ 0x90..=0x9f => {
                self.at += 1;
                Ok(usize::from(first & 0xf))
            }
            0xdc => self.count(16),
            0xdd => self.count(32),
            _ => self.expected("an array"),
        }
    }

    /// The head of an array that must have `expected` items.
    ///
    /// # Errors
    /// Something else stands here, or the array has another length.
    pub fn array_of(&mut self, expected: usize) -> Result<()> {
        let start = self.at;
        let found = self.array()?;
        if found == expected {
            Ok(())
        } else {
            Err(Malformed { at: start, reason: Reason::Length { expected, found } })
        }
    }

    /// The head of a map: how many keys, each with its value, follow.
    ///
    /// # Errors
    /// Something else stands here.
    pub fn map(&mut self) -> Result<usize> {
        match self.peek()? {
            first @ 0x80..=0x8f => {
                self.at += 1;
                Ok(usize::from(first & 0xf))
            }
            0xde => self.count(16),
            0xdf => self.count(32),
            _ => self.expected("a map"),
        }
    }

    /// The name of an enum's variant, and whether a payload follows.
    ///
    /// # Errors
    /// Neither a string nor a map of one entry stands here.
    pub fn variant(&mut self) -> Result<(&'a str, bool)> {
        if !matches!(self.peek()?, 0x80..=0x8f | 0xde | 0xdf) {
            return Ok((self.str()?, false));
        }
        let start = self.at;
        match self.map()? {
            1 => Ok((self.str()?, true)),
            found => Err(Malformed { at: start, reason: Reason::Length { expected: 1, found } }),
        }
    }

    /// Passes over one value of any sort, without recursion: nesting is the document's choice.
    ///
    /// # Errors
    /// The document has ended, or the byte 0xc1 stands here.
    pub fn skip(&mut self) -> Result<()> {
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            match self.peek()? {
                0x80..=0x8f | 0xde | 0xdf => left += 2 * self.map()? as u64,
                0x90..=0x9f | 0xdc | 0xdd => left += self.array()? as u64,
                _ => self.skip_scalar()?,
            }
        }
        Ok(())
    }

    fn skip_scalar(&mut self) -> Result<()> {
        let tail = match self.peek()? {
            0xc1 => return self.expected("a value"),
            first @ 0xa0..=0xbf => usize::from(first & 0x1f),
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 => 2,
            0xca | 0xce | 0xd2 => 4,
            0xcb | 0xcf | 0xd3 => 8,
            // Fixed extensions: a type byte before 1, 2, 4, 8 or 16 bytes.
            first @ 0xd4..=0xd8 => 1 + (1 << (first - 0xd4)),
            0xc4 | 0xd9 => return self.count(8).and_then(|count| self.slice(0, count).map(drop)),
            0xc5 | 0xda => return self.count(16).and_then(|count| self.slice(0, count).map(drop)),
            0xc6 | 0xdb => return self.count(32).and_then(|count| self.slice(0, count).map(drop)),
            0xc7 => return self.count(8).and_then(|count| self.slice(1, count).map(drop)),
            0xc8 => return self.count(16).and_then(|count| self.slice(1, count).map(drop)),
            0xc9 => return self.count(32).and_then(|count| self.slice(1, count).map(drop)),
            _ => 0,
        };
        self.slice(1, tail).map(drop)
    }
}
