//! JavaScript values as values for a guest, by the type that the guest declares.
//!
//! Only what JavaScript alone knows is decided here: which value reads as what, and where its data lie. Whether a value fits
//! its type, lengths and ranges, the engine checks for every language with the same words.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Display;

use edge_runtime::bindgen::{Body, Fields, Interface, NamedType, Type};
use edge_runtime::{Error, Kind, Phase, Value, Vector};

use crate::errors::Fail;
use crate::js::{BigInt, Elements, Env, Js, Sort, TextFault};
use crate::port::Port;

/// Numbers up to this one are integers that no two others round to.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// As deep as the engine's own documents may nest.
const MAX_DEPTH: u32 = 400;

/// Why a value is not taken.
pub(crate) enum Refusal {
    /// It does not fit.
    Mismatch(Mismatch),
    /// JavaScript threw when it was read.
    Fail(Fail),
}

/// What does not fit, and where in the whole.
#[derive(Debug)]
pub(crate) struct Mismatch {
    path: String,
    text: String,
}

impl From<Fail> for Refusal {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

impl Refusal {
    #[cold]
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Mismatch(Mismatch { path: String::new(), text: text.into() })
    }

    #[cold]
    fn under(mut self, step: &str) -> Self {
        if let Self::Mismatch(mismatch) = &mut self {
            mismatch.path.insert_str(0, step);
        }
        self
    }

    /// The failure of a call, with a name for the whole value.
    #[cold]
    pub(crate) fn into_fail(self, phase: Phase, kind: Kind, whole: impl Display) -> Fail {
        match self {
            Self::Mismatch(Mismatch { path, text }) => Error::new(phase, kind, format!("{whole}{path}: {text}")).into(),
            Self::Fail(fail) => fail,
        }
    }
}

/// What a value is, in words, for messages.
pub(crate) fn type_name<'e>(env: Env<'e>, value: Js<'e>) -> &'static str {
    match env.sort(value) {
        Ok(Sort::Undefined) => "undefined",
        Ok(Sort::Null) => "null",
        Ok(Sort::Boolean) => "a boolean",
        Ok(Sort::Number) => "a number",
        Ok(Sort::String) => "a string",
        Ok(Sort::Symbol) => "a symbol",
        Ok(Sort::Function) => "a function",
        Ok(Sort::BigInt) => "a bigint",
        Ok(Sort::External) | Err(_) => "an object",
        Ok(Sort::Object) => match (env.is_array(value), env.elements(value), env.is_promise(value)) {
            (Ok(true), ..) => "an array",
            (_, Ok(Some(elements)), _) => elements.name(),
            (.., Ok(true)) => "a promise",
            _ => "an object",
        },
    }
}

/// Reads the values of one call.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'e, 'i> {
    pub(crate) env: Env<'e>,
    pub(crate) interface: Option<&'i Interface>,
    /// Whether numbers that lie in buffers may be borrowed: no JavaScript runs before the guest has read them.
    pub(crate) borrows: bool,
}

type Read<'e> = Result<Value<'e>, Refusal>;

impl<'e> Reader<'e, '_> {
    /// The value where a guest wants `ty`.
    pub(crate) fn read(self, value: Js<'e>, ty: &Type) -> Read<'e> {
        match ty {
            Type::Vec(item) | Type::Array(item, _) => self.sequence(value, ty, |_| item).map(|list| match list {
                Sequence::Items(items) => Value::List(items),
                Sequence::Other(value) => value,
            }),
            Type::Tuple(types) => self.tuple(value, ty, types),
            Type::Option(inner) => {
                if self.env.is_nullish(value)? {
                    Ok(Value::Null)
                } else {
                    self.read(value, inner)
                }
            }
            Type::Result(ok, _) => self.read(value, ok),
            Type::Map(key, item) => match self.map_entries(value, key, item)? {
                Some(entries) => Ok(Value::Map(entries)),
                None if self.is_plain_object(value)? => self.object(value, &mut |_| item, &[]),
                None => self.plain(value, ty),
            },
            Type::Named(id) => match self.interface {
                Some(interface) => self.named(value, interface.named(id), ty),
                None => self.plain(value, ty),
            },
            _ => self.plain(value, ty),
        }
    }

    /// The value by what it is.
    fn plain(self, value: Js<'e>, ty: &Type) -> Read<'e> {
        let env = self.env;
        match env.sort(value)? {
            Sort::Undefined | Sort::Null => Ok(Value::Null),
            Sort::Boolean => Ok(Value::Bool(env.get_boolean(value)?)),
            Sort::Number => number(env.get_number(value)?, ty),
            Sort::String => match env.get_string(value) {
                Ok(text) => Ok(Value::String(Cow::Owned(text))),
                Err(fault) => Err(text_refusal(fault)),
            },
            Sort::BigInt => match (env.get_bigint(value)?, ty) {
                (_, Type::F32 | Type::F64) => Err(expected(ty, "a bigint")),
                (BigInt::Signed(integer), _) => Ok(Value::I64(integer)),
                (BigInt::Unsigned(integer), _) => Ok(Value::U64(integer)),
                (BigInt::Beyond, _) => Err(expected(ty, "a bigint beyond 64 bits")),
            },
            Sort::Symbol | Sort::Function | Sort::External => Err(expected(ty, type_name(env, value))),
            Sort::Object => self.unusual(value, ty),
        }
    }

    /// An object where none was wanted: what it is, so that the engine can say so.
    #[cold]
    fn unusual(self, value: Js<'e>, ty: &Type) -> Read<'e> {
        match self.env.elements(value)? {
            Some(elements) if *ty == Type::Bytes => self.numbers(elements, ty),
            _ if *ty == Type::Bytes && self.env.is_array(value)? => self.read(value, &Type::Vec(Box::new(Type::U8))),
            _ => Err(expected(ty, type_name(self.env, value))),
        }
    }

    /// Numbers that lie side by side.
    fn numbers(self, elements: Elements, ty: &Type) -> Read<'e> {
        macro_rules! vectors {
            ($($variant:ident),+) => {
                match elements {
                    Elements::U8(items) => Value::Bytes(self.cow(items)),
                    $(Elements::$variant(items) => Value::Vector(Vector::$variant(self.cow(items))),)+
                }
            };
        }
        let of_bytes =
            matches!(ty, Type::Bytes) || matches!(ty, Type::Vec(item) | Type::Array(item, _) if **item == Type::U8);
        if of_bytes && !matches!(elements, Elements::U8(_)) {
            return Err(expected(ty, elements.name()));
        }
        Ok(vectors!(I8, I16, U16, I32, U32, F32, F64, I64, U64))
    }

    fn cow<T: Copy>(self, items: *const [T]) -> Cow<'e, [T]> {
        // SAFETY: the buffer belongs to a value of the scope `'e`, and no JavaScript has run since its address was read.
        // Borrowed it is only where none will run before the guest has copied it.
        let items: &'e [T] = unsafe { &*items };
        if self.borrows { Cow::Borrowed(items) } else { Cow::Owned(items.to_vec()) }
    }

    fn sequence<'t>(
        self,
        value: Js<'e>,
        ty: &Type,
        item_type: impl Fn(usize) -> &'t Type,
    ) -> Result<Sequence<'e>, Refusal> {
        let env = self.env;
        if env.sort(value)? != Sort::Object {
            return self.plain(value, ty).map(Sequence::Other);
        }
        if env.is_array(value)? {
            let nested = Depth::enter()?;
            let len = env.array_len(value)?;
            // The length is JavaScript's word: the array may be sparse, so nothing is allocated by it.
            let mut items = Vec::with_capacity(len.min(1 << 16) as usize);
            for index in 0..len {
                let item = env.element(value, index)?;
                let item = self.read(item, item_type(index as usize));
                items.push(item.map_err(|refusal| refusal.under(&format!("[{index}]")))?);
            }
            drop(nested);
            return Ok(Sequence::Items(items));
        }
        match env.elements(value)? {
            Some(elements) => self.numbers(elements, ty).map(Sequence::Other),
            None => Err(expected(ty, type_name(env, value))),
        }
    }

    fn tuple(self, value: Js<'e>, ty: &Type, types: &[Type]) -> Read<'e> {
        // What lies beyond the declared members is read by what it is: the engine says that it is too much.
        let items = self.sequence(value, ty, |index| types.get(index).unwrap_or(&Type::Unit))?;
        Ok(match items {
            Sequence::Items(items) => Value::Tuple(items),
            Sequence::Other(value) => value,
        })
    }

    fn named(self, value: Js<'e>, named: &NamedType, ty: &Type) -> Read<'e> {
        match &named.body {
            Body::Struct(fields) => self.fields(value, fields, ty),
            Body::Enum(variants) => {
                if !self.is_plain_object(value)? {
                    return self.plain(value, ty);
                }
                let nested = Depth::enter()?;
                let mut entries = Vec::with_capacity(1);
                for (name, payload) in self.own_entries(value)? {
                    let payload = match variants.iter().find(|variant| variant.name == name) {
                        Some(variant) => self.fields(payload, &variant.fields, ty),
                        None => self.plain(payload, &Type::Unit).or(Ok(Value::Null)),
                    };
                    let payload = payload.map_err(|refusal: Refusal| refusal.under(&format!(".{name}")))?;
                    entries.push((Value::String(name.into()), payload));
                }
                drop(nested);
                Ok(Value::Map(entries))
            }
        }
    }

    fn fields(self, value: Js<'e>, fields: &Fields, ty: &Type) -> Read<'e> {
        match fields {
            Fields::Unit => self.plain(value, ty),
            Fields::Tuple(types) => match types.as_slice() {
                [only] => self.read(value, only),
                types => self.tuple(value, ty, types),
            },
            Fields::Named(fields) => {
                if !self.is_plain_object(value)? {
                    return self.plain(value, ty);
                }
                let names: Vec<(&str, &Type)> = fields.iter().map(|field| (field.name.as_str(), &field.ty)).collect();
                self.object(value, &mut |name| type_of(&names, name), &names)
            }
        }
    }

    /// The properties of an object: its own, and those of the wanted that a class or a getter provides.
    fn object<'t>(
        self,
        object: Js<'e>,
        type_of: &mut dyn FnMut(&str) -> &'t Type,
        wanted: &[(&str, &Type)],
    ) -> Read<'e> {
        let nested = Depth::enter()?;
        let mut own = self.own_entries(object)?;
        for (name, _) in wanted {
            if !own.iter().any(|(known, _)| known == name) {
                let inherited = self.env.property(object, self.env.string(name)?)?;
                if self.env.sort(inherited)? != Sort::Undefined {
                    own.push(((*name).to_owned(), inherited));
                }
            }
        }
        let mut entries = Vec::with_capacity(own.len());
        for (name, value) in own {
            let value = self.read(value, type_of(&name)).map_err(|refusal| refusal.under(&format!(".{name}")))?;
            entries.push((Value::String(Cow::Owned(name)), value));
        }
        drop(nested);
        Ok(Value::Map(entries))
    }

    /// The own enumerable properties. One that is undefined counts as missing.
    fn own_entries(self, object: Js<'e>) -> Result<Vec<(String, Js<'e>)>, Refusal> {
        let env = self.env;
        let names = env.own_names(object)?;
        let len = env.array_len(names)?;
        let mut entries = Vec::with_capacity(len as usize);
        for index in 0..len {
            let key = env.element(names, index)?;
            let value = env.property(object, key)?;
            if env.sort(value)? != Sort::Undefined {
                entries.push((env.get_string(key).map_err(text_refusal)?, value));
            }
        }
        Ok(entries)
    }

    /// The entries of a `Map`; `None` if it is none.
    fn map_entries(
        self,
        value: Js<'e>,
        key: &Type,
        item: &Type,
    ) -> Result<Option<Vec<(Value<'e>, Value<'e>)>>, Refusal> {
        let env = self.env;
        if env.sort(value)? != Sort::Object {
            return Ok(None);
        }
        let pairs = env.call(Port::of(env)?.hooks().map_entries.get(env)?, &[value])?;
        if env.sort(pairs)? == Sort::Undefined {
            return Ok(None);
        }
        let nested = Depth::enter()?;
        let len = env.array_len(pairs)?;
        let mut entries = Vec::with_capacity(len as usize);
        for index in 0..len {
            let pair = env.element(pairs, index)?;
            let (name, value) = (env.element(pair, 0)?, env.element(pair, 1)?);
            let step = |refusal: Refusal| refusal.under(&format!(" (entry {index} of the map)"));
            entries.push((self.read(name, key).map_err(step)?, self.read(value, item).map_err(step)?));
        }
        drop(nested);
        Ok(Some(entries))
    }

    /// Whether it is an object that stands for its properties.
    fn is_plain_object(self, value: Js<'e>) -> Result<bool, Fail> {
        let env = self.env;
        Ok(env.sort(value)? == Sort::Object && !env.is_array(value)? && env.elements(value)?.is_none())
    }
}

enum Sequence<'e> {
    Items(Vec<Value<'e>>),
    Other(Value<'e>),
}

impl Elements {
    /// What it is, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::I8(_) => "an Int8Array",
            Self::U8(_) => "bytes",
            Self::I16(_) => "an Int16Array",
            Self::U16(_) => "a Uint16Array",
            Self::I32(_) => "an Int32Array",
            Self::U32(_) => "a Uint32Array",
            Self::F32(_) => "a Float32Array",
            Self::F64(_) => "a Float64Array",
            Self::I64(_) => "a BigInt64Array",
            Self::U64(_) => "a BigUint64Array",
        }
    }
}

fn type_of<'t>(types: &[(&str, &'t Type)], name: &str) -> &'t Type {
    types.iter().find(|(known, _)| *known == name).map_or(&Type::Unit, |(_, ty)| ty)
}

#[cold]
fn expected(what: impl Display, got: &str) -> Refusal {
    Refusal::new(format!("expected {what}, got {got}"))
}

#[cold]
pub(crate) fn text_refusal(fault: TextFault) -> Refusal {
    match fault {
        TextFault::Surrogate(index) => {
            Refusal::new(format!("the text has a lone surrogate at index {index}, which no UTF-8 can carry"))
        }
        TextFault::Fail(fail) => Refusal::Fail(fail),
    }
}

fn number<'v>(number: f64, ty: &Type) -> Result<Value<'v>, Refusal> {
    if matches!(ty, Type::F32 | Type::F64) || number.fract() != 0.0 || !number.is_finite() {
        return Ok(Value::F64(number));
    }
    if number.abs() > MAX_SAFE_INTEGER {
        return Err(expected(ty, &format!("{number}, which is no safe integer: use a bigint")));
    }
    Ok(Value::I64(number as i64))
}

/// Refuses what nests deeper than the native stack should follow; an object that contains itself, above all.
struct Depth;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Depth {
    fn enter() -> Result<Self, Refusal> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(Refusal::new(format!("the value nests deeper than {MAX_DEPTH} levels")));
        }
        DEPTH.set(depth + 1);
        Ok(Self)
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
