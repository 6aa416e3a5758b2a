//! [`Mode`]: the ways to make and run code, by the names that the command line, the tests and the fuzzer share.

use std::fmt;

use super::{ArtifactForm, Engine, Module};
use crate::types::{Compile, Config, Error, Kind, OptLevel, Phase, Result};

/// Declares the modes: the name, the settings, and how bytes become a module. A new mode is a line here: every suite and the
/// fuzzer then run in it.
macro_rules! modes {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal: |$config:ident| $settings:expr, $module:expr;)+) => {
        /// A way to make and run code. Every module gives the same in all of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Mode { $($(#[doc = $doc])+ $variant,)+ }

        impl Mode {
            /// Every mode.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that the command line and `EDGE_TEST_MODE` take.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, as `edge wast --help` tells it.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// `config` in this mode.
            #[must_use]
            pub fn config(self, config: Config) -> Config {
                match self { $(Self::$variant => { let $config = config; $settings })+ }
            }

            /// The module of these bytes, by an engine of this mode.
            ///
            /// # Errors
            ///
            /// As [`Module::new`].
            pub fn module(self, engine: &Engine, wasm: &[u8]) -> Result<Module> {
                match self { $(Self::$variant => $module(engine, wasm),)+ }
            }
        }
    };
}

modes! {
    /// Fast code, traps by signals: the default of an engine.
    Optimised "optimised": |config| config, Module::new;
    /// Compiled fast: no optimisation, registers allocated in one pass.
    Fast "fast": |config| config.opt_level(OptLevel::None), Module::new;
    /// Every check is code of its own, and no signal handler is installed.
    SignalFree "signal-free": |config| config.signals(false), Module::new;
    /// Nothing is made executable: bytecode for an interpreter.
    Interpreter "interpreter": |config| config.interpreter(true), Module::new;
    /// Fast code, of each function when it is first called.
    Lazy "lazy": |config| config.compile(Compile::Lazy), Module::new;
    /// Fast code that was written to a file and read back.
    Artifact "artifact": |config| config, written_and_read;
}

fn written_and_read(engine: &Engine, wasm: &[u8]) -> Result<Module> {
    let file = Module::new(engine, wasm)?.serialize(ArtifactForm::Native)?;
    // SAFETY: it was made in this very function.
    unsafe { Module::from_trusted_bytes(engine, &file) }
}

impl Mode {
    /// The mode of this name.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] when no mode has it; the message lists those that there are.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.iter().find(|mode| mode.name() == name).copied().ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|mode| mode.name()).collect();
            let text = format!("no mode is called {name:?}; there are {}", names.join(", "));
            Error::new(Phase::Load, Kind::ArgumentType, text)
        })
    }

    /// An engine of this mode, otherwise as `config` says.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn engine(self, config: Config) -> Result<Engine> {
        Engine::new(&self.config(config))
    }
}

impl Default for Mode {
    /// What an engine does when nobody says otherwise.
    fn default() -> Self {
        Self::Optimised
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_found_by_its_name() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_name(mode.name()).unwrap(), *mode);
            assert!(mode.doc().ends_with('.'), "{mode}: {:?}", mode.doc());
        }
        let error = Mode::from_name("fastest").unwrap_err();
        assert_eq!(error.kind(), Kind::ArgumentType);
        assert!(error.message().contains("\"fastest\"") && error.message().contains("signal-free"), "{error}");
    }

    #[test]
    fn a_mode_is_more_than_its_name() {
        let settings = |mode: Mode| {
            let config = mode.config(Config::new());
            let module = mode.module(&Engine::new(&config).unwrap(), b"\0asm\x01\0\0\0").unwrap();
            let code = (config.get_compile(), module.is_precompiled());
            (config.get_opt_level(), config.get_signals(), config.get_interpreter(), code)
        };
        for (at, mode) in Mode::ALL.iter().enumerate() {
            assert!(Mode::ALL[..at].iter().all(|other| settings(*other) != settings(*mode)), "{mode}");
        }
        assert_eq!(settings(Mode::default()), settings(Mode::Optimised));
    }
}
