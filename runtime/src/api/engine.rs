//! [`Engine`]: compiler and everything that modules of one program share.

use std::sync::{Arc, OnceLock};

use crate::types::{Config, Result};
use crate::vm;

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
        vm::Engine::new(config).map(Self)
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.0.config()
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
