//! Host functions: JavaScript functions with native values.
//!
//! Guests own none of them. A closure knows a function by the number of its keeper (an array that the JavaScript handles of a
//! `Vm` refer to) and its place therein, so that a callback may refer to its own `Vm` and both are collected together.
//!
//! On the environment's own thread the function is called directly. On a thread of `runAsync` the call is handed to the
//! environment's thread, and the guest waits for the answer, which a promise may give later.

use std::sync::Arc;

use edge_runtime::bindgen::{GuestErr, Interface, Signature, Type};
use edge_runtime::{BoxError, Error, HostCall, Imports, Kind, Phase, Value, Vm};

use crate::errors::{Fail, HostException};
use crate::js::{Env, Js};
use crate::port::Port;
use crate::threads;
use crate::value_in::{Reader, Refusal};
use crate::value_out::Writer;
use crate::wait;

/// Where a closure finds its function.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) port: Arc<Port>,
    pub(crate) keeper: u32,
    pub(crate) index: u32,
}

/// The outcome of a host function.
pub(crate) type Answer<T> = Result<T, BoxError>;

/// Makes the arguments of a call.
pub(crate) type Arguments = Box<dyn for<'e> FnOnce(Env<'e>) -> Result<Vec<Js<'e>>, Fail> + Send>;

/// Arguments as a guest gave them: written where they lie, or copied to be written on another thread.
pub(crate) trait GivenArguments {
    /// Writes them.
    fn write<'e>(&self, env: Env<'e>) -> Result<Vec<Js<'e>>, Fail>;
    /// Copies them.
    fn copied(&self) -> Arguments;
}

impl Slot {
    /// Calls the function, wherever this thread is. `outcome` takes what it returned or threw, on the environment's thread.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        name: &str,
        args: &impl GivenArguments,
        outcome: impl for<'e> FnOnce(Env<'e>, Result<Js<'e>, Js<'e>>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let mut outcome = Some(outcome);
        let here = self.port.on_thread(|env| {
            let outcome = outcome.take().expect("this closure runs once");
            self.call_here(env, name, args, outcome)
        });
        match (here, outcome) {
            (Some(answer), _) => answer,
            (None, Some(outcome)) => self.call_there(name, args.copied(), outcome),
            (None, None) => Err(ended(name)),
        }
    }

    fn call_here<'e, T>(
        &self,
        env: Env<'e>,
        name: &str,
        args: &impl GivenArguments,
        outcome: impl FnOnce(Env<'e>, Result<Js<'e>, Js<'e>>) -> Answer<T>,
    ) -> Answer<T> {
        let call = || {
            let mut all = vec![env.uint(self.keeper)?, env.uint(self.index)?];
            all.extend(args.write(env)?);
            env.call(self.port.hooks().call_host.get(env)?, &all)
        };
        match call() {
            Ok(result) if env.is_promise(result).unwrap_or(false) => Err(promised(name)),
            Ok(result) => outcome(env, Ok(result)),
            Err(Fail::Edge(error)) => Err(error.into()),
            Err(Fail::Pending) => match env.take_exception() {
                Some(thrown) => outcome(env, Err(thrown)),
                None => Err(ended(name)),
            },
        }
    }

    /// Hands the call to the environment's thread and waits.
    fn call_there<T: Send + 'static>(
        &self,
        name: &str,
        arguments: Arguments,
        outcome: impl for<'e> FnOnce(Env<'e>, Result<Js<'e>, Js<'e>>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = wait::channel()?;
        let request = self.port.wait_for(Box::new(move |env, result| answer.send(outcome(env, result))));
        let slot = self.clone();
        self.port.post(move |env| slot.deliver(env, request, arguments));
        // The sender goes with the waiter: when the function has answered, or the environment has ended.
        match threads::waiting(|| answered.wait()) {
            Ok(answer) => answer.unwrap_or_else(|| Err(ended(name))),
            Err(stop) => {
                // The answer may never come, or come too late: nothing is kept for it.
                drop(self.port.waiter(request));
                Err(stop.into())
            }
        }
    }

    /// Makes the call on the environment's thread. The answer comes through `answer`.
    fn deliver(&self, env: Env<'_>, request: u64, arguments: Arguments) {
        let call = || {
            let mut all = vec![env.number(request as f64)?, env.uint(self.keeper)?, env.uint(self.index)?];
            all.extend(arguments(env)?);
            env.call(self.port.hooks().call_host_async.get(env)?, &all)
        };
        if let Err(fail) = call()
            && let Some(waiter) = self.port.waiter(request)
            && let Ok(thrown) = fail.exception(env)
        {
            waiter(env, Err(thrown));
        }
    }
}

/// Answers a host call of another thread: `answer(request, threw, value)`.
pub(crate) fn answer<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let [request, threw, value] = *args else { return Err(Fail::internal("an answer has three parts")) };
    let waiter = Port::of(env)?.waiter(env.get_number(request)? as u64);
    if let Some(waiter) = waiter {
        waiter(env, if env.get_boolean(threw)? { Err(value) } else { Ok(value) });
    }
    env.undefined()
}

#[cold]
pub(crate) fn ended(name: &str) -> BoxError {
    let text = format!("{name}: the environment of the host function has ended");
    Error::new(Phase::Host, Kind::Cancelled, text).into()
}

#[cold]
fn promised(name: &str) -> BoxError {
    let text =
        format!("{name}: the host function returned a promise; only a guest called by runAsync can wait for one");
    Error::new(Phase::Host, Kind::ResultType, text).into()
}

/// Host functions from `[module, name, ...]` pairs, in the order of their keeper.
pub(crate) fn imports(port: &Arc<Port>, keeper: u32, names: &[(String, String)]) -> Imports {
    let mut imports = Imports::new();
    for (index, (module, name)) in names.iter().enumerate() {
        let slot = Slot { port: port.clone(), keeper, index: index as u32 };
        imports.func(module, name, move |call: HostCall<'_>, args: &[Value<'static>]| call_value(&slot, &call, args));
    }
    imports
}

fn call_value(slot: &Slot, call: &HostCall<'_>, args: &[Value<'static>]) -> Answer<Value<'static>> {
    let (vm, signature) = (call.vm(), call.signature());
    let (port, name, ty) = (slot.port.clone(), signature.name.clone(), signature.result.clone());
    let given = Given { vm: &vm, signature, args };
    let vm = vm.clone();
    slot.call(&signature.name, &given, move |env, outcome| match outcome {
        Ok(value) => read_result(env, vm.interface(), value, &ty, format_args!("{name}: the host function's result")),
        Err(thrown) => Err(threw(env, &port, vm.interface(), thrown, &ty, &name)),
    })
}

/// The arguments of a host function of a `Vm`.
struct Given<'a> {
    vm: &'a Vm,
    signature: &'a Signature,
    args: &'a [Value<'static>],
}

impl GivenArguments for Given<'_> {
    fn write<'e>(&self, env: Env<'e>) -> Result<Vec<Js<'e>>, Fail> {
        let writer = Writer { env, interface: self.vm.interface() };
        let types = self.signature.params.iter().map(|param| Some(&param.ty)).chain(std::iter::repeat(None));
        self.args.iter().zip(types).map(|(arg, ty)| writer.write(arg, ty)).collect()
    }

    fn copied(&self) -> Arguments {
        let (vm, signature, args) = (self.vm.clone(), self.signature.clone(), self.args.to_vec());
        Box::new(move |env| Given { vm: &vm, signature: &signature, args: &args }.write(env))
    }
}

fn read_result<'e>(
    env: Env<'e>,
    interface: Option<&Interface>,
    value: Js<'e>,
    ty: &Type,
    whole: std::fmt::Arguments<'_>,
) -> Answer<Value<'static>> {
    let reader = Reader { env, interface, borrows: false };
    reader.read(value, ty).map(Value::into_owned).map_err(|refusal| into_box(env, refusal, whole))
}

fn into_box(env: Env<'_>, refusal: Refusal, whole: std::fmt::Arguments<'_>) -> BoxError {
    match refusal.into_fail(Phase::Host, Kind::ResultType, whole) {
        Fail::Edge(error) => error.into(),
        Fail::Pending => match (Port::of(env), env.take_exception()) {
            (Ok(port), Some(thrown)) => HostException::new(env, &port, thrown).into(),
            _ => ended(&whole.to_string()),
        },
    }
}

/// What the guest, or whoever called it, gets for what a host function threw.
#[cold]
fn threw<'e>(
    env: Env<'e>,
    port: &Arc<Port>,
    interface: Option<&Interface>,
    thrown: Js<'e>,
    result: &Type,
    name: &str,
) -> BoxError {
    if let Type::Result(_, wanted) = result
        && let Some(value) = typed_error(env, port, thrown)
    {
        return match read_result(env, interface, value, wanted, format_args!("{name}: the host function's Err")) {
            Ok(value) => Box::new(GuestErr(value)),
            Err(error) => error,
        };
    }
    HostException::error(env, port, thrown)
}

/// The value of an `Err`.
fn typed_error<'e>(env: Env<'e>, port: &Port, thrown: Js<'e>) -> Option<Js<'e>> {
    let class = port.hooks().err_class.get(env).ok()?;
    if env.is_instance(thrown, class).ok()? { env.named(thrown, c"value").ok() } else { None }
}
