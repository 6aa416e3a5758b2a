//! How each type travels (section 3 of the contract): as a wasm number, raw, or as a document; and what signature that
//! gives in wasm.

use super::types::{Signature, Type};
use crate::types::{FuncType, ValType};

/// How a value of a type travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Not at all.
    Nothing,
    /// As one wasm number of this type.
    Number(ValType),
    /// As the bytes of a string, or of numbers side by side.
    Raw,
    /// As one MessagePack document.
    Document,
}

impl Type {
    pub(crate) fn pass(&self) -> Pass {
        match self {
            Self::Unit => Pass::Nothing,
            Self::Bool | Self::Char | Self::I8 | Self::I16 | Self::I32 | Self::U8 | Self::U16 | Self::U32 => {
                Pass::Number(ValType::I32)
            }
            Self::I64 | Self::U64 | Self::Isize | Self::Usize => Pass::Number(ValType::I64),
            Self::F32 => Pass::Number(ValType::F32),
            Self::F64 => Pass::Number(ValType::F64),
            Self::String | Self::Bytes => Pass::Raw,
            Self::Vec(item) | Self::Array(item, _) if item.element_size().is_some() => Pass::Raw,
            Self::Vec(_)
            | Self::Array(..)
            | Self::Option(_)
            | Self::Result(..)
            | Self::Tuple(_)
            | Self::Map(..)
            | Self::Named(_) => Pass::Document,
        }
    }

    /// Bytes of one element where numbers of this type lie side by side; `None` if they do not travel raw.
    pub(crate) const fn element_size(&self) -> Option<usize> {
        match self {
            Self::I8 | Self::U8 => Some(1),
            Self::I16 | Self::U16 => Some(2),
            Self::I32 | Self::U32 | Self::F32 => Some(4),
            Self::I64 | Self::U64 | Self::Isize | Self::Usize | Self::F64 => Some(8),
            _ => None,
        }
    }

    /// The least and the greatest value of an integer type.
    ///
    /// `usize` has 32 bits in the guest, though it travels as 64: what does not fit is refused here, not cut off there.
    pub(crate) const fn integer_range(&self) -> Option<(i128, i128)> {
        Some(match self {
            Self::I8 => (i8::MIN as i128, i8::MAX as i128),
            Self::I16 => (i16::MIN as i128, i16::MAX as i128),
            Self::I32 | Self::Isize => (i32::MIN as i128, i32::MAX as i128),
            Self::I64 => (i64::MIN as i128, i64::MAX as i128),
            Self::U8 => (0, u8::MAX as i128),
            Self::U16 => (0, u16::MAX as i128),
            Self::U32 | Self::Usize => (0, u32::MAX as i128),
            Self::U64 => (0, u64::MAX as i128),
            _ => return None,
        })
    }

    /// The type of what a function returns when all goes well.
    pub(crate) fn success(&self) -> &Self {
        match self {
            Self::Result(ok, _) => ok,
            other => other,
        }
    }

    /// The type of the error that a function may return.
    pub(crate) fn failure(&self) -> Option<&Self> {
        match self {
            Self::Result(_, err) => Some(err),
            _ => None,
        }
    }
}

impl Signature {
    /// The function's type in wasm.
    pub(crate) fn lower(&self) -> FuncType {
        let mut params = Vec::with_capacity(2 * self.params.len());
        for param in &self.params {
            match param.ty.pass() {
                Pass::Nothing => {}
                Pass::Number(ty) => params.push(ty),
                Pass::Raw | Pass::Document => params.extend([ValType::I32, ValType::I32]),
            }
        }
        let result = match self.result.success().pass() {
            Pass::Nothing => None,
            Pass::Number(ty) => Some(ty),
            Pass::Raw | Pass::Document => Some(ValType::I64),
        };
        FuncType::new(params, result)
    }

    /// Whether numbers go in and at most one number comes out, so that a caller can fill in the slots by itself.
    pub(crate) fn is_scalar(&self) -> bool {
        self.params.iter().all(|p| matches!(p.ty.pass(), Pass::Number(_)))
            && matches!(self.result.pass(), Pass::Number(_) | Pass::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::Param;
    use super::*;

    fn signature(params: &[Type], result: Type) -> Signature {
        let params = params.iter().map(|ty| Param { name: "p".into(), ty: ty.clone() }).collect();
        Signature { name: "f".into(), doc: String::new(), params, result }
    }

    #[test]
    fn wasm_signatures_follow_the_table_of_the_contract() {
        let vec = |ty: Type| Type::Vec(Box::new(ty));
        let cases = [
            (signature(&[], Type::Unit), "() -> ()"),
            (signature(&[Type::Bool, Type::Char, Type::I8, Type::U64], Type::F32), "(i32, i32, i32, i64) -> f32"),
            (signature(&[Type::String, vec(Type::F64)], Type::String), "(i32, i32, i32, i32) -> i64"),
            (signature(&[vec(Type::Bool)], vec(Type::Char)), "(i32, i32) -> i64"),
            (signature(&[Type::Usize], Type::Result(Box::new(Type::Unit), Box::new(Type::String))), "(i64) -> ()"),
            (signature(&[Type::Option(Box::new(Type::I32))], Type::Array(Box::new(Type::U8), 32)), "(i32, i32) -> i64"),
        ];
        for (signature, expected) in cases {
            assert_eq!(signature.lower().to_string(), expected, "{signature}");
        }
    }

    #[test]
    fn a_function_with_a_result_type_is_not_scalar() {
        assert!(signature(&[Type::I32], Type::I32).is_scalar());
        assert!(signature(&[], Type::Unit).is_scalar());
        assert!(!signature(&[], Type::Result(Box::new(Type::I32), Box::new(Type::String))).is_scalar());
        assert!(!signature(&[Type::String], Type::I32).is_scalar());
    }
}
