//! `Global`: the native half.

use edge_runtime::{ExternType, Global, GlobalType, Store};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::types::{extern_type, val_type};
use crate::val::{from_val, to_val};
use crate::vm::idle_vm;

/// The global of the first argument, if no other thread is in its store: this one must not wait.
fn global<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Global, Fail> {
    let global = External::<Global>::get(env, Args { env, args }.at(0)?)?;
    drop(global.store().try_enter()?);
    Ok(global)
}

/// `(vm, name)` => global.
pub(crate) fn of_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle_vm(env, args)?.vm.global(&Args { env, args }.string(1)?)?)
}

/// `(store, type, mutable, value)` => global.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let ty = GlobalType { content: val_type(&args.string(1)?)?, mutable: env.get_boolean(args.at(2)?)? };
    let value = to_val(env, args.at(3)?, ty.content, "the global's value")?;
    let _guard = store.try_enter()?;
    External::create(env, Global::new(store, ty, value)?)
}

/// `(global)` => its value.
pub(crate) fn get<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    from_val(env, &global(env, args)?.get())
}

/// `(global, value)`
pub(crate) fn set<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let global = global(env, args)?;
    global.set(to_val(env, Args { env, args }.at(1)?, global.ty().content, "the global's value")?)?;
    env.undefined()
}

/// `(global)` => `{kind: "global", content, mutable}`.
pub(crate) fn ty<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    extern_type(env, &ExternType::Global(global(env, args)?.ty()))
}
