//! edge as several of the engines that are compared.

use edge_runtime::{
    Config, Engine, Error, ExternType, Instance, Kind, Limits, Mode, OptLevel, Proposal, Store, Val, ValType,
};

use crate::generate::Case;
use crate::outcome::{Image, Outcome, Stop, Value};
use crate::walk::{Guest, Sort, walk};

/// An engine of ours that is compared. All must agree.
pub struct Subject {
    /// The mode's name, or another where it is none of them.
    pub name: &'static str,
    mode: Mode,
    /// For modules whose results are the same everywhere: the generator makes their NaNs canonical itself, and what it
    /// leaves out is left out here too.
    plain: Engine,
    /// For modules with relaxed operations.
    deterministic: Engine,
}

/// All modes, and code that is small.
///
/// # Panics
///
/// When this machine cannot run one of them.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    let base = || Config::new().threads(1);
    let subject = |name, mode: Mode, config: Config| {
        let engine = |config: Config| mode.engine(config).expect("this machine can run every mode");
        Subject { name, mode, plain: engine(config.clone()), deterministic: engine(config.deterministic(true)) }
    };
    let mut subjects: Vec<_> = Mode::ALL.iter().map(|mode| subject(mode.name(), *mode, base())).collect();
    subjects.push(subject("small", Mode::Optimised, base().opt_level(OptLevel::SpeedAndSize)));
    subjects
}

impl Subject {
    /// Runs a module.
    ///
    /// # Errors
    ///
    /// When the module is refused, which none of the generator's may be.
    pub fn run(&self, case: &Case) -> Result<Outcome, Error> {
        let relaxed = case.proposals.contains(Proposal::RelaxedSimd);
        let engine = if relaxed { &self.deterministic } else { &self.plain };
        let module = self.mode.module(engine, &case.wasm)?;
        let store = Store::new(engine, Limits::default());
        Ok(walk(case, Instance::new(&store, &module, &[]).map_err(|e| stop(&e))))
    }
}

impl Guest for Instance {
    fn exports(&self) -> Vec<(String, Sort)> {
        let sort = |ty: &ExternType| match ty {
            ExternType::Func(ty) => Sort::Func(ty.params().len()),
            ExternType::Memory(_) => Sort::Memory,
            ExternType::Global(_) => Sort::Global,
            ExternType::Table(_) => Sort::Table,
            ExternType::Tag(_) => Sort::Other,
        };
        self.module().exports().map(|export| (export.name().to_owned(), sort(&export.ty()))).collect()
    }

    fn call(&mut self, name: &str, args: &[u128]) -> Result<Vec<Value>, Stop> {
        let func = self.func(name).map_err(|e| stop(&e))?;
        let args: Vec<Val> = func.ty().params().iter().zip(args).map(|(ty, bits)| value(*ty, *bits)).collect();
        func.call(&args).map(|values| values.iter().map(shared).collect()).map_err(|e| stop(&e))
    }

    fn memory(&self, name: &str) -> Image {
        let read = |read: Result<(), Error>, bytes: &[u8]| {
            read.expect("a memory has as many bytes as it says");
            Image::of(bytes)
        };
        if let Ok(memory) = self.shared_memory(name) {
            let mut bytes = vec![0; memory.data_size()];
            return read(memory.read(0, &mut bytes), &bytes);
        }
        let memory = Instance::memory(self, name).expect("an export of this name and sort");
        let mut bytes = vec![0; memory.data_size()];
        read(memory.read(0, &mut bytes), &bytes)
    }

    fn global(&self, name: &str) -> Value {
        shared(&Instance::global(self, name).expect("an export of this name and sort").get())
    }

    fn set_global(&mut self, name: &str, value: i32) {
        let global = Instance::global(self, name).expect("an export of this name and sort");
        global.set(Val::I32(value)).expect("a mutable global of this type");
    }

    fn table(&self, name: &str) -> u64 {
        Instance::table(self, name).expect("an export of this name and sort").size()
    }
}

fn value(ty: ValType, bits: u128) -> Val {
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits as u64),
        ValType::V128 => Val::V128(bits),
        ValType::Ref(_) => Val::zero(ty),
    }
}

fn shared(value: &Val) -> Value {
    match value {
        Val::I32(v) => Value::I32(*v),
        Val::I64(v) => Value::I64(*v),
        Val::F32(v) => Value::F32(*v),
        Val::F64(v) => Value::F64(*v),
        Val::V128(v) => Value::V128(*v),
        Val::FuncRef(v) => Value::Ref(v.is_some()),
        Val::ExternRef(v) => Value::Ref(v.is_some()),
        Val::ExnRef(v) => Value::Ref(v.is_some()),
    }
}

fn stop(error: &Error) -> Stop {
    match error.kind() {
        // The other engine has one trap for both.
        Kind::UndefinedElement => Stop::Trap(Kind::TableOutOfBounds),
        kind @ (Kind::Unreachable
        | Kind::MemoryOutOfBounds
        | Kind::TableOutOfBounds
        | Kind::UninitializedElement
        | Kind::IndirectCallTypeMismatch
        | Kind::NullReference
        | Kind::IntegerDivideByZero
        | Kind::IntegerOverflow
        | Kind::InvalidConversionToInteger
        | Kind::UnalignedAtomic
        | Kind::ExpectedSharedMemory
        | Kind::UncaughtException) => Stop::Trap(kind),
        _ => Stop::Unanswered(error.to_string()),
    }
}
