//! MessagePack written by hand, for descriptions and documents that no guest library made.

#![allow(dead_code, unreachable_pub, reason = "every test program uses another part")]

use rmp::encode as pack;

/// A MessagePack value.
#[derive(Clone, Debug)]
pub(crate) enum Doc {
    Nil,
    Int(i64),
    Float(f64),
    Str(String),
    Bin(Vec<u8>),
    Array(Vec<Doc>),
    Map(Vec<(Doc, Doc)>),
}

pub(crate) fn s(text: &str) -> Doc {
    Doc::Str(text.to_owned())
}

pub(crate) fn list<const N: usize>(items: [Doc; N]) -> Doc {
    Doc::Array(items.into())
}

pub(crate) fn map<const N: usize>(pairs: [(&str, Doc); N]) -> Doc {
    Doc::Map(pairs.into_iter().map(|(key, value)| (s(key), value)).collect())
}

impl Doc {
    /// The document's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nil => pack::write_nil(out).unwrap(),
            Self::Int(n) => drop(pack::write_sint(out, *n).unwrap()),
            Self::Float(f) => pack::write_f64(out, *f).unwrap(),
            Self::Str(text) => pack::write_str(out, text).unwrap(),
            Self::Bin(bytes) => pack::write_bin(out, bytes).unwrap(),
            Self::Array(items) => {
                pack::write_array_len(out, items.len() as u32).unwrap();
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(pairs) => {
                pack::write_map_len(out, pairs.len() as u32).unwrap();
                for (key, value) in pairs {
                    key.write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// The record of the version.
pub(crate) fn abi(version: i64) -> Doc {
    map([("k", s("abi")), ("v", Doc::Int(version))])
}

fn parameters(params: &[(&str, Doc)]) -> Doc {
    Doc::Array(params.iter().map(|(name, ty)| list([s(name), ty.clone()])).collect())
}

/// The record of a guest function.
pub(crate) fn function(name: &str, params: &[(&str, Doc)], result: Doc) -> Doc {
    map([("k", s("fn")), ("n", s(name)), ("d", s("")), ("p", parameters(params)), ("r", result)])
}

/// The record of a host function.
pub(crate) fn import(module: &str, name: &str, params: &[(&str, Doc)], result: Doc) -> Doc {
    map([("k", s("import")), ("m", s(module)), ("n", s(name)), ("d", s("")), ("p", parameters(params)), ("r", result)])
}

/// The record of a struct with named fields.
pub(crate) fn structure(identity: &str, name: &str, fields: &[(&str, Doc)]) -> Doc {
    let fields = fields.iter().map(|(name, ty)| list([s(name), s(""), ty.clone()])).collect();
    map([("k", s("struct")), ("id", s(identity)), ("n", s(name)), ("d", s("")), ("f", Doc::Array(fields))])
}

/// The record of an enum.
pub(crate) fn enumeration(identity: &str, name: &str, variants: &[(&str, Doc)]) -> Doc {
    let variants = variants.iter().map(|(name, payload)| list([s(name), s(""), payload.clone()])).collect();
    map([("k", s("enum")), ("id", s(identity)), ("n", s(name)), ("d", s("")), ("v", Doc::Array(variants))])
}

/// A reference to a struct or enum.
pub(crate) fn named(identity: &str) -> Doc {
    list([s("ref"), s(identity)])
}

/// One section of all records.
pub(crate) fn section(records: &[Doc]) -> Vec<u8> {
    records.iter().flat_map(Doc::bytes).collect()
}

/// The bytes as the text format writes them inside of quotes.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
