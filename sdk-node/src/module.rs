//! `Module`: the native half.

use edge_runtime::{Engine, Module};

use crate::arguments::{Args, string_of};
use crate::errors::Fail;
use crate::js::{Env, External, Js, Sort};
use crate::types::extern_type;

fn module<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Module, Fail> {
    External::<Module>::get(env, Args { env, args }.at(0)?)
}

/// `(engine, path or bytes)` => module.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?;
    let source = args.at(1)?;
    let module = if env.sort(source)? == Sort::String {
        Module::from_file(engine, string_of(env, source, "the path")?)?
    } else {
        let bytes = env.get_bytes(source)?.ok_or_else(|| Fail::internal("a source that is none"))?;
        Module::new(engine, &bytes)?
    };
    External::create(env, module)
}

/// `(engine, text)` => module.
pub(crate) fn from_text<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let text = string_of(env, args.at(1)?, "the text")?;
    External::create(env, Module::from_text(External::<Engine>::get(env, args.at(0)?)?, &text)?)
}

/// `(engine, bytes)`: throws what is wrong.
pub(crate) fn validate<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let bytes = env.get_bytes(args.at(1)?)?.ok_or_else(|| Fail::internal("a source that is none"))?;
    Module::validate(External::<Engine>::get(env, args.at(0)?)?, &bytes)?;
    env.undefined()
}

pub(crate) fn name<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    module(env, args)?.name().map_or_else(|| env.null(), |name| env.string(name))
}

pub(crate) fn imports<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.array_of(module(env, args)?.imports().map(|import| {
        let object = env.object()?;
        env.set_named(object, c"module", env.string(import.module())?)?;
        env.set_named(object, c"name", env.string(import.name())?)?;
        env.set_named(object, c"type", extern_type(env, &import.ty())?)?;
        Ok(object)
    }))
}

pub(crate) fn exports<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.array_of(module(env, args)?.exports().map(|export| {
        let object = env.object()?;
        env.set_named(object, c"name", env.string(export.name())?)?;
        env.set_named(object, c"type", extern_type(env, &export.ty())?)?;
        Ok(object)
    }))
}

/// `(module, name)` => array of bytes.
pub(crate) fn custom_sections<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let name = Args { env, args }.string(1)?;
    let sections: Vec<&[u8]> = module(env, args)?.custom_sections(&name).collect();
    env.array_of(sections.into_iter().map(|section| env.typed_array(section)))
}

/// `(module)` => names of all custom sections.
pub(crate) fn custom_section_names<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let names: Vec<&str> = module(env, args)?.custom_section_names().collect();
    env.array_of(names.into_iter().map(|name| env.string(name)))
}

pub(crate) fn engine<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, module(env, args)?.engine().clone())
}
