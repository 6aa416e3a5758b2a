//! `Module`: the native half.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use edge_runtime::{Engine, Error, Module, Source};

use crate::arguments::{Args, string_of};
use crate::errors::Fail;
use crate::js::{Env, External, Js, Sort};
use crate::progress::Progress;
use crate::types::extern_type;

/// What a module is made of, without borrowing from JavaScript.
pub(crate) enum Origin {
    Path(String),
    Bytes(Vec<u8>),
    Module(Module),
}

impl Origin {
    /// Of a path, bytes or the handle of a module.
    pub(crate) fn of<'e>(env: Env<'e>, source: Js<'e>) -> Result<Self, Fail> {
        Ok(match env.sort(source)? {
            Sort::String => Self::Path(string_of(env, source, "the path")?),
            Sort::External => Self::Module(External::<Module>::get(env, source)?.clone()),
            _ => Self::Bytes(env.get_bytes(source)?.ok_or_else(|| Fail::internal("a source that is none"))?),
        })
    }

    /// The module. `trusted` says that native code is used, by whoever wrote that in JavaScript; no progress is told of code that
    /// is loaded, nor of what such a file has compiled instead.
    pub(crate) fn module(
        self,
        engine: &Engine,
        trusted: bool,
        progress: Option<&Arc<Progress>>,
    ) -> edge_runtime::Result<Module> {
        match (self, trusted) {
            (Self::Module(module), _) => Ok(module),
            // SAFETY: `trusted: true` and `fromTrusted` are the promise, made by the caller in so many words.
            (Self::Path(path), true) => unsafe { Module::from_trusted_file(engine, path) },
            // SAFETY: as above.
            (Self::Bytes(bytes), true) => unsafe { Module::from_trusted_bytes(engine, &bytes) },
            (Self::Path(path), false) => match progress {
                // Text is small.
                Some(progress) if Path::new(&path).extension().is_none_or(|extension| extension != "wat") => {
                    let read = fs::read(&path).map_err(|error| Error::io(format_args!("cannot read {path}"), error));
                    compile(engine, &read?, progress)
                }
                _ => Module::from_file(engine, path),
            },
            (Self::Bytes(bytes), false) => match progress {
                Some(progress) => compile(engine, &bytes, progress),
                None => Module::new(engine, &bytes),
            },
        }
    }
}

impl From<Origin> for Source<'static> {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Path(path) => path.into(),
            Origin::Bytes(bytes) => bytes.into(),
            Origin::Module(module) => module.into(),
        }
    }
}

fn compile(engine: &Engine, bytes: &[u8], progress: &Arc<Progress>) -> edge_runtime::Result<Module> {
    Module::with_progress(engine, bytes, &|done, all| progress.note(done, all))
}

/// The `Module` of the first argument.
pub(crate) fn module<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Module, Fail> {
    External::<Module>::get(env, Args { env, args }.at(0)?)
}

/// `(engine, path or bytes)` => module.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?;
    External::create(env, Origin::of(env, args.at(1)?)?.module(engine, false, None)?)
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
