//! `Vm`: the native half.

use std::sync::Arc;

use edge_runtime::{CallOptions, Error, Kind, Phase, Value};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::function::{call_failed, call_general, function_object, read_arguments};
use crate::js::{Env, External, Js};
use crate::options::{self, Options};
use crate::port::Port;
use crate::promise::{Shared, Turn, promise_in_turn, revoked};
use crate::value_out::Writer;

/// The `Vm` of the first argument, whether or not its loan has ended.
pub(crate) fn any_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Arc<Shared>, Fail> {
    External::<Arc<Shared>>::get(env, Args { env, args }.at(0)?)
}

/// The `Vm` of the first argument.
pub(crate) fn vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Arc<Shared>, Fail> {
    let shared = any_vm(env, args)?;
    if shared.is_revoked() { Err(revoked()) } else { Ok(shared) }
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

/// Runs a call on a thread of ours, until it or the environment ends, under the options if there are any.
pub(crate) fn under<R>(
    port: &Port,
    options: Option<&Options>,
    vm: &edge_runtime::Vm,
    call: impl FnOnce() -> edge_runtime::Result<R>,
) -> edge_runtime::Result<R> {
    let instance = vm.try_instance()?;
    let store = instance.store();
    store.with_options(&CallOptions::new().cancel(port.ended()), || match options {
        Some(options) => options.within(store, call),
        None => call(),
    })
}

fn optional_options(args: Args<'_, '_>, index: usize) -> Result<Option<Options>, Fail> {
    Ok(if args.optional(index)?.is_some() { Some(options::of(args, index)?.clone()) } else { None })
}

/// What a queued call obeys, and the turn that it waits for.
struct Queued {
    port: Arc<Port>,
    given: Option<(Options, Arc<Turn>)>,
}

impl Queued {
    /// Options and turn, or undefined twice.
    fn of(args: Args<'_, '_>, from: usize) -> Result<Self, Fail> {
        let port = Port::of(args.env)?;
        let Some(options) = optional_options(args, from)? else { return Ok(Self { port, given: None }) };
        let turn = External::<Arc<Turn>>::get(args.env, args.at(from + 1)?)?.clone();
        Ok(Self { port, given: Some((options, turn)) })
    }

    fn turn(&self) -> Option<Arc<Turn>> {
        self.given.as_ref().map(|(_, turn)| turn.clone())
    }

    /// Runs the call on a thread of ours, now that its turn has come.
    fn run<R>(self, vm: &edge_runtime::Vm, call: impl FnOnce() -> edge_runtime::Result<R>) -> edge_runtime::Result<R> {
        let Some((options, turn)) = self.given else { return under(&self.port, None, vm, call) };
        match turn.begin() {
            Some(waited) => under(&self.port, Some(&options.after(waited)), vm, call),
            None => Err(Error::new(Phase::Execute, Kind::Cancelled, "the call was given up before it began")),
        }
    }
}

/// `(vm, options or undefined, turn or undefined, name, ...arguments)` => promise of the result.
pub(crate) fn run_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = vm(env, args)?;
    let given = Args { env, args };
    let queued = Queued::of(given, 1)?;
    let function = shared.vm.function(&given.string(3)?)?;
    let values = read_arguments(env, &function, &args[4..], false)?;
    let values: Vec<Value<'static>> = values.into_iter().map(Value::into_owned).collect();
    let called = function.clone();
    promise_in_turn(
        env,
        shared,
        queued.turn(),
        move |vm| queued.run(vm, || called.call(&values)),
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

/// `(vm, options or undefined, turn or undefined)` => promise of the exit code.
pub(crate) fn start_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let queued = Queued::of(Args { env, args }, 1)?;
    promise_in_turn(
        env,
        vm(env, args)?,
        queued.turn(),
        move |vm| queued.run(vm, || vm.start()),
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
    promise_in_turn(env, vm(env, args)?, None, edge_runtime::Vm::close, |env, ()| env.undefined())
}

pub(crate) fn is_closed<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let shared = any_vm(env, args)?;
    env.boolean(shared.is_revoked() || shared.vm.is_closed())
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
