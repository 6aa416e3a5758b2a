//! `Memory`: the native half.

use edge_runtime::{Error, ExternType, Kind, Memory, MemoryType, Phase, Store};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::vm::idle_vm;

/// The memory of the first argument, if no other thread is in its store: this one must not wait.
fn memory<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Memory, Fail> {
    let memory = External::<Memory>::get(env, Args { env, args }.at(0)?)?;
    drop(memory.store().try_enter()?);
    Ok(memory)
}

/// `(store, min, max, whether indices have 64 bits)` => memory.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let mut ty = MemoryType::new(args.number(1)? as u64, args.optional_number(2)?.map(|max| max as u64));
    ty.memory64 = env.get_boolean(args.at(3)?)?;
    let _guard = store.try_enter()?;
    External::create(env, Memory::new(store, ty)?)
}

/// `(vm, name)` => memory.
pub(crate) fn of_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle_vm(env, args)?.vm.memory(&Args { env, args }.string(1)?)?)
}

/// `(memory, offset, length)` => bytes.
pub(crate) fn read<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    env.typed_array(&memory.read_vec(args.number(1)? as u64, args.number(2)? as usize)?)
}

/// `(memory, offset, bytes)`
pub(crate) fn write<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    let elements = env.elements(args.at(2)?)?.ok_or_else(|| Fail::internal("bytes that are none"))?;
    // SAFETY: no JavaScript runs until the bytes have been copied; a view of this very memory may overlap, which the engine's
    // copy allows.
    memory.write(args.number(1)? as u64, unsafe { elements.as_bytes() })?;
    env.undefined()
}

/// `(memory)` => pages.
pub(crate) fn size<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(memory(env, args)?.size() as f64)
}

/// `(memory)` => `{kind: "memory", min, max}`.
pub(crate) fn ty<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    crate::types::extern_type(env, &ExternType::Memory(memory(env, args)?.ty()))
}

/// `(memory, pages)` => pages before.
pub(crate) fn grow<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    env.number(memory.grow(args.number(1)? as u64)? as f64)
}

/// `(memory)` => a `Uint8Array` that is the memory itself, as large as it is now.
pub(crate) fn view<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let memory = memory(env, args)?;
    // SAFETY: a memory never moves nor shrinks, and the handle that the view owns keeps its store.
    let view = unsafe { env.bytes_over(memory.data_ptr(), memory.data_size(), memory.clone())? };
    view.ok_or_else(|| {
        let text = "this Node.js allows no ArrayBuffer over memory of others: use read and write instead of view";
        Error::new(Phase::Execute, Kind::Unsupported, text).into()
    })
}
