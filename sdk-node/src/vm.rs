//! `Vm`: the native half.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use edge_runtime::{Engine, Error, Kind, Limits, Module, Phase, Source, Value, VmBuilder, WasiConfig};
use napi_sys as sys;

use crate::arguments::{Args, strings_of};
use crate::errors::Fail;
use crate::function::{call_failed, call_general, function_object, read_arguments};
use crate::host;
use crate::js::{Env, External, Js, Sort};
use crate::limits;
use crate::linker;
use crate::options::{self, Options};
use crate::port::Port;
use crate::threads::{self, Lane, Task};
use crate::value_out::Writer;

/// A `Vm` and what the calls of `runAsync` share.
pub(crate) struct Shared {
    pub(crate) vm: edge_runtime::Vm,
    /// Whether the guest can call JavaScript.
    pub(crate) calls_host: bool,
    /// Promises that are not settled.
    pending: AtomicUsize,
    lane: Arc<Lane>,
}

impl Shared {
    /// Refuses a call of this thread while one of `runAsync` is in flight: it would block the event loop that the guest may be
    /// waiting for.
    #[inline]
    pub(crate) fn idle(&self) -> Result<(), Fail> {
        if self.pending.load(Ordering::Relaxed) == 0 { Ok(()) } else { Err(busy()) }
    }
}

#[cold]
fn busy() -> Fail {
    let text = "the Vm is serving runAsync; await that first, or call with runAsync, which waits its turn";
    Error::new(Phase::Execute, Kind::Busy, text).into()
}

/// What has to settle a promise: used on the environment's thread only, once.
struct Deferred(sys::napi_deferred);

// SAFETY: it travels, but is used where it was made.
unsafe impl Send for Deferred {}

/// Makes a promise of what `work` does on a thread of ours. `convert` makes its value, on the environment's thread.
fn promise<'e, T: Send + 'static>(
    env: Env<'e>,
    queue: impl FnOnce(Task) -> std::io::Result<()>,
    work: impl FnOnce() -> T + Send + 'static,
    convert: impl for<'s> FnOnce(Env<'s>, T) -> Result<Js<'s>, Fail> + Send + 'static,
) -> Result<Js<'e>, Fail> {
    let port = Port::of(env)?;
    port.sweep(env);
    let (deferred, promise) = env.promise()?;
    let deferred = Deferred(deferred);
    let home = port.clone();
    let task: Task = Box::new(move || {
        let result = work();
        let port = home.clone();
        home.post(move |env| {
            let deferred = deferred;
            port.promise_settled(env);
            let outcome = match convert(env, result) {
                Ok(value) => Ok(value),
                Err(fail) => match fail.exception(env) {
                    Ok(reason) => Err(reason),
                    // JavaScript is being stopped: nobody waits for the promise any more.
                    Err(_) => return,
                },
            };
            // SAFETY: made above in this environment, and settled here only.
            unsafe { env.settle(deferred.0, outcome) };
        });
    });
    queue(task).map_err(|error| {
        Error::new(Phase::Io, Kind::OutOfMemory, format!("no thread can be made for runAsync: {error}"))
            .with_cause(error.into())
    })?;
    port.promise_made(env);
    Ok(promise)
}

/// A promise of work on a `Vm`, in the order of the calls.
fn promise_in_turn<'e, T: Send + 'static>(
    env: Env<'e>,
    shared: &Arc<Shared>,
    work: impl FnOnce(&edge_runtime::Vm) -> T + Send + 'static,
    convert: impl for<'s> FnOnce(Env<'s>, T) -> Result<Js<'s>, Fail> + Send + 'static,
) -> Result<Js<'e>, Fail> {
    let (worker, settler) = (shared.clone(), shared.clone());
    let promise = promise(
        env,
        |task| shared.lane.push(task),
        move || work(&worker.vm),
        move |env, result| {
            settler.pending.fetch_sub(1, Ordering::Relaxed);
            convert(env, result)
        },
    )?;
    // Settled on this thread only, so not before this function returns.
    shared.pending.fetch_add(1, Ordering::Relaxed);
    Ok(promise)
}

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

/// The builder and the origin of `(source, keeper, names, wasi, limits, engine, linker)`.
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
    let linker = args.optional(6)?.map(|linker| External::<linker::Shared>::get(env, linker)).transpose()?;
    if let Some(linker) = linker {
        builder = builder.linker(linker.borrow().clone());
    }
    Ok((origin, builder, !names.is_empty() || linker.is_some()))
}

fn handle<'e>(env: Env<'e>, vm: edge_runtime::Vm, calls_host: bool) -> Result<Js<'e>, Fail> {
    let shared = Shared { vm, calls_host, pending: AtomicUsize::new(0), lane: Arc::default() };
    External::create(env, Arc::new(shared))
}

pub(crate) fn load_sync<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (origin, builder, calls_host) = setup(env, args)?;
    handle(env, origin.load(builder)?, calls_host)
}

pub(crate) fn load<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (origin, builder, calls_host) = setup(env, args)?;
    promise(env, threads::spawn, move || origin.load(builder), move |env, vm| handle(env, vm?, calls_host))
}

/// The `Vm` of the first argument.
pub(crate) fn vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Arc<Shared>, Fail> {
    External::<Arc<Shared>>::get(env, Args { env, args }.at(0)?)
}

/// The same, if no call of `runAsync` is in flight.
pub(crate) fn idle_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Arc<Shared>, Fail> {
    let shared = vm(env, args)?;
    shared.idle()?;
    Ok(shared)
}

pub(crate) fn function_names<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let functions = vm(env, args)?.vm.functions();
    env.array_of(functions.iter().map(|function| env.string(function.name())))
}

/// `(vm, name)` => the function.
pub(crate) fn function<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = vm(env, args)?;
    let function = shared.vm.function(&Args { env, args }.string(1)?)?;
    function_object(env, function, shared.clone())
}

/// `(vm, name)` => `[text, doc, ...parameter names]`.
pub(crate) fn signature<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let function = vm(env, args)?.vm.function(&Args { env, args }.string(1)?)?;
    let signature = function.signature();
    let mut texts = vec![signature.to_string(), signature.doc.clone()];
    texts.extend(signature.params.iter().map(|param| param.name.clone()));
    env.array_of(texts.iter().map(|text| env.string(text)))
}

/// `(vm, options, name, ...arguments)` => the result of a call that obeys the options.
pub(crate) fn run_with<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = idle_vm(env, args)?;
    let given = Args { env, args };
    let function = shared.vm.function(&given.string(2)?)?;
    let store = shared.vm.try_instance()?.store().clone();
    options::of(given, 1)?.obey(&store, || call_general(env, &function, &args[3..], shared.calls_host))
}

/// Runs a call on a thread of ours, under the options if there are any.
fn under<R>(
    options: Option<&Options>,
    vm: &edge_runtime::Vm,
    call: impl FnOnce() -> edge_runtime::Result<R>,
) -> edge_runtime::Result<R> {
    match options {
        Some(options) => options.within(vm.try_instance()?.store(), call),
        None => call(),
    }
}

fn optional_options(args: Args<'_, '_>, index: usize) -> Result<Option<Options>, Fail> {
    Ok(if args.optional(index)?.is_some() { Some(options::of(args, index)?.clone()) } else { None })
}

/// `(vm, options or undefined, name, ...arguments)` => promise of the result.
pub(crate) fn run_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = vm(env, args)?;
    let given = Args { env, args };
    let options = optional_options(given, 1)?;
    let function = shared.vm.function(&given.string(2)?)?;
    let values = read_arguments(env, &function, &args[3..], false)?;
    let values: Vec<Value<'static>> = values.into_iter().map(Value::into_owned).collect();
    let called = function.clone();
    promise_in_turn(
        env,
        shared,
        move |vm| under(options.as_ref(), vm, || called.call(&values)),
        move |env, result| match result {
            Ok(value) => {
                let writer = Writer { env, interface: function.vm().interface() };
                writer.write(&value, Some(&function.signature().result))
            }
            Err(error) => Err(call_failed(env, &function, error)),
        },
    )
}

/// `(vm, options or undefined)` => the exit code.
pub(crate) fn start<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = idle_vm(env, args)?;
    let code = match optional_options(Args { env, args }, 1)? {
        Some(options) => {
            let store = shared.vm.try_instance()?.store().clone();
            options.obey(&store, || Ok(shared.vm.start()?))?
        }
        None => shared.vm.start()?,
    };
    env.int(code)
}

/// `(vm, options or undefined)` => promise of the exit code.
pub(crate) fn start_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let options = optional_options(Args { env, args }, 1)?;
    promise_in_turn(
        env,
        vm(env, args)?,
        move |vm| under(options.as_ref(), vm, || vm.start()),
        |env, code| env.int(code?),
    )
}

/// `(vm)` => whether a call was ended. Never waits.
pub(crate) fn cancel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(vm(env, args)?.vm.cancel())
}

pub(crate) fn reset<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    idle_vm(env, args)?.vm.reset()?;
    env.undefined()
}

pub(crate) fn close<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    vm(env, args)?.vm.close();
    env.undefined()
}

/// `(vm)` => promise of nothing, when the calls that were queued before have ended.
pub(crate) fn close_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    promise_in_turn(env, vm(env, args)?, edge_runtime::Vm::close, |env, ()| env.undefined())
}

pub(crate) fn is_closed<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(vm(env, args)?.vm.is_closed())
}

pub(crate) fn poisoned<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    vm(env, args)?.vm.poisoned().map_or_else(|| env.null(), |cause| env.string(&cause))
}

pub(crate) fn stdout<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.typed_array(&vm(env, args)?.vm.stdout())
}

pub(crate) fn stderr<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.typed_array(&vm(env, args)?.vm.stderr())
}

pub(crate) fn module<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, vm(env, args)?.vm.module().clone())
}

pub(crate) fn instance<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, vm(env, args)?.vm.try_instance()?)
}
