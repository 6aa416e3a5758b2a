//! [`Val`]: a WebAssembly value of any type, and [`ExternRef`].

use std::any::Any;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use super::{ExnRef, Func, Store};
use crate::types::layout::{FuncRef, RawValue};
use crate::types::{Error, HeapType, Kind, Phase, RefType, Result, ValType};
use crate::vm;

/// A value of any WebAssembly type. Floats are their bits, so that no NaN changes on its way.
#[derive(Clone, Debug)]
pub enum Val {
    /// `i32`.
    I32(i32),
    /// `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    /// A vector: lane 0 in the lowest bits.
    V128(u128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// An object of the host, or null.
    ExternRef(Option<ExternRef>),
    /// A caught exception, or null.
    ExnRef(Option<ExnRef>),
}

impl Val {
    /// Its type.
    #[must_use]
    pub const fn ty(&self) -> ValType {
        match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
            Self::FuncRef(_) => ValType::Ref(RefType::FUNCREF),
            Self::ExternRef(_) => ValType::Ref(RefType::EXTERNREF),
            Self::ExnRef(_) => ValType::Ref(RefType::EXNREF),
        }
    }

    /// Zero, or null.
    #[must_use]
    pub const fn zero(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(0),
            ValType::Ref(ty) => match ty.top() {
                HeapType::Extern => Self::ExternRef(None),
                HeapType::Exn => Self::ExnRef(None),
                _ => Self::FuncRef(None),
            },
        }
    }

    /// The value as compiled code has it, if it is of type `ty` and of this store; `what` names it in the error.
    #[inline]
    pub(super) fn to_raw(
        &self,
        store: &Store,
        inside: &vm::Inside<'_>,
        ty: ValType,
        what: fmt::Arguments<'_>,
    ) -> Result<RawValue> {
        Ok(match (ty, self) {
            (ValType::I32, Self::I32(v)) => RawValue { i32: *v },
            (ValType::I64, Self::I64(v)) => RawValue { i64: *v },
            (ValType::F32, Self::F32(v)) => RawValue { f32: *v },
            (ValType::F64, Self::F64(v)) => RawValue { f64: *v },
            (ValType::V128, Self::V128(v)) => RawValue { bytes: v.to_le_bytes() },
            (ValType::Ref(ty), Self::FuncRef(Some(func))) if func_ref_type(func).fits(ty) => {
                store.owns(func.store(), "function")?;
                RawValue { funcref: func.vm().as_ptr() as usize }
            }
            (ValType::Ref(ty), Self::ExternRef(Some(object))) if ty.heap == HeapType::Extern => {
                RawValue { externref: store.0.intern(inside, &object.0) }
            }
            (ValType::Ref(ty), Self::ExnRef(Some(exception))) if ty.heap == HeapType::Exn => {
                store.owns(exception.store(), "exception")?;
                RawValue { exnref: exception.to_raw() }
            }
            (ValType::Ref(ty), Self::ExnRef(None)) if ty.nullable && ty.top() == HeapType::Exn => {
                RawValue { exnref: 0 }
            }
            (ValType::Ref(ty), Self::FuncRef(None)) if ty.nullable && ty.top() == HeapType::Func => {
                RawValue { funcref: 0 }
            }
            (ValType::Ref(ty), Self::ExternRef(None)) if ty.nullable && ty.top() == HeapType::Extern => {
                RawValue { externref: 0 }
            }
            _ => return Err(wrong_type(what, ty, self)),
        })
    }

    /// The value that compiled code left.
    ///
    /// # Safety
    ///
    /// `raw` holds a value of type `ty` of this store.
    #[inline]
    pub(super) unsafe fn from_raw(store: &Store, inside: &vm::Inside<'_>, ty: ValType, raw: RawValue) -> Self {
        // SAFETY: the caller knows which field was written.
        unsafe {
            match ty {
                ValType::I32 => Self::I32(raw.i32),
                ValType::I64 => Self::I64(raw.i64),
                ValType::F32 => Self::F32(raw.f32),
                ValType::F64 => Self::F64(raw.f64),
                ValType::V128 => Self::V128(u128::from_le_bytes(raw.bytes)),
                ValType::Ref(ty) if ty.top() == HeapType::Extern => {
                    Self::ExternRef(store.0.object(inside, raw.externref).map(ExternRef))
                }
                ValType::Ref(ty) if ty.top() == HeapType::Exn => {
                    Self::ExnRef(vm::Exception::of(&store.0, inside, raw.exnref).map(ExnRef))
                }
                ValType::Ref(_) => {
                    let func = NonNull::new(raw.funcref as *mut FuncRef);
                    Self::FuncRef(func.map(|func| Func::from_vm(store, func)))
                }
            }
        }
    }

    /// The `i32`, if it is one.
    #[must_use]
    pub const fn i32(&self) -> Option<i32> {
        if let Self::I32(v) = self { Some(*v) } else { None }
    }

    /// The `i64`, if it is one.
    #[must_use]
    pub const fn i64(&self) -> Option<i64> {
        if let Self::I64(v) = self { Some(*v) } else { None }
    }

    /// The `f32`, if it is one.
    #[must_use]
    pub const fn f32(&self) -> Option<f32> {
        if let Self::F32(v) = self { Some(f32::from_bits(*v)) } else { None }
    }

    /// The bits of the vector, if it is one.
    #[must_use]
    pub const fn v128(&self) -> Option<u128> {
        if let Self::V128(v) = self { Some(*v) } else { None }
    }

    /// The `f64`, if it is one.
    #[must_use]
    pub const fn f64(&self) -> Option<f64> {
        if let Self::F64(v) = self { Some(f64::from_bits(*v)) } else { None }
    }
}

/// The type of a reference to this very function.
fn func_ref_type(func: &Func) -> RefType {
    RefType { nullable: false, heap: HeapType::Concrete(func.type_id()) }
}

#[cold]
fn wrong_type(what: fmt::Arguments<'_>, wanted: ValType, given: &Val) -> Error {
    let is = |given: &dyn fmt::Display| {
        Error::new(Phase::Execute, Kind::ArgumentType, format!("{what} has to be {wanted} and is {given}"))
    };
    match (wanted, given) {
        (ValType::Ref(_), Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None)) => is(&"null"),
        (ValType::Ref(ty), Val::FuncRef(Some(func))) if ty.top() == HeapType::Func => is(&func_ref_type(func)),
        _ => is(&given.ty()),
    }
}

impl From<i32> for Val {
    fn from(v: i32) -> Self {
        Self::I32(v)
    }
}

impl From<i64> for Val {
    fn from(v: i64) -> Self {
        Self::I64(v)
    }
}

impl From<f32> for Val {
    fn from(v: f32) -> Self {
        Self::F32(v.to_bits())
    }
}

impl From<f64> for Val {
    fn from(v: f64) -> Self {
        Self::F64(v.to_bits())
    }
}

/// An object of the host that guests pass around without looking into it.
#[derive(Clone)]
pub struct ExternRef(pub(crate) Arc<dyn Any + Send + Sync>);

impl ExternRef {
    /// A reference to this object.
    #[must_use]
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The object, if it is of this type.
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// Whether both refer to one object.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for ExternRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExternRef({:p})", Arc::as_ptr(&self.0))
    }
}
