//! wasmi as the engine that edge is compared with.

use edge_runtime::{Kind, Proposal};
use wasmi::errors::ErrorKind;
use wasmi::{
    Config, Engine, Error, Extern, ExternType, F32, F64, Instance, Linker, Module, Store, TrapCode, V128, Val, ValType,
};

use crate::generate::Case;
use crate::outcome::{Image, Outcome, Step, Stop, Value};

/// Whether wasmi can run modules of this case. Relaxed operations may differ from ours by their definition.
#[must_use]
pub fn answers(case: &Case) -> bool {
    [Proposal::Threads, Proposal::Exceptions, Proposal::RelaxedSimd].iter().all(|p| !case.proposals.contains(*p))
}

/// Runs a module as [`Mode::run`](crate::edge::Mode::run) does.
///
/// # Errors
///
/// When wasmi refuses the module.
pub fn run(case: &Case) -> Result<Outcome, Error> {
    let mut config = Config::default();
    config.wasm_multi_memory(true).wasm_memory64(true).wasm_wide_arithmetic(true).wasm_simd(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, &case.wasm)?;
    let mut store = Store::new(&engine, ());
    let mut steps = Vec::new();
    let instance = match Linker::new(&engine).instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => {
            steps.push(Step::Instantiation(Err(stop(&error))));
            return Ok(Outcome(steps));
        }
    };
    steps.push(Step::Instantiation(Ok(())));
    for export in module.exports() {
        if let ExternType::Func(ty) = export.ty() {
            let name = export.name();
            let args: Vec<Val> =
                ty.params().iter().enumerate().map(|(i, ty)| value(*ty, case.argument(name, i))).collect();
            let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default(*ty)).collect();
            let func = instance.get_func(&store, name).expect("an export of this name and sort");
            let result = func.call(&mut store, &args, &mut results);
            let result = result.map(|()| results.iter().map(shared).collect()).map_err(|e| stop(&e));
            steps.push(Step::Call(name.to_owned(), result));
        }
    }
    state(&module, instance, &store, &mut steps);
    Ok(Outcome(steps))
}

fn state(module: &Module, instance: Instance, store: &Store<()>, steps: &mut Vec<Step>) {
    for export in module.exports() {
        let name = export.name();
        match instance.get_export(store, name) {
            Some(Extern::Memory(memory)) => {
                steps.push(Step::Memory(name.to_owned(), Image::of(memory.data(store))));
            }
            Some(Extern::Global(global)) => {
                steps.push(Step::Global(name.to_owned(), shared(&global.get(store))));
            }
            Some(Extern::Func(_) | Extern::Table(_)) | None => {}
        }
    }
}

fn value(ty: ValType, bits: u128) -> Val {
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(F32::from_bits(bits as u32)),
        ValType::F64 => Val::F64(F64::from_bits(bits as u64)),
        ValType::V128 => Val::V128(V128::from(bits)),
        ValType::FuncRef | ValType::ExternRef => Val::default(ty),
    }
}

fn shared(value: &Val) -> Value {
    match value {
        Val::I32(v) => Value::I32(*v),
        Val::I64(v) => Value::I64(*v),
        Val::F32(v) => Value::F32(v.to_bits()),
        Val::F64(v) => Value::F64(v.to_bits()),
        Val::V128(v) => Value::V128(v.as_u128()),
        Val::FuncRef(v) => Value::Ref(!v.is_null()),
        Val::ExternRef(v) => Value::Ref(!v.is_null()),
    }
}

fn stop(error: &Error) -> Stop {
    // A segment that does not fit traps in the specification; wasmi has errors of their own for it.
    if let ErrorKind::Instantiation(_) = error.kind() {
        return Stop::Unanswered(error.to_string());
    }
    let kind = match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Kind::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Kind::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds) => Kind::TableOutOfBounds,
        Some(TrapCode::IndirectCallToNull) => Kind::UninitializedElement,
        Some(TrapCode::IntegerDivisionByZero) => Kind::IntegerDivideByZero,
        Some(TrapCode::IntegerOverflow) => Kind::IntegerOverflow,
        Some(TrapCode::BadConversionToInteger) => Kind::InvalidConversionToInteger,
        Some(TrapCode::BadSignature) => Kind::IndirectCallTypeMismatch,
        _ => return Stop::Unanswered(error.to_string()),
    };
    Stop::Trap(kind)
}
