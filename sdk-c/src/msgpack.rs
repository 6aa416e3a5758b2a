//! Values as MessagePack, the door for bindings: one buffer in, one buffer out.
//!
//! Every type keeps its width: an `i32` is written as `int 32` whatever its value, so that the reader knows what the guest
//! returned. MessagePack has no form for some types; they are extensions whose number is the value kind of `edge.h`:
//!
//! | value | written as | read from |
//! | --- | --- | --- |
//! | null | nil | nil |
//! | bool | boolean | boolean |
//! | `i8` to `i64`, `u8` to `u64` | `int 8` to `int 64`, `uint 8` to `uint 64` | any integer form |
//! | `f32`, `f64` | `float 32`, `float 64` | the same |
//! | char | ext `EDGE_VALUE_CHAR`, four bytes, little endian | the same, or a string |
//! | string, bytes | str, bin | the same |
//! | vector of numbers | ext `EDGE_VALUE_VEC_*`, the numbers side by side, little endian | the same, or an array |
//! | list, tuple | array | array |
//! | map | map | map |

use std::borrow::Cow;

use edge_runtime::{Error, Kind, Phase, Result, Value, Vector};
use rmp::{Marker, encode};

use crate::value::{
    EDGE_VALUE_CHAR, EDGE_VALUE_VEC_F32, EDGE_VALUE_VEC_F64, EDGE_VALUE_VEC_I8, EDGE_VALUE_VEC_I16, EDGE_VALUE_VEC_I32,
    EDGE_VALUE_VEC_I64, EDGE_VALUE_VEC_U16, EDGE_VALUE_VEC_U32, EDGE_VALUE_VEC_U64, read_char,
};

/// Deeper documents are refused: every level costs native stack.
const MAX_DEPTH: usize = 512;

/// The arguments of a call: a document that is an array.
pub(crate) fn read_arguments(document: &[u8]) -> Result<Vec<Value<'_>>> {
    if document.is_empty() {
        return Ok(Vec::new());
    }
    match read(document)? {
        Value::List(items) => Ok(items),
        other => Err(bad(format!("the arguments must be an array, not {}", other.describe()))),
    }
}

/// One value, which is the whole document. Texts and bytes are borrowed from it.
pub(crate) fn read(document: &[u8]) -> Result<Value<'_>> {
    let mut reader = Reader { rest: document, len: document.len() };
    let value = reader.value(0)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.bad("more follows after the value")) }
}

/// The arguments of a host function.
pub(crate) fn write_arguments(values: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    infallible(encode::write_array_len(&mut out, values.len() as u32));
    values.iter().for_each(|value| write(&mut out, value));
    out
}

#[cold]
fn bad(message: impl Into<String>) -> Error {
    Error::new(Phase::Host, Kind::ArgumentType, format!("MessagePack: {}", message.into()))
}

struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
}

macro_rules! big_endian {
    ($reader:expr, $ty:ty) => {
        <$ty>::from_be_bytes(*$reader.array()?)
    };
}

impl<'a> Reader<'a> {
    #[cold]
    fn bad(&self, message: impl Into<String>) -> Error {
        bad(format!("{} at byte {}", message.into(), self.len - self.rest.len()))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.bad(format!("{len} bytes wanted, {} left", self.rest.len()))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        Ok(self.take(N)?.try_into().expect("`take` gives what was asked for"))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>> {
        if depth > MAX_DEPTH {
            return Err(self.bad(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let [first] = *self.array()?;
        Ok(match Marker::from_u8(first) {
            Marker::Null => Value::Null,
            Marker::False => Value::Bool(false),
            Marker::True => Value::Bool(true),
            Marker::FixPos(v) => Value::I64(i64::from(v)),
            Marker::FixNeg(v) => Value::I64(i64::from(v)),
            Marker::I8 => Value::I8(big_endian!(self, i8)),
            Marker::I16 => Value::I16(big_endian!(self, i16)),
            Marker::I32 => Value::I32(big_endian!(self, i32)),
            Marker::I64 => Value::I64(big_endian!(self, i64)),
            Marker::U8 => Value::U8(big_endian!(self, u8)),
            Marker::U16 => Value::U16(big_endian!(self, u16)),
            Marker::U32 => Value::U32(big_endian!(self, u32)),
            Marker::U64 => Value::U64(big_endian!(self, u64)),
            Marker::F32 => Value::F32(big_endian!(self, f32)),
            Marker::F64 => Value::F64(big_endian!(self, f64)),
            Marker::FixStr(len) => self.string(usize::from(len))?,
            Marker::Str8 => self.len8().and_then(|len| self.string(len))?,
            Marker::Str16 => self.len16().and_then(|len| self.string(len))?,
            Marker::Str32 => self.len32().and_then(|len| self.string(len))?,
            Marker::Bin8 => self.len8().and_then(|len| self.bytes(len))?,
            Marker::Bin16 => self.len16().and_then(|len| self.bytes(len))?,
            Marker::Bin32 => self.len32().and_then(|len| self.bytes(len))?,
            Marker::FixArray(len) => self.list(usize::from(len), depth)?,
            Marker::Array16 => self.len16().and_then(|len| self.list(len, depth))?,
            Marker::Array32 => self.len32().and_then(|len| self.list(len, depth))?,
            Marker::FixMap(len) => self.map(usize::from(len), depth)?,
            Marker::Map16 => self.len16().and_then(|len| self.map(len, depth))?,
            Marker::Map32 => self.len32().and_then(|len| self.map(len, depth))?,
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.len8().and_then(|len| self.extension(len))?,
            Marker::Ext16 => self.len16().and_then(|len| self.extension(len))?,
            Marker::Ext32 => self.len32().and_then(|len| self.extension(len))?,
            Marker::Reserved => return Err(self.bad("the byte 0xc1 is no value")),
        })
    }

    fn len8(&mut self) -> Result<usize> {
        Ok(usize::from(big_endian!(self, u8)))
    }

    fn len16(&mut self) -> Result<usize> {
        Ok(usize::from(big_endian!(self, u16)))
    }

    fn len32(&mut self) -> Result<usize> {
        Ok(big_endian!(self, u32) as usize)
    }

    fn string(&mut self, len: usize) -> Result<Value<'a>> {
        let bytes = self.take(len)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::String(Cow::Borrowed(text))),
            Err(error) => Err(self.bad(format!("a string is not UTF-8 at its byte {}, it ends", error.valid_up_to()))),
        }
    }

    fn bytes(&mut self, len: usize) -> Result<Value<'a>> {
        Ok(Value::Bytes(Cow::Borrowed(self.take(len)?)))
    }

    fn list(&mut self, len: usize, depth: usize) -> Result<Value<'a>> {
        // An item has at least one byte, so what is left bounds what is worth reserving.
        let mut items = Vec::with_capacity(len.min(self.rest.len()));
        for _ in 0..len {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, len: usize, depth: usize) -> Result<Value<'a>> {
        let mut pairs = Vec::with_capacity(len.min(self.rest.len() / 2));
        for _ in 0..len {
            pairs.push((self.value(depth + 1)?, self.value(depth + 1)?));
        }
        Ok(Value::Map(pairs))
    }

    fn extension(&mut self, len: usize) -> Result<Value<'a>> {
        let kind = big_endian!(self, i8);
        let bytes = self.take(len)?;
        if kind as u32 == EDGE_VALUE_CHAR {
            let code = bytes.try_into().map_err(|_| self.bad(format!("a char of {len} bytes ends")))?;
            return Ok(Value::Char(read_char(u32::from_le_bytes(code))?));
        }
        match read_vector(kind as u32, bytes) {
            Some(vector) => Ok(Value::Vector(vector)),
            None => Err(self.bad(format!("an extension of type {kind} with {len} bytes is not known, it ends"))),
        }
    }
}

macro_rules! vectors {
    ($($variant:ident $ty:ident $code:ident,)+) => {
        /// The numbers of an extension; `None` when the kind is not a vector's or the bytes are not whole numbers.
        fn read_vector(kind: u32, bytes: &[u8]) -> Option<Vector<'static>> {
            match kind {
                $($code => {
                    let (items, rest) = bytes.as_chunks::<{ size_of::<$ty>() }>();
                    let items = items.iter().map(|item| $ty::from_le_bytes(*item)).collect();
                    rest.is_empty().then_some(Vector::$variant(Cow::Owned(items)))
                })+
                _ => None,
            }
        }

        fn write_vector(out: &mut Vec<u8>, vector: &Vector<'_>) {
            match vector {
                $(Vector::$variant(items) => {
                    let len = items.len() * size_of::<$ty>();
                    infallible(encode::write_ext_meta(out, len as u32, $code as i8));
                    out.reserve(len);
                    items.iter().for_each(|item| out.extend_from_slice(&item.to_le_bytes()));
                })+
            }
        }
    };
}

vectors! {
    I8 i8 EDGE_VALUE_VEC_I8,
    I16 i16 EDGE_VALUE_VEC_I16,
    I32 i32 EDGE_VALUE_VEC_I32,
    I64 i64 EDGE_VALUE_VEC_I64,
    U16 u16 EDGE_VALUE_VEC_U16,
    U32 u32 EDGE_VALUE_VEC_U32,
    U64 u64 EDGE_VALUE_VEC_U64,
    F32 f32 EDGE_VALUE_VEC_F32,
    F64 f64 EDGE_VALUE_VEC_F64,
}

/// Appends a value.
pub(crate) fn write(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Null => infallible(encode::write_nil(out)),
        Value::Bool(v) => infallible(encode::write_bool(out, *v)),
        Value::I8(v) => infallible(encode::write_i8(out, *v)),
        Value::I16(v) => infallible(encode::write_i16(out, *v)),
        Value::I32(v) => infallible(encode::write_i32(out, *v)),
        Value::I64(v) => infallible(encode::write_i64(out, *v)),
        Value::U8(v) => infallible(encode::write_u8(out, *v)),
        Value::U16(v) => infallible(encode::write_u16(out, *v)),
        Value::U32(v) => infallible(encode::write_u32(out, *v)),
        Value::U64(v) => infallible(encode::write_u64(out, *v)),
        Value::F32(v) => infallible(encode::write_f32(out, *v)),
        Value::F64(v) => infallible(encode::write_f64(out, *v)),
        Value::Char(v) => {
            infallible(encode::write_ext_meta(out, 4, EDGE_VALUE_CHAR as i8));
            out.extend_from_slice(&u32::from(*v).to_le_bytes());
        }
        Value::String(v) => infallible(encode::write_str(out, v)),
        Value::Bytes(v) => infallible(encode::write_bin(out, v)),
        Value::Vector(v) => write_vector(out, v),
        Value::List(items) | Value::Tuple(items) => {
            infallible(encode::write_array_len(out, items.len() as u32));
            items.iter().for_each(|item| write(out, item));
        }
        Value::Map(pairs) => {
            infallible(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                write(out, key);
                write(out, value);
            }
        }
    }
}

/// Writing to a `Vec` cannot fail.
fn infallible<T, E: std::fmt::Debug>(result: Result<T, E>) {
    result.expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_keeps_its_width() {
        let samples = vec![
            Value::Null,
            Value::Bool(true),
            Value::I8(1),
            Value::I16(1),
            Value::I32(1),
            Value::I64(i64::MIN),
            Value::U8(200),
            Value::U16(1),
            Value::U32(1),
            Value::U64(u64::MAX),
            Value::F32(0.5),
            Value::F64(-0.25),
            Value::Char('\u{1F980}'),
            Value::String("text".into()),
            Value::Bytes(vec![0, 255].into()),
            Value::Vector(Vector::F32(vec![1.0, 2.0, 3.0].into())),
            Value::Vector(Vector::U64(vec![].into())),
            Value::Map(vec![(Value::String("k".into()), Value::List(vec![Value::I16(3)]))]),
        ];
        let document = write_arguments(&samples);
        assert_eq!(read_arguments(&document).unwrap(), samples);
    }

    #[test]
    fn a_tuple_is_an_array() {
        let mut document = Vec::new();
        write(&mut document, &Value::Tuple(vec![Value::U8(1)]));
        assert_eq!(read(&document).unwrap(), Value::List(vec![Value::U8(1)]));
    }

    #[test]
    fn damage_is_named() {
        let deep = [0x91; 600];
        let cases: [(&[u8], &str); 7] = [
            (&[0xa5, b'a'], "MessagePack: 5 bytes wanted, 1 left at byte 1"),
            (&[0xa1, 0xff], "MessagePack: a string is not UTF-8 at its byte 0, it ends at byte 2"),
            (&[0xc0, 0xc0], "MessagePack: more follows after the value at byte 1"),
            (&[0xc1], "MessagePack: the byte 0xc1 is no value at byte 1"),
            (&[0xd4, 77, 0], "MessagePack: an extension of type 77 with 1 bytes is not known, it ends at byte 3"),
            (&[0xdd, 255, 255, 255, 255], "MessagePack: 1 bytes wanted, 0 left at byte 5"),
            (&deep, "MessagePack: nested deeper than 512 levels at byte 513"),
        ];
        for (document, message) in cases {
            assert_eq!(read(document).unwrap_err().message(), message);
        }
        assert_eq!(
            read_arguments(&[0xc0]).unwrap_err().message(),
            "MessagePack: the arguments must be an array, not null"
        );
    }
}
