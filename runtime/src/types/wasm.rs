//! WebAssembly's own types, as hosts see them (specification 3.0, section 2.3).

use std::fmt;
use std::sync::Arc;

/// What a reference refers to (specification 3.0, section 2.3.3, without the types of garbage collection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeapType {
    /// A function.
    Func,
    /// An opaque object of the host.
    Extern,
    /// A caught exception.
    Exn,
    /// No function: only null.
    NoFunc,
    /// No object of the host: only null.
    NoExtern,
    /// No exception: only null.
    NoExn,
    /// A function of exactly this type.
    Concrete(TypeId),
}

/// A function type by its number: equal types have equal numbers in the whole process, whatever module they come from. It
/// means the type while the module, or anything else that has the type, lives; [`FuncType::register`] keeps it for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// The number itself.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// The type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefType {
    /// Whether it may be null.
    pub nullable: bool,
    /// What it refers to.
    pub heap: HeapType,
}

impl RefType {
    /// A function, or null.
    pub const FUNCREF: Self = Self { nullable: true, heap: HeapType::Func };
    /// An opaque object of the host, or null.
    pub const EXTERNREF: Self = Self { nullable: true, heap: HeapType::Extern };
    /// A caught exception, or null.
    pub const EXNREF: Self = Self { nullable: true, heap: HeapType::Exn };

    /// The hierarchy that it belongs to: [`HeapType::Func`], [`HeapType::Extern`] or [`HeapType::Exn`].
    #[must_use]
    pub const fn top(self) -> HeapType {
        match self.heap {
            HeapType::Func | HeapType::NoFunc | HeapType::Concrete(_) => HeapType::Func,
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Exn | HeapType::NoExn => HeapType::Exn,
        }
    }

    /// Whether every reference of this type is one of the type `wanted` too.
    #[must_use]
    pub fn fits(self, wanted: Self) -> bool {
        (wanted.nullable || !self.nullable) && self.heap.fits(wanted.heap)
    }
}

impl HeapType {
    /// Whether whatever this type describes is described by `wanted` too.
    #[must_use]
    pub fn fits(self, wanted: Self) -> bool {
        self == wanted
            || match self {
                Self::NoFunc => matches!(wanted, Self::Func | Self::Concrete(_)),
                Self::Concrete(_) => wanted == Self::Func,
                Self::NoExtern => wanted == Self::Extern,
                Self::NoExn => wanted == Self::Exn,
                Self::Func | Self::Extern | Self::Exn => false,
            }
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128 bits: a vector of integers or floats.
    V128,
    /// A reference.
    Ref(RefType),
}

impl ValType {
    /// Whether every value of this type is one of the type `wanted` too.
    #[must_use]
    pub fn fits(self, wanted: Self) -> bool {
        match (self, wanted) {
            (Self::Ref(has), Self::Ref(wanted)) => has.fits(wanted),
            _ => self == wanted,
        }
    }
}

/// The type of a function: parameters and results, and where it was declared in a recursion group, as which member of which
/// group: such a type is equal to no other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FuncType {
    params: Arc<[ValType]>,
    results: Arc<[ValType]>,
    /// Of a type that refers to itself, or that is declared together with others.
    group_number: Option<TypeId>,
}

/// The type of a memory, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType {
    /// Pages at the start.
    pub min: u64,
    /// Pages that it may grow to.
    pub max: Option<u64>,
    /// Whether indices are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
}

impl MemoryType {
    /// A memory with 32-bit indices that is not shared.
    #[must_use]
    pub const fn new(min: u64, max: Option<u64>) -> Self {
        Self { min, max, memory64: false, shared: false }
    }
}

/// The type of a table, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableType {
    /// What the elements are.
    pub element: RefType,
    /// Elements at the start.
    pub min: u64,
    /// Elements that it may grow to.
    pub max: Option<u64>,
    /// Whether indices are 64 bits wide.
    pub table64: bool,
}

impl TableType {
    /// A table with 32-bit indices.
    #[must_use]
    pub const fn new(element: RefType, min: u64, max: Option<u64>) -> Self {
        Self { element, min, max, table64: false }
    }
}

/// The type of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it can be assigned.
    pub mutable: bool,
}

/// The type of an import or an export.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A memory.
    Memory(MemoryType),
    /// A table.
    Table(TableType),
    /// A global.
    Global(GlobalType),
    /// An exception tag: what exceptions of it carry are the parameters, and there are no results.
    Tag(FuncType),
}

impl FuncType {
    /// A function type from its parameters and results.
    pub fn new(params: impl IntoIterator<Item = ValType>, results: impl IntoIterator<Item = ValType>) -> Self {
        Self { params: params.into_iter().collect(), results: results.into_iter().collect(), group_number: None }
    }

    /// The member with this number of a recursion group.
    pub(super) fn in_group(self, number: TypeId) -> Self {
        Self { group_number: Some(number), ..self }
    }

    /// The number that tells the type from others with the same parameters and results, if it is in a recursion group.
    pub(super) fn group_number(&self) -> Option<TypeId> {
        self.group_number
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &[ValType] {
        &self.params
    }

    /// The results.
    #[must_use]
    pub fn results(&self) -> &[ValType] {
        &self.results
    }
}

impl ExternType {
    /// The sort, in the specification's word.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Memory(_) => "memory",
            Self::Table(_) => "table",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func => f.write_str("func"),
            Self::Extern => f.write_str("extern"),
            Self::Exn => f.write_str("exn"),
            Self::NoFunc => f.write_str("nofunc"),
            Self::NoExtern => f.write_str("noextern"),
            Self::NoExn => f.write_str("noexn"),
            Self::Concrete(id) => match id.ty() {
                Some(ty) => f.write_str(&structure(&ty)),
                None => f.write_str("a function type that does not exist any more"),
            },
        }
    }
}

/// Types of one kind that a structure shows.
const SHOWN: usize = 16;

/// What a function type is made of, as the text format has it; its number says nothing to people, and is another one the next
/// time. One level deep: types may refer to themselves, and grow out of all proportion where each refers to another twice.
fn structure(ty: &FuncType) -> String {
    let mut text = "(func".to_owned();
    for (word, types) in [("param", ty.params()), ("result", ty.results())] {
        if types.is_empty() {
            continue;
        }
        text += " (";
        text += word;
        for ty in types.iter().take(SHOWN) {
            text.push(' ');
            match ty {
                ValType::Ref(RefType { nullable, heap: HeapType::Concrete(_) }) => {
                    text += if *nullable { "(ref null (func ...))" } else { "(ref (func ...))" };
                }
                other => text += &other.to_string(),
            }
        }
        text += if types.len() > SHOWN { " ...)" } else { ")" };
    }
    text.push(')');
    text
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.nullable, self.heap) {
            (true, HeapType::Func) => f.write_str("funcref"),
            (true, HeapType::Extern) => f.write_str("externref"),
            (true, HeapType::Exn) => f.write_str("exnref"),
            (true, heap) => write!(f, "(ref null {heap})"),
            (false, heap) => write!(f, "(ref {heap})"),
        }
    }
}

impl ValType {
    /// Whether its values refer to objects of the host.
    pub(crate) const fn is_externref(self) -> bool {
        matches!(self, Self::Ref(ty) if matches!(ty.top(), HeapType::Extern))
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(r) => r.fmt(f),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, types: &[ValType]) -> fmt::Result {
    f.write_str("(")?;
    for (i, ty) in types.iter().enumerate() {
        write!(f, "{}{ty}", if i == 0 { "" } else { ", " })?;
    }
    f.write_str(")")
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.params)?;
        f.write_str(" -> ")?;
        match &*self.results {
            [one] => one.fmt(f),
            many => list(f, many),
        }
    }
}

fn limits(f: &mut fmt::Formatter<'_>, min: u64, max: Option<u64>) -> fmt::Result {
    match max {
        Some(max) => write!(f, "{min}..={max}"),
        None => write!(f, "{min}.."),
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => write!(f, "function {ty}"),
            Self::Memory(ty) => {
                write!(
                    f,
                    "{}{}memory of ",
                    if ty.shared { "shared " } else { "" },
                    if ty.memory64 { "64-bit " } else { "" }
                )?;
                limits(f, ty.min, ty.max)?;
                f.write_str(" pages")
            }
            Self::Table(ty) => {
                write!(f, "{}table of ", if ty.table64 { "64-bit " } else { "" })?;
                limits(f, ty.min, ty.max)?;
                write!(f, " {}", ty.element)
            }
            Self::Global(ty) => write!(f, "{}global {}", if ty.mutable { "mutable " } else { "" }, ty.content),
            Self::Tag(ty) => write!(f, "tag {ty}"),
        }
    }
}
