//! Reading MessagePack that nobody vouches for: every length is checked against what is there before it is believed.

use rmp::Marker;

use super::fault::Fault;

/// How deep documents and descriptions may nest. Far beyond any sensible data, far below what a small native stack holds.
pub(crate) const MAX_DEPTH: u32 = 400;

/// How many values one document may become. A value takes one byte in a document and some fifty in the host.
pub(crate) const MAX_VALUES: usize = 8 << 20;

/// One value, or the head of a sequence or a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head<'a> {
    Nil,
    Bool(bool),
    /// Every integer form; the widest is `u64` and `i64` together.
    Integer(i128),
    F32(f32),
    F64(f64),
    Str(&'a str),
    Bin(&'a [u8]),
    /// The number of items that follow.
    Array(usize),
    /// The number of pairs that follow.
    Map(usize),
}

impl Head<'_> {
    /// What it is, in words, for messages.
    pub(crate) const fn describe(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::F32(_) | Self::F64(_) => "a float",
            Self::Str(_) => "a string",
            Self::Bin(_) => "binary",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
        }
    }
}

/// A place in a MessagePack document.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Values that may still be made of the document.
    room: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, room: MAX_VALUES }
    }

    /// Bytes read so far.
    pub(crate) const fn offset(&self) -> usize {
        self.at
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Counts values before they are made.
    pub(crate) fn make(&mut self, values: usize) -> Result<(), Fault> {
        self.room = self.room.checked_sub(values).ok_or_else(|| {
            Fault::new(format!("the document stands for more than {MAX_VALUES} values (at offset {})", self.at))
        })?;
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let left = self.bytes.len() - self.at;
        if len > left {
            let at = self.at;
            return Err(Fault::new(format!("the document ends early: {len} bytes wanted at offset {at}, {left} left")));
        }
        let taken = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("take gives the length that was asked for"))
    }

    fn len8(&mut self) -> Result<usize, Fault> {
        Ok(usize::from(u8::from_be_bytes(self.bytes()?)))
    }

    fn len16(&mut self) -> Result<usize, Fault> {
        Ok(usize::from(u16::from_be_bytes(self.bytes()?)))
    }

    fn len32(&mut self) -> Result<usize, Fault> {
        Ok(u32::from_be_bytes(self.bytes()?) as usize)
    }

    /// A count of items, each of which takes at least `each` bytes: a false count cannot make anyone reserve memory for it.
    fn count(&self, count: usize, each: usize) -> Result<usize, Fault> {
        let left = self.bytes.len() - self.at;
        if count.saturating_mul(each) > left {
            let at = self.at;
            return Err(Fault::new(format!(
                "the document ends early: {count} items announced at offset {at}, {left} bytes left"
            )));
        }
        Ok(count)
    }

    fn str(&mut self, len: usize) -> Result<Head<'a>, Fault> {
        let at = self.at;
        let bytes = self.take(len)?;
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Fault::new(format!("the string at offset {at} is not UTF-8 ({e})")))?;
        Ok(Head::Str(text))
    }

    /// The next value.
    pub(crate) fn head(&mut self) -> Result<Head<'a>, Fault> {
        let at = self.at;
        let [marker] = self.bytes()?;
        Ok(match Marker::from_u8(marker) {
            Marker::Null => Head::Nil,
            Marker::True => Head::Bool(true),
            Marker::False => Head::Bool(false),
            Marker::FixPos(n) => Head::Integer(n.into()),
            Marker::FixNeg(n) => Head::Integer(n.into()),
            Marker::U8 => Head::Integer(u8::from_be_bytes(self.bytes()?).into()),
            Marker::U16 => Head::Integer(u16::from_be_bytes(self.bytes()?).into()),
            Marker::U32 => Head::Integer(u32::from_be_bytes(self.bytes()?).into()),
            Marker::U64 => Head::Integer(u64::from_be_bytes(self.bytes()?).into()),
            Marker::I8 => Head::Integer(i8::from_be_bytes(self.bytes()?).into()),
            Marker::I16 => Head::Integer(i16::from_be_bytes(self.bytes()?).into()),
            Marker::I32 => Head::Integer(i32::from_be_bytes(self.bytes()?).into()),
            Marker::I64 => Head::Integer(i64::from_be_bytes(self.bytes()?).into()),
            Marker::F32 => Head::F32(f32::from_be_bytes(self.bytes()?)),
            Marker::F64 => Head::F64(f64::from_be_bytes(self.bytes()?)),
            Marker::FixStr(len) => self.str(len.into())?,
            Marker::Str8 => self.len8().and_then(|len| self.str(len))?,
            Marker::Str16 => self.len16().and_then(|len| self.str(len))?,
            Marker::Str32 => self.len32().and_then(|len| self.str(len))?,
            Marker::Bin8 => Head::Bin(self.len8().and_then(|len| self.take(len))?),
            Marker::Bin16 => Head::Bin(self.len16().and_then(|len| self.take(len))?),
            Marker::Bin32 => Head::Bin(self.len32().and_then(|len| self.take(len))?),
            Marker::FixArray(count) => Head::Array(self.count(count.into(), 1)?),
            Marker::Array16 => Head::Array(self.len16().and_then(|count| self.count(count, 1))?),
            Marker::Array32 => Head::Array(self.len32().and_then(|count| self.count(count, 1))?),
            Marker::FixMap(count) => Head::Map(self.count(count.into(), 2)?),
            Marker::Map16 => Head::Map(self.len16().and_then(|count| self.count(count, 2))?),
            Marker::Map32 => Head::Map(self.len32().and_then(|count| self.count(count, 2))?),
            Marker::Reserved
            | Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => {
                return Err(Fault::new(format!("byte {marker:#04x} at offset {at} is no value of this format")));
            }
        })
    }

    /// Reads over one whole value.
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        // A count instead of recursion: a hostile document nests as deep as it is long.
        let mut values = 1_usize;
        while values > 0 {
            values -= 1;
            match self.head()? {
                Head::Array(count) => values += count,
                Head::Map(count) => values += 2 * count,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> Result<Head<'_>, String> {
        Reader::new(bytes).head().map_err(|f| f.of("x"))
    }

    #[test]
    fn every_form_of_an_integer_reads_the_same() {
        for form in
            [&[7][..], &[0xcc, 7], &[0xcd, 0, 7], &[0xce, 0, 0, 0, 7], &[0xcf, 0, 0, 0, 0, 0, 0, 0, 7], &[0xd0, 7]]
        {
            assert_eq!(head(form), Ok(Head::Integer(7)), "{form:x?}");
        }
        assert_eq!(head(&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]), Ok(Head::Integer(u64::MAX.into())));
        assert_eq!(head(&[0xd3, 128, 0, 0, 0, 0, 0, 0, 0]), Ok(Head::Integer(i64::MIN.into())));
    }

    #[test]
    fn a_length_beyond_the_document_is_refused() {
        assert!(head(&[0xdb, 255, 255, 255, 255]).unwrap_err().contains("ends early"));
        assert!(head(&[0xdd, 255, 255, 255, 255]).unwrap_err().contains("4294967295 items"));
        assert!(head(&[0xdf, 127, 255, 255, 255]).unwrap_err().contains("ends early"));
        assert!(head(&[]).unwrap_err().contains("ends early"));
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        assert!(head(&[0xa2, 0xc3, 0x28]).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn extension_types_are_refused_by_their_byte() {
        assert_eq!(head(&[0xc7, 0, 0]).unwrap_err(), "x: byte 0xc7 at offset 0 is no value of this format");
    }

    #[test]
    fn skipping_passes_exactly_one_value() {
        let bytes = [0x92, 0x81, 0xa1, b'a', 0x91, 0xc0, 0xcd, 1, 2, 0xc3];
        let mut reader = Reader::new(&bytes);
        reader.skip().unwrap();
        assert_eq!(reader.head().unwrap(), Head::Bool(true));
        assert!(reader.is_at_end());
    }

    #[test]
    fn skipping_does_not_recurse() {
        let mut bytes = vec![0x91; 1_000_000];
        bytes.push(0xc0);
        Reader::new(&bytes).skip().unwrap();
    }
}
