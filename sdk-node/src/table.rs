//! `Table`: the native half.

use edge_runtime::{ExternType, Store, Table, TableType, Val, ValType};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::types::{extern_type, ref_type};
use crate::val::{from_val, to_val};
use crate::vm::idle_vm;

/// The table of the first argument, if no other thread is in its store: this one must not wait.
fn table<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Table, Fail> {
    let table = External::<Table>::get(env, Args { env, args }.at(0)?)?;
    drop(table.store().try_enter()?);
    Ok(table)
}

fn element<'e>(env: Env<'e>, value: Js<'e>, ty: TableType) -> Result<Val, Fail> {
    to_val(env, value, ValType::Ref(ty.element), "the table's element")
}

/// `(vm, name)` => table.
pub(crate) fn of_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle_vm(env, args)?.vm.table(&Args { env, args }.string(1)?)?)
}

/// `(store, element type, min, max, initial element, whether indices have 64 bits)` => table.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let max = args.optional_number(3)?.map(|max| max as u64);
    let mut ty = TableType::new(ref_type(&args.string(1)?)?, args.number(2)? as u64, max);
    ty.table64 = env.get_boolean(args.at(5)?)?;
    let init = element(env, args.at(4)?, ty)?;
    let _guard = store.try_enter()?;
    External::create(env, Table::new(store, ty, init)?)
}

/// `(table)` => elements.
pub(crate) fn size<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(table(env, args)?.size() as f64)
}

/// `(table)` => `{kind: "table", element, min, max}`.
pub(crate) fn ty<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    extern_type(env, &ExternType::Table(table(env, args)?.ty()))
}

/// `(table, index)` => element.
pub(crate) fn get<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let index = Args { env, args }.number(1)? as u64;
    from_val(env, &table(env, args)?.get(index)?)
}

/// `(table, index, element)`
pub(crate) fn set<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (table, args) = (table(env, args)?, Args { env, args });
    table.set(args.number(1)? as u64, element(env, args.at(2)?, table.ty())?)?;
    env.undefined()
}

/// `(table, elements to add, initial element)` => elements before.
pub(crate) fn grow<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (table, args) = (table(env, args)?, Args { env, args });
    env.number(table.grow(args.number(1)? as u64, element(env, args.at(2)?, table.ty())?)? as f64)
}
