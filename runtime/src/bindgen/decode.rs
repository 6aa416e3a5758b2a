//! Reading what the guest hands over, guided by its type. Nothing here trusts the guest: what does not fit is a
//! [`Fault`], never a panic, and no announced length is believed before it was compared with what is there.

use std::borrow::Cow;

use super::fault::Fault;
use super::pack::{Head, MAX_DEPTH, Reader};
use super::types::{Body, Field, Fields, NamedType, Type, Variant};
use crate::types::layout::RawValue;
use crate::types::{Value, Vector};
use crate::vm;

/// Bytes of stack that reading a document leaves alone. A guest may call the host with little stack left, and with a document
/// that nests as deep as it likes.
const STACK_KEPT: usize = 48 << 10;
/// How often reading looks at the stack: the levels between take a part of what is kept.
const LEVELS_BETWEEN_LOOKS: u32 = 8;

/// Knows the guest's named types.
#[derive(Clone, Copy)]
pub(crate) struct Decoder<'t> {
    pub(crate) types: &'t [NamedType],
}

/// A number from its slot.
pub(crate) fn slot(ty: &Type, slot: RawValue) -> Result<Value<'static>, Fault> {
    // SAFETY: every bit pattern is valid for these fields, and `ty` says which of them the guest wrote.
    let (i32, i64, f32, f64) = unsafe { (slot.i32, slot.i64, slot.f32, slot.f64) };
    Ok(match ty {
        Type::Unit => Value::Null,
        Type::Bool | Type::Char | Type::U32 => return narrow(ty, i128::from(i32 as u32)),
        Type::U8 | Type::U16 => return narrow(ty, i128::from(i32 as u32)),
        Type::I8 | Type::I16 => return narrow(ty, i128::from(i32)),
        Type::I32 => Value::I32(i32),
        Type::I64 | Type::Isize => Value::I64(i64),
        Type::U64 | Type::Usize => Value::U64(i64 as u64),
        Type::F32 => Value::F32(f32::from_bits(f32)),
        Type::F64 => Value::F64(f64::from_bits(f64)),
        _ => unreachable!("{ty} does not travel as a number"),
    })
}

/// An integer, a bool or a char from a number that may be out of its range.
fn narrow(ty: &Type, n: i128) -> Result<Value<'static>, Fault> {
    let value = match ty {
        Type::Bool => [Value::Bool(false), Value::Bool(true)].into_iter().nth(usize::try_from(n).unwrap_or(2)),
        Type::Char => u32::try_from(n).ok().and_then(char::from_u32).map(Value::Char),
        Type::I8 => i8::try_from(n).ok().map(Value::I8),
        Type::I16 => i16::try_from(n).ok().map(Value::I16),
        Type::I32 => i32::try_from(n).ok().map(Value::I32),
        Type::I64 | Type::Isize => i64::try_from(n).ok().map(Value::I64),
        Type::U8 => u8::try_from(n).ok().map(Value::U8),
        Type::U16 => u16::try_from(n).ok().map(Value::U16),
        Type::U32 => u32::try_from(n).ok().map(Value::U32),
        Type::U64 | Type::Usize => u64::try_from(n).ok().map(Value::U64),
        _ => None,
    };
    value.ok_or_else(|| Fault::expected(ty, n))
}

/// A value that travelled raw. Strings and bytes stay where they are; the caller copies them once it knows where to.
pub(crate) fn raw<'m>(ty: &Type, bytes: &'m [u8]) -> Result<Value<'m>, Fault> {
    match ty {
        Type::String => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::String(Cow::Borrowed(text))),
            Err(error) => Err(Fault::expected("a string", format_args!("bytes that are not UTF-8 ({error})"))),
        },
        Type::Bytes => Ok(Value::Bytes(Cow::Borrowed(bytes))),
        Type::Vec(item) => numbers(item, bytes),
        Type::Array(item, len) => {
            let wanted = *len as usize * item.element_size().unwrap_or(1);
            if bytes.len() != wanted {
                return Err(Fault::expected(
                    format_args!("{ty} ({wanted} bytes)"),
                    format_args!("{} bytes", bytes.len()),
                ));
            }
            numbers(item, bytes)
        }
        _ => unreachable!("{ty} does not travel raw"),
    }
}

/// Numbers that lie side by side in little-endian order.
fn numbers<'m>(item: &Type, bytes: &'m [u8]) -> Result<Value<'m>, Fault> {
    macro_rules! read {
        ($variant:ident, $ty:ty) => {{
            let (chunks, rest) = bytes.as_chunks::<{ size_of::<$ty>() }>();
            if !rest.is_empty() {
                return Err(Fault::expected(
                    format_args!("elements of {} bytes ({item})", size_of::<$ty>()),
                    format_args!("{} bytes", bytes.len()),
                ));
            }
            Vector::$variant(chunks.iter().map(|chunk| <$ty>::from_le_bytes(*chunk)).collect())
        }};
    }
    Ok(Value::Vector(match item {
        Type::U8 => return Ok(Value::Bytes(Cow::Borrowed(bytes))),
        Type::I8 => read!(I8, i8),
        Type::I16 => read!(I16, i16),
        Type::I32 => read!(I32, i32),
        Type::I64 | Type::Isize => read!(I64, i64),
        Type::U16 => read!(U16, u16),
        Type::U32 => read!(U32, u32),
        Type::U64 | Type::Usize => read!(U64, u64),
        Type::F32 => read!(F32, f32),
        Type::F64 => read!(F64, f64),
        _ => unreachable!("{item} is no number"),
    }))
}

impl Decoder<'_> {
    /// A value from the bytes that the guest named.
    pub(crate) fn bytes<'m>(self, ty: &Type, bytes: &'m [u8]) -> Result<Value<'m>, Fault> {
        match ty.pass() {
            super::lower::Pass::Raw => raw(ty, bytes),
            _ => self.document(ty, bytes),
        }
    }

    /// A value from a whole document.
    pub(crate) fn document(self, ty: &Type, bytes: &[u8]) -> Result<Value<'static>, Fault> {
        let mut reader = Reader::new(bytes);
        let value = self.read(ty, &mut reader, MAX_DEPTH)?;
        if !reader.is_at_end() {
            let (end, len) = (reader.offset(), bytes.len());
            return Err(Fault::new(format!("the document goes on after its end ({end} of {len} bytes)")));
        }
        Ok(value)
    }

    fn read(self, ty: &Type, from: &mut Reader<'_>, depth: u32) -> Result<Value<'static>, Fault> {
        let head = from.head()?;
        self.value(ty, head, from, depth)
    }

    /// A value whose head was read already.
    fn value(self, ty: &Type, head: Head<'_>, from: &mut Reader<'_>, depth: u32) -> Result<Value<'static>, Fault> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Fault::new(format!("the document is nested deeper than {MAX_DEPTH} levels")));
        };
        if depth % LEVELS_BETWEEN_LOOKS == 0 && vm::stack_left() < STACK_KEPT {
            return Err(Fault::new("the document is nested deeper than the stack of this thread allows"));
        }
        from.make(1)?;
        match (ty, head) {
            (Type::Unit | Type::Option(_), Head::Nil) => Ok(Value::Null),
            (Type::Bool, Head::Bool(b)) => Ok(Value::Bool(b)),
            (Type::F32, Head::F32(f)) => Ok(Value::F32(f)),
            (Type::F32, Head::F64(f)) => Ok(Value::F32(f as f32)),
            (Type::F32, Head::Integer(n)) => Ok(Value::F32(n as f32)),
            (Type::F64, Head::F64(f)) => Ok(Value::F64(f)),
            (Type::F64, Head::F32(f)) => Ok(Value::F64(f.into())),
            (Type::F64, Head::Integer(n)) => Ok(Value::F64(n as f64)),
            (Type::Char, Head::Str(text)) => {
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Ok(Value::Char(c)),
                    _ => Err(Fault::expected("char", format_args!("a string of {} bytes", text.len()))),
                }
            }
            (Type::String, Head::Str(text)) => Ok(Value::String(Cow::Owned(text.to_owned()))),
            (Type::Bytes, head) => binary(ty, None, head, from),
            (Type::Vec(item), head) if **item == Type::U8 => binary(ty, None, head, from),
            (Type::Array(item, len), head) if **item == Type::U8 => binary(ty, Some(*len as usize), head, from),
            (Type::Vec(item), Head::Array(count)) => self.sequence(item, count, from, depth),
            (Type::Array(item, len), Head::Array(count)) => {
                exact(ty, *len as usize, count)?;
                self.sequence(item, count, from, depth)
            }
            (Type::Option(item), head) => self.value(item, head, from, depth),
            (Type::Tuple(items), Head::Array(count)) => {
                exact(ty, items.len(), count)?;
                self.tuple(items, from, depth)
            }
            (Type::Map(key, item), Head::Map(count)) => self.map(key, item, count, from, depth),
            (Type::Named(id), head) => {
                let named = &self.types[id.index()];
                match &named.body {
                    Body::Struct(fields) => self.fields(&named.name, fields, head, from, depth),
                    Body::Enum(variants) => self.variant(&named.name, variants, head, from, depth),
                }
            }
            (ty, Head::Integer(n)) if ty.integer_range().is_some() => narrow(ty, n),
            (ty, head) => Err(Fault::expected(ty, head.describe())),
        }
    }

    fn sequence(self, item: &Type, count: usize, from: &mut Reader<'_>, depth: u32) -> Result<Value<'static>, Fault> {
        if item.element_size().is_some() {
            return number_items(item, count, from);
        }
        let mut items = Vec::with_capacity(capacity(count));
        for i in 0..count {
            items.push(self.read(item, from, depth).map_err(|e| e.at(i))?);
        }
        Ok(Value::List(items))
    }

    fn tuple(self, types: &[Type], from: &mut Reader<'_>, depth: u32) -> Result<Value<'static>, Fault> {
        let mut items = Vec::with_capacity(types.len());
        for (i, ty) in types.iter().enumerate() {
            items.push(self.read(ty, from, depth).map_err(|e| e.at(i))?);
        }
        Ok(Value::Tuple(items))
    }

    fn map(
        self,
        key: &Type,
        item: &Type,
        count: usize,
        from: &mut Reader<'_>,
        depth: u32,
    ) -> Result<Value<'static>, Fault> {
        let mut pairs = Vec::with_capacity(capacity(count));
        for i in 0..count {
            let key = self.read(key, from, depth).map_err(|e| e.field("key").at(i))?;
            let item = self.read(item, from, depth).map_err(|e| e.at(i))?;
            pairs.push((key, item));
        }
        Ok(Value::Map(pairs))
    }

    fn variant(
        self,
        name: &str,
        variants: &[Variant],
        head: Head<'_>,
        from: &mut Reader<'_>,
        depth: u32,
    ) -> Result<Value<'static>, Fault> {
        let find = |chosen: &str| {
            variants
                .iter()
                .find(|v| v.name == chosen)
                .ok_or_else(|| Fault::new(format!("{name} has no variant `{chosen}`")))
        };
        match head {
            Head::Str(chosen) => {
                let variant = find(chosen)?;
                if variant.fields != Fields::Unit {
                    return Err(Fault::new(format!("the variant `{chosen}` of {name} comes without what it carries")));
                }
                Ok(string(chosen))
            }
            Head::Map(1) => {
                let chosen = match from.head()? {
                    Head::Str(chosen) => chosen,
                    other => {
                        return Err(Fault::expected(format_args!("the name of a variant of {name}"), other.describe()));
                    }
                };
                let variant = find(chosen)?;
                if variant.fields == Fields::Unit {
                    return Err(Fault::new(format!("the variant `{chosen}` of {name} carries nothing")));
                }
                let head = from.head()?;
                let payload = self.fields(chosen, &variant.fields, head, from, depth).map_err(|e| e.field(chosen))?;
                Ok(Value::Map(vec![(string(chosen), payload)]))
            }
            other => Err(Fault::expected(name, other.describe())),
        }
    }

    fn fields(
        self,
        name: &str,
        fields: &Fields,
        head: Head<'_>,
        from: &mut Reader<'_>,
        depth: u32,
    ) -> Result<Value<'static>, Fault> {
        match (fields, head) {
            (Fields::Unit, Head::Nil) => Ok(Value::Null),
            (Fields::Tuple(types), head) if types.len() == 1 => self.value(&types[0], head, from, depth),
            (Fields::Tuple(types), Head::Array(count)) if types.len() == count => self.tuple(types, from, depth),
            (Fields::Named(fields), Head::Map(count)) => self.record(name, fields, count, from, depth),
            (_, other) => Err(Fault::expected(name, other.describe())),
        }
    }

    fn record(
        self,
        name: &str,
        fields: &[Field],
        count: usize,
        from: &mut Reader<'_>,
        depth: u32,
    ) -> Result<Value<'static>, Fault> {
        // Names and values, also of fields that are missing.
        from.make(2 * fields.len())?;
        let mut values: Vec<Option<Value<'static>>> = vec![None; fields.len()];
        for i in 0..count {
            let key = match from.head()? {
                Head::Str(key) => key,
                other => return Err(Fault::expected(format_args!("a field name of {name}"), other.describe())),
            };
            // Guests write in declaration order: the expected place is tried first.
            let position = match fields.get(i) {
                Some(field) if field.name == key => Some(i),
                _ => fields.iter().position(|f| f.name == key),
            };
            let Some(position) = position else {
                from.skip()?;
                continue;
            };
            let value = self.read(&fields[position].ty, from, depth).map_err(|e| e.field(key))?;
            if values[position].replace(value).is_some() {
                return Err(Fault::new(format!("the field `{key}` of {name} comes twice")));
            }
        }
        let mut pairs = Vec::with_capacity(fields.len());
        for (field, value) in fields.iter().zip(values) {
            let value = match value {
                Some(value) => value,
                None if matches!(field.ty, Type::Option(_)) => Value::Null,
                None => return Err(Fault::new(format!("the field `{}` of {name} is missing", field.name))),
            };
            pairs.push((string(&field.name), value));
        }
        Ok(Value::Map(pairs))
    }
}

/// How much to reserve for an announced number of items: at least that many bytes are there, but a [`Value`] is larger.
fn capacity(count: usize) -> usize {
    count.min(1024)
}

fn string(text: &str) -> Value<'static> {
    Value::String(Cow::Owned(text.to_owned()))
}

fn exact(ty: &Type, wanted: usize, got: usize) -> Result<(), Fault> {
    if wanted == got {
        return Ok(());
    }
    Err(Fault::expected(format_args!("{ty} ({wanted} items)"), format_args!("{got} items")))
}

/// Bytes inside of a document: binary, or an array of integers.
fn binary(ty: &Type, len: Option<usize>, head: Head<'_>, from: &mut Reader<'_>) -> Result<Value<'static>, Fault> {
    let bytes = match head {
        Head::Bin(bytes) => bytes.to_vec(),
        Head::Array(count) => {
            let mut bytes = Vec::with_capacity(count);
            for i in 0..count {
                bytes.push(number_item(&Type::U8, from, u8::try_from).map_err(|e| e.at(i))?);
            }
            bytes
        }
        other => return Err(Fault::expected(ty, other.describe())),
    };
    if let Some(wanted) = len {
        exact(ty, wanted, bytes.len())?;
    }
    Ok(Value::Bytes(Cow::Owned(bytes)))
}

/// One integer of an array.
fn number_item<T, E>(ty: &Type, from: &mut Reader<'_>, narrow: impl Fn(i128) -> Result<T, E>) -> Result<T, Fault> {
    match from.head()? {
        Head::Integer(n) => narrow(n).map_err(|_| Fault::expected(ty, n)),
        other => Err(Fault::expected(ty, other.describe())),
    }
}

/// Numbers inside of a document, side by side again.
fn number_items(item: &Type, count: usize, from: &mut Reader<'_>) -> Result<Value<'static>, Fault> {
    macro_rules! integers {
        ($variant:ident, $ty:ty) => {{
            let mut items = Vec::with_capacity(count);
            for i in 0..count {
                items.push(number_item(item, from, <$ty>::try_from).map_err(|e| e.at(i))?);
            }
            Vector::$variant(Cow::Owned(items))
        }};
    }
    macro_rules! floats {
        ($variant:ident, $ty:ty) => {{
            let mut items = Vec::with_capacity(count);
            for i in 0..count {
                items.push(match from.head()? {
                    Head::F32(f) => f as $ty,
                    Head::F64(f) => f as $ty,
                    Head::Integer(n) => n as $ty,
                    other => return Err(Fault::expected(item, other.describe()).at(i)),
                });
            }
            Vector::$variant(Cow::Owned(items))
        }};
    }
    Ok(Value::Vector(match item {
        Type::I8 => integers!(I8, i8),
        Type::I16 => integers!(I16, i16),
        Type::I32 => integers!(I32, i32),
        Type::I64 | Type::Isize => integers!(I64, i64),
        Type::U16 => integers!(U16, u16),
        Type::U32 => integers!(U32, u32),
        Type::U64 | Type::Usize => integers!(U64, u64),
        Type::F32 => floats!(F32, f32),
        Type::F64 => floats!(F64, f64),
        _ => unreachable!("{item} is no number, or a byte"),
    }))
}
