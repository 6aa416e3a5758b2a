//! The types of a guest's functions, as its description declares them.

use std::fmt;
use std::sync::Arc;

use crate::Module;
use crate::types::{Error, Kind, Phase, Result};

/// A type of a parameter, a result or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `()`.
    Unit,
    /// `bool`.
    Bool,
    /// `i8`.
    I8,
    /// `i16`.
    I16,
    /// `i32`.
    I32,
    /// `i64`.
    I64,
    /// `u8`.
    U8,
    /// `u16`.
    U16,
    /// `u32`.
    U32,
    /// `u64`.
    U64,
    /// `isize`.
    Isize,
    /// `usize`.
    Usize,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `char`.
    Char,
    /// `String`, `&str`.
    String,
    /// `Vec<u8>`, `&[u8]`.
    Bytes,
    /// `Vec<T>`, `&[T]`.
    Vec(Box<Type>),
    /// `[T; k]`.
    Array(Box<Type>, u32),
    /// `Option<T>`.
    Option(Box<Type>),
    /// `Result<T, E>`; only as the result of a function.
    Result(Box<Type>, Box<Type>),
    /// `(A, B, ...)`.
    Tuple(Vec<Type>),
    /// `BTreeMap<K, V>`, `HashMap<K, V>`.
    Map(Box<Type>, Box<Type>),
    /// A struct or an enum of the guest; [`Interface::named`] says which.
    Named(TypeId),
}

/// Which struct or enum of an [`Interface`] is meant.
///
/// An index with the name for messages, not a pointer to the type: types may be recursive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeId {
    pub(crate) index: u32,
    pub(crate) name: Arc<str>,
}

/// A struct or an enum of the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedType {
    /// Module path and name in the guest: `my_guest::shapes::Point`.
    pub identity: String,
    /// The name alone.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// What it consists of.
    pub body: Body,
}

/// What a named type consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A struct.
    Struct(Fields),
    /// An enum.
    Enum(Vec<Variant>),
}

/// What a struct or a variant of an enum carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Nothing.
    Unit,
    /// Fields by position. One field travels as itself.
    Tuple(Vec<Type>),
    /// Fields by name, in declaration order.
    Named(Vec<Field>),
}

/// A field with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub doc: String,
    /// Its type.
    pub ty: Type,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub doc: String,
    /// What it carries.
    pub fields: Fields,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A function of the guest, or one that it wants of the host. `Display` writes it in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// The parameters.
    pub params: Vec<Param>,
    /// The result.
    pub result: Type,
}

/// What a module says of itself in its section `edge_bindgen`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The functions that the host may call, in the order of the section.
    pub functions: Vec<Signature>,
    /// The host functions that the guest wants: module and signature.
    pub imports: Vec<(String, Signature)>,
    /// The structs and enums that the signatures name.
    pub types: Vec<NamedType>,
}

impl Interface {
    /// Reads the description of a module; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`Kind::BadDescription`] when the section is damaged, of another version, or contradicts the module.
    pub fn read(module: &Module) -> Result<Option<Self>> {
        let prepared = super::Prepared::of(module)?;
        Ok(prepared.interface().cloned())
    }

    /// The function with this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Signature> {
        self.functions.iter().find(|f| f.name == name)
    }

    /// The host function with this name that the guest wants.
    #[must_use]
    pub fn import(&self, module: &str, name: &str) -> Option<&Signature> {
        self.imports.iter().find(|(m, f)| m == module && f.name == name).map(|(_, f)| f)
    }

    /// The struct or enum that a type of this interface names.
    ///
    /// # Panics
    ///
    /// When the identity comes from another interface.
    #[must_use]
    pub fn named(&self, id: &TypeId) -> &NamedType {
        &self.types[id.index as usize]
    }
}

impl TypeId {
    /// The name without the module path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The position in [`Interface::types`].
    #[must_use]
    pub fn index(&self) -> usize {
        self.index as usize
    }
}

/// An error of the description.
#[cold]
pub(super) fn bad_description(message: impl fmt::Display) -> Error {
    Error::new(Phase::Load, Kind::BadDescription, format!("the bindgen description is damaged: {message}"))
}
