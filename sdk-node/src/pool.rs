//! `Pool`: the native half. Who is lent what `lib/pool.js` decides, on the one thread that it has; here is what happens to a guest
//! when it comes back, and the work that several guests share out among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use edge_runtime::bindgen::Type;
use edge_runtime::{Error, Function, Kind, Phase, Value, Vm};
use parking_lot::Mutex;

use crate::arguments::Args;
use crate::errors::Fail;
use crate::function::{call_exception, read_arguments};
use crate::js::{Env, External, Js};
use crate::options::{self, Options};
use crate::port::Port;
use crate::promise::promise_in_turn;
use crate::value_out::Writer;
use crate::vm::{any_vm, under};

/// `(vm)` => a loan of it.
pub(crate) fn lend<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, Arc::new(any_vm(env, args)?.lend()))
}

/// `(loan)`: ends it.
pub(crate) fn revoke<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    any_vm(env, args)?.revoke();
    env.undefined()
}

/// `(loan)` => whether a call of `runAsync` is in flight.
pub(crate) fn in_flight<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(any_vm(env, args)?.is_in_flight())
}

/// Makes a guest ready for the next borrower.
fn clean(vm: &Vm, keeps_state: bool) -> edge_runtime::Result<()> {
    if keeps_state && vm.poisoned().is_none() { Ok(()) } else { vm.reset() }
}

/// `(vm, whether its state is kept)`: makes it ready for the next borrower.
pub(crate) fn clean_here<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let keeps_state = env.get_boolean(Args { env, args }.at(1)?)?;
    clean(&any_vm(env, args)?.vm, keeps_state)?;
    env.undefined()
}

/// The same on a thread of ours, when the calls that were queued before have ended => promise of whether it is ready.
pub(crate) fn clean_there<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let keeps_state = env.get_boolean(Args { env, args }.at(1)?)?;
    promise_in_turn(
        env,
        any_vm(env, args)?,
        None,
        move |vm| clean(vm, keeps_state).is_ok(),
        |env, ready| env.boolean(ready),
    )
}

/// The arguments of one call, and later its outcome.
enum Item {
    Waiting(Result<Vec<Value<'static>>, Error>),
    Running,
    Done(Result<Value<'static>, Error>),
}

/// Calls of one function that several guests share out among them.
pub(crate) struct Batch {
    port: Arc<Port>,
    function: Function,
    options: Option<Options>,
    items: Vec<Mutex<Item>>,
    next: AtomicUsize,
    /// Whether a failure keeps the items behind it from being begun.
    stops: bool,
    failed: AtomicBool,
}

/// `(vm, name, array of items, whether an item is the argument of a function with one parameter, options or undefined, whether a
/// failure stops)` => batch. The `vm` tells the signature; it is not called.
pub(crate) fn new_batch<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let function = any_vm(env, args.args)?.vm.function(&args.string(1)?)?;
    let array = args.at(2)?;
    let bare = env.get_boolean(args.at(3)?)? && function.signature().params.len() == 1;
    let items = (0..env.array_len(array)?).map(|index| {
        // Arguments that do not fit are the failure of their item; what JavaScript throws while it is asked is everybody's.
        let read = env.scoped(|env| read_item(env, &function, env.element(array, index)?, bare));
        let item = match read {
            Ok(values) => Ok(values),
            Err(Fail::Edge(error)) => Err(error),
            Err(Fail::Pending) => return Err(Fail::Pending),
        };
        Ok(Mutex::new(Item::Waiting(item)))
    });
    let items = items.collect::<Result<Vec<_>, Fail>>()?;
    let options = args.optional(4)?.map(|_| options::of(args, 4)).transpose()?.cloned();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let stops = env.get_boolean(args.at(5)?)?;
    External::create(env, Arc::new(Batch { port: Port::of(env)?, function, options, items, next, stops, failed }))
}

fn read_item<'e>(env: Env<'e>, function: &Function, item: Js<'e>, bare: bool) -> Result<Vec<Value<'static>>, Fail> {
    let given = if bare {
        vec![item]
    } else if env.is_array(item)? {
        (0..env.array_len(item)?).map(|index| env.element(item, index)).collect::<Result<_, Fail>>()?
    } else {
        let (name, count) = (function.name(), function.signature().params.len());
        let text = format!("{name} has {count} parameters: an item is an array of its arguments");
        return Err(Error::new(Phase::Execute, Kind::ArgumentType, text).into());
    };
    let values = read_arguments(env, function, &given, false)?;
    Ok(values.into_iter().map(Value::into_owned).collect())
}

impl Batch {
    /// Takes item after item, until there is none left.
    fn work(&self, vm: &Vm) {
        while !(self.stops && self.failed.load(Ordering::Relaxed)) {
            let Some(item) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let Item::Waiting(values) = std::mem::replace(&mut *item.lock(), Item::Running) else { continue };
            let outcome = values.and_then(|values| self.call(vm, &values));
            self.failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
            *item.lock() = Item::Done(outcome);
        }
    }

    fn call(&self, vm: &Vm, values: &[Value<'static>]) -> Result<Value<'static>, Error> {
        if vm.poisoned().is_some() {
            vm.reset()?;
        }
        let function = vm.function(self.function.name())?;
        under(&self.port, self.options.as_ref(), vm, || function.call(values))
    }
}

/// `(vm, batch, whether its state is kept)` => promise of whether the guest is ready for the next borrower, when nothing is left
/// to do.
pub(crate) fn work<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let given = Args { env, args };
    let batch = External::<Arc<Batch>>::get(env, given.at(1)?)?.clone();
    let keeps_state = env.get_boolean(given.at(2)?)?;
    promise_in_turn(
        env,
        any_vm(env, args)?,
        None,
        move |vm| {
            batch.work(vm);
            clean(vm, keeps_state).is_ok()
        },
        |env, ready| env.boolean(ready),
    )
}

/// `(batch)` => for each item by turns: whether it succeeded, undefined if it was not begun, and its value or its error.
pub(crate) fn outcomes<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let batch = External::<Arc<Batch>>::get(env, Args { env, args }.at(0)?)?;
    let flat = env.array(2 * batch.items.len())?;
    for (index, item) in batch.items.iter().enumerate() {
        let at = 2 * index as u32;
        let Item::Done(outcome) = std::mem::replace(&mut *item.lock(), Item::Running) else { continue };
        env.scoped(|env| {
            let (succeeded, value) = batch.outcome(env, outcome)?;
            env.set_element(flat, at, env.boolean(succeeded)?)?;
            env.set_element(flat, at + 1, value)
        })?;
    }
    Ok(flat)
}

impl Batch {
    fn outcome<'e>(&self, env: Env<'e>, outcome: Result<Value<'static>, Error>) -> Result<(bool, Js<'e>), Fail> {
        let ty: &Type = &self.function.signature().result;
        match outcome {
            Ok(value) => {
                let writer = Writer { env, interface: self.function.vm().interface() };
                Ok((true, writer.write(&value, Some(ty))?))
            }
            Err(error) => Ok((false, call_exception(env, &self.function, error)?)),
        }
    }
}
