//! What can be chosen about code generation.

use std::str::FromStr;

use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{Configurable, Flags, SetError, builder};
use target_lexicon::{Architecture, Triple};

use crate::types::{Compile, Config, CostTable, Error, Kind, OptLevel, Phase, Result, Target};

/// The settings of a compiler.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    /// How hard to optimise.
    pub opt_level: OptLevel,
    /// Whether Cranelift checks its input. Costs time, finds our mistakes: on in debug builds.
    pub verifier: bool,
    /// Whether calls between functions of a module go through the instance's code table, whose entries can be replaced one
    /// by one, instead of straight to their target.
    pub calls_through_table: bool,
    /// Whether bytecode is made for the interpreter instead of machine code.
    pub interpreter: bool,
    /// Whether traps are explicit code that calls the host, instead of faults. The interpreter's instructions trap by
    /// themselves.
    pub explicit_traps: bool,
    /// Whether code can be stopped from outside.
    pub interruptible: bool,
    /// Whether NaNs are canonical and relaxed operations deterministic.
    pub deterministic: bool,
    /// What operators cost in fuel; `None` when none is charged.
    pub fuel: Option<CostTable>,
    /// Whether executed instructions are counted.
    pub count_instructions: bool,
    /// The machine that the code is for, unless it is the interpreter's.
    pub target: Target,
}

/// Cranelift's name for the interpreter's machine.
#[cfg(target_endian = "little")]
const BYTECODE: &str = "pulley64";

#[cold]
fn no_code_for(reason: &dyn std::fmt::Display) -> Error {
    Error::new(Phase::Compile, Kind::CompileFailed, format!("no code can be generated: {reason}"))
}

impl Settings {
    /// What an engine's settings mean for its compiler.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            opt_level: config.opt_level,
            verifier: cfg!(debug_assertions),
            calls_through_table: config.compile == Compile::Lazy && !config.interpreter,
            interpreter: config.interpreter,
            explicit_traps: !config.signals && !config.interpreter,
            interruptible: config.interruptible,
            deterministic: config.deterministic,
            fuel: config.fuel.then(|| config.cost_table.clone()),
            count_instructions: config.count_instructions,
            target: config.target.clone(),
        }
    }

    /// Whether neither a trap nor a poll may be a fault.
    pub(super) const fn no_faults(&self) -> bool {
        self.explicit_traps || self.interpreter
    }

    /// Cranelift with these settings, for the machine that they name.
    ///
    /// # Errors
    ///
    /// [`Kind::CompileFailed`] when no code can be made for it.
    pub(crate) fn isa(&self) -> Result<OwnedTargetIsa> {
        if self.interpreter {
            return self.finish(isa::lookup_by_name(BYTECODE).map_err(|e| no_code_for(&e))?);
        }
        match &self.target {
            Target::Host => self.finish(cranelift_native::builder().map_err(|e| no_code_for(&e))?),
            Target::Generic => {
                self.finish(baseline(cranelift_native::builder_with_options(false).map_err(|e| no_code_for(&e))?)?)
            }
            Target::Triple(triple) => {
                let unknown = |e| no_code_for(&format_args!("{triple:?} is no target triple that is known: {e}"));
                let machine = isa::lookup(Triple::from_str(triple).map_err(unknown)?);
                self.finish(baseline(machine.map_err(|e| no_code_for(&e))?)?)
            }
        }
    }

    /// Cranelift with these settings, for this machine.
    pub(super) fn finish(&self, machine: isa::Builder) -> Result<OwnedTargetIsa> {
        let isa = machine.finish(self.flags().map_err(|e| no_code_for(&e))?).map_err(|e| no_code_for(&e))?;
        match isa.pointer_bytes() {
            8 => Ok(isa),
            _ => Err(no_code_for(&"it is not a 64-bit machine")),
        }
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
        flags.set("enable_nan_canonicalization", if self.deterministic { "true" } else { "false" })?;
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

/// With what every processor has that the code generator needs for all operators: on x86-64 the level v2.
fn baseline(mut machine: isa::Builder) -> Result<isa::Builder> {
    if machine.triple().architecture == Architecture::X86_64 {
        for feature in ["has_sse3", "has_ssse3", "has_cmpxchg16b", "has_sse41", "has_sse42", "has_popcnt"] {
            machine.enable(feature).map_err(|e| no_code_for(&e))?;
        }
    }
    Ok(machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_we_cannot_serve_is_refused() {
        let error = no_code_for(&"it is not a 64-bit machine");
        assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::CompileFailed));
        Settings::default().isa().unwrap();
    }

    #[test]
    fn frames_keep_their_pointers_and_check_the_stack_themselves_at_every_level() {
        for opt_level in [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize] {
            let flags = Settings { opt_level, ..Settings::default() }.flags().unwrap();
            assert!(flags.preserve_frame_pointers() && !flags.enable_probestack() && !flags.unwind_info());
        }
    }
}
