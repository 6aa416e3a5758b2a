//! What can be chosen about code generation.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{Configurable, Flags, SetError, builder};

use crate::types::{Error, Kind, Phase, Result};

/// How much time the compiler takes to make code fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Compile fast: no optimisation, registers are allocated in one pass.
    None,
    /// Make the code fast.
    #[default]
    Speed,
    /// Make the code fast and small.
    SpeedAndSize,
}

/// The settings of a compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How hard to optimise.
    pub opt_level: OptLevel,
    /// Whether Cranelift checks its input. Costs time, finds our mistakes: on in debug builds.
    pub verifier: bool,
    /// Whether calls between functions of a module go through the instance's code table, whose entries can be replaced one
    /// by one, instead of straight to their target.
    pub calls_through_table: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { opt_level: OptLevel::default(), verifier: cfg!(debug_assertions), calls_through_table: false }
    }
}

impl Settings {
    /// Cranelift for this machine with these settings.
    pub(super) fn target(&self) -> Result<OwnedTargetIsa> {
        let failed = |what: &str| Error::new(Phase::Compile, Kind::CompileFailed, what.to_owned());
        let host = cranelift_native::builder().map_err(|e| failed(&format!("code cannot be generated here: {e}")))?;
        let flags = self.flags().map_err(|e| failed(&format!("cranelift refuses a setting: {e}")))?;
        let isa = host.finish(flags).map_err(|e| failed(&format!("code cannot be generated here: {e}")))?;
        if isa.pointer_bytes() != 8 {
            return Err(failed("code can only be generated for 64-bit machines"));
        }
        Ok(isa)
    }

    fn flags(&self) -> std::result::Result<Flags, SetError> {
        let (opt_level, regalloc) = match self.opt_level {
            OptLevel::None => ("none", "single_pass"),
            OptLevel::Speed => ("speed", "backtracking"),
            OptLevel::SpeedAndSize => ("speed_and_size", "backtracking"),
        };
        let mut flags = builder();
        flags.set("opt_level", opt_level)?;
        flags.set("regalloc_algorithm", regalloc)?;
        flags.set("enable_verifier", if self.verifier { "true" } else { "false" })?;
        // Stacks are walked from frame to frame; nothing else knows how our frames look.
        flags.set("preserve_frame_pointers", "true")?;
        flags.set("unwind_info", "false")?;
        // Every function compares its frame with the store's limit, so no page of the stack is skipped unseen.
        flags.set("enable_probestack", "false")?;
        // More results than registers: the callee writes them to an area of the caller. Only between code of one compiler.
        flags.set("enable_multi_ret_implicit_sret", "true")?;
        Ok(Flags::new(flags))
    }
}
