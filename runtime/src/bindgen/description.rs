//! Reading the section `edge_bindgen` (section 5 of the contract): first the records as plain MessagePack, then their meaning.
//!
//! Strict where a mistake would surface later as a wrong call, tolerant of keys that a newer writer may add.

use std::collections::HashMap;
use std::sync::Arc;

use super::fault::Fault;
use super::pack::{Head, Reader};
use super::types::{
    Body, Field, Fields, Interface, NamedType, Param, Signature, Type, TypeId, Variant, bad_description,
};
use crate::types::{Error, Kind, Phase, Result};

/// The name of the custom section.
pub(crate) const SECTION: &str = "edge_bindgen";
/// The version of the calling contract that this host speaks.
pub(crate) const ABI_VERSION: i128 = 1;
/// How deep the description of a type may nest. Every level is written out in somebody's source.
const MAX_NESTING: u32 = 64;

/// A MessagePack value of the description.
#[derive(Debug)]
enum Node<'a> {
    Array(Vec<Node<'a>>),
    Map(Vec<(Node<'a>, Node<'a>)>),
    Plain(Head<'a>),
}

impl<'a> Node<'a> {
    fn read(from: &mut Reader<'a>, depth: u32) -> std::result::Result<Self, Fault> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Fault::new(format!("types nest deeper than {MAX_NESTING} levels at offset {}", from.offset())));
        };
        Ok(match from.head()? {
            Head::Array(count) => {
                Self::Array((0..count).map(|_| Self::read(from, depth)).collect::<std::result::Result<_, _>>()?)
            }
            Head::Map(count) => Self::Map(
                (0..count)
                    .map(|_| Ok((Self::read(from, depth)?, Self::read(from, depth)?)))
                    .collect::<std::result::Result<_, Fault>>()?,
            ),
            plain => Self::Plain(plain),
        })
    }

    fn describe(&self) -> &'static str {
        match self {
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Plain(head) => head.describe(),
        }
    }

    fn str(&self) -> std::result::Result<&'a str, Fault> {
        match self {
            Self::Plain(Head::Str(text)) => Ok(text),
            other => Err(Fault::expected("a string", other.describe())),
        }
    }

    fn array(&self) -> std::result::Result<&[Self], Fault> {
        match self {
            Self::Array(items) => Ok(items),
            other => Err(Fault::expected("an array", other.describe())),
        }
    }

    /// The value of a key of a map.
    fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(name, _)| matches!(name, Self::Plain(Head::Str(name)) if *name == key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    fn want(&self, key: &str) -> std::result::Result<&Self, Fault> {
        self.get(key).ok_or_else(|| Fault::new(format!("the key \"{key}\" is missing")))
    }

    fn want_str(&self, key: &str) -> std::result::Result<&'a str, Fault> {
        self.want(key)?.str().map_err(|e| e.field(key))
    }

    fn want_array(&self, key: &str) -> std::result::Result<&[Self], Fault> {
        self.want(key)?.array().map_err(|e| e.field(key))
    }
}

/// Reads all sections of that name, one after the other. `None` if there is none.
pub(crate) fn read<'a>(sections: impl Iterator<Item = &'a [u8]>) -> Result<Option<Interface>> {
    let mut records = Vec::new();
    let mut any = false;
    for section in sections {
        any = true;
        let mut reader = Reader::new(section);
        while !reader.is_at_end() {
            let place = Place { record: records.len(), offset: reader.offset() };
            let node = Node::read(&mut reader, MAX_NESTING).map_err(|e| bad_description(e.of(place)))?;
            records.push((place, node));
        }
    }
    if !any {
        return Ok(None);
    }
    check_version(&records)?;
    let (identities, order) = identities(&records)?;
    Builder { identities }.build(&records, &order).map(Some)
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    record: usize,
    offset: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record {} (offset {})", self.record, self.offset)
    }
}

type Records<'a> = [(Place, Node<'a>)];

/// The sort of a record.
fn sort<'a>(place: Place, record: &Node<'a>) -> Result<&'a str> {
    match record {
        Node::Map(_) => record.want_str("k").map_err(|e| bad_description(e.of(place))),
        other => Err(bad_description(Fault::expected("a map", other.describe()).of(place))),
    }
}

fn check_version(records: &Records<'_>) -> Result<()> {
    let mut found = false;
    for (place, record) in records {
        if sort(*place, record)? != "abi" {
            continue;
        }
        found = true;
        match record.want("v").map_err(|e| bad_description(e.of(place)))? {
            Node::Plain(Head::Integer(ABI_VERSION)) => {}
            Node::Plain(Head::Integer(other)) => {
                return Err(Error::new(
                    Phase::Load,
                    Kind::BadDescription,
                    format!(
                        "the module's bindgen code speaks version {other} of the calling contract, this host speaks version {ABI_VERSION}: build the module with a matching edge-bindgen"
                    ),
                ));
            }
            other => return Err(bad_description(Fault::expected("an integer", other.describe()).field("v").of(place))),
        }
    }
    if found { Ok(()) } else { Err(bad_description("no record tells the version of the calling contract (\"abi\")")) }
}

/// The identities of all structs and enums, and which records describe them, in the order of the section.
fn identities<'a>(records: &Records<'a>) -> Result<(HashMap<&'a str, TypeId>, Vec<usize>)> {
    let mut ids = HashMap::new();
    let mut order = Vec::new();
    for (position, (place, record)) in records.iter().enumerate() {
        if !matches!(sort(*place, record)?, "struct" | "enum") {
            continue;
        }
        let bad = |e: Fault| bad_description(e.of(place));
        let identity = record.want_str("id").map_err(bad)?;
        let id = TypeId { index: order.len() as u32, name: Arc::from(record.want_str("n").map_err(bad)?) };
        if ids.insert(identity, id).is_some() {
            return Err(bad_description(format_args!("{place}: the type `{identity}` is described twice")));
        }
        order.push(position);
    }
    Ok((ids, order))
}

struct Builder<'a> {
    identities: HashMap<&'a str, TypeId>,
}

impl<'a> Builder<'a> {
    fn build(&self, records: &Records<'a>, order: &[usize]) -> Result<Interface> {
        let mut interface = Interface::default();
        for position in order {
            let (place, record) = &records[*position];
            let named = self.named(record).map_err(|e| bad_description(e.of(titled(*place, record))))?;
            interface.types.push(named);
        }
        for (place, record) in records {
            match sort(*place, record)? {
                "fn" => {
                    let function = self.function(*place, record)?;
                    if interface.function(&function.name).is_some() {
                        return Err(bad_description(format_args!(
                            "{place}: the function `{}` is described twice",
                            function.name
                        )));
                    }
                    interface.functions.push(function);
                }
                "import" => {
                    let module = record.want_str("m").map_err(|e| bad_description(e.of(titled(*place, record))))?;
                    let function = self.function(*place, record)?;
                    match interface.import(module, &function.name) {
                        None => interface.imports.push((module.to_owned(), function)),
                        // Two crates of one guest may want the same function.
                        Some(known) if known.params == function.params && known.result == function.result => {}
                        Some(known) => {
                            return Err(bad_description(format_args!(
                                "{place}: the host function `{module}.{}` is described twice, as {known} and as {function}",
                                function.name
                            )));
                        }
                    }
                }
                "abi" | "struct" | "enum" => {}
                other => return Err(bad_description(format_args!("{place}: \"{other}\" is no sort of record"))),
            }
        }
        Ok(interface)
    }

    fn function(&self, place: Place, record: &Node<'a>) -> Result<Signature> {
        self.signature(record).map_err(|e| bad_description(e.of(titled(place, record))))
    }

    fn signature(&self, record: &Node<'a>) -> std::result::Result<Signature, Fault> {
        let mut params = Vec::new();
        for (i, node) in record.want_array("p")?.iter().enumerate() {
            let in_place = |e: Fault| e.at(i).field("p");
            let [name, ty] = node.array().map_err(in_place)? else {
                return Err(in_place(Fault::expected("a name and a type", node.describe())));
            };
            let name = name.str().map_err(in_place)?.to_owned();
            let ty = self.ty(ty).map_err(in_place)?;
            if ty == Type::Unit {
                return Err(in_place(Fault::new("() is no parameter type")));
            }
            params.push(Param { name, ty });
        }
        Ok(Signature {
            name: record.want_str("n")?.to_owned(),
            doc: doc(record)?,
            params,
            result: self.result(record.want("r")?).map_err(|e| e.field("r"))?,
        })
    }

    fn named(&self, record: &Node<'a>) -> std::result::Result<NamedType, Fault> {
        let body = match record.want_str("k")? {
            "struct" => Body::Struct(self.fields(record)?),
            _ => Body::Enum(self.variants(record)?),
        };
        Ok(NamedType {
            identity: record.want_str("id")?.to_owned(),
            name: record.want_str("n")?.to_owned(),
            doc: doc(record)?,
            body,
        })
    }

    fn variants(&self, record: &Node<'a>) -> std::result::Result<Vec<Variant>, Fault> {
        let mut variants: Vec<Variant> = Vec::new();
        for (i, node) in record.want_array("v")?.iter().enumerate() {
            let in_place = |e: Fault| e.at(i).field("v");
            let [name, doc, payload] = node.array().map_err(in_place)? else {
                return Err(in_place(Fault::expected("a name, a doc comment and a payload", node.describe())));
            };
            let fields = match payload {
                Node::Plain(Head::Nil) => Fields::Unit,
                payload => self.fields(payload).map_err(in_place)?,
            };
            let name = name.str().map_err(in_place)?.to_owned();
            if variants.iter().any(|v| v.name == name) {
                return Err(in_place(Fault::new(format!("the variant `{name}` is described twice"))));
            }
            variants.push(Variant { name, doc: doc.str().map_err(in_place)?.to_owned(), fields });
        }
        Ok(variants)
    }

    /// What stands under `"f"` or `"t"`; neither means nothing.
    fn fields(&self, node: &Node<'a>) -> std::result::Result<Fields, Fault> {
        if let Some(types) = node.get("t") {
            let types = self.types(types.array().map_err(|e| e.field("t"))?).map_err(|e| e.field("t"))?;
            return Ok(if types.is_empty() { Fields::Unit } else { Fields::Tuple(types) });
        }
        let Some(list) = node.get("f") else { return Ok(Fields::Unit) };
        let mut fields: Vec<Field> = Vec::new();
        for (i, node) in list.array().map_err(|e| e.field("f"))?.iter().enumerate() {
            let in_place = |e: Fault| e.at(i).field("f");
            let [name, doc, ty] = node.array().map_err(in_place)? else {
                return Err(in_place(Fault::expected("a name, a doc comment and a type", node.describe())));
            };
            let name = name.str().map_err(in_place)?.to_owned();
            if fields.iter().any(|f| f.name == name) {
                return Err(in_place(Fault::new(format!("the field `{name}` is described twice"))));
            }
            let ty = self.ty(ty).map_err(in_place)?;
            fields.push(Field { name, doc: doc.str().map_err(in_place)?.to_owned(), ty });
        }
        Ok(Fields::Named(fields))
    }

    fn types(&self, nodes: &[Node<'a>]) -> std::result::Result<Vec<Type>, Fault> {
        nodes.iter().enumerate().map(|(i, node)| self.ty(node).map_err(|e| e.at(i))).collect()
    }

    /// A type in the place of a result, the only one for [`Type::Result`].
    fn result(&self, node: &Node<'a>) -> std::result::Result<Type, Fault> {
        match node {
            Node::Array(items) => match &items[..] {
                [Node::Plain(Head::Str("result")), ok, err] => {
                    Ok(Type::Result(Box::new(self.ty(ok)?), Box::new(self.ty(err)?)))
                }
                _ => self.ty(node),
            },
            _ => self.ty(node),
        }
    }

    fn ty(&self, node: &Node<'a>) -> std::result::Result<Type, Fault> {
        match node {
            Node::Plain(Head::Str(name)) => plain(name),
            Node::Array(items) => match items.split_first() {
                Some((Node::Plain(Head::Str(word)), rest)) => self.composite(word, rest),
                _ => Err(Fault::new("an array that stands for a type begins with a word")),
            },
            other => Err(Fault::expected("a type", other.describe())),
        }
    }

    fn composite(&self, word: &str, rest: &[Node<'a>]) -> std::result::Result<Type, Fault> {
        let boxed = |node| self.ty(node).map(Box::new);
        Ok(match (word, rest) {
            ("vec", [item]) => match self.ty(item)? {
                Type::U8 => Type::Bytes,
                item => Type::Vec(Box::new(item)),
            },
            ("array", [item, Node::Plain(Head::Integer(len))]) => {
                let len = u32::try_from(*len).map_err(|_| Fault::new(format!("{len} is no length of an array")))?;
                Type::Array(boxed(item)?, len)
            }
            ("option", [item]) => match self.ty(item)? {
                nothing @ (Type::Option(_) | Type::Unit) => {
                    return Err(Fault::new(format!("option<{nothing}> cannot be told apart from its content")));
                }
                item => Type::Option(Box::new(item)),
            },
            ("tuple", items) => Type::Tuple(self.types(items)?),
            ("map", [key, item]) => Type::Map(boxed(key)?, boxed(item)?),
            ("ref", [Node::Plain(Head::Str(identity))]) => match self.identities.get(identity) {
                Some(id) => Type::Named(id.clone()),
                None => return Err(Fault::new(format!("the type `{identity}` is named but not described"))),
            },
            ("result", [_, _]) => return Err(Fault::new("a result type stands only as the result of a function")),
            ("vec" | "array" | "option" | "map" | "ref" | "result", rest) => {
                return Err(Fault::new(format!("the type \"{word}\" with {} parts", rest.len())));
            }
            _ => return Err(Fault::new(format!("\"{word}\" is no type"))),
        })
    }
}

fn plain(name: &str) -> std::result::Result<Type, Fault> {
    Ok(match name {
        "unit" => Type::Unit,
        "bool" => Type::Bool,
        "i8" => Type::I8,
        "i16" => Type::I16,
        "i32" => Type::I32,
        "i64" => Type::I64,
        "u8" => Type::U8,
        "u16" => Type::U16,
        "u32" => Type::U32,
        "u64" => Type::U64,
        "isize" => Type::Isize,
        "usize" => Type::Usize,
        "f32" => Type::F32,
        "f64" => Type::F64,
        "char" => Type::Char,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        _ => return Err(Fault::new(format!("\"{name}\" is no type"))),
    })
}

/// The doc comment, which a writer may leave out.
fn doc(record: &Node<'_>) -> std::result::Result<String, Fault> {
    match record.get("d") {
        Some(doc) => Ok(doc.str().map_err(|e| e.field("d"))?.to_owned()),
        None => Ok(String::new()),
    }
}

/// The place with the name of what stands there, if it can be read.
fn titled(place: Place, record: &Node<'_>) -> String {
    match (record.want_str("k"), record.want_str("n")) {
        (Ok(sort), Ok(name)) => format!("{place}, {sort} `{name}`"),
        _ => place.to_string(),
    }
}
