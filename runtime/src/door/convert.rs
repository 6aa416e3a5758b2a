//! From Rust's own types to [`Value`]s: the arguments of [`Vm::run`](super::Vm::run).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::types::{Value, Vector};

/// A Rust type that is a [`Value`]. What is borrowed stays borrowed: it is copied once, into the guest.
pub trait IntoValue {
    /// The value.
    fn into_value<'a>(self) -> Value<'a>
    where
        Self: 'a;

    /// The value of a vector of these: numbers lie side by side, anything else becomes a list.
    #[doc(hidden)]
    fn vec_into_value<'a>(items: Vec<Self>) -> Value<'a>
    where
        Self: Sized + 'a,
    {
        Value::List(items.into_iter().map(Self::into_value).collect())
    }

    /// The value of a slice of these.
    #[doc(hidden)]
    fn slice_into_value<'a>(items: &'a [Self]) -> Value<'a>
    where
        Self: Sized + Clone,
    {
        Value::List(items.iter().cloned().map(Self::into_value).collect())
    }
}

/// The arguments of a call: `()`, a tuple of up to twelve [`IntoValue`]s, or values.
pub trait IntoArgs {
    /// Calls `f` with the values. They stand on the stack.
    fn with_args<R>(self, f: impl FnOnce(&[Value<'_>]) -> R) -> R;
}

impl IntoValue for Value<'_> {
    fn into_value<'a>(self) -> Value<'a>
    where
        Self: 'a,
    {
        // The value outlives 'a, so its borrows do.
        self
    }
}

macro_rules! numbers {
    ($($ty:ty => $variant:ident;)+) => {
        $(impl IntoValue for $ty {
            fn into_value<'a>(self) -> Value<'a> {
                Value::$variant(self)
            }

            fn vec_into_value<'a>(items: Vec<Self>) -> Value<'a> {
                Value::Vector(Vector::$variant(Cow::Owned(items)))
            }

            fn slice_into_value<'a>(items: &'a [Self]) -> Value<'a> {
                Value::Vector(Vector::$variant(Cow::Borrowed(items)))
            }
        })+
    };
}

numbers! {
    i8 => I8;
    i16 => I16;
    i32 => I32;
    i64 => I64;
    u16 => U16;
    u32 => U32;
    u64 => U64;
    f32 => F32;
    f64 => F64;
}

impl IntoValue for u8 {
    fn into_value<'a>(self) -> Value<'a> {
        Value::U8(self)
    }

    fn vec_into_value<'a>(items: Vec<Self>) -> Value<'a> {
        Value::Bytes(Cow::Owned(items))
    }

    fn slice_into_value<'a>(items: &'a [Self]) -> Value<'a> {
        Value::Bytes(Cow::Borrowed(items))
    }
}

macro_rules! simple {
    ($([$($generics:tt)*] $ty:ty => |$value:ident| $make:expr;)+) => {
        $(impl<$($generics)*> IntoValue for $ty {
            fn into_value<'a>(self) -> Value<'a>
            where
                Self: 'a,
            {
                let $value = self;
                $make
            }
        })+
    };
}

simple! {
    [] () => |_nothing| Value::Null;
    [] bool => |v| Value::Bool(v);
    [] char => |v| Value::Char(v);
    [] isize => |v| Value::I64(v as i64);
    [] usize => |v| Value::U64(v as u64);
    [] String => |v| Value::String(Cow::Owned(v));
    ['s] &'s str => |v| Value::String(Cow::Borrowed(v));
    ['s] &'s String => |v| Value::String(Cow::Borrowed(v));
    [T: IntoValue] Vec<T> => |v| T::vec_into_value(v);
    ['s, T: IntoValue + Clone] &'s [T] => |v| T::slice_into_value(v);
    ['s, T: IntoValue + Clone] &'s Vec<T> => |v| T::slice_into_value(v);
    ['s, T: IntoValue + Clone, const N: usize] &'s [T; N] => |v| T::slice_into_value(v);
    [T: IntoValue, const N: usize] [T; N] => |v| T::vec_into_value(Vec::from(v));
    [T: IntoValue] Option<T> => |v| v.map_or(Value::Null, T::into_value);
    [T: IntoValue] Box<T> => |v| (*v).into_value();
    [K: IntoValue, V: IntoValue] BTreeMap<K, V> => |v| pairs(v);
    [K: IntoValue, V: IntoValue, S] HashMap<K, V, S> => |v| pairs(v);
}

fn pairs<'a, K: IntoValue + 'a, V: IntoValue + 'a>(map: impl IntoIterator<Item = (K, V)>) -> Value<'a> {
    Value::Map(map.into_iter().map(|(key, value)| (key.into_value(), value.into_value())).collect())
}

macro_rules! tuples {
    ($(($($t:ident $n:tt),+))+) => {
        $(
            impl<$($t: IntoValue),+> IntoValue for ($($t,)+) {
                fn into_value<'a>(self) -> Value<'a>
                where
                    Self: 'a,
                {
                    Value::Tuple(vec![$(self.$n.into_value()),+])
                }
            }

            impl<$($t: IntoValue),+> IntoArgs for ($($t,)+) {
                fn with_args<Out>(self, f: impl FnOnce(&[Value<'_>]) -> Out) -> Out {
                    f(&[$(self.$n.into_value()),+])
                }
            }
        )+
    };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

impl IntoArgs for () {
    fn with_args<R>(self, f: impl FnOnce(&[Value<'_>]) -> R) -> R {
        f(&[])
    }
}

impl IntoArgs for &[Value<'_>] {
    fn with_args<R>(self, f: impl FnOnce(&[Value<'_>]) -> R) -> R {
        f(self)
    }
}

impl IntoArgs for &Vec<Value<'_>> {
    fn with_args<R>(self, f: impl FnOnce(&[Value<'_>]) -> R) -> R {
        f(self)
    }
}

impl IntoArgs for Vec<Value<'_>> {
    fn with_args<R>(self, f: impl FnOnce(&[Value<'_>]) -> R) -> R {
        f(&self)
    }
}

impl<'a, T: IntoValue + 'a> From<T> for Value<'a>
where
    T: NotAValue,
{
    fn from(value: T) -> Self {
        value.into_value()
    }
}

/// Every [`IntoValue`] but [`Value`] itself, for which `From` exists in the language.
#[doc(hidden)]
pub trait NotAValue {}

macro_rules! not_a_value {
    ($([$($generics:tt)*] $ty:ty;)+) => {
        $(impl<$($generics)*> NotAValue for $ty {})+
    };
}

not_a_value! {
    [] (); [] bool; [] char; [] i8; [] i16; [] i32; [] i64; [] isize; [] u8; [] u16; [] u32; [] u64; [] usize; [] f32; [] f64;
    [] String; [] &str; [] &String;
    [T] Vec<T>; [T] &[T]; [T] &Vec<T>; [T, const N: usize] [T; N]; [T, const N: usize] &[T; N];
    [T] Option<T>; [T] Box<T>; [K, V] BTreeMap<K, V>; [K, V, S] HashMap<K, V, S>;
    [A] (A,); [A, B] (A, B); [A, B, C] (A, B, C); [A, B, C, D] (A, B, C, D);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_side_by_side_stay_side_by_side() {
        assert_eq!(vec![1_u8, 2].into_value(), Value::Bytes(vec![1, 2].into()));
        assert_eq!([1.5_f32].into_value(), Value::Vector(Vector::F32(vec![1.5].into())));
        assert_eq!(vec!["a", "b"].into_value(), Value::List(vec!["a".into(), "b".into()]));
        assert!(matches!((&[1_i64, 2][..]).into_value(), Value::Vector(Vector::I64(Cow::Borrowed([1, 2])))));
        assert!(matches!("text".into_value(), Value::String(Cow::Borrowed("text"))));
    }

    #[test]
    fn options_tuples_and_maps_nest() {
        let value = (Some(1_u16), None::<bool>, BTreeMap::from([("k", vec![true])])).into_value();
        let map = Value::Map(vec![("k".into(), Value::List(vec![Value::Bool(true)]))]);
        assert_eq!(value, Value::Tuple(vec![Value::U16(1), Value::Null, map]));
    }
}
