//! Rich values as a plain tagged union.

use std::borrow::Cow;
use std::ffi::c_char;
use std::ptr;

use edge_runtime::{Result, Value, Vector};

use crate::error::edge_error_t;
use crate::ffi::{getter, guard, misuse, object, out, slice, text};

/// What a value is: one of `EDGE_VALUE_*`.
pub type edge_value_kind_t = u32;

/// `()`, `None`, nothing.
pub const EDGE_VALUE_NULL: edge_value_kind_t = 0;
/// `of.boolean`.
pub const EDGE_VALUE_BOOL: edge_value_kind_t = 1;
/// `of.i8`.
pub const EDGE_VALUE_I8: edge_value_kind_t = 2;
/// `of.i16`.
pub const EDGE_VALUE_I16: edge_value_kind_t = 3;
/// `of.i32`.
pub const EDGE_VALUE_I32: edge_value_kind_t = 4;
/// `of.i64`; `isize` too.
pub const EDGE_VALUE_I64: edge_value_kind_t = 5;
/// `of.u8`.
pub const EDGE_VALUE_U8: edge_value_kind_t = 6;
/// `of.u16`.
pub const EDGE_VALUE_U16: edge_value_kind_t = 7;
/// `of.u32`.
pub const EDGE_VALUE_U32: edge_value_kind_t = 8;
/// `of.u64`; `usize` too.
pub const EDGE_VALUE_U64: edge_value_kind_t = 9;
/// `of.f32`.
pub const EDGE_VALUE_F32: edge_value_kind_t = 10;
/// `of.f64`.
pub const EDGE_VALUE_F64: edge_value_kind_t = 11;
/// `of.character`: a Unicode scalar value.
pub const EDGE_VALUE_CHAR: edge_value_kind_t = 12;
/// `of.string`: UTF-8, not zero-terminated.
pub const EDGE_VALUE_STRING: edge_value_kind_t = 13;
/// `of.bytes`.
pub const EDGE_VALUE_BYTES: edge_value_kind_t = 14;
/// `of.vec_i8`.
pub const EDGE_VALUE_VEC_I8: edge_value_kind_t = 15;
/// `of.vec_i16`.
pub const EDGE_VALUE_VEC_I16: edge_value_kind_t = 16;
/// `of.vec_i32`.
pub const EDGE_VALUE_VEC_I32: edge_value_kind_t = 17;
/// `of.vec_i64`.
pub const EDGE_VALUE_VEC_I64: edge_value_kind_t = 18;
/// `of.vec_u16`.
pub const EDGE_VALUE_VEC_U16: edge_value_kind_t = 19;
/// `of.vec_u32`.
pub const EDGE_VALUE_VEC_U32: edge_value_kind_t = 20;
/// `of.vec_u64`.
pub const EDGE_VALUE_VEC_U64: edge_value_kind_t = 21;
/// `of.vec_f32`.
pub const EDGE_VALUE_VEC_F32: edge_value_kind_t = 22;
/// `of.vec_f64`.
pub const EDGE_VALUE_VEC_F64: edge_value_kind_t = 23;
/// `of.list`: values of any sort.
pub const EDGE_VALUE_LIST: edge_value_kind_t = 24;
/// `of.list`: the members of a tuple.
pub const EDGE_VALUE_TUPLE: edge_value_kind_t = 25;
/// `of.map`: a map, a struct (names to values, in the order of the declaration), or an enum's variant with its payload.
pub const EDGE_VALUE_MAP: edge_value_kind_t = 26;

/// A text: UTF-8, not zero-terminated.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_string_t {
    /// The first byte.
    pub data: *const c_char,
    /// Length in bytes.
    pub len: usize,
}

/// Bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_bytes_t {
    /// The first byte.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

/// A vector of `int8_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_i8_t {
    /// The first number.
    pub data: *const i8,
    /// How many.
    pub len: usize,
}

/// A vector of `int16_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_i16_t {
    /// The first number.
    pub data: *const i16,
    /// How many.
    pub len: usize,
}

/// A vector of `int32_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_i32_t {
    /// The first number.
    pub data: *const i32,
    /// How many.
    pub len: usize,
}

/// A vector of `int64_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_i64_t {
    /// The first number.
    pub data: *const i64,
    /// How many.
    pub len: usize,
}

/// A vector of `uint16_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_u16_t {
    /// The first number.
    pub data: *const u16,
    /// How many.
    pub len: usize,
}

/// A vector of `uint32_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_u32_t {
    /// The first number.
    pub data: *const u32,
    /// How many.
    pub len: usize,
}

/// A vector of `uint64_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_u64_t {
    /// The first number.
    pub data: *const u64,
    /// How many.
    pub len: usize,
}

/// A vector of `float`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_f32_t {
    /// The first number.
    pub data: *const f32,
    /// How many.
    pub len: usize,
}

/// A vector of `double`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_vec_f64_t {
    /// The first number.
    pub data: *const f64,
    /// How many.
    pub len: usize,
}

/// Values side by side.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_list_t {
    /// The first value.
    pub data: *const edge_value_t,
    /// How many.
    pub len: usize,
}

/// Pairs side by side.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_map_t {
    /// The first pair.
    pub data: *const edge_pair_t,
    /// How many.
    pub len: usize,
}

/// What a value holds; `kind` tells which member.
#[derive(Clone, Copy)]
#[repr(C)]
pub union edge_value_of_t {
    /// `EDGE_VALUE_BOOL`.
    pub boolean: bool,
    /// `EDGE_VALUE_I8`.
    pub i8: i8,
    /// `EDGE_VALUE_I16`.
    pub i16: i16,
    /// `EDGE_VALUE_I32`.
    pub i32: i32,
    /// `EDGE_VALUE_I64`.
    pub i64: i64,
    /// `EDGE_VALUE_U8`.
    pub u8: u8,
    /// `EDGE_VALUE_U16`.
    pub u16: u16,
    /// `EDGE_VALUE_U32`.
    pub u32: u32,
    /// `EDGE_VALUE_U64`.
    pub u64: u64,
    /// `EDGE_VALUE_F32`.
    pub f32: f32,
    /// `EDGE_VALUE_F64`.
    pub f64: f64,
    /// `EDGE_VALUE_CHAR`.
    pub character: u32,
    /// `EDGE_VALUE_STRING`.
    pub string: edge_string_t,
    /// `EDGE_VALUE_BYTES`.
    pub bytes: edge_bytes_t,
    /// `EDGE_VALUE_VEC_I8`.
    pub vec_i8: edge_vec_i8_t,
    /// `EDGE_VALUE_VEC_I16`.
    pub vec_i16: edge_vec_i16_t,
    /// `EDGE_VALUE_VEC_I32`.
    pub vec_i32: edge_vec_i32_t,
    /// `EDGE_VALUE_VEC_I64`.
    pub vec_i64: edge_vec_i64_t,
    /// `EDGE_VALUE_VEC_U16`.
    pub vec_u16: edge_vec_u16_t,
    /// `EDGE_VALUE_VEC_U32`.
    pub vec_u32: edge_vec_u32_t,
    /// `EDGE_VALUE_VEC_U64`.
    pub vec_u64: edge_vec_u64_t,
    /// `EDGE_VALUE_VEC_F32`.
    pub vec_f32: edge_vec_f32_t,
    /// `EDGE_VALUE_VEC_F64`.
    pub vec_f64: edge_vec_f64_t,
    /// `EDGE_VALUE_LIST` and `EDGE_VALUE_TUPLE`.
    pub list: edge_list_t,
    /// `EDGE_VALUE_MAP`.
    pub map: edge_map_t,
}

/// A value of a guest's rich types: a tree.
///
/// On the way in everything that it points to is borrowed, for the call. What the library gives is a tree of its own making
/// (`owned` is 1), which `edge_value_free` frees as a whole: free the root, and nothing inside.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_value_t {
    /// One of `EDGE_VALUE_*`.
    pub kind: edge_value_kind_t,
    /// 0 in values that programs make; 1 in trees that the library made and `edge_value_free` frees.
    pub owned: u32,
    /// The value itself.
    pub of: edge_value_of_t,
}

/// An entry of a map.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct edge_pair_t {
    /// The key; a string for the fields of a struct.
    pub key: edge_value_t,
    /// What it leads to.
    pub value: edge_value_t,
}

/// The pointer and the length of a boxed slice that now belongs to the tree.
fn leak<T>(items: Vec<T>) -> (*const T, usize) {
    let items = Box::leak(items.into_boxed_slice());
    (items.as_ptr(), items.len())
}

/// Takes back what [`leak`] gave.
///
/// # Safety
///
/// The pair came from [`leak`] and is not used again.
unsafe fn unleak<T>(data: *const T, len: usize) -> Box<[T]> {
    // SAFETY: by the contract above.
    unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data.cast_mut(), len)) }
}

/// The arrays that trees of [`edge_value_t::lent`] point to.
#[derive(Default)]
pub(crate) struct Lent {
    values: Vec<Vec<edge_value_t>>,
    pairs: Vec<Vec<edge_pair_t>>,
}

impl Lent {
    fn list(&mut self, items: &[Value<'_>]) -> edge_value_of_t {
        let values: Vec<_> = items.iter().map(|item| edge_value_t::lent(item, self)).collect();
        let of = edge_value_of_t { list: edge_list_t { data: values.as_ptr(), len: values.len() } };
        self.values.push(values);
        of
    }

    fn map(&mut self, pairs: &[(Value<'_>, Value<'_>)]) -> edge_value_of_t {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| edge_pair_t {
                key: edge_value_t::lent(key, self),
                value: edge_value_t::lent(value, self),
            })
            .collect();
        let of = edge_value_of_t { map: edge_map_t { data: pairs.as_ptr(), len: pairs.len() } };
        self.pairs.push(pairs);
        of
    }
}

macro_rules! scalars_and_vectors {
    (scalars: $($scalar:ident $field:ident $code:ident,)+; vectors: $($vector:ident $ty:ident $vec:ident $vec_ty:ident $vec_code:ident,)+) => {
        impl edge_value_t {
            /// A tree that C owns, with everything in it.
            pub(crate) fn owned(value: Value<'_>) -> Self {
                let (kind, of) = match value {
                    Value::Null => (EDGE_VALUE_NULL, edge_value_of_t { u64: 0 }),
                    Value::Bool(v) => (EDGE_VALUE_BOOL, edge_value_of_t { u64: u64::from(v) }),
                    $(Value::$scalar(v) => ($code, edge_value_of_t { $field: v }),)+
                    Value::Char(v) => (EDGE_VALUE_CHAR, edge_value_of_t { character: v.into() }),
                    Value::String(v) => {
                        let (data, len) = leak(v.into_owned().into_bytes());
                        (EDGE_VALUE_STRING, edge_value_of_t { string: edge_string_t { data: data.cast(), len } })
                    }
                    Value::Bytes(v) => {
                        let (data, len) = leak(v.into_owned());
                        (EDGE_VALUE_BYTES, edge_value_of_t { bytes: edge_bytes_t { data, len } })
                    }
                    $(Value::Vector(Vector::$vector(v)) => {
                        let (data, len) = leak(v.into_owned());
                        ($vec_code, edge_value_of_t { $vec: $vec_ty { data, len } })
                    })+
                    Value::List(v) => (EDGE_VALUE_LIST, Self::owned_list(v)),
                    Value::Tuple(v) => (EDGE_VALUE_TUPLE, Self::owned_list(v)),
                    Value::Map(v) => {
                        let pairs = v.into_iter().map(|(key, value)| edge_pair_t {
                            key: Self::owned(key),
                            value: Self::owned(value),
                        });
                        let (data, len) = leak(pairs.collect());
                        (EDGE_VALUE_MAP, edge_value_of_t { map: edge_map_t { data, len } })
                    }
                };
                Self { kind, owned: 1, of }
            }

            /// A tree that C only looks at: it points into `value` and `lent`, which must outlive it, and nobody frees it or a
            /// part of it, wherever C copies it to.
            pub(crate) fn lent(value: &Value<'_>, lent: &mut Lent) -> Self {
                let (kind, of) = match value {
                    Value::Null => (EDGE_VALUE_NULL, edge_value_of_t { u64: 0 }),
                    Value::Bool(v) => (EDGE_VALUE_BOOL, edge_value_of_t { u64: u64::from(*v) }),
                    $(Value::$scalar(v) => ($code, edge_value_of_t { $field: *v }),)+
                    Value::Char(v) => (EDGE_VALUE_CHAR, edge_value_of_t { character: (*v).into() }),
                    Value::String(v) => {
                        let string = edge_string_t { data: v.as_ptr().cast(), len: v.len() };
                        (EDGE_VALUE_STRING, edge_value_of_t { string })
                    }
                    Value::Bytes(v) => {
                        (EDGE_VALUE_BYTES, edge_value_of_t { bytes: edge_bytes_t { data: v.as_ptr(), len: v.len() } })
                    }
                    $(Value::Vector(Vector::$vector(v)) => {
                        ($vec_code, edge_value_of_t { $vec: $vec_ty { data: v.as_ptr(), len: v.len() } })
                    })+
                    Value::List(v) => (EDGE_VALUE_LIST, lent.list(v)),
                    Value::Tuple(v) => (EDGE_VALUE_TUPLE, lent.list(v)),
                    Value::Map(v) => (EDGE_VALUE_MAP, lent.map(v)),
                };
                Self { kind, owned: 0, of }
            }

            /// The value that C describes, borrowing its texts, bytes and vectors.
            ///
            /// # Safety
            ///
            /// The member of `of` that `kind` names is set, and what it points to stays as it is for `'a`.
            pub(crate) unsafe fn read<'a>(&self) -> Result<Value<'a>> {
                // SAFETY: by the contract above; a kind that is none reads nothing.
                unsafe {
                    Ok(match self.kind {
                        EDGE_VALUE_NULL => Value::Null,
                        // Read as a byte: C can store anything there.
                        EDGE_VALUE_BOOL => Value::Bool(self.of.u8 != 0),
                        $($code => Value::$scalar(self.of.$field),)+
                        EDGE_VALUE_CHAR => Value::Char(read_char(self.of.character)?),
                        EDGE_VALUE_STRING => {
                            let edge_string_t { data, len } = self.of.string;
                            Value::String(Cow::Borrowed(text(data, len, "string")?))
                        }
                        EDGE_VALUE_BYTES => {
                            let edge_bytes_t { data, len } = self.of.bytes;
                            Value::Bytes(Cow::Borrowed(slice(data, len, "bytes")?))
                        }
                        $($vec_code => {
                            let $vec_ty { data, len } = self.of.$vec;
                            Value::Vector(Vector::$vector(Cow::Borrowed(slice(data, len, stringify!($vec))?)))
                        })+
                        EDGE_VALUE_LIST => Value::List(read_all(self.of.list.data, self.of.list.len, "list")?),
                        EDGE_VALUE_TUPLE => Value::Tuple(read_all(self.of.list.data, self.of.list.len, "tuple")?),
                        EDGE_VALUE_MAP => Value::Map(
                            slice(self.of.map.data, self.of.map.len, "map")?
                                .iter()
                                .map(|pair| Ok((pair.key.read()?, pair.value.read()?)))
                                .collect::<Result<_>>()?,
                        ),
                        kind => return Err(misuse(format!("{kind} is not a kind of value (EDGE_VALUE_*)"))),
                    })
                }
            }

            /// Frees what [`Self::owned`] made; other values are left alone.
            ///
            /// # Safety
            ///
            /// The tree is whole, and nothing in it is used again.
            pub(crate) unsafe fn release(&self) {
                if self.owned != 1 {
                    return;
                }
                // SAFETY: by the contract above, each member came from `leak`.
                unsafe {
                    match self.kind {
                        EDGE_VALUE_STRING => drop(unleak(self.of.string.data.cast::<u8>(), self.of.string.len)),
                        EDGE_VALUE_BYTES => drop(unleak(self.of.bytes.data, self.of.bytes.len)),
                        $($vec_code => drop(unleak::<$ty>(self.of.$vec.data, self.of.$vec.len)),)+
                        EDGE_VALUE_LIST | EDGE_VALUE_TUPLE => {
                            unleak(self.of.list.data, self.of.list.len).iter().for_each(|item| item.release());
                        }
                        EDGE_VALUE_MAP => {
                            for pair in &*unleak(self.of.map.data, self.of.map.len) {
                                pair.key.release();
                                pair.value.release();
                            }
                        }
                        // Numbers own nothing.
                        _ => {}
                    }
                }
            }
        }
    };
}

scalars_and_vectors! {
    scalars:
        I8 i8 EDGE_VALUE_I8,
        I16 i16 EDGE_VALUE_I16,
        I32 i32 EDGE_VALUE_I32,
        I64 i64 EDGE_VALUE_I64,
        U8 u8 EDGE_VALUE_U8,
        U16 u16 EDGE_VALUE_U16,
        U32 u32 EDGE_VALUE_U32,
        U64 u64 EDGE_VALUE_U64,
        F32 f32 EDGE_VALUE_F32,
        F64 f64 EDGE_VALUE_F64,;
    vectors:
        I8 i8 vec_i8 edge_vec_i8_t EDGE_VALUE_VEC_I8,
        I16 i16 vec_i16 edge_vec_i16_t EDGE_VALUE_VEC_I16,
        I32 i32 vec_i32 edge_vec_i32_t EDGE_VALUE_VEC_I32,
        I64 i64 vec_i64 edge_vec_i64_t EDGE_VALUE_VEC_I64,
        U16 u16 vec_u16 edge_vec_u16_t EDGE_VALUE_VEC_U16,
        U32 u32 vec_u32 edge_vec_u32_t EDGE_VALUE_VEC_U32,
        U64 u64 vec_u64 edge_vec_u64_t EDGE_VALUE_VEC_U64,
        F32 f32 vec_f32 edge_vec_f32_t EDGE_VALUE_VEC_F32,
        F64 f64 vec_f64 edge_vec_f64_t EDGE_VALUE_VEC_F64,
}

impl edge_value_t {
    pub(crate) const NULL: Self = Self { kind: EDGE_VALUE_NULL, owned: 0, of: edge_value_of_t { u64: 0 } };

    fn owned_list(items: Vec<Value<'_>>) -> edge_value_of_t {
        let (data, len) = leak(items.into_iter().map(Self::owned).collect());
        edge_value_of_t { list: edge_list_t { data, len } }
    }
}

/// The scalar value that a `uint32_t` of C stands for.
pub(crate) fn read_char(code: u32) -> Result<char> {
    char::from_u32(code).ok_or_else(|| misuse(format!("{code:#x} is not a Unicode scalar value")))
}

/// Values side by side.
///
/// # Safety
///
/// As [`edge_value_t::read`], for `len` values.
pub(crate) unsafe fn read_all<'a>(data: *const edge_value_t, len: usize, name: &str) -> Result<Vec<Value<'a>>> {
    // SAFETY: by the contract above.
    unsafe { slice(data, len, name)?.iter().map(|value| value.read()).collect() }
}

/// Copies a value with all that it points to. `value`: borrowed. `out`: a tree owned by the caller.
///
/// # Safety
///
/// `value` is a well-formed value; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_value_copy(value: *const edge_value_t, out: *mut edge_value_t) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        // `out` may be the very value that is copied, so it is read first.
        let copy = object(value, "value")?.read()?;
        *self::out(out, edge_value_t::NULL)? = edge_value_t::owned(copy);
        Ok(())
    })
}

/// Frees a tree that the library made, and makes it null: freeing it again does nothing, nor does freeing a value that a
/// program made itself. NULL is fine.
///
/// # Safety
///
/// `value` is NULL or a well-formed value, whose parts are not used again when it is owned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_value_free(value: *mut edge_value_t) {
    getter((), || {
        // SAFETY: by the contract above.
        unsafe {
            let value = value.as_mut()?;
            value.release();
            *value = edge_value_t::NULL;
        }
        None
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Value<'static>> {
        vec![
            Value::Null,
            Value::Bool(true),
            Value::I8(-8),
            Value::U64(u64::MAX),
            Value::F32(1.5),
            Value::Char('\u{1F980}'),
            Value::String("text".into()),
            Value::String("".into()),
            Value::Bytes(vec![1, 2, 3].into()),
            Value::Vector(Vector::F64(vec![0.5, -0.0].into())),
            Value::Vector(Vector::I16(vec![].into())),
            Value::List(vec![Value::String("nested".into()), Value::List(vec![])]),
            Value::Tuple(vec![Value::I32(1), Value::Bytes(vec![].into())]),
            Value::Map(vec![(Value::String("key".into()), Value::Map(vec![]))]),
        ]
    }

    #[test]
    fn values_come_back_as_they_went() {
        for sample in samples() {
            let tree = edge_value_t::owned(sample.clone());
            // SAFETY: the tree was just made, and is released once, after its last use.
            unsafe {
                assert_eq!(tree.read().unwrap(), sample);
                tree.release();
            }
        }
    }

    #[test]
    fn lent_values_say_the_same_and_are_never_freed() {
        for sample in samples() {
            let mut lent = Lent::default();
            let tree = edge_value_t::lent(&sample, &mut lent);
            let mut copy = tree;
            // SAFETY: `sample` and `lent` outlive the tree, and releasing what is lent does nothing.
            unsafe {
                edge_value_free(&mut copy);
                assert_eq!(tree.read().unwrap(), sample);
            }
        }
    }

    #[test]
    fn freeing_twice_is_fine() {
        let mut tree = edge_value_t::owned(Value::String("text".into()));
        // SAFETY: the tree was just made; the second call finds a null.
        unsafe {
            edge_value_free(&mut tree);
            assert_eq!(tree.kind, EDGE_VALUE_NULL);
            edge_value_free(&mut tree);
            edge_value_free(ptr::null_mut());
        }
    }

    #[test]
    fn a_value_that_is_none_is_refused() {
        let value = |kind, of| edge_value_t { kind, owned: 0, of };
        let cases = [
            (value(99, edge_value_of_t { u64: 0 }), "99 is not a kind of value (EDGE_VALUE_*)"),
            (value(EDGE_VALUE_CHAR, edge_value_of_t { character: 0xd800 }), "0xd800 is not a Unicode scalar value"),
            (
                value(EDGE_VALUE_STRING, edge_value_of_t { string: edge_string_t { data: ptr::null(), len: 1 } }),
                "`string` is NULL, and its length is 1",
            ),
        ];
        for (value, message) in cases {
            // SAFETY: nothing is read beyond what is set.
            assert_eq!(unsafe { value.read() }.unwrap_err().message(), message);
        }
    }
}
