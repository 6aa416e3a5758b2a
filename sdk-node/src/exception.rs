//! `Tag` and `Exception`: the native half.

use edge_runtime::{ExnRef, ExternType, FuncType, Store, Tag, Val};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::port::Port;
use crate::types::{extern_type, func_type};
use crate::val::{from_val, to_val};

fn tag<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Tag, Fail> {
    External::<Tag>::get(env, Args { env, args }.at(0)?)
}

/// The exception of the first argument, if no other thread is in its store: this one must not wait.
fn exception<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e ExnRef, Fail> {
    let exception = External::<ExnRef>::get(env, Args { env, args }.at(0)?)?;
    drop(exception.store().try_enter()?);
    Ok(exception)
}

/// `(store, params)` => tag.
pub(crate) fn new_tag<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let ty: FuncType = func_type(env, args.at(1)?, env.array(0)?)?;
    let _guard = store.try_enter()?;
    External::create(env, Tag::new(store, ty)?)
}

/// `(tag)` => `{kind: "tag", params, results}`.
pub(crate) fn tag_type<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    extern_type(env, &ExternType::Tag(tag(env, args)?.ty()))
}

/// `(tag, tag)` => whether both are one tag.
pub(crate) fn same_tag<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(tag(env, args)?.same(External::<Tag>::get(env, Args { env, args }.at(1)?)?))
}

/// `(tag, values)` => exception.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (tag, values) = (tag(env, args)?, Args { env, args }.at(1)?);
    let ty = tag.ty();
    let mut vals = Vec::new();
    for index in 0..env.array_len(values)? {
        // One too many is refused below, with the number that is wanted.
        let value = env.element(values, index)?;
        vals.push(match ty.params().get(index as usize) {
            Some(ty) => to_val(env, value, *ty, format_args!("value {} of the exception", index + 1))?,
            None => Val::I32(0),
        });
    }
    let _guard = tag.store().try_enter()?;
    External::create(env, ExnRef::new(tag.store(), tag, &vals)?)
}

/// `(exception)` => tag.
pub(crate) fn tag_of<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, exception(env, args)?.tag())
}

/// `(exception)` => array of what it carries.
pub(crate) fn values<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.array_of(exception(env, args)?.values().iter().map(|val| from_val(env, val)))
}

/// The object of the class `Exception`.
pub(crate) fn write<'e>(env: Env<'e>, exception: &ExnRef) -> Result<Js<'e>, Fail> {
    let handle = External::create(env, exception.clone())?;
    env.call(Port::of(env)?.hooks().make_exception.get(env)?, &[handle])
}

/// The exception of an object of the class, if it is one.
pub(crate) fn read<'e>(env: Env<'e>, value: Js<'e>) -> Result<Option<ExnRef>, Fail> {
    let handle = env.call(Port::of(env)?.hooks().exception_handle.get(env)?, &[value])?;
    if env.is_nullish(handle)? { Ok(None) } else { Ok(Some(External::<ExnRef>::get(env, handle)?.clone())) }
}
