//! Limits from and to JavaScript: an array in the order of `LIMITS` in `lib/limits.js`.

use std::time::Duration;

use edge_runtime::Limits;

use crate::errors::Fail;
use crate::js::{BigInt, Env, Js, Sort};

/// What an entry of the array says.
enum Given {
    /// Undefined: as it was.
    Nothing,
    /// Null: no limit, where there can be none.
    Unlimited,
    Amount(f64, u64),
}

/// An integer from 0 up, that our own JavaScript has checked.
pub(crate) fn amount<'e>(env: Env<'e>, value: Js<'e>) -> Result<u64, Fail> {
    match env.sort(value)? {
        Sort::BigInt => match env.get_bigint(value)? {
            BigInt::Signed(value) => Ok(value as u64),
            BigInt::Unsigned(value) => Ok(value),
            BigInt::Beyond => Ok(u64::MAX),
        },
        _ => Ok(env.get_number(value)? as u64),
    }
}

/// The time of so many milliseconds; as long as can be told where that is longer.
pub(crate) fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(Duration::MAX)
}

fn given<'e>(env: Env<'e>, array: Js<'e>, index: usize) -> Result<Given, Fail> {
    let value = env.element(array, index as u32)?;
    Ok(match env.sort(value)? {
        Sort::Undefined => Given::Nothing,
        Sort::Null => Given::Unlimited,
        sort => {
            let amount = amount(env, value)?;
            Given::Amount(if sort == Sort::Number { env.get_number(value)? } else { amount as f64 }, amount)
        }
    })
}

/// The limits that are given, over `limits` where none are.
pub(crate) fn read<'e>(env: Env<'e>, array: Js<'e>, mut limits: Limits) -> Result<Limits, Fail> {
    let at = |index| given(env, array, index);
    let module = &mut limits.module;
    let wide = [
        &mut limits.memory,
        &mut limits.table,
        &mut module.module_size,
        &mut module.functions,
        &mut module.items,
        &mut module.body_size,
        &mut module.locals,
        &mut module.branch_targets,
        &mut module.nesting,
        &mut module.operands,
    ];
    for (index, limit) in wide.into_iter().enumerate() {
        if let Given::Amount(_, amount) = at(index)? {
            *limit = amount;
        }
    }
    for (index, limit) in [(10, &mut limits.instances), (11, &mut limits.recursion)] {
        if let Given::Amount(_, amount) = at(index)? {
            *limit = amount as u32;
        }
    }
    for (index, limit) in [(12, &mut limits.stack), (13, &mut limits.result_size)] {
        if let Given::Amount(_, amount) = at(index)? {
            *limit = amount as usize;
        }
    }
    match at(14)? {
        Given::Nothing => {}
        Given::Unlimited => limits.fuel = None,
        Given::Amount(_, amount) => limits.fuel = Some(amount),
    }
    match at(15)? {
        Given::Nothing => {}
        Given::Unlimited => limits.deadline = None,
        Given::Amount(number, _) => limits.deadline = Some(milliseconds(number)),
    }
    Ok(limits)
}

/// The limits as an array in the same order; null is none.
pub(crate) fn write<'e>(env: Env<'e>, limits: &Limits) -> Result<Js<'e>, Fail> {
    let module = &limits.module;
    let numbers = [
        limits.memory,
        limits.table,
        module.module_size,
        module.functions,
        module.items,
        module.body_size,
        module.locals,
        module.branch_targets,
        module.nesting,
        module.operands,
        limits.instances.into(),
        limits.recursion.into(),
        limits.stack as u64,
        limits.result_size as u64,
    ];
    let fuel = limits.fuel.map_or_else(|| env.null(), |fuel| env.unsigned_bigint(fuel));
    let deadline = limits.deadline.map_or_else(|| env.null(), |time| env.number(time.as_secs_f64() * 1000.0));
    let numbers: Vec<_> = numbers.iter().map(|number| env.number(*number as f64)).chain([fuel, deadline]).collect();
    env.array_of(numbers.into_iter())
}
