//! WebAssembly's own types, as hosts see them (specification 3.0, section 2.3).

use std::fmt;
use std::sync::Arc;

/// The type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefType {
    /// A function, or null.
    FuncRef,
    /// An opaque object of the host, or null.
    ExternRef,
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
    /// A reference.
    Ref(RefType),
}

/// The type of a function: parameters and results.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuncType {
    params: Arc<[ValType]>,
    results: Arc<[ValType]>,
}

/// The type of a memory, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType {
    /// Pages at the start.
    pub min: u64,
    /// Pages that it may grow to.
    pub max: Option<u64>,
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
}

impl FuncType {
    /// A function type from its parameters and results.
    pub fn new(params: impl IntoIterator<Item = ValType>, results: impl IntoIterator<Item = ValType>) -> Self {
        Self { params: params.into_iter().collect(), results: results.into_iter().collect() }
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
        }
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FuncRef => "funcref",
            Self::ExternRef => "externref",
        })
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
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
                f.write_str("memory of ")?;
                limits(f, ty.min, ty.max)?;
                f.write_str(" pages")
            }
            Self::Table(ty) => {
                write!(f, "table of ")?;
                limits(f, ty.min, ty.max)?;
                write!(f, " {}", ty.element)
            }
            Self::Global(ty) => write!(f, "{}global {}", if ty.mutable { "mutable " } else { "" }, ty.content),
        }
    }
}
