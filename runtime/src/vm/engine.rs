//! What all modules of an engine share: the compiler and trampolines.

use std::collections::HashMap;
use std::mem;
use std::ptr::NonNull;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};
use smallvec::SmallVec;

use super::code::{Code, CodeKind};
use super::traps;
use crate::artifact::{self, Fingerprint, Tables};
use crate::compile::{CompiledFunction, CompiledModule, Compiler, Settings};
use crate::parse::{self, ModuleInfo};
use crate::types::layout::{ArrayTrampoline, WasmCode};
use crate::types::{Config, Error, FuncType, Kind, ModuleLimits, Phase, Result, ValType};

/// Most parameters, and most results, of a function; those of modules have as many at most.
const MAX_VALUES: usize = 1000;

/// Compiler and trampolines.
pub(crate) struct Engine {
    compiler: Compiler,
    config: Config,
    /// The threads that compile, and the process that they live in.
    pool: Mutex<Option<(u32, Arc<ThreadPool>)>>,
    trampolines: Mutex<TrampolineCache>,
}

/// The two bridges of a function type.
#[derive(Clone)]
pub(crate) struct Trampolines {
    /// From the host into a guest function.
    pub array_to_wasm: ArrayTrampoline,
    /// The guest's entry of a host function.
    pub wasm_to_host: WasmCode,
    /// Keeps both in memory.
    code: Arc<Code>,
}

// SAFETY: addresses of code that `code` keeps.
unsafe impl Send for Trampolines {}
// SAFETY: as above.
unsafe impl Sync for Trampolines {}

/// How parameters and results of a function travel: types that are held alike share their bridges, so that nothing needs to
/// be made for the many types of references.
#[derive(PartialEq, Eq, Hash)]
struct Shape(SmallVec<[u8; 24]>);

impl Shape {
    fn of(ty: &FuncType) -> Self {
        let letter = |ty: &ValType| match ty {
            ValType::I32 => b'i',
            ValType::I64 => b'I',
            ValType::F32 => b'f',
            ValType::F64 => b'F',
            ValType::V128 => b'V',
            ValType::Ref(_) => b'r',
        };
        let (params, results) = (ty.params().iter().map(letter), ty.results().iter().map(letter));
        Self(params.chain([b'>']).chain(results).collect())
    }
}

/// Bridges that no store uses any more and that are kept all the same, since the next store will: at least.
const IDLE_TRAMPOLINES: usize = 1000;

/// The bridges of an engine. Stores keep what they use; beyond that the number of those kept is bounded.
struct TrampolineCache {
    all: HashMap<Shape, Trampolines>,
    /// How many there have to be for those that are idle to go.
    full: usize,
}

impl Default for TrampolineCache {
    fn default() -> Self {
        Self { all: HashMap::new(), full: IDLE_TRAMPOLINES }
    }
}

impl TrampolineCache {
    fn get(&self, shape: &Shape) -> Option<&Trampolines> {
        self.all.get(shape)
    }

    /// Takes new bridges in and gives those that are valid for the shape: another thread may have been faster.
    fn insert(&mut self, shape: Shape, made: Trampolines) -> Trampolines {
        if self.all.len() >= self.full {
            self.all.retain(|_, trampolines| Arc::strong_count(&trampolines.code) > 1);
            self.full = IDLE_TRAMPOLINES.max(2 * self.all.len());
        }
        self.all.entry(shape).or_insert(made).clone()
    }
}

impl Engine {
    /// An engine with these settings.
    pub(crate) fn new(config: &Config) -> Result<Arc<Self>> {
        let compiler = Compiler::new(&Settings::of(config))?;
        let engine = Self { compiler, config: config.clone(), pool: Mutex::new(None), trampolines: Mutex::default() };
        engine.install_handlers()?;
        Ok(Arc::new(engine))
    }

    /// Makes sure that our signal handler is the first for every signal, if traps rely on it.
    pub(super) fn install_handlers(&self) -> Result<()> {
        if self.config.explicit_traps() { Ok(()) } else { traps::install() }
    }

    /// Looks whether our signal handler is still the first, if traps rely on it, and sees to it that it is. Before guests begin
    /// to run.
    pub(crate) fn verify_handlers(&self) -> Result<()> {
        if self.config.explicit_traps() { Ok(()) } else { traps::verify() }
    }

    /// Reads and validates a module.
    pub(crate) fn parse(&self, bytes: &[u8], limits: &ModuleLimits) -> Result<ModuleInfo> {
        artifact::refuse(bytes)?;
        // Small modules are validated by the thread that asks, and must not wake others.
        self.in_pool(bytes.len() >= (16 << 10), || parse::parse(bytes, self.config.proposals, limits))?
    }

    /// What tells code of this engine from that of others.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.compiler.settings(), self.compiler.isa(), self.config.proposals)
    }

    /// The same as bytes: equal when, and only when, the same code is made.
    pub(crate) fn fingerprint_bytes(&self) -> Vec<u8> {
        self.fingerprint().to_bytes()
    }

    /// Reads a module that was validated when it was compiled.
    pub(super) fn outline(&self, bytes: &[u8], limits: &ModuleLimits) -> Result<ModuleInfo> {
        parse::outline(bytes, self.config.proposals, limits)
    }

    /// Checks that code of this engine may be executed on this machine.
    ///
    /// # Errors
    ///
    /// [`Kind::ArtifactMismatch`] when it is for another.
    pub(crate) fn check_machine(&self) -> Result<()> {
        if self.compiler.runs_here() {
            return Ok(());
        }
        let text = format!("this engine makes code for {}, which does not run here", self.compiler.isa().triple());
        Err(Error::new(Phase::Instantiate, Kind::ArtifactMismatch, text))
    }

    /// The settings that it was made with.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What the engine's compiler makes.
    pub(super) fn code_kind(&self) -> CodeKind {
        if self.config.interpreter || !self.compiler.runs_here() { CodeKind::Readable } else { CodeKind::Machine }
    }

    /// Compiles all functions of a module.
    pub(super) fn compile(
        &self,
        compiler: &Compiler,
        info: &ModuleInfo,
        bytes: &[u8],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<CompiledModule> {
        // Few functions are compiled by the thread that asks, and must not wake others.
        self.in_pool(info.bodies.len() > 8, || compiler.compile_module(info, bytes, progress))?
    }

    /// A compiler of modules whose functions call one another directly, otherwise as the engine's own.
    pub(super) fn whole_compiler(&self) -> Result<Compiler> {
        Compiler::new(&Settings { calls_through_table: false, ..self.compiler.settings().clone() })
    }

    /// Whether functions are compiled when they are first called, as far as the engine has a say.
    pub(super) fn compiles_lazily(&self) -> bool {
        self.compiler.settings().calls_through_table && self.compiler.runs_here()
    }

    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    /// The bridges of a function type, made when first asked for.
    pub(crate) fn trampolines(&self, ty: &FuncType) -> Result<Trampolines> {
        let shape = Shape::of(ty);
        if let Some(made) = self.trampolines.lock().get(&shape) {
            return Ok(made.clone());
        }
        let longest = ty.params().len().max(ty.results().len());
        if longest > MAX_VALUES {
            let text = format!("a function with {longest} parameters or results, but at most {MAX_VALUES} are allowed");
            return Err(Error::new(Phase::Compile, Kind::TooLarge, text));
        }
        self.check_machine()?;
        let output = self.compiler.trampolines(ty)?;
        let tables = Tables::of(&[CompiledFunction { traps: output.traps, ..CompiledFunction::default() }]);
        let code = Code::publish(&output.code, tables, None, self.code_kind())?;
        let at = |offset: u32| code.base().wrapping_add(offset as usize);
        let array_to_wasm = NonNull::new(at(output.array_to_wasm).cast_mut()).expect("code lies at no null address");
        let trampolines =
            Trampolines { array_to_wasm: ArrayTrampoline(array_to_wasm), wasm_to_host: at(output.wasm_to_host), code };
        Ok(self.trampolines.lock().insert(shape, trampolines))
    }

    /// Runs `f` where rayon finds the engine's own threads, if it may ask for some.
    pub(super) fn in_pool<T: Send>(&self, parallel: bool, f: impl FnOnce() -> T + Send) -> Result<T> {
        if parallel { Ok(self.pool()?.install(f)) } else { Ok(f()) }
    }

    /// The pool, made when first needed. Threads do not survive a fork: the child makes its own, and leaves alone what it
    /// inherited, whose threads it would wait for.
    fn pool(&self) -> Result<Arc<ThreadPool>> {
        let mut pool = self.pool.lock();
        let process = std::process::id();
        if let Some((_, inherited)) = pool.take_if(|(owner, _)| *owner != process) {
            mem::forget(inherited);
        }
        if let Some((_, pool)) = &*pool {
            return Ok(Arc::clone(pool));
        }
        let made = ThreadPoolBuilder::new()
            .num_threads(self.config.threads)
            .thread_name(|i| format!("edge-compile-{i}"))
            .build()
            .map_err(|e| {
                let text = format!("cannot start threads for the compiler: {e}");
                Error::new(Phase::Compile, Kind::Io, text).with_cause(Box::new(e))
            })?;
        Ok(Arc::clone(&pool.insert((process, Arc::new(made))).1))
    }
}
