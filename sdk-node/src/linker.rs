//! `Linker` and `Instance`: the native half.

use std::cell::RefCell;

use edge_runtime::{Engine, Extern, Func, Global, Instance, Linker, Memory, Module, SharedMemory, Store, Table, Tag};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::func::{host_function, slot};
use crate::js::{Env, External, Js};
use crate::limits::amount;
use crate::types::func_type;

pub(crate) type Shared = RefCell<Linker>;

fn linker<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Shared, Fail> {
    External::<Shared>::get(env, Args { env, args }.at(0)?)
}

/// An extern from its sort and its handle.
fn item(args: Args<'_, '_>, from: usize) -> Result<Extern, Fail> {
    let (env, handle) = (args.env, args.at(from + 1)?);
    Ok(match &*args.string(from)? {
        "function" => External::<Func>::get(env, handle)?.clone().into(),
        "memory" => External::<Memory>::get(env, handle)?.clone().into(),
        "sharedMemory" => External::<SharedMemory>::get(env, handle)?.clone().into(),
        "table" => External::<Table>::get(env, handle)?.clone().into(),
        "tag" => Extern::Tag(External::<Tag>::get(env, handle)?.clone()),
        _ => External::<Global>::get(env, handle)?.clone().into(),
    })
}

/// By what JavaScript tells externs apart: a shared memory is another class than a memory. Not by their types, which are asked of
/// the store: another thread may be in it.
fn sort(item: &Extern) -> &'static str {
    match item {
        Extern::Func(_) => "function",
        Extern::Memory(_) => "memory",
        Extern::SharedMemory(_) => "sharedMemory",
        Extern::Table(_) => "table",
        Extern::Global(_) => "global",
        Extern::Tag(_) => "tag",
    }
}

/// The handle of an extern.
fn handle<'e>(env: Env<'e>, item: Extern) -> Result<Js<'e>, Fail> {
    match item {
        Extern::Func(func) => External::create(env, func),
        Extern::Memory(memory) => External::create(env, memory),
        Extern::SharedMemory(memory) => External::create(env, memory),
        Extern::Table(table) => External::create(env, table),
        Extern::Global(global) => External::create(env, global),
        Extern::Tag(tag) => External::create(env, tag),
    }
}

/// `[sort, handle]` of an extern.
pub(crate) fn parts<'e>(env: Env<'e>, item: &Extern) -> Result<Js<'e>, Fail> {
    let parts = [env.string(sort(item)), handle(env, item.clone())];
    env.array_of(parts.into_iter())
}

/// `(engine)` => linker.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let engine = External::<Engine>::get(env, Args { env, args }.at(0)?)?;
    External::create(env, Shared::new(Linker::new(engine)))
}

/// `(linker, module, name, params, results, keeper, index, whether the function gets a Caller)`
pub(crate) fn func<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    let ty = func_type(env, args.at(3)?, args.at(4)?)?;
    let call = host_function(slot(args, 5)?, ty.clone(), env.get_boolean(args.at(7)?)?);
    linker.borrow_mut().func(&args.string(1)?, &args.string(2)?, ty, call);
    env.undefined()
}

/// `(linker, module, name, sort, extern)`
pub(crate) fn define<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().define(&args.string(1)?, &args.string(2)?, item(args, 3)?);
    env.undefined()
}

/// `(linker, module, instance)`
pub(crate) fn instance<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().instance(&args.string(1)?, External::<Instance>::get(env, args.at(2)?)?);
    env.undefined()
}

/// `(linker, module, name, module of the alias, name of the alias)`
pub(crate) fn alias<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().alias(&args.string(1)?, &args.string(2)?, &args.string(3)?, &args.string(4)?)?;
    env.undefined()
}

/// `(linker, module, module of the aliases)`
pub(crate) fn alias_module<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().alias_module(&args.string(1)?, &args.string(2)?)?;
    env.undefined()
}

/// `(linker, module)`
pub(crate) fn unknown_as_traps<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().define_unknown_as_traps(External::<Module>::get(env, args.at(1)?)?);
    env.undefined()
}

/// `(linker, whether a later definition may replace an earlier one)`
pub(crate) fn allow_shadowing<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    linker.borrow_mut().allow_shadowing(env.get_boolean(args.at(1)?)?);
    env.undefined()
}

/// `(linker, module, name, fuel)`
pub(crate) fn func_cost<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    let cost = amount(env, args.at(3)?)?;
    linker.borrow_mut().func_cost(&args.string(1)?, &args.string(2)?, cost)?;
    env.undefined()
}

/// `(linker)` => array of `[module, name]`.
pub(crate) fn definitions<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let linker = linker(env, args)?.borrow();
    let names: Vec<(&str, &str)> = linker.definitions().collect();
    env.array_of(names.into_iter().map(|(module, name)| {
        let pair = [env.string(module), env.string(name)];
        env.array_of(pair.into_iter())
    }))
}

/// `(linker, store, module)` => instance.
pub(crate) fn instantiate<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (linker, args) = (linker(env, args)?, Args { env, args });
    let store = External::<Store>::get(env, args.at(1)?)?;
    let _guard = store.try_enter()?;
    // A copy: the start function may come back here and define something.
    let linker = linker.borrow().clone();
    External::create(env, linker.instantiate(store, External::<Module>::get(env, args.at(2)?)?)?)
}

/// `(store, module, sorts and externs by turns)` => instance.
pub(crate) fn new_instance<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let flat = args.at(2)?;
    let flat = (0..env.array_len(flat)?).map(|index| env.element(flat, index)).collect::<Result<Vec<_>, Fail>>()?;
    let flat = Args { env, args: &flat };
    let items = (0..flat.args.len()).step_by(2).map(|from| item(flat, from)).collect::<Result<Vec<_>, Fail>>()?;
    let _guard = store.try_enter()?;
    External::create(env, Instance::new(store, External::<Module>::get(env, args.at(1)?)?, &items)?)
}

/// `(instance)` => array of `[name, sort, extern]`.
pub(crate) fn instance_exports<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let instance = External::<Instance>::get(env, Args { env, args }.at(0)?)?;
    // Types of memories and tables tell their present size: this thread must not wait for it.
    let _guard = instance.store().try_enter()?;
    let exports: Vec<(&str, Extern)> = instance.exports().collect();
    env.array_of(exports.into_iter().map(|(name, item)| {
        let parts = [env.string(name), env.string(sort(&item)), handle(env, item)];
        env.array_of(parts.into_iter())
    }))
}

/// `(instance, name, sort)` => extern.
pub(crate) fn instance_get<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let (instance, name) = (External::<Instance>::get(env, args.at(0)?)?, args.string(1)?);
    let _guard = instance.store().try_enter()?;
    match &*args.string(2)? {
        "function" => External::create(env, instance.func(&name)?),
        "memory" => External::create(env, instance.memory(&name)?),
        "sharedMemory" => External::create(env, instance.shared_memory(&name)?),
        "table" => External::create(env, instance.table(&name)?),
        "tag" => External::create(env, instance.tag(&name)?),
        _ => External::create(env, instance.global(&name)?),
    }
}
