//! wasmi as the engine that edge is compared with.

use edge_runtime::{Kind, Proposal};
use wasmi::errors::ErrorKind;
use wasmi::{
    Config, Engine, Error, ExternType, F32, F64, Instance, Linker, Module, Store, TrapCode, V128, Val, ValType,
};

use crate::generate::Case;
use crate::outcome::{Image, Outcome, Stop, Value};
use crate::walk::{Guest, Sort, walk};

/// Whether wasmi can run modules of this case. Relaxed operations may differ from ours by their definition.
#[must_use]
pub fn answers(case: &Case) -> bool {
    [Proposal::Threads, Proposal::Exceptions, Proposal::RelaxedSimd].iter().all(|p| !case.proposals.contains(*p))
}

/// Runs a module as [`Subject::run`](crate::edge::Subject::run) does.
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
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module);
    Ok(walk(case, instance.map(|instance| Wasmi { store, instance }).map_err(|e| stop(&e))))
}

struct Wasmi {
    store: Store<()>,
    instance: Instance,
}

impl Guest for Wasmi {
    fn exports(&self) -> Vec<(String, Sort)> {
        let sort = |ty: ExternType| match ty {
            ExternType::Func(ty) => Sort::Func(ty.params().len()),
            ExternType::Memory(_) => Sort::Memory,
            ExternType::Global(_) => Sort::Global,
            ExternType::Table(_) => Sort::Table,
        };
        self.instance
            .exports(&self.store)
            .map(|export| (export.name().to_owned(), sort(export.ty(&self.store))))
            .collect()
    }

    fn call(&mut self, name: &str, args: &[u128]) -> Result<Vec<Value>, Stop> {
        let func = self.instance.get_func(&self.store, name).expect("an export of this name and sort");
        let ty = func.ty(&self.store);
        let args: Vec<Val> = ty.params().iter().zip(args).map(|(ty, bits)| value(*ty, *bits)).collect();
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default(*ty)).collect();
        func.call(&mut self.store, &args, &mut results).map_err(|e| stop(&e))?;
        Ok(results.iter().map(shared).collect())
    }

    fn memory(&self, name: &str) -> Image {
        let memory = self.instance.get_memory(&self.store, name).expect("an export of this name and sort");
        Image::of(memory.data(&self.store))
    }

    fn global(&self, name: &str) -> Value {
        let global = self.instance.get_global(&self.store, name).expect("an export of this name and sort");
        shared(&global.get(&self.store))
    }

    fn set_global(&mut self, name: &str, value: i32) {
        let global = self.instance.get_global(&self.store, name).expect("an export of this name and sort");
        global.set(&mut self.store, Val::I32(value)).expect("a mutable global of this type");
    }

    fn table(&self, name: &str) -> u64 {
        self.instance.get_table(&self.store, name).expect("an export of this name and sort").size(&self.store)
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
