//! From [`Value`]s to Rust's own types: the results of [`Vm::run`](super::Vm::run).

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::types::{Error, Kind, Phase, Result, Value, Vector};

/// A Rust type that can be made from a [`Value`]. Numbers convert where the number fits.
pub trait FromValue: Sized {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// [`Kind::ResultType`] when the value is of another sort or out of range.
    fn from_value(value: Value<'static>) -> Result<Self>;

    /// Makes a vector of these.
    #[doc(hidden)]
    fn vec_from_value(value: Value<'static>) -> Result<Vec<Self>> {
        items(value)?.into_iter().map(Self::from_value).collect()
    }
}

#[cold]
fn mismatch(wanted: &str, got: &Value<'_>) -> Error {
    let message = format!("the result was asked for as {wanted}, but is {}", got.describe());
    Error::new(Phase::Execute, Kind::ResultType, message)
}

/// The items of any sequence.
fn items(value: Value<'static>) -> Result<Vec<Value<'static>>> {
    match value {
        Value::List(items) | Value::Tuple(items) => Ok(items),
        Value::Bytes(bytes) => Ok(bytes.iter().map(|b| Value::U8(*b)).collect()),
        Value::Vector(vector) => Ok(vector.to_values()),
        other => Err(mismatch("a sequence", &other)),
    }
}

fn to_integer<T: TryFrom<i128>>(value: &Value<'_>) -> Result<T> {
    let name = std::any::type_name::<T>();
    let n = value.integer().ok_or_else(|| mismatch(name, value))?;
    T::try_from(n)
        .map_err(|_| Error::new(Phase::Execute, Kind::ResultType, format!("the result {n} does not fit in {name}")))
}

macro_rules! integers {
    ($($ty:ty => $variant:ident;)+) => {
        $(impl FromValue for $ty {
            fn from_value(value: Value<'static>) -> Result<Self> {
                to_integer(&value)
            }

            fn vec_from_value(value: Value<'static>) -> Result<Vec<Self>> {
                match value {
                    Value::Vector(Vector::$variant(numbers)) => Ok(numbers.into_owned()),
                    other => items(other)?.iter().map(to_integer).collect(),
                }
            }
        })+
    };
}

integers! {
    i8 => I8;
    i16 => I16;
    i32 => I32;
    i64 => I64;
    u16 => U16;
    u32 => U32;
    u64 => U64;
}

impl FromValue for u8 {
    fn from_value(value: Value<'static>) -> Result<Self> {
        to_integer(&value)
    }

    fn vec_from_value(value: Value<'static>) -> Result<Vec<Self>> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.into_owned()),
            other => items(other)?.iter().map(to_integer).collect(),
        }
    }
}

impl FromValue for isize {
    fn from_value(value: Value<'static>) -> Result<Self> {
        to_integer(&value)
    }
}

impl FromValue for usize {
    fn from_value(value: Value<'static>) -> Result<Self> {
        to_integer(&value)
    }
}

macro_rules! floats {
    ($($ty:ty => $variant:ident;)+) => {
        $(impl FromValue for $ty {
            fn from_value(value: Value<'static>) -> Result<Self> {
                match value {
                    Value::F32(f) => Ok(f as $ty),
                    Value::F64(f) => Ok(f as $ty),
                    other => other.integer().map(|n| n as $ty).ok_or_else(|| mismatch(stringify!($ty), &other)),
                }
            }

            fn vec_from_value(value: Value<'static>) -> Result<Vec<Self>> {
                match value {
                    Value::Vector(Vector::$variant(numbers)) => Ok(numbers.into_owned()),
                    other => items(other)?.into_iter().map(Self::from_value).collect(),
                }
            }
        })+
    };
}

floats! {
    f32 => F32;
    f64 => F64;
}

macro_rules! simple {
    ($($ty:ty, $name:literal: $($pattern:pat => $make:expr),+;)+) => {
        $(impl FromValue for $ty {
            fn from_value(value: Value<'static>) -> Result<Self> {
                match value {
                    $($pattern => Ok($make),)+
                    other => Err(mismatch($name, &other)),
                }
            }
        })+
    };
}

simple! {
    (), "()": Value::Null => ();
    bool, "bool": Value::Bool(b) => b;
    char, "char": Value::Char(c) => c;
    String, "String": Value::String(text) => text.into_owned(), Value::Char(c) => c.to_string();
}

impl FromValue for Value<'static> {
    fn from_value(value: Value<'static>) -> Result<Self> {
        Ok(value)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value<'static>) -> Result<Self> {
        T::vec_from_value(value)
    }
}

impl<T: FromValue, const N: usize> FromValue for [T; N] {
    fn from_value(value: Value<'static>) -> Result<Self> {
        T::vec_from_value(value)?.try_into().map_err(|items: Vec<T>| {
            let message = format!("the result was asked for as {N} items, but has {}", items.len());
            Error::new(Phase::Execute, Kind::ResultType, message)
        })
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'static>) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

fn pairs<K: FromValue, V: FromValue, M: FromIterator<(K, V)>>(value: Value<'static>) -> Result<M> {
    match value {
        Value::Map(pairs) => {
            pairs.into_iter().map(|(key, value)| Ok((K::from_value(key)?, V::from_value(value)?))).collect()
        }
        other => Err(mismatch("a map", &other)),
    }
}

impl<K: FromValue + Ord, V: FromValue> FromValue for BTreeMap<K, V> {
    fn from_value(value: Value<'static>) -> Result<Self> {
        pairs(value)
    }
}

impl<K: FromValue + Eq + Hash, V: FromValue, S: BuildHasher + Default> FromValue for HashMap<K, V, S> {
    fn from_value(value: Value<'static>) -> Result<Self> {
        pairs(value)
    }
}

macro_rules! tuples {
    ($(($($t:ident),+))+) => {
        $(impl<$($t: FromValue),+> FromValue for ($($t,)+) {
            fn from_value(value: Value<'static>) -> Result<Self> {
                const WANTED: usize = [$(stringify!($t)),+].len();
                let items = items(value)?;
                if items.len() != WANTED {
                    let message = format!("the result was asked for as {WANTED} values, but has {}", items.len());
                    return Err(Error::new(Phase::Execute, Kind::ResultType, message));
                }
                let mut items = items.into_iter();
                Ok(($($t::from_value(items.next().expect("the number was compared"))?,)+))
            }
        })+
    };
}

tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: Error) -> String {
        assert_eq!(error.kind(), Kind::ResultType);
        error.message().to_owned()
    }

    #[test]
    fn numbers_convert_where_they_fit() {
        assert_eq!(u8::from_value(Value::I64(255)).unwrap(), 255);
        assert_eq!(text(u8::from_value(Value::I64(256)).unwrap_err()), "the result 256 does not fit in u8");
        assert_eq!(f64::from_value(Value::F32(0.5)).unwrap(), 0.5);
        assert_eq!(
            text(i32::from_value(Value::F64(1.0)).unwrap_err()),
            "the result was asked for as i32, but is a float"
        );
    }

    #[test]
    fn sequences_maps_and_tuples_come_out_typed() {
        assert_eq!(Vec::<u8>::from_value(Value::Bytes(vec![1, 2].into())).unwrap(), [1, 2]);
        assert_eq!(Vec::<i64>::from_value(Value::Vector(Vector::I8(vec![-1].into()))).unwrap(), [-1]);
        let pair = Value::Tuple(vec![Value::String("a".into()), Value::Null]);
        assert_eq!(<(String, Option<u8>)>::from_value(pair.clone()).unwrap(), ("a".to_owned(), None));
        assert_eq!(
            text(<(String, u8, u8)>::from_value(pair).unwrap_err()),
            "the result was asked for as 3 values, but has 2"
        );
        let map = Value::Map(vec![(Value::String("k".into()), Value::U8(1))]);
        assert_eq!(BTreeMap::<String, u32>::from_value(map).unwrap(), BTreeMap::from([("k".to_owned(), 1)]));
    }
}
