//! The compiler: modules and trampolines in, code out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use rayon::prelude::*;

use super::environment::Environment;
use super::function::Code;
use super::output::{CompiledModule, TrampolineCode};
use super::stack::Callee;
use super::translate;
use super::workspace::Workspace;
use super::{Settings, link, trampoline};
use crate::parse::{FuncBody, ModuleInfo};
use crate::types::{Error, FuncType, Kind, Phase, Result};

/// Functions that a thread takes at a time. Fixed, since padding between parts must not depend on the number of threads.
const PART: usize = 16;

/// Compiles for this machine with fixed settings.
pub(crate) struct Compiler {
    settings: Settings,
    isa: OwnedTargetIsa,
    /// Whether this machine, or the interpreter, can execute what it makes.
    runs_here: bool,
}

impl Compiler {
    /// A compiler for this machine.
    ///
    /// # Errors
    ///
    /// [`Kind::CompileFailed`] when no code can be made for this machine.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let isa = settings.isa()?;
        let same_machine = |host: cranelift_codegen::isa::Builder| {
            let (theirs, ours) = (isa.triple(), host.triple());
            theirs.architecture == ours.architecture && theirs.operating_system == ours.operating_system
        };
        let runs_here = settings.interpreter || cranelift_native::builder().is_ok_and(same_machine);
        Ok(Self { settings: settings.clone(), isa, runs_here })
    }

    /// A compiler for another machine, by its triple, with nothing that some of them lack; its code can be looked at.
    #[cfg(test)]
    pub(super) fn for_machine(settings: &Settings, triple: &str) -> Self {
        let machine = cranelift_codegen::isa::lookup_by_name(triple).expect("cranelift knows the machine");
        let isa = settings.finish(machine).expect("it is a 64-bit machine");
        Self { settings: settings.clone(), isa, runs_here: false }
    }

    /// The machine that it makes code for.
    pub(crate) fn isa(&self) -> &dyn TargetIsa {
        &*self.isa
    }

    /// Whether what it makes can be executed here.
    pub(crate) fn runs_here(&self) -> bool {
        self.runs_here
    }

    /// Its settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Compiles all functions of a validated module, whose bytes are `bytes`, in parallel. The same input gives the same output
    /// with any number of threads. `progress` is told from any thread how many functions of how many are done.
    ///
    /// # Errors
    ///
    /// [`Kind::CompileFailed`] when Cranelift gives up on a function, [`Kind::TooLarge`] when there is too much code.
    pub(crate) fn compile_module(
        &self,
        info: &ModuleInfo,
        bytes: &[u8],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<CompiledModule> {
        let env = Environment::new(info, &self.settings, &*self.isa);
        let workspaces = Mutex::new(Vec::new());
        let done = AtomicUsize::new(0);
        let part = |(number, bodies): (usize, &[FuncBody])| {
            let lock = || workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut workspace = lock().pop().unwrap_or_else(|| Box::new(Workspace::new()));
            let code = compile_part(&env, &mut workspace, bytes, number * PART, bodies)?;
            lock().push(workspace);
            progress(done.fetch_add(bodies.len(), Ordering::Relaxed) + bodies.len(), info.bodies.len());
            Ok(code)
        };
        // All parts are waited for, so that of several failures the first in the module is reported.
        let parts: Vec<Result<Code>> = if info.bodies.len() <= PART {
            info.bodies.chunks(PART).enumerate().map(part).collect()
        } else {
            info.bodies.par_chunks(PART).enumerate().map(part).collect()
        };
        link::link(parts.into_iter().collect::<Result<_>>()?, info.counts.imported_functions)
    }

    /// Compiles the `position`-th function that a validated module defines. What it calls it calls through the code table.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile_module`].
    ///
    /// # Panics
    ///
    /// When the settings are those of direct calls.
    pub(crate) fn compile_function(
        &self,
        info: &ModuleInfo,
        bytes: &[u8],
        position: usize,
        workspace: &mut Workspace,
    ) -> Result<CompiledModule> {
        assert!(self.settings.calls_through_table, "a function by itself calls nobody directly");
        let env = Environment::new(info, &self.settings, &*self.isa);
        let code = compile_part(&env, workspace, bytes, position, &info.bodies[position..=position])?;
        link::link(vec![code], info.counts.imported_functions)
    }

    /// Makes the trampolines of a signature.
    ///
    /// # Errors
    ///
    /// [`Kind::CompileFailed`] when Cranelift gives up.
    pub(crate) fn trampolines(&self, ty: &FuncType) -> Result<TrampolineCode> {
        trampoline::compile(&*self.isa, &self.settings, ty)
    }
}

/// Compiles `bodies`, the first of which is the `first`-th that the module defines.
fn compile_part(
    env: &Environment<'_>,
    workspace: &mut Workspace,
    bytes: &[u8],
    first: usize,
    bodies: &[FuncBody],
) -> Result<Code> {
    let mut code = Code::default();
    for (position, body) in bodies.iter().enumerate() {
        let index = env.info.counts.imported_functions + (first + position) as u32;
        // Cranelift answers some inputs that it cannot handle with a panic; a host must not die of a stranger's module. What the
        // panic left behind in the workspace is dropped with it.
        catch_unwind(AssertUnwindSafe(|| {
            translate::function(env, workspace, bytes, body, index)?;
            workspace.emit_function(env.isa, env.settings, Callee::Instance, &mut code)
        }))
        .unwrap_or_else(|_| Err(Error::new(Phase::Compile, Kind::CompileFailed, "the code generator panicked")))
        .map_err(|e| in_function(&e, env.info, index))?;
    }
    Ok(code)
}

/// The same error with the function that it happened in.
#[cold]
fn in_function(error: &Error, info: &ModuleInfo, index: u32) -> Error {
    let name = info.names.functions.get(&index).map_or_else(String::new, |name| format!(" ({name})"));
    Error::new(error.phase(), error.kind(), format!("function {index}{name}: {}", error.message()))
}
