//! The type of a value as the description tells it to the host.

use crate::describe::Sink;

/// A type, as section 5 of the calling contract writes it. Types nest by reference, so nesting has no limit, and a derived
/// type is only named, so recursive types are finite.
#[derive(Debug)]
pub enum Schema {
    /// `()`
    Unit,
    /// `bool`
    Bool,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `isize`
    Isize,
    /// `usize`
    Usize,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `String`, `&str`
    String,
    /// `Vec<u8>`, `&[u8]`
    Bytes,
    /// Any other `Vec<T>` or `&[T]`
    Vec(&'static Schema),
    /// `[T; k]`
    Array(&'static Schema, usize),
    /// `Option<T>`
    Option(&'static Schema),
    /// `Result<T, E>`
    Result(&'static Schema, &'static Schema),
    /// `(A, B, ...)`
    Tuple(&'static [&'static Schema]),
    /// `BTreeMap<K, V>`, `HashMap<K, V>`
    Map(&'static Schema, &'static Schema),
    /// A type with `#[derive(EdgeType)]`, by module path and name
    Ref(&'static str),
}

impl Schema {
    /// Writes the type as a string or an array.
    pub(crate) const fn write(&self, to: &mut Sink<'_>) {
        match self {
            Schema::Unit => to.str("unit"),
            Schema::Bool => to.str("bool"),
            Schema::I8 => to.str("i8"),
            Schema::I16 => to.str("i16"),
            Schema::I32 => to.str("i32"),
            Schema::I64 => to.str("i64"),
            Schema::U8 => to.str("u8"),
            Schema::U16 => to.str("u16"),
            Schema::U32 => to.str("u32"),
            Schema::U64 => to.str("u64"),
            Schema::Isize => to.str("isize"),
            Schema::Usize => to.str("usize"),
            Schema::F32 => to.str("f32"),
            Schema::F64 => to.str("f64"),
            Schema::Char => to.str("char"),
            Schema::String => to.str("string"),
            Schema::Bytes => to.str("bytes"),
            Schema::Vec(item) => composite(to, "vec", &[item]),
            Schema::Array(item, length) => {
                to.array(3);
                to.str("array");
                item.write(to);
                to.unsigned(*length as u64);
            }
            Schema::Option(item) => composite(to, "option", &[item]),
            Schema::Result(value, error) => composite(to, "result", &[value, error]),
            Schema::Tuple(items) => composite(to, "tuple", items),
            Schema::Map(key, value) => composite(to, "map", &[key, value]),
            Schema::Ref(identity) => {
                to.array(2);
                to.str("ref");
                to.str(identity);
            }
        }
    }
}

/// `[word, T...]`
const fn composite(to: &mut Sink<'_>, word: &str, items: &[&Schema]) {
    to.array(1 + items.len());
    to.str(word);
    let mut at = 0;
    while at < items.len() {
        items[at].write(to);
        at += 1;
    }
}
