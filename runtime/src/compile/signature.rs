//! Signatures as Cranelift writes them.

use cranelift_codegen::ir::{AbiParam, ArgumentPurpose, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

use crate::types::layout::{Builtin, BuiltinType};
use crate::types::{FuncType, ValType};

/// Pointers; [`Settings`](super::Settings) admits 64-bit machines only.
pub(super) const POINTER: Type = types::I64;

/// How a value is held.
pub(super) const fn value_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        // The type that vectors have between operators; each sees its own lanes in it.
        ValType::V128 => types::I8X16,
        ValType::Ref(_) => POINTER,
    }
}

/// The wasm convention: callee context, caller context, parameters. The callee context is marked, since the stack check in
/// the prologue finds the store through it.
pub(super) fn wasm(ty: &FuncType) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.reserve(ty.params().len() + 2);
    signature.params.push(AbiParam::special(POINTER, ArgumentPurpose::VMContext));
    signature.params.push(AbiParam::new(POINTER));
    signature.params.extend(ty.params().iter().map(|ty| AbiParam::new(value_type(*ty))));
    signature.returns.extend(ty.results().iter().map(|ty| AbiParam::new(value_type(*ty))));
    signature
}

/// A function of the host in the platform's C convention.
pub(super) fn host(convention: CallConv, params: &[Type], result: Option<Type>) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.extend(result.map(AbiParam::new));
    signature
}

/// A builtin: the calling instance's context, then its own parameters.
pub(super) fn builtin(convention: CallConv, builtin: Builtin) -> Signature {
    let of = |ty: &BuiltinType| match ty {
        BuiltinType::I32 => types::I32,
        BuiltinType::I64 => types::I64,
        BuiltinType::Reference => POINTER,
        BuiltinType::Bool => types::I8,
    };
    let mut signature = host(convention, &[POINTER], builtin.result().as_ref().map(of));
    signature.params.extend(builtin.params().iter().map(|ty| AbiParam::new(of(ty))));
    signature
}
