//! WebAssembly's types as JavaScript objects, and from their names.

use std::ffi::CStr;

use edge_runtime::{Error, ExternType, FuncType, Kind, Phase, RefType, ValType};

use crate::arguments::strings_of;
use crate::errors::Fail;
use crate::js::{Env, Js};

fn val_types<'e>(env: Env<'e>, types: &[ValType]) -> Result<Js<'e>, Fail> {
    env.array_of(types.iter().map(|ty| env.string(&ty.to_string())))
}

fn limits<'e>(env: Env<'e>, object: Js<'e>, min: u64, max: Option<u64>) -> Result<(), Fail> {
    env.set_named(object, c"min", env.number(min as f64)?)?;
    match max {
        Some(max) => env.set_named(object, c"max", env.number(max as f64)?),
        None => Ok(()),
    }
}

/// A property that is there when it is true.
fn flag<'e>(env: Env<'e>, object: Js<'e>, name: &CStr, is: bool) -> Result<(), Fail> {
    if is { env.set_named(object, name, env.boolean(true)?) } else { Ok(()) }
}

/// `{kind, ...}`, as `index.d.ts` has it.
pub(crate) fn extern_type<'e>(env: Env<'e>, ty: &ExternType) -> Result<Js<'e>, Fail> {
    let object = env.object()?;
    env.set_named(object, c"kind", env.string(ty.sort())?)?;
    match ty {
        ExternType::Func(ty) | ExternType::Tag(ty) => {
            env.set_named(object, c"params", val_types(env, ty.params())?)?;
            env.set_named(object, c"results", val_types(env, ty.results())?)?;
        }
        ExternType::Memory(ty) => {
            limits(env, object, ty.min, ty.max)?;
            flag(env, object, c"memory64", ty.memory64)?;
            flag(env, object, c"shared", ty.shared)?;
        }
        ExternType::Table(ty) => {
            env.set_named(object, c"element", env.string(&ty.element.to_string())?)?;
            limits(env, object, ty.min, ty.max)?;
            flag(env, object, c"table64", ty.table64)?;
        }
        ExternType::Global(ty) => {
            env.set_named(object, c"content", env.string(&ty.content.to_string())?)?;
            env.set_named(object, c"mutable", env.boolean(ty.mutable)?)?;
        }
    }
    Ok(object)
}

/// The type of a name.
pub(crate) fn val_type(name: &str) -> Result<ValType, Fail> {
    Ok(match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "v128" => ValType::V128,
        "funcref" => ValType::Ref(RefType::FUNCREF),
        "externref" => ValType::Ref(RefType::EXTERNREF),
        "exnref" => ValType::Ref(RefType::EXNREF),
        other => {
            let text = format!("{other:?} is no type: expected i32, i64, f32, f64, v128, funcref, externref or exnref");
            return Err(Error::new(Phase::Execute, Kind::ArgumentType, text).into());
        }
    })
}

/// The reference type of a name.
pub(crate) fn ref_type(name: &str) -> Result<RefType, Fail> {
    match val_type(name)? {
        ValType::Ref(ty) => Ok(ty),
        other => {
            let text = format!("{other} is no reference type: expected funcref or externref");
            Err(Error::new(Phase::Execute, Kind::ArgumentType, text).into())
        }
    }
}

/// The function type of two arrays of names.
pub(crate) fn func_type<'e>(env: Env<'e>, params: Js<'e>, results: Js<'e>) -> Result<FuncType, Fail> {
    let types =
        |names| -> Result<Vec<ValType>, Fail> { strings_of(env, names)?.iter().map(|name| val_type(name)).collect() };
    Ok(FuncType::new(types(params)?, types(results)?))
}
