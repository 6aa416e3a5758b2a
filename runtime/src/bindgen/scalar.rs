//! [`ScalarSignature`]: functions that a host language can call with nothing but numbers in slots.

use smallvec::SmallVec;

use super::{Signature, Type};

/// A type that travels as one number, and all of whose bit patterns, cut to its width, are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Nothing, in no slot.
    Unit,
    /// `bool`, as an `i32` that is 0 or 1.
    Bool,
    /// `i8`, as an `i32`.
    I8,
    /// `i16`, as an `i32`.
    I16,
    /// `i32`.
    I32,
    /// `i64`.
    I64,
    /// `u8`, as an `i32`.
    U8,
    /// `u16`, as an `i32`.
    U16,
    /// `u32`, as the `i32` of the same bits.
    U32,
    /// `u64`, as the `i64` of the same bits.
    U64,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
}

/// A function all of whose parameters and whose result travel as numbers: what an SDK reads arguments by, straight into the
/// slots of a call.
#[derive(Clone, Debug)]
pub struct ScalarSignature {
    params: SmallVec<[Scalar; 8]>,
    result: Scalar,
}

impl Scalar {
    /// `char` has bit patterns that are none, and `isize` and `usize` have fewer values in the guest than in a slot: they are
    /// left to the general way, which has messages for what does not fit.
    fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Unit => Self::Unit,
            Type::Bool => Self::Bool,
            Type::I8 => Self::I8,
            Type::I16 => Self::I16,
            Type::I32 => Self::I32,
            Type::I64 => Self::I64,
            Type::U8 => Self::U8,
            Type::U16 => Self::U16,
            Type::U32 => Self::U32,
            Type::U64 => Self::U64,
            Type::F32 => Self::F32,
            Type::F64 => Self::F64,
            _ => return None,
        })
    }
}

impl ScalarSignature {
    /// The scalar form of a signature, if it has one.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        let params = signature.params.iter().map(|param| Scalar::of(&param.ty)).collect::<Option<_>>()?;
        Some(Self { params, result: Scalar::of(&signature.result)? })
    }

    /// The parameters: slot `i` holds parameter `i`.
    #[inline]
    #[must_use]
    pub fn params(&self) -> &[Scalar] {
        &self.params
    }

    /// The result, which comes in the first slot.
    #[inline]
    #[must_use]
    pub fn result(&self) -> Scalar {
        self.result
    }
}
