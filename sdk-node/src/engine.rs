//! `Engine` and `Store`: the native half.

use edge_runtime::{Config, Engine, OptLevel, Store};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::vm::limits;

/// `(level, threads)` => engine.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let level = match &*args.string(0)? {
        "none" => OptLevel::None,
        "speed_and_size" => OptLevel::SpeedAndSize,
        _ => OptLevel::Speed,
    };
    let config = Config::new().opt_level(level).threads(args.number(1)? as usize);
    External::create(env, Engine::new(&config)?)
}

/// The engine that all who ask for no other share.
pub(crate) fn shared<'e>(env: Env<'e>, _: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, Engine::default())
}

/// `(engine, limits)` => store.
pub(crate) fn new_store<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let engine = External::<Engine>::get(env, args.at(0)?)?;
    External::create(env, Store::new(engine, limits(env, args.at(1)?)?))
}

/// `(store)` => bytes of its memories.
pub(crate) fn memory_used<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let store = External::<Store>::get(env, Args { env, args }.at(0)?)?;
    env.number(store.memory_used() as f64)
}
