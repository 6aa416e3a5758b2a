//! How the code of a script's modules is made.

use std::fmt;

use clap::ValueEnum;
use edge_runtime::{Config, Engine, OptLevel, Proposals, Result};

/// A way to run modules. Every script gives the same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Fast code, traps by signals: the default of an engine.
    #[default]
    Optimised,
    /// Compiled fast: no optimisation, registers allocated in one pass.
    Fast,
    /// Every check is code of its own, and no signal handler is installed.
    SignalFree,
    /// Nothing is made executable: bytecode for an interpreter.
    Interpreter,
}

impl Mode {
    /// An engine of this mode whose modules may use `proposals`.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn engine(self, proposals: Proposals) -> Result<Engine> {
        Engine::new(&self.config(Config::new().proposals(proposals)))
    }

    /// `config` in this mode.
    #[must_use]
    pub fn config(self, config: Config) -> Config {
        match self {
            Self::Optimised => config,
            Self::Fast => config.opt_level(OptLevel::None),
            Self::SignalFree => config.signals(false),
            Self::Interpreter => config.interpreter(true),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no mode is hidden");
        f.write_str(value.get_name())
    }
}
