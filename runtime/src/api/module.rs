//! [`Module`]: compiled code that can be looked into and instantiated any number of times.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use crate::types::{ExternType, Result};
use crate::vm;

/// A compiled module. Cheap to clone, shared between threads.
#[derive(Clone)]
pub struct Module(pub(crate) Arc<vm::Module>);

/// An import of a module.
#[derive(Clone, Debug)]
pub struct ImportType<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) ty: &'a ExternType,
}

/// An export of a module.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: ExternType,
}

impl<'a> ImportType<'a> {
    /// First part of the name.
    #[must_use]
    pub fn module(&self) -> &'a str {
        self.module
    }

    /// Second part of the name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What the module wants.
    #[must_use]
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl<'a> Export<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it is.
    #[must_use]
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl Module {
    /// Reads, validates and compiles a module in the binary format.
    ///
    /// # Errors
    ///
    /// Of the phases load, validate and compile.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::with_progress(engine, bytes, &|_, _| {})
    }

    /// The same of the text format.
    ///
    /// # Errors
    ///
    /// As [`Module::new`]; a fault in the text names line and column.
    pub fn from_text(engine: &Engine, text: &str) -> Result<Self> {
        let _ = (engine, text);
        todo!()
    }

    /// The same of a file: text when its name ends in `.wat`, else binary.
    ///
    /// # Errors
    ///
    /// As [`Module::new`], and [`Kind::Io`](crate::Kind::Io).
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Self> {
        let _ = (engine, path.as_ref());
        todo!()
    }

    /// [`Module::new`] that reports (functions compiled, functions in all) from the threads that compile.
    ///
    /// # Errors
    ///
    /// As [`Module::new`].
    pub fn with_progress(engine: &Engine, bytes: &[u8], progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Self> {
        let _ = (engine, bytes, progress);
        todo!()
    }

    /// Reads and validates without compiling.
    ///
    /// # Errors
    ///
    /// Of the phases load and validate.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        let _ = (engine, bytes);
        todo!()
    }

    /// The engine that compiled it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        todo!()
    }

    /// Its name, from the name section.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        todo!()
    }

    /// What it imports, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        std::iter::empty()
    }

    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        std::iter::empty()
    }

    /// The type of the export of this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<ExternType> {
        let _ = name;
        todo!()
    }

    /// Contents of the custom sections of this name, in order.
    pub fn custom_sections(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let _ = name;
        std::iter::empty()
    }

    /// Names of the custom sections, in order.
    pub fn custom_section_names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Whether both are handles of one module.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What a phase above keeps per module; made by whoever asks first, always of one type.
    #[allow(dead_code, reason = "for the phases above")]
    pub(crate) fn extension<T: Send + Sync + 'static>(&self, init: impl FnOnce() -> T) -> &T {
        let _ = init;
        todo!()
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}
