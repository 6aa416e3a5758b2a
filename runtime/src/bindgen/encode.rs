//! Checking a host's value against a guest's type and writing it, in one pass.

use rmp::encode as pack;
use smallvec::SmallVec;

use super::fault::Fault;
use super::output::{Arena, Output, Placed};
use super::pack::MAX_DEPTH;
use super::types::{Body, Field, Fields, NamedType, Type, TypeId, Variant};
use crate::types::layout::RawValue;
use crate::types::{Value, Vector};

/// Writing into an [`Output`] cannot fail; `rmp`'s signatures do not know that.
macro_rules! write {
    ($call:expr) => {
        $call.expect("an output accepts every byte")
    };
}

/// Knows the guest's named types.
#[derive(Clone, Copy)]
pub(crate) struct Encoder<'t> {
    pub(crate) types: &'t [NamedType],
}

/// The value of a number type, as its bits: integers in two's complement, floats as their own bits.
pub(crate) fn number(ty: &Type, value: &Value<'_>) -> Result<u64, Fault> {
    match ty {
        Type::Bool => match value {
            Value::Bool(b) => Ok(u64::from(*b)),
            other => Err(mismatch(ty, other)),
        },
        Type::Char => character(value).map(u64::from).ok_or_else(|| mismatch(ty, value)),
        Type::F32 => float32(value).map(|f| f.to_bits().into()).ok_or_else(|| mismatch(ty, value)),
        Type::F64 => float64(value).map(f64::to_bits).ok_or_else(|| mismatch(ty, value)),
        _ => integer_in_range(ty, value).map(|n| n as u64),
    }
}

/// The slot of a number that travels as a wasm parameter.
pub(crate) fn slot(ty: &Type, value: &Value<'_>) -> Result<RawValue, Fault> {
    // A narrow signed integer was widened with its sign, so its lower half is what the contract asks for.
    Ok(RawValue { i64: number(ty, value)? as i64 })
}

fn integer_in_range(ty: &Type, value: &Value<'_>) -> Result<i128, Fault> {
    let Some((min, max)) = ty.integer_range() else { return Err(mismatch(ty, value)) };
    let n = value.integer().ok_or_else(|| mismatch(ty, value))?;
    if n < min || n > max {
        return Err(Fault::new(format!("{n} is out of range for {ty} ({min} to {max})")));
    }
    Ok(n)
}

fn float64(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::F64(f) => Some(*f),
        Value::F32(f) => Some((*f).into()),
        other => other.integer().map(|n| n as f64),
    }
}

fn float32(value: &Value<'_>) -> Option<f32> {
    match value {
        Value::F32(f) => Some(*f),
        Value::F64(f) => Some(*f as f32),
        other => other.integer().map(|n| n as f32),
    }
}

fn character(value: &Value<'_>) -> Option<char> {
    match value {
        Value::Char(c) => Some(*c),
        Value::String(text) => {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none())
        }
        _ => None,
    }
}

#[cold]
fn mismatch(ty: &Type, value: &Value<'_>) -> Fault {
    match (ty, value) {
        (Type::Char, Value::String(text)) => {
            Fault::expected("char", format_args!("a string of {} characters", text.chars().count()))
        }
        _ => Fault::expected(ty, value.describe()),
    }
}

/// A host's sequence, whichever of the four forms it has.
#[derive(Clone, Copy)]
enum Items<'v> {
    Values(&'v [Value<'v>]),
    Vector(&'v Vector<'v>),
    Bytes(&'v [u8]),
}

impl<'v> Items<'v> {
    fn of(value: &'v Value<'_>) -> Option<Self> {
        match value {
            Value::List(items) | Value::Tuple(items) => Some(Self::Values(items)),
            Value::Vector(vector) => Some(Self::Vector(vector)),
            Value::Bytes(bytes) => Some(Self::Bytes(bytes)),
            _ => None,
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Values(items) => items.len(),
            Self::Vector(vector) => vector.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Calls `f` with every item; its fault learns the item's index.
    fn each(self, mut f: impl FnMut(&Value<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        /// The items of one vector, wrapped one at a time.
        fn numbers<T: Copy>(
            items: &[T],
            wrap: fn(T) -> Value<'static>,
            f: &mut impl FnMut(&Value<'_>) -> Result<(), Fault>,
        ) -> Result<(), Fault> {
            items.iter().enumerate().try_for_each(|(i, n)| f(&wrap(*n)).map_err(|e| e.at(i)))
        }
        match self {
            Self::Values(items) => items.iter().enumerate().try_for_each(|(i, v)| f(v).map_err(|e| e.at(i))),
            Self::Bytes(bytes) => numbers(bytes, Value::U8, &mut f),
            Self::Vector(Vector::I8(v)) => numbers(v, Value::I8, &mut f),
            Self::Vector(Vector::I16(v)) => numbers(v, Value::I16, &mut f),
            Self::Vector(Vector::I32(v)) => numbers(v, Value::I32, &mut f),
            Self::Vector(Vector::I64(v)) => numbers(v, Value::I64, &mut f),
            Self::Vector(Vector::U16(v)) => numbers(v, Value::U16, &mut f),
            Self::Vector(Vector::U32(v)) => numbers(v, Value::U32, &mut f),
            Self::Vector(Vector::U64(v)) => numbers(v, Value::U64, &mut f),
            Self::Vector(Vector::F32(v)) => numbers(v, Value::F32, &mut f),
            Self::Vector(Vector::F64(v)) => numbers(v, Value::F64, &mut f),
        }
    }
}

/// The bytes of a value that has them side by side just as the guest wants them.
fn same_layout<'v>(ty: &Type, value: &'v Value<'_>) -> Option<&'v [u8]> {
    /// Numbers as they lie in the memory of a little-endian machine; other machines convert one by one.
    fn bytes<T: Copy>(numbers: &[T]) -> Option<&[u8]> {
        // SAFETY: T is one of the number types below: no padding, every byte initialised, and u8 has no alignment.
        cfg!(target_endian = "little")
            .then(|| unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) })
    }
    match (ty, value) {
        (Type::U8, Value::Bytes(v)) => Some(v),
        (Type::I8, Value::Vector(Vector::I8(v))) => bytes(v),
        (Type::I16, Value::Vector(Vector::I16(v))) => bytes(v),
        (Type::I32, Value::Vector(Vector::I32(v))) => bytes(v),
        (Type::I64, Value::Vector(Vector::I64(v))) => bytes(v),
        (Type::U16, Value::Vector(Vector::U16(v))) => bytes(v),
        (Type::U32, Value::Vector(Vector::U32(v))) => bytes(v),
        (Type::U64, Value::Vector(Vector::U64(v))) => bytes(v),
        (Type::F32, Value::Vector(Vector::F32(v))) => bytes(v),
        (Type::F64, Value::Vector(Vector::F64(v))) => bytes(v),
        _ => None,
    }
}

/// Refuses a sequence that does not have the length of an array or a tuple.
fn exact(ty: &Type, wanted: usize, got: usize) -> Result<(), Fault> {
    if wanted == got {
        return Ok(());
    }
    Err(Fault::expected(format_args!("{ty}"), format_args!("{got} items instead of {wanted}")))
}

/// Places a value that travels raw: a string, bytes, or numbers side by side.
pub(crate) fn raw<'v>(ty: &Type, value: &'v Value<'_>, arena: &mut Arena) -> Result<Placed<'v>, Fault> {
    let (item, len) = match ty {
        Type::String => {
            return match value {
                Value::String(text) => Ok(arena.place(text.as_bytes())),
                other => Err(mismatch(ty, other)),
            };
        }
        Type::Bytes => (&Type::U8, None),
        Type::Vec(item) => (&**item, None),
        Type::Array(item, len) => (&**item, Some(*len as usize)),
        _ => unreachable!("{ty} does not travel raw"),
    };
    let items = Items::of(value).ok_or_else(|| mismatch(ty, value))?;
    if let Some(len) = len {
        exact(ty, len, items.len())?;
    }
    if let Some(bytes) = same_layout(item, value) {
        return Ok(arena.place(bytes));
    }
    let size = item.element_size().expect("what travels raw consists of numbers");
    let mut out = arena.begin();
    items.each(|value| {
        let bits = number(item, value)?.to_le_bytes();
        out.put(&bits[..size]);
        Ok(())
    })?;
    Ok(out.finish())
}

impl Encoder<'_> {
    /// Places a value that travels as a document.
    pub(crate) fn document<'v>(self, ty: &Type, value: &Value<'_>, arena: &mut Arena) -> Result<Placed<'v>, Fault> {
        let mut out = arena.begin();
        self.write(ty, value, &mut out, MAX_DEPTH)?;
        Ok(out.finish())
    }

    /// Places a value that does not travel as a number.
    pub(crate) fn place<'v>(self, ty: &Type, value: &'v Value<'_>, arena: &mut Arena) -> Result<Placed<'v>, Fault> {
        match ty.pass() {
            super::lower::Pass::Raw => raw(ty, value, arena),
            _ => self.document(ty, value, arena),
        }
    }

    fn write(self, ty: &Type, value: &Value<'_>, out: &mut Output<'_>, depth: u32) -> Result<(), Fault> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| Fault::new(format!("the value is nested deeper than {MAX_DEPTH} levels")))?;
        match ty {
            Type::Unit => match value {
                Value::Null => write!(pack::write_nil(out)),
                other => return Err(mismatch(ty, other)),
            },
            Type::Bool => write!(pack::write_bool(out, number(ty, value)? != 0)),
            Type::F32 => write!(pack::write_f32(out, f32::from_bits(number(ty, value)? as u32))),
            Type::F64 => write!(pack::write_f64(out, f64::from_bits(number(ty, value)?))),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Isize => {
                write!(pack::write_sint(out, number(ty, value)? as i64));
            }
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::Usize => {
                write!(pack::write_uint(out, number(ty, value)?));
            }
            Type::Char => {
                let c = character(value).ok_or_else(|| mismatch(ty, value))?;
                write!(pack::write_str(out, c.encode_utf8(&mut [0; 4])));
            }
            Type::String => match value {
                Value::String(text) => write!(pack::write_str(out, text)),
                other => return Err(mismatch(ty, other)),
            },
            Type::Bytes => return binary(ty, value, out),
            Type::Vec(item) | Type::Array(item, _) => return self.sequence(ty, item, value, out, depth),
            Type::Option(item) => match value {
                Value::Null => write!(pack::write_nil(out)),
                some => return self.write(item, some, out, depth),
            },
            Type::Tuple(items) => return self.tuple(ty, items, value, out, depth),
            Type::Map(key, item) => return self.map(ty, (key, item), value, out, depth),
            Type::Named(id) => return self.named(id, value, out, depth),
            Type::Result(..) => unreachable!("the reader of descriptions refuses a nested Result"),
        }
        Ok(())
    }

    fn sequence(
        self,
        ty: &Type,
        item: &Type,
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        if *item == Type::U8 {
            return binary(ty, value, out);
        }
        let items = Items::of(value).ok_or_else(|| mismatch(ty, value))?;
        if let Type::Array(_, len) = ty {
            exact(ty, *len as usize, items.len())?;
        }
        write!(pack::write_array_len(out, count(items.len())?));
        items.each(|value| self.write(item, value, out, depth))
    }

    fn tuple(
        self,
        ty: &Type,
        types: &[Type],
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        let items = Items::of(value).ok_or_else(|| mismatch(ty, value))?;
        exact(ty, types.len(), items.len())?;
        write!(pack::write_array_len(out, count(types.len())?));
        let mut types = types.iter();
        items.each(|value| self.write(types.next().expect("as many types as items"), value, out, depth))
    }

    fn map(
        self,
        ty: &Type,
        (key, item): (&Type, &Type),
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        let Value::Map(pairs) = value else { return Err(mismatch(ty, value)) };
        write!(pack::write_map_len(out, count(pairs.len())?));
        for (i, (k, v)) in pairs.iter().enumerate() {
            self.write(key, k, out, depth).map_err(|e| e.field("key").at(i))?;
            self.write(item, v, out, depth).map_err(|e| match k {
                Value::String(name) => e.field(name),
                _ => e.at(i),
            })?;
        }
        Ok(())
    }

    fn named(self, id: &TypeId, value: &Value<'_>, out: &mut Output<'_>, depth: u32) -> Result<(), Fault> {
        let named = &self.types[id.index()];
        match &named.body {
            Body::Struct(fields) => self.fields(&named.name, fields, value, out, depth),
            Body::Enum(variants) => self.variant(&named.name, variants, value, out, depth),
        }
    }

    fn variant(
        self,
        name: &str,
        variants: &[Variant],
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        let (chosen, payload) = match value {
            Value::String(variant) => (&**variant, None),
            Value::Map(pairs) => match &pairs[..] {
                [(Value::String(variant), payload)] => (&**variant, Some(payload)),
                _ => {
                    return Err(Fault::expected(
                        format_args!("{name} (a map of one entry, from the variant's name to what it carries)"),
                        format_args!("a map of {}", pairs.len()),
                    ));
                }
            },
            other => {
                return Err(Fault::expected(
                    format_args!("{name} (the name of a variant, or a map from it to what it carries)"),
                    other.describe(),
                ));
            }
        };
        let Some(variant) = variants.iter().find(|v| v.name == chosen) else {
            let names: SmallVec<[&str; 8]> = variants.iter().map(|v| &*v.name).collect();
            return Err(Fault::new(format!("{name} has no variant `{chosen}`; it has {}", names.join(", "))));
        };
        match (&variant.fields, payload) {
            (Fields::Unit, None | Some(Value::Null)) => {
                write!(pack::write_str(out, &variant.name));
                Ok(())
            }
            (Fields::Unit, Some(_)) => Err(Fault::new(format!("the variant `{chosen}` of {name} carries nothing"))),
            (_, None) => Err(Fault::new(format!(
                "the variant `{chosen}` of {name} wants a value: a map from its name to what it carries"
            ))),
            (fields, Some(payload)) => {
                write!(pack::write_map_len(out, 1));
                write!(pack::write_str(out, &variant.name));
                self.fields(chosen, fields, payload, out, depth).map_err(|e| e.field(chosen))
            }
        }
    }

    fn fields(
        self,
        name: &str,
        fields: &Fields,
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        match fields {
            Fields::Unit => match value {
                Value::Null => {
                    write!(pack::write_nil(out));
                    Ok(())
                }
                other => Err(Fault::expected(format_args!("{name} (null)"), other.describe())),
            },
            Fields::Tuple(types) => match &types[..] {
                [one] => self.write(one, value, out, depth),
                many => {
                    let items = Items::of(value).ok_or_else(|| {
                        Fault::expected(format_args!("{name} ({} values)", many.len()), value.describe())
                    })?;
                    if items.len() != many.len() {
                        return Err(Fault::expected(format_args!("{name} ({} values)", many.len()), items.len()));
                    }
                    write!(pack::write_array_len(out, count(many.len())?));
                    let mut types = many.iter();
                    items.each(|v| self.write(types.next().expect("as many types as items"), v, out, depth))
                }
            },
            Fields::Named(fields) => self.record(name, fields, value, out, depth),
        }
    }

    fn record(
        self,
        name: &str,
        fields: &[Field],
        value: &Value<'_>,
        out: &mut Output<'_>,
        depth: u32,
    ) -> Result<(), Fault> {
        let Value::Map(pairs) = value else {
            return Err(Fault::expected(format_args!("{name} (a map from field names to values)"), value.describe()));
        };
        write!(pack::write_map_len(out, count(fields.len())?));
        let mut known = 0;
        for (i, field) in fields.iter().enumerate() {
            write!(pack::write_str(out, &field.name));
            match lookup(pairs, i, &field.name) {
                Some(value) => {
                    known += 1;
                    self.write(&field.ty, value, out, depth).map_err(|e| e.field(&field.name))?;
                }
                None if matches!(field.ty, Type::Option(_)) => write!(pack::write_nil(out)),
                None => return Err(Fault::new(format!("{name} wants the field `{}` ({})", field.name, field.ty))),
            }
        }
        if known == pairs.len() { Ok(()) } else { Err(unknown_field(name, fields, pairs)) }
    }
}

/// The value of a field. Most values come in declaration order, so the expected place is tried first.
fn lookup<'v, 'a>(pairs: &'v [(Value<'a>, Value<'a>)], expected: usize, name: &str) -> Option<&'v Value<'a>> {
    let is_it = |pair: &&(Value<'a>, Value<'a>)| matches!(&pair.0, Value::String(key) if key == name);
    pairs.get(expected).filter(is_it).or_else(|| pairs.iter().find(is_it)).map(|(_, value)| value)
}

#[cold]
fn unknown_field(name: &str, fields: &[Field], pairs: &[(Value<'_>, Value<'_>)]) -> Fault {
    let mut seen = Vec::new();
    for (key, _) in pairs {
        let Value::String(key) = key else {
            return Fault::expected(format_args!("a field name of {name}"), key.describe());
        };
        if !fields.iter().any(|f| f.name == **key) {
            let names: Vec<&str> = fields.iter().map(|f| &*f.name).collect();
            return Fault::new(format!("{name} has no field `{key}`; it has {}", names.join(", ")));
        }
        if seen.contains(&key) {
            return Fault::new(format!("the field `{key}` of {name} is given twice"));
        }
        seen.push(key);
    }
    Fault::new(format!("the fields of {name} are given in a way that cannot be read"))
}

/// Bytes inside of a document.
fn binary(ty: &Type, value: &Value<'_>, out: &mut Output<'_>) -> Result<(), Fault> {
    let items = Items::of(value).ok_or_else(|| mismatch(ty, value))?;
    if let Type::Array(_, len) = ty {
        exact(ty, *len as usize, items.len())?;
    }
    write!(pack::write_bin_len(out, count(items.len())?));
    if let Items::Bytes(bytes) = items {
        out.put(bytes);
        return Ok(());
    }
    items.each(|value| {
        out.put(&[number(&Type::U8, value)? as u8]);
        Ok(())
    })
}

/// A count as MessagePack has it.
fn count(len: usize) -> Result<u32, Fault> {
    u32::try_from(len).map_err(|_| Fault::new(format!("{len} items are more than a guest with 32-bit memory can hold")))
}
