//! A value of a guest's rich types, as it stands between a host language and the guest.

use std::borrow::Cow;

/// A value. What is large can be borrowed on the way in (`'a`), so that a host's buffer is copied once: into the guest.
/// Results own their data (`Value<'static>`).
///
/// The native form in each language is DESIGN 5.2: a struct is a [`Value::Map`] with string keys in declaration order; an
/// enum is its variant's name, or a map of one entry from the name to the payload; `None` and `()` are [`Value::Null`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `()` and `None`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `i8`.
    I8(i8),
    /// `i16`.
    I16(i16),
    /// `i32`.
    I32(i32),
    /// `i64`, `isize`, and the integers of languages that have one sort of integer.
    I64(i64),
    /// `u8`.
    U8(u8),
    /// `u16`.
    U16(u16),
    /// `u32`.
    U32(u32),
    /// `u64`, `usize`.
    U64(u64),
    /// `f32`.
    F32(f32),
    /// `f64`.
    F64(f64),
    /// `char`.
    Char(char),
    /// `String`, `&str`, and the name of an enum's unit variant.
    String(Cow<'a, str>),
    /// `Vec<u8>`, `&[u8]`.
    Bytes(Cow<'a, [u8]>),
    /// A vector of numbers other than bytes.
    Vector(Vector<'a>),
    /// Any other sequence.
    List(Vec<Value<'a>>),
    /// A tuple or a tuple struct.
    Tuple(Vec<Value<'a>>),
    /// A map, a struct, or an enum's variant with its payload.
    Map(Vec<(Value<'a>, Value<'a>)>),
}

macro_rules! vectors {
    ($($variant:ident $ty:ident,)+) => {
        /// Numbers of one type, side by side.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Vector<'a> {
            $(#[doc = concat!("`Vec<", stringify!($ty), ">`.")] $variant(Cow<'a, [$ty]>),)+
        }

        impl Vector<'_> {
            /// How many numbers.
            #[must_use]
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(items) => items.len(),)+ }
            }

            /// Whether there is none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The same numbers, owned.
            #[must_use]
            pub fn into_owned(self) -> Vector<'static> {
                match self { $(Self::$variant(items) => Vector::$variant(Cow::Owned(items.into_owned())),)+ }
            }

            /// The numbers one by one.
            #[must_use]
            pub fn to_values(&self) -> Vec<Value<'static>> {
                match self { $(Self::$variant(items) => items.iter().map(|n| Value::$variant(*n)).collect(),)+ }
            }
        }
    };
}

vectors! {
    I8 i8,
    I16 i16,
    I32 i32,
    I64 i64,
    U16 u16,
    U32 u32,
    U64 u64,
    F32 f32,
    F64 f64,
}

impl Value<'_> {
    /// The same value with everything owned.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        let all = |items: Vec<Self>| items.into_iter().map(Self::into_owned).collect();
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => Value::Bool(v),
            Self::I8(v) => Value::I8(v),
            Self::I16(v) => Value::I16(v),
            Self::I32(v) => Value::I32(v),
            Self::I64(v) => Value::I64(v),
            Self::U8(v) => Value::U8(v),
            Self::U16(v) => Value::U16(v),
            Self::U32(v) => Value::U32(v),
            Self::U64(v) => Value::U64(v),
            Self::F32(v) => Value::F32(v),
            Self::F64(v) => Value::F64(v),
            Self::Char(v) => Value::Char(v),
            Self::String(v) => Value::String(Cow::Owned(v.into_owned())),
            Self::Bytes(v) => Value::Bytes(Cow::Owned(v.into_owned())),
            Self::Vector(v) => Value::Vector(v.into_owned()),
            Self::List(v) => Value::List(all(v)),
            Self::Tuple(v) => Value::Tuple(all(v)),
            Self::Map(v) => Value::Map(v.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect()),
        }
    }

    /// The number of any sort of integer: 128 bits hold the least `i64` and the greatest `u64`.
    #[must_use]
    pub fn integer(&self) -> Option<i128> {
        Some(match self {
            Self::I8(n) => (*n).into(),
            Self::I16(n) => (*n).into(),
            Self::I32(n) => (*n).into(),
            Self::I64(n) => (*n).into(),
            Self::U8(n) => (*n).into(),
            Self::U16(n) => (*n).into(),
            Self::U32(n) => (*n).into(),
            Self::U64(n) => (*n).into(),
            Self::Null
            | Self::Bool(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Vector(_)
            | Self::List(_)
            | Self::Tuple(_)
            | Self::Map(_) => return None,
        })
    }

    /// What the value is, in words, for messages.
    #[must_use]
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::I8(_)
            | Self::I16(_)
            | Self::I32(_)
            | Self::I64(_)
            | Self::U8(_)
            | Self::U16(_)
            | Self::U32(_)
            | Self::U64(_) => "an integer",
            Self::F32(_) | Self::F64(_) => "a float",
            Self::Char(_) => "a char",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Vector(_) => "a vector of numbers",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Map(_) => "a map",
        }
    }
}
