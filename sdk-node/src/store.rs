//! `Store` and `Statistics`: the native half.

use edge_runtime::{Engine, Statistics, Store};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::limits;
use crate::options;
use crate::vm::idle_vm;

fn store<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Store, Fail> {
    External::<Store>::get(env, Args { env, args }.at(0)?)
}

/// The store of the first argument, if no other thread is in it: this one must not wait.
fn idle<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Store, Fail> {
    let store = store(env, args)?;
    drop(store.try_enter()?);
    Ok(store)
}

/// `(engine, limits)` => store.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?;
    let limits = limits::read(env, args.at(1)?, engine.config().get_limits())?;
    External::create(env, Store::new(engine, limits))
}

/// `(vm)` => the store of its instance.
pub(crate) fn of_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle_vm(env, args)?.vm.try_instance()?.store().clone())
}

/// `(store)` => bytes of its memories.
pub(crate) fn memory_used<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(store(env, args)?.memory_used() as f64)
}

/// `(store)` => its limits.
pub(crate) fn limits_of<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    limits::write(env, store(env, args)?.limits())
}

/// `(store)` => engine.
pub(crate) fn engine<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, store(env, args)?.engine().clone())
}

/// `(store)` => whether a call was ended. Never waits.
pub(crate) fn cancel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(store(env, args)?.cancel())
}

/// `(store, options, function)` => what the function returns; calls inside obey the options.
pub(crate) fn within<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (store, args) = (store(env, args)?, Args { env, args });
    let function = args.at(2)?;
    options::of(args, 1)?.obey(store, || env.call(function, &[]))
}

/// `(store)` => fuel that is left.
pub(crate) fn fuel_left<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.unsigned_bigint(idle(env, args)?.fuel_left()?)
}

/// `(store, fuel)`
pub(crate) fn set_fuel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    idle(env, args)?.set_fuel(limits::amount(env, Args { env, args }.at(1)?)?)?;
    env.undefined()
}

/// `(store, fuel)`
pub(crate) fn add_fuel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    idle(env, args)?.add_fuel(limits::amount(env, Args { env, args }.at(1)?)?)?;
    env.undefined()
}

/// `(store, fuel)`
pub(crate) fn consume_fuel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    idle(env, args)?.consume_fuel(limits::amount(env, Args { env, args }.at(1)?)?)?;
    env.undefined()
}

/// `(store)` => statistics, as they are now.
pub(crate) fn statistics<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle(env, args)?.statistics())
}

/// `(store)`
pub(crate) fn reset_statistics<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    idle(env, args)?.reset_statistics();
    env.undefined()
}

/// `(statistics, what)` => the number.
pub(crate) fn statistic<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let statistics = External::<Statistics>::get(env, args.at(0)?)?;
    match &*args.string(1)? {
        "instructions" => env.unsigned_bigint(statistics.instructions()?),
        "fuelUsed" => env.unsigned_bigint(statistics.fuel_used()?),
        "fuelLeft" => env.unsigned_bigint(statistics.fuel_left()?),
        "timeMs" => env.number(statistics.time()?.as_secs_f64() * 1000.0),
        "calls" => env.number(statistics.calls() as f64),
        "memoryPeak" => env.number(statistics.memory_peak() as f64),
        _ => env.number(statistics.instructions_per_second()?),
    }
}
