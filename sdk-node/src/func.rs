//! `Func`: the native half.

use std::sync::Arc;

use edge_runtime::{BoxError, Caller, Error, ExternType, Func, FuncType, Kind, Phase, Store, Val};

use crate::arguments::Args;
use crate::caller::CallerInfo;
use crate::errors::{Fail, HostException};
use crate::host::{Answer, Arguments, GivenArguments, Slot, ended};
use crate::js::{Env, External, Js};
use crate::port::Port;
use crate::types::{extern_type, func_type};
use crate::val::{from_val, from_vals, to_val};
use crate::vm::idle_vm;

fn func<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e Func, Fail> {
    External::<Func>::get(env, Args { env, args }.at(0)?)
}

/// `(vm, name)` => func.
pub(crate) fn of_vm<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, idle_vm(env, args)?.vm.func(&Args { env, args }.string(1)?)?)
}

/// `(store, params, results, keeper, index, whether the function gets a Caller)` => func.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let store = External::<Store>::get(env, args.at(0)?)?;
    let ty = func_type(env, args.at(1)?, args.at(2)?)?;
    let slot = slot(args, 3)?;
    let _guard = store.try_enter()?;
    External::create(env, Func::new(store, ty.clone(), host_function(slot, ty, env.get_boolean(args.at(5)?)?))?)
}

/// The keeper and the place from two arguments.
pub(crate) fn slot(args: Args<'_, '_>, from: usize) -> Result<Slot, Fail> {
    let port = Port::of(args.env)?;
    Ok(Slot { port, keeper: args.number(from)? as u32, index: args.number(from + 1)? as u32 })
}

/// `(func, ...arguments)` => results.
pub(crate) fn call<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (func, args) = (func(env, args)?, &args[1..]);
    // This thread must not wait for another one that is in the store.
    let _guard = func.store().try_enter()?;
    let ty = func.ty();
    if args.len() != ty.params().len() {
        let name = label(func);
        let text = format!("{name}: {} arguments wanted, {} given", ty.params().len(), args.len());
        return Err(Error::new(Phase::Execute, Kind::ArgumentCount, text).into());
    }
    let vals = args.iter().zip(ty.params()).enumerate();
    let vals = vals.map(|(index, (arg, ty))| to_val(env, *arg, *ty, Argument(func, index)));
    let vals = vals.collect::<Result<Vec<Val>, Fail>>()?;
    from_vals(env, &func.call(&vals)?)
}

fn label(func: &Func) -> String {
    func.name().unwrap_or_else(|| "function".into())
}

/// `(func, func)` => whether both are one function.
pub(crate) fn same<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(func(env, args)?.same(External::<Func>::get(env, Args { env, args }.at(1)?)?))
}

/// `(func)` => its name or null.
pub(crate) fn name<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    func(env, args)?.name().map_or_else(|| env.null(), |name| env.string(&name))
}

/// `(func)` => `{kind: "function", params, results}`.
pub(crate) fn ty<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    extern_type(env, &ExternType::Func(func(env, args)?.ty()))
}

/// A closure that calls a JavaScript function with WebAssembly's own values.
pub(crate) fn host_function(
    slot: Slot,
    ty: FuncType,
    tells_caller: bool,
) -> impl Fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError> + Send + Sync + 'static {
    move |caller, args, results| {
        let (port, ty) = (slot.port.clone(), ty.clone());
        let given = Given { keeper: slot.keeper, caller: tells_caller.then(|| CallerInfo::of(&caller)), args };
        let vals = slot.call("host function", &given, move |env, outcome| match outcome {
            Ok(value) => read_results(env, &port, value, &ty),
            Err(thrown) => Err(HostException::error(env, &port, thrown)),
        })?;
        for (result, val) in results.iter_mut().zip(vals) {
            *result = val;
        }
        Ok(())
    }
}

/// The arguments, with the caller before them if the function asked for it.
struct Given<'a> {
    keeper: u32,
    caller: Option<CallerInfo>,
    args: &'a [Val],
}

impl GivenArguments for Given<'_> {
    fn write<'e>(&self, env: Env<'e>) -> Result<Vec<Js<'e>>, Fail> {
        let caller = self.caller.iter().map(|caller| caller.write(env, self.keeper));
        caller.chain(self.args.iter().map(|val| from_val(env, val))).collect()
    }

    fn copied(&self) -> Arguments {
        let (keeper, caller, args) = (self.keeper, self.caller.clone(), self.args.to_vec());
        Box::new(move |env| Given { keeper, caller, args: &args }.write(env))
    }
}

fn read_results<'e>(env: Env<'e>, port: &Arc<Port>, value: Js<'e>, ty: &FuncType) -> Answer<Vec<Val>> {
    let read = || -> Result<Vec<Val>, Fail> {
        match ty.results() {
            [] => Ok(Vec::new()),
            [only] => Ok(vec![to_val(env, value, *only, "the host function's result")?]),
            wanted => {
                if !env.is_array(value)? || env.array_len(value)? as usize != wanted.len() {
                    let text = format!("the host function returns {} results, as an array of them", wanted.len());
                    return Err(Error::new(Phase::Host, Kind::ResultType, text).into());
                }
                let results = wanted.iter().enumerate().map(|(index, ty)| {
                    let what = format_args!("the host function's result {}", index + 1).to_string();
                    to_val(env, env.element(value, index as u32)?, *ty, what)
                });
                results.collect()
            }
        }
    };
    read().map_err(|fail| match fail {
        Fail::Edge(error) => Error::new(Phase::Host, Kind::ResultType, error.message()).into(),
        Fail::Pending => match env.take_exception() {
            Some(thrown) => HostException::error(env, port, thrown),
            None => ended("host function"),
        },
    })
}

/// Names an argument in a message; asked for its name only then.
struct Argument<'a>(&'a Func, usize);

impl std::fmt::Display for Argument<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: argument {}", label(self.0), self.1 + 1)
    }
}
