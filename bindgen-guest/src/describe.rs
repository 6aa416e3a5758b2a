//! The records of the custom section `edge_bindgen`, written while the guest is compiled.
//!
//! A static of the section needs its length in its type, so every record is written twice: once to measure and once into an
//! array of that length. Both passes run the same code over a [`Sink`].

use crate::schema::Schema;

/// The version of the calling contract that this library implements.
pub(crate) const ABI_VERSION: u32 = 1;

/// Where a record is written: into bytes, or nowhere, to learn its length.
pub(crate) struct Sink<'a> {
    out: Option<&'a mut [u8]>,
    at: usize,
}

impl<'a> Sink<'a> {
    const fn measuring() -> Self {
        Sink { out: None, at: 0 }
    }

    const fn filling(out: &'a mut [u8]) -> Self {
        Sink { out: Some(out), at: 0 }
    }

    const fn raw(&mut self, bytes: &[u8]) {
        if let Some(out) = &mut self.out {
            let (_, rest) = out.split_at_mut(self.at);
            let (target, _) = rest.split_at_mut(bytes.len());
            target.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    /// A head of 5 bits, 8 bits (0: the form does not have it), 16 bits or 32 bits, by the size of `count`.
    const fn head(&mut self, fix: u8, fix_limit: usize, wide: [u8; 3], count: usize) {
        let [b8, b16, b32] = wide;
        let be = (count as u32).to_be_bytes();
        if count < fix_limit {
            self.raw(&[fix | count as u8]);
        } else if count <= 0xff && b8 != 0 {
            self.raw(&[b8, be[3]]);
        } else if count <= 0xffff {
            self.raw(&[b16, be[2], be[3]]);
        } else {
            self.raw(&[b32, be[0], be[1], be[2], be[3]]);
        }
    }

    pub(crate) const fn str(&mut self, text: &str) {
        self.head(0xa0, 32, [0xd9, 0xda, 0xdb], text.len());
        self.raw(text.as_bytes());
    }

    pub(crate) const fn array(&mut self, count: usize) {
        self.head(0x90, 16, [0, 0xdc, 0xdd], count);
    }

    pub(crate) const fn map(&mut self, count: usize) {
        self.head(0x80, 16, [0, 0xde, 0xdf], count);
    }

    pub(crate) const fn nil(&mut self) {
        self.raw(&[0xc0]);
    }

    pub(crate) const fn unsigned(&mut self, value: u64) {
        if value <= 0xffff_ffff {
            self.head(0x00, 128, [0xcc, 0xcd, 0xce], value as usize);
        } else {
            self.raw(&[0xcf]);
            self.raw(&value.to_be_bytes());
        }
    }
}

/// A field of a struct or of an enum's variant.
#[derive(Debug)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its type.
    pub schema: &'static Schema,
}

/// What a struct or a variant consists of.
#[derive(Debug)]
pub enum Fields {
    /// Nothing.
    Unit,
    /// Fields without names.
    Tuple(&'static [&'static Schema]),
    /// Fields with names.
    Named(&'static [Field]),
}

/// One variant of an enum.
#[derive(Debug)]
pub struct Variant {
    /// The variant's name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its payload.
    pub fields: Fields,
}

/// One record of the section.
#[derive(Debug)]
pub enum Record {
    /// The version of the calling contract.
    Abi {
        /// The version, 1.
        version: u32,
    },
    /// A function of the guest, or of the host if it has a module.
    Function {
        /// The import's module; `None` for a function of the guest.
        module: Option<&'static str>,
        /// The function's name.
        name: &'static str,
        /// Its doc comment.
        doc: &'static str,
        /// Names and types of the parameters.
        parameters: &'static [(&'static str, &'static Schema)],
        /// The type of the result.
        result: &'static Schema,
    },
    /// A struct with `#[derive(EdgeType)]`.
    Struct {
        /// Module path and name.
        id: &'static str,
        /// The name alone.
        name: &'static str,
        /// Its doc comment.
        doc: &'static str,
        /// Its fields.
        fields: Fields,
    },
    /// An enum with `#[derive(EdgeType)]`.
    Enum {
        /// Module path and name.
        id: &'static str,
        /// The name alone.
        name: &'static str,
        /// Its doc comment.
        doc: &'static str,
        /// Its variants.
        variants: &'static [Variant],
    },
}

impl Record {
    /// The record's length in bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        let mut sink = Sink::measuring();
        self.write(&mut sink);
        sink.at
    }

    /// The record's bytes; `N` is its [`size`](Record::size).
    #[must_use]
    pub const fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        let mut sink = Sink::filling(&mut out);
        self.write(&mut sink);
        assert!(sink.at == N, "the array has the size of the record");
        out
    }

    const fn write(&self, to: &mut Sink<'_>) {
        match self {
            Record::Abi { version } => {
                to.map(2);
                entry(to, "k", "abi");
                to.str("v");
                to.unsigned(*version as u64);
            }
            Record::Function { module, name, doc, parameters, result } => {
                to.map(if module.is_some() { 6 } else { 5 });
                entry(to, "k", if module.is_some() { "import" } else { "fn" });
                if let Some(module) = module {
                    entry(to, "m", module);
                }
                entry(to, "n", name);
                entry(to, "d", doc);
                write_parameters(to, parameters);
                to.str("r");
                result.write(to);
            }
            Record::Struct { id, name, doc, fields } => {
                to.map(5);
                write_head(to, "struct", id, name, doc);
                write_fields(to, fields);
            }
            Record::Enum { id, name, doc, variants } => {
                to.map(5);
                write_head(to, "enum", id, name, doc);
                write_variants(to, variants);
            }
        }
    }
}

const fn entry(to: &mut Sink<'_>, key: &str, value: &str) {
    to.str(key);
    to.str(value);
}

const fn write_head(to: &mut Sink<'_>, sort: &str, id: &str, name: &str, doc: &str) {
    entry(to, "k", sort);
    entry(to, "id", id);
    entry(to, "n", name);
    entry(to, "d", doc);
}

const fn write_parameters(to: &mut Sink<'_>, parameters: &[(&str, &Schema)]) {
    to.str("p");
    to.array(parameters.len());
    let mut at = 0;
    while at < parameters.len() {
        let (name, schema) = parameters[at];
        to.array(2);
        to.str(name);
        schema.write(to);
        at += 1;
    }
}

/// One map entry: `"f"` with named fields, or `"t"` with types (no type at all for a unit).
const fn write_fields(to: &mut Sink<'_>, fields: &Fields) {
    match fields {
        Fields::Unit => {
            to.str("t");
            to.array(0);
        }
        Fields::Tuple(types) => {
            to.str("t");
            to.array(types.len());
            let mut at = 0;
            while at < types.len() {
                types[at].write(to);
                at += 1;
            }
        }
        Fields::Named(fields) => {
            to.str("f");
            to.array(fields.len());
            let mut at = 0;
            while at < fields.len() {
                to.array(3);
                to.str(fields[at].name);
                to.str(fields[at].doc);
                fields[at].schema.write(to);
                at += 1;
            }
        }
    }
}

const fn write_variants(to: &mut Sink<'_>, variants: &[Variant]) {
    to.str("v");
    to.array(variants.len());
    let mut at = 0;
    while at < variants.len() {
        to.array(3);
        to.str(variants[at].name);
        to.str(variants[at].doc);
        match &variants[at].fields {
            Fields::Unit => to.nil(),
            fields => {
                to.map(1);
                write_fields(to, fields);
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(record: &Record) -> rmpv::Value {
        let mut out = vec![0; record.size()];
        record.write(&mut Sink::filling(&mut out));
        rmp_serde::from_slice(&out).expect("a record is one valid document")
    }

    fn text(value: &rmpv::Value) -> String {
        value.to_string().replace(' ', "")
    }

    #[test]
    fn a_function_names_its_parameters_and_types() {
        static NESTED: Schema = Schema::Vec(&Schema::Option(&Schema::Tuple(&[&Schema::U8, &Schema::Char])));
        const RECORD: Record = Record::Function {
            module: None,
            name: "f",
            doc: "two\nlines",
            parameters: &[("a", &NESTED), ("b", &Schema::Array(&Schema::U8, 70_000))],
            result: &Schema::Result(&Schema::Unit, &Schema::Ref("guest::E")),
        };
        assert_eq!(
            text(&decode(&RECORD)),
            concat!(
                r#"{"k":"fn","n":"f","d":"two\nlines","p":[["a",["vec",["option",["tuple","u8","char"]]]],"#,
                r#"["b",["array","u8",70000]]],"r":["result","unit",["ref","guest::E"]]}"#
            )
        );
    }

    #[test]
    fn an_import_names_its_module() {
        let record =
            Record::Function { module: Some("app"), name: "n", doc: "", parameters: &[], result: &Schema::Unit };
        assert_eq!(text(&decode(&record)), r#"{"k":"import","m":"app","n":"n","d":"","p":[],"r":"unit"}"#);
    }

    #[test]
    fn structs_and_enums_tell_their_fields() {
        let point = Record::Struct {
            id: "g::P",
            name: "P",
            doc: "",
            fields: Fields::Named(&[Field { name: "x", doc: "across", schema: &Schema::F64 }]),
        };
        assert_eq!(text(&decode(&point)), r#"{"k":"struct","id":"g::P","n":"P","d":"","f":[["x","across","f64"]]}"#);
        let unit = Record::Struct { id: "g::U", name: "U", doc: "", fields: Fields::Unit };
        assert_eq!(text(&decode(&unit)), r#"{"k":"struct","id":"g::U","n":"U","d":"","t":[]}"#);
        let pay = Record::Enum {
            id: "g::Pay",
            name: "Pay",
            doc: "how",
            variants: &[
                Variant { name: "Cash", doc: "coins", fields: Fields::Unit },
                Variant { name: "Card", doc: "", fields: Fields::Tuple(&[&Schema::String]) },
            ],
        };
        assert_eq!(
            text(&decode(&pay)),
            r#"{"k":"enum","id":"g::Pay","n":"Pay","d":"how","v":[["Cash","coins",nil],["Card","",{"t":["string"]}]]}"#
        );
    }

    #[test]
    fn long_text_and_numbers_take_their_wider_heads() {
        for length in [0, 31, 32, 255, 256, 65_535, 65_536] {
            let doc: &'static str = Box::leak("d".repeat(length).into_boxed_str());
            let record = Record::Struct { id: "i", name: "n", doc, fields: Fields::Unit };
            let decoded = decode(&record);
            assert_eq!(decoded.as_map().unwrap()[3].1.as_str(), Some(doc), "{length}");
        }
        for number in [0, 127, 128, 255, 256, 65_535, 65_536, usize::MAX] {
            let mut out = [0; 16];
            let mut sink = Sink::filling(&mut out);
            sink.unsigned(number as u64);
            let end = sink.at;
            assert_eq!(rmp_serde::from_slice::<u64>(&out[..end]).unwrap(), number as u64);
        }
    }

    #[test]
    fn the_two_passes_agree_in_constants() {
        const RECORD: Record = Record::Abi { version: ABI_VERSION };
        static BYTES: [u8; RECORD.size()] = RECORD.bytes();
        assert_eq!(text(&rmp_serde::from_slice(&BYTES).unwrap()), r#"{"k":"abi","v":1}"#);
    }
}
