//! The host's half of bindgen against guests whose description, frames or documents are damaged.

use edge_runtime::{Engine, Kind, Module, Value, Vm};
use fastrand::Rng;

/// Loads `guest` with a damaged part of a seed's choice and calls all that it still exports.
///
/// # Errors
///
/// When the engine blames itself.
pub fn one(engine: &Engine, guest: &[u8], part: std::ops::Range<usize>, seed: u64) -> Result<bool, String> {
    let mut rng = Rng::with_seed(seed);
    let mut bytes = guest.to_vec();
    // Little damage gets further than much; the length stays, or the module around it would not be one any more.
    for _ in 0..rng.usize(1..=2) {
        let at = rng.usize(part.clone());
        bytes[at] = if rng.bool() { bytes[at] ^ 1 << rng.u8(..8) } else { rng.u8(..) };
    }
    let own_fault = |error: &edge_runtime::Error| {
        (error.kind() == Kind::Internal || error.kind() == Kind::HostPanic).then(|| format!("seed {seed}: {error}"))
    };
    let vm = match Module::new(engine, &bytes).and_then(Vm::load) {
        Ok(vm) => vm,
        Err(error) => return own_fault(&error).map_or(Ok(false), Err),
    };
    for function in vm.functions() {
        let args: Vec<Value<'static>> = (0..function.signature().params.len()).map(|_| value(&mut rng)).collect();
        if let Err(error) = function.call(&args) {
            own_fault(&error).map_or(Ok(()), Err)?;
        }
        if vm.poisoned().is_some() {
            vm.reset().map_err(|e| format!("seed {seed}: {e}"))?;
        }
    }
    Ok(true)
}

fn value(rng: &mut Rng) -> Value<'static> {
    match rng.u8(..5) {
        0 => Value::I64(rng.i64(..)),
        1 => Value::String("text".into()),
        2 => Value::Bytes(vec![1, 2, 3].into()),
        3 => Value::List(vec![Value::U8(1), Value::Null]),
        _ => Value::Null,
    }
}

/// Where the description lies in a guest.
///
/// # Errors
///
/// When the guest is no module, or none of bindgen's.
pub fn description(engine: &Engine, guest: &[u8]) -> Result<std::ops::Range<usize>, String> {
    let module = Module::new(engine, guest).map_err(|e| e.to_string())?;
    let section = module.custom_sections("edge_bindgen").next().ok_or("the guest has no description")?;
    let at =
        guest.windows(section.len()).position(|window| window == section).ok_or("a section is part of the file")?;
    Ok(at..at + section.len())
}
