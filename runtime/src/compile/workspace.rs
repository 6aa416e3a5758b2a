//! What compiling one function after the other shares.

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_frontend::FunctionBuilderContext;

use super::function::Code;
use super::translate::State;
use crate::types::{Error, Kind, Phase, Result};

/// What compiling a function needs, kept for the next one: making it anew costs more than a small function.
pub(super) struct Workspace {
    pub(super) context: Context,
    pub(super) builder: FunctionBuilderContext,
    pub(super) state: State,
    control: ControlPlane,
}

impl Workspace {
    pub(super) fn new() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            state: State::default(),
            control: ControlPlane::default(),
        }
    }

    /// Makes code of the function in `context` and appends it to `code`.
    pub(super) fn emit(&mut self, isa: &dyn cranelift_codegen::isa::TargetIsa, code: &mut Code) -> Result<()> {
        let failed = |e: &dyn std::fmt::Debug| Error::new(Phase::Compile, Kind::CompileFailed, format!("{e:?}"));
        self.context.compile(isa, &mut self.control).map_err(|e| failed(&e.inner))?;
        let compiled = self.context.take_compiled_code().ok_or_else(|| failed(&"no code was made"))?;
        code.append(&self.context.func, &compiled, isa.function_alignment().preferred)
    }
}
