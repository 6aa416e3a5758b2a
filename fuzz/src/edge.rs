//! edge as one of the engines that are compared.

use edge_runtime::{
    Config, Engine, Error, Export, ExternType, Instance, Kind, Limits, Memory, Module, OptLevel, Proposal, Store, Val,
    ValType,
};

use crate::generate::Case;
use crate::outcome::{Image, Outcome, Step, Stop, Value};

/// A way to run modules. All must agree.
pub struct Mode {
    /// Its name on the command line.
    pub name: &'static str,
    /// For modules whose results are the same everywhere: the generator makes their NaNs canonical itself, and what it
    /// leaves out is left out here too.
    plain: Engine,
    /// For modules with relaxed operations.
    deterministic: Engine,
}

/// All modes: for every one engines of its own.
///
/// # Panics
///
/// When this machine cannot run one of them.
#[must_use]
pub fn modes() -> Vec<Mode> {
    let base = || Config::new().threads(1);
    let engine = |config: &Config| Engine::new(config).expect("this machine can run every mode");
    [
        ("optimised", base()),
        ("fast", base().opt_level(OptLevel::None)),
        ("small", base().opt_level(OptLevel::SpeedAndSize)),
        ("signal-free", base().signals(false)),
        ("interpreter", base().interpreter(true)),
    ]
    .into_iter()
    .map(|(name, config)| Mode { name, plain: engine(&config), deterministic: engine(&config.deterministic(true)) })
    .collect()
}

impl Mode {
    /// Whether this mode can run modules of this case: the interpreter has no exceptions yet, and says so.
    #[must_use]
    pub fn answers(&self, case: &Case) -> bool {
        !(self.plain.config().get_interpreter() && case.proposals.contains(Proposal::Exceptions))
    }

    /// Runs a module: instantiation, every exported function once, memories and globals at the end.
    ///
    /// # Errors
    ///
    /// When the module is refused, which none of the generator's may be.
    pub fn run(&self, case: &Case) -> Result<Outcome, Error> {
        let relaxed = case.proposals.contains(Proposal::RelaxedSimd);
        let engine = if relaxed { &self.deterministic } else { &self.plain };
        let module = Module::new(engine, &case.wasm)?;
        let store = Store::new(engine, Limits::default());
        let mut steps = Vec::new();
        let instance = match Instance::new(&store, &module, &[]) {
            Ok(instance) => instance,
            Err(error) => {
                steps.push(Step::Instantiation(Err(stop(&error))));
                return Ok(Outcome(steps));
            }
        };
        steps.push(Step::Instantiation(Ok(())));
        for export in by_name(&module) {
            if let ExternType::Func(ty) = export.ty() {
                let name = export.name();
                let args = ty.params().iter().enumerate().map(|(i, ty)| value(*ty, case.argument(name, i)));
                let result = instance.func(name)?.call(&args.collect::<Vec<_>>());
                let result = result.map(|values| values.iter().map(shared).collect()).map_err(|e| stop(&e));
                steps.push(Step::Call(name.to_owned(), result));
            }
        }
        self.state(&module, &instance, &mut steps)?;
        Ok(Outcome(steps))
    }

    fn state(&self, module: &Module, instance: &Instance, steps: &mut Vec<Step>) -> Result<(), Error> {
        for export in by_name(module) {
            let name = export.name();
            match export.ty() {
                // What is shared has no bytes at one moment; here only one thread runs, but the doors differ.
                ExternType::Memory(ty) if !ty.shared => {
                    steps.push(Step::Memory(name.to_owned(), image(&instance.memory(name)?)?));
                }
                ExternType::Global(_) => {
                    steps.push(Step::Global(name.to_owned(), shared(&instance.global(name)?.get())));
                }
                ExternType::Memory(_) | ExternType::Func(_) | ExternType::Table(_) | ExternType::Tag(_) => {}
            }
        }
        Ok(())
    }
}

/// The exports in the order in which wasmi tells them.
fn by_name(module: &Module) -> Vec<Export<'_>> {
    let mut exports: Vec<_> = module.exports().collect();
    exports.sort_by(|a, b| a.name().cmp(b.name()));
    exports
}

fn image(memory: &Memory) -> Result<Image, Error> {
    let mut bytes = vec![0; memory.size() as usize * 65_536];
    memory.read(0, &mut bytes)?;
    Ok(Image::of(&bytes))
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
