//! Modules as files that hold their compiled code: the native half of what `Module` does with them.

use edge_runtime::{ArtifactForm, Engine, Module};

use crate::arguments::{Args, string_of};
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::module::{Origin, module};
use crate::progress::Progress;
use crate::promise::promise;
use crate::threads;

/// The form that is named in an argument, if one is.
fn form(args: Args<'_, '_>, index: usize) -> Result<Option<ArtifactForm>, Fail> {
    Ok(match args.optional(index)? {
        Some(_) if args.string(index)? == "native" => Some(ArtifactForm::Native),
        Some(_) => Some(ArtifactForm::Universal),
        None => None,
    })
}

/// `(module, form or undefined)` => bytes.
pub(crate) fn serialize_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let form = form(Args { env, args }, 1)?.unwrap_or_default();
    env.typed_array(&module(env, args)?.serialize(form)?)
}

/// `(module, form or undefined)` => promise of bytes.
pub(crate) fn serialize<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let form = form(Args { env, args }, 1)?.unwrap_or_default();
    let module = module(env, args)?.clone();
    promise(env, threads::spawn, move || module.serialize(form), |env, bytes| env.typed_array(&bytes?))
}

/// Where a module is written to, and in which form.
struct Destination {
    path: String,
    form: ArtifactForm,
}

impl Destination {
    /// Of `(module, path, form or undefined)`.
    fn of(args: Args<'_, '_>) -> Result<Self, Fail> {
        let path = string_of(args.env, args.at(1)?, "the path")?;
        let form = form(args, 2)?.unwrap_or_else(|| ArtifactForm::of_path(path.as_ref()));
        Ok(Self { path, form })
    }

    fn write(&self, module: &Module) -> edge_runtime::Result<()> {
        module.serialize_to(&self.path, self.form)
    }
}

/// `(module, path, form or undefined)`
pub(crate) fn write_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    Destination::of(Args { env, args })?.write(module(env, args)?)?;
    env.undefined()
}

/// `(module, path, form or undefined)` => promise of nothing.
pub(crate) fn write<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let destination = Destination::of(Args { env, args })?;
    let module = module(env, args)?.clone();
    promise(
        env,
        threads::spawn,
        move || destination.write(&module),
        |env, written| {
            written?;
            env.undefined()
        },
    )
}

/// `(engine, path or bytes)` => module, whose native code is used.
pub(crate) fn load_trusted_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?;
    External::create(env, Origin::of(env, args.at(1)?)?.module(engine, true, None)?)
}

/// `(engine, path or bytes, whether native code is used, function that is told the progress or undefined)` => promise of a
/// module.
pub(crate) fn load<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?.clone();
    let origin = Origin::of(env, args.at(1)?)?;
    let trusted = env.get_boolean(args.at(2)?)?;
    let progress = Progress::of(args, 3)?;
    let told = progress.clone();
    promise(
        env,
        threads::spawn,
        move || origin.module(&engine, trusted, told.as_ref()),
        move |env, module| {
            let module = module?;
            if let Some(progress) = progress {
                progress.finish(env, &module);
            }
            External::create(env, module)
        },
    )
}

/// `(module)` => whether its native code was loaded, not compiled.
pub(crate) fn is_precompiled<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(module(env, args)?.is_precompiled())
}

/// `(module)` => how many of its functions are compiled, and how many there are.
pub(crate) fn compiled_functions<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (compiled, all) = module(env, args)?.compiled_functions();
    env.array_of([compiled, all].into_iter().map(|count| env.number(count as f64)))
}
