//! How types and signatures read in messages and listings: close to Rust, in lower case where Rust has a library type.

use std::fmt::{self, Display, Formatter};

use super::types::{Signature, Type};

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unit => f.write_str("()"),
            Type::Bool => f.write_str("bool"),
            Type::I8 => f.write_str("i8"),
            Type::I16 => f.write_str("i16"),
            Type::I32 => f.write_str("i32"),
            Type::I64 => f.write_str("i64"),
            Type::U8 => f.write_str("u8"),
            Type::U16 => f.write_str("u16"),
            Type::U32 => f.write_str("u32"),
            Type::U64 => f.write_str("u64"),
            Type::Isize => f.write_str("isize"),
            Type::Usize => f.write_str("usize"),
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::Char => f.write_str("char"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Vec(item) => write!(f, "vec<{item}>"),
            Type::Array(item, len) => write!(f, "[{item}; {len}]"),
            Type::Option(item) => write!(f, "option<{item}>"),
            Type::Result(ok, err) => write!(f, "result<{ok}, {err}>"),
            Type::Tuple(items) => tuple(f, items),
            Type::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Type::Named(id) => f.write_str(id.name()),
        }
    }
}

fn tuple(f: &mut Formatter<'_>, items: &[Type]) -> fmt::Result {
    f.write_str("(")?;
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    // As in Rust, a tuple of one keeps its comma.
    f.write_str(if items.len() == 1 { ",)" } else { ")" })
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (i, param) in self.params.iter().enumerate() {
            write!(f, "{}{}: {}", if i == 0 { "" } else { ", " }, param.name, param.ty)?;
        }
        f.write_str(")")?;
        match &self.result {
            Type::Unit => Ok(()),
            other => write!(f, " -> {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{Param, Signature, Type, TypeId};

    #[test]
    fn a_signature_reads_like_rust() {
        let prediction = Type::Named(TypeId { index: 0, name: "Prediction".into() });
        let signature = Signature {
            name: "infer".into(),
            doc: String::new(),
            params: vec![
                Param { name: "image".into(), ty: Type::Bytes },
                Param { name: "one".into(), ty: Type::Tuple(vec![Type::Array(Box::new(Type::F32), 3)]) },
            ],
            result: Type::Result(Box::new(prediction), Box::new(Type::String)),
        };
        assert_eq!(signature.to_string(), "infer(image: bytes, one: ([f32; 3],)) -> result<Prediction, string>");
    }

    #[test]
    fn a_function_without_a_result_shows_none() {
        let signature = Signature { name: "log".into(), doc: String::new(), params: Vec::new(), result: Type::Unit };
        assert_eq!(signature.to_string(), "log()");
    }
}
