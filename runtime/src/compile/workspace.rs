//! What compiling one function after the other shares.

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, Context};
use cranelift_frontend::FunctionBuilderContext;

use super::Settings;
use super::function::Code;
use super::stack::{self, Callee};
use super::translate::State;
use crate::types::{Error, Kind, Phase, Result};

/// What compiling a function needs, kept for the next one: making it anew costs more than a small function.
pub(crate) struct Workspace {
    pub(super) context: Context,
    pub(super) builder: FunctionBuilderContext,
    pub(super) state: State,
    control: ControlPlane,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            state: State::default(),
            control: ControlPlane::default(),
        }
    }

    /// Makes code of the function in `context` and appends it to `code`.
    pub(super) fn emit(&mut self, isa: &dyn TargetIsa, code: &mut Code) -> Result<()> {
        let compiled = self.compile(isa)?;
        code.append(&self.context.func, &compiled, isa.function_alignment().preferred)
    }

    /// [`Workspace::emit`] of a function that guards the limit of the stack.
    pub(super) fn emit_function(
        &mut self,
        isa: &dyn TargetIsa,
        settings: &Settings,
        callee: Callee,
        code: &mut Code,
    ) -> Result<()> {
        let compiled = self.compile(isa)?;
        let alignment = isa.function_alignment().preferred;
        if !settings.explicit_traps || !stack::needs_entry(&compiled) {
            return code.append(&self.context.func, &compiled, alignment);
        }
        let entry = stack::entry(&mut self.builder, isa, &self.context.func, callee, &compiled);
        let function = std::mem::replace(&mut self.context.func, Function::new());
        self.context.clear();
        self.context.func = entry;
        let compiled_entry = self.compile(isa)?;
        stack::append_with_entry(code, (&self.context.func, &compiled_entry), (&function, &compiled), alignment)
    }

    fn compile(&mut self, isa: &dyn TargetIsa) -> Result<CompiledCode> {
        let failed = |e: &dyn std::fmt::Debug| Error::new(Phase::Compile, Kind::CompileFailed, format!("{e:?}"));
        self.context.compile(isa, &mut self.control).map_err(|e| failed(&e.inner))?;
        self.context.take_compiled_code().ok_or_else(|| failed(&"no code was made"))
    }
}
