//! Loading of a `Vm`: from what, with what.

use std::sync::Arc;

use edge_runtime::{Engine, Limits, Linker, SharedMemory, Source, VmBuilder, WasiConfig};

use crate::arguments::{Args, strings_of};
use crate::errors::Fail;
use crate::host;
use crate::js::{Env, External, Js};
use crate::limits;
use crate::linker;
use crate::module::Origin;
use crate::port::Port;
use crate::progress::Progress;
use crate::promise::{Shared, promise};
use crate::threads;

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

/// What a `Vm` is loaded from and with.
struct Setup {
    origin: Origin,
    builder: VmBuilder,
    engine: Option<Engine>,
    /// Whether native code in the origin is used.
    trusted: bool,
    progress: Option<Arc<Progress>>,
    /// Whether the guest can call JavaScript.
    calls_host: bool,
}

impl Setup {
    /// Of `(source, keeper, names, wasi, limits, engine, linker, memories, trusted, function that is told the progress)`.
    fn of<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Self, Fail> {
        let args = Args { env, args };
        let port = Port::of(env)?;
        port.sweep(env);
        let names = strings_of(env, args.at(2)?)?;
        let names: Vec<_> = names.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        let keeper = args.number(1)? as u32;
        let origin = Origin::of(env, args.at(0)?)?;
        let engine = args.optional(5)?.map(|engine| External::<Engine>::get(env, engine)).transpose()?;
        let defaults = match (&origin, engine) {
            (Origin::Module(module), _) => module.engine().config().get_limits(),
            (_, Some(engine)) => engine.config().get_limits(),
            (_, None) => Limits::default(),
        };
        let limits = limits::read(env, args.at(4)?, defaults)?;
        let mut builder = edge_runtime::Vm::builder().imports(host::imports(&port, keeper, &names)).limits(limits);
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
        Ok(Self {
            origin,
            builder,
            engine: engine.cloned(),
            trusted: env.get_boolean(args.at(8)?)?,
            progress: Progress::of(args, 9)?,
            calls_host: !names.is_empty() || given.is_some(),
        })
    }

    fn load(self) -> edge_runtime::Result<edge_runtime::Vm> {
        // The builder knows neither trust nor progress: where one is given, the module comes first.
        let source: Source<'_> = match self.origin {
            Origin::Path(_) | Origin::Bytes(_) if self.trusted || self.progress.is_some() => {
                let engine = self.engine.unwrap_or_default();
                self.origin.module(&engine, self.trusted, self.progress.as_ref())?.into()
            }
            origin => Source::from(origin),
        };
        self.builder.load(source)
    }
}

fn handle<'e>(env: Env<'e>, vm: edge_runtime::Vm, calls_host: bool) -> Result<Js<'e>, Fail> {
    External::create(env, Arc::new(Shared::new(vm, calls_host)))
}

pub(crate) fn load_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let setup = Setup::of(env, args)?;
    let calls_host = setup.calls_host;
    handle(env, setup.load()?, calls_host)
}

pub(crate) fn load<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let setup = Setup::of(env, args)?;
    let (calls_host, progress) = (setup.calls_host, setup.progress.clone());
    promise(
        env,
        threads::spawn,
        move || setup.load(),
        move |env, vm| {
            let vm = vm?;
            if let Some(progress) = progress {
                progress.finish(env, vm.module());
            }
            handle(env, vm, calls_host)
        },
    )
}
