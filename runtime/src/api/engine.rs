//! [`Engine`]: settings, compiler and everything that modules of one program share.

use std::sync::{Arc, OnceLock};

use crate::compile;
use crate::types::Result;
use crate::vm;

/// How hard the compiler tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Compile fast; the code runs about half as fast.
    None,
    /// Fast code.
    #[default]
    Speed,
    /// Fast code that is also small.
    SpeedAndSize,
}

/// Settings of an [`Engine`].
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) opt_level: OptLevel,
    pub(crate) threads: usize,
}

impl Config {
    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How hard the compiler tries. Default [`OptLevel::Speed`].
    #[must_use]
    pub fn opt_level(mut self, level: OptLevel) -> Self {
        self.opt_level = level;
        self
    }

    /// Threads that compile. Default 0: as many as the machine has.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
}

/// Settings, compiler and interned types. Cheap to clone; modules and stores of different engines do not mix.
#[derive(Clone)]
#[repr(transparent)]
pub struct Engine(pub(crate) Arc<vm::Engine>);

impl Engine {
    /// An engine with these settings.
    ///
    /// # Errors
    ///
    /// [`Kind::CompileFailed`](crate::Kind::CompileFailed) when no code can be generated for this machine.
    pub fn new(config: &Config) -> Result<Self> {
        let opt_level = match config.opt_level {
            OptLevel::None => compile::OptLevel::None,
            OptLevel::Speed => compile::OptLevel::Speed,
            OptLevel::SpeedAndSize => compile::OptLevel::SpeedAndSize,
        };
        let settings = compile::Settings { opt_level, ..compile::Settings::default() };
        vm::Engine::new(&settings, config.threads).map(Self)
    }

    /// The handle that lies in a reference to its inside.
    pub(crate) fn from_ref(inner: &Arc<vm::Engine>) -> &Self {
        // SAFETY: `Engine` is transparent over the Arc.
        unsafe { &*std::ptr::from_ref(inner).cast() }
    }

    /// Whether both are handles of one engine.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Engine {
    /// The engine that all who ask for no other share.
    ///
    /// # Panics
    ///
    /// When no code can be generated for this machine; [`Engine::new`] tells why.
    fn default() -> Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(&Config::new()).expect("this machine is supported")).clone()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
