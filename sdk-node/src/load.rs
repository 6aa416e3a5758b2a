//! Loading of a `Vm`: from what, with what.

use std::sync::Arc;

use edge_runtime::{Engine, Limits, Linker, Module, SharedMemory, Source, VmBuilder, WasiConfig};

use crate::arguments::{Args, strings_of};
use crate::errors::Fail;
use crate::host;
use crate::js::{Env, External, Js, Sort};
use crate::limits;
use crate::linker;
use crate::port::Port;
use crate::promise::{Shared, promise};
use crate::threads;

/// What a `Vm` is loaded from, without borrowing from JavaScript.
enum Origin {
    Path(String),
    Bytes(Vec<u8>),
    Module(Module),
}

impl Origin {
    fn load(self, builder: VmBuilder) -> edge_runtime::Result<edge_runtime::Vm> {
        builder.load(match self {
            Self::Path(path) => Source::from(path),
            Self::Bytes(bytes) => Source::from(bytes),
            Self::Module(module) => Source::from(module),
        })
    }
}

fn origin<'e>(env: Env<'e>, source: Js<'e>) -> Result<Origin, Fail> {
    Ok(match env.sort(source)? {
        Sort::String => Origin::Path(crate::arguments::string_of(env, source, "the path")?),
        Sort::External => Origin::Module(External::<Module>::get(env, source)?.clone()),
        _ => Origin::Bytes(env.get_bytes(source)?.ok_or_else(|| Fail::internal("a source that is none"))?),
    })
}

fn elements<'e>(env: Env<'e>, array: Js<'e>) -> Result<Vec<Js<'e>>, Fail> {
    (0..env.array_len(array)?).map(|index| env.element(array, index)).collect()
}

/// Module, name and memory by turns.
fn shared_memories(flat: Args<'_, '_>) -> Result<Vec<(String, String, SharedMemory)>, Fail> {
    let memories = (0..flat.args.len()).step_by(3).map(|at| {
        let memory = External::<SharedMemory>::get(flat.env, flat.at(at + 2)?)?;
        Ok((flat.string(at)?, flat.string(at + 1)?, memory.clone()))
    });
    memories.collect()
}

/// The builder and the origin of `(source, keeper, names, wasi, limits, engine, linker, memories)`.
fn setup<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<(Origin, VmBuilder, bool), Fail> {
    let args = Args { env, args };
    let port = Port::of(env)?;
    port.sweep(env);
    let names = strings_of(env, args.at(2)?)?;
    let names: Vec<_> = names.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    let keeper = args.number(1)? as u32;
    let origin = origin(env, args.at(0)?)?;
    let engine = args.optional(5)?.map(|engine| External::<Engine>::get(env, engine)).transpose()?;
    let defaults = match (&origin, engine) {
        (Origin::Module(module), _) => module.engine().config().get_limits(),
        (_, Some(engine)) => engine.config().get_limits(),
        (_, None) => Limits::default(),
    };
    let mut builder = edge_runtime::Vm::builder().imports(host::imports(&port, keeper, &names)).limits(limits::read(
        env,
        args.at(4)?,
        defaults,
    )?);
    if let Some(wasi) = args.optional(3)? {
        builder = builder.wasi(External::<WasiConfig>::get(env, wasi)?.clone());
    }
    if let Some(engine) = engine {
        builder = builder.engine(engine.clone());
    }
    let given = args.optional(6)?.map(|linker| External::<linker::Shared>::get(env, linker)).transpose()?;
    let memories = shared_memories(Args { env, args: &elements(env, args.at(7)?)? })?;
    if given.is_some() || !memories.is_empty() {
        let mut linker = match (given, &origin, engine) {
            (Some(linker), ..) => linker.borrow().clone(),
            (None, Origin::Module(module), _) => Linker::new(module.engine()),
            (None, _, engine) => Linker::new(engine.unwrap_or(&Engine::default())),
        };
        for (module, name, memory) in memories {
            linker.define(&module, &name, memory);
        }
        builder = builder.linker(linker);
    }
    Ok((origin, builder, !names.is_empty() || given.is_some()))
}

fn handle<'e>(env: Env<'e>, vm: edge_runtime::Vm, calls_host: bool) -> Result<Js<'e>, Fail> {
    External::create(env, Arc::new(Shared::new(vm, calls_host)))
}

pub(crate) fn load_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (origin, builder, calls_host) = setup(env, args)?;
    handle(env, origin.load(builder)?, calls_host)
}

pub(crate) fn load<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (origin, builder, calls_host) = setup(env, args)?;
    promise(env, threads::spawn, move || origin.load(builder), move |env, vm| handle(env, vm?, calls_host))
}
