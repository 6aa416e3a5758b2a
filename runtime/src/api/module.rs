//! [`Module`]: compiled code that can be looked into and instantiated any number of times.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Engine, cache};
use crate::parse::{self, ModuleInfo};
use crate::types::{Error, ExternType, ModuleLimits, Result};
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
        Self::new(engine, &parse::text_to_binary(text)?)
    }

    /// The same of a file: text when its name ends in `.wat`, else binary.
    ///
    /// # Errors
    ///
    /// As [`Module::new`], and [`Kind::Io`](crate::Kind::Io).
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Self> {
        Self::new(engine, &Self::read_file(path.as_ref())?)
    }

    /// The bytes of a module in a file, text translated.
    pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
        let failed = |e| Error::io(format_args!("cannot read {}", path.display()), e);
        if path.extension().is_some_and(|e| e == "wat") {
            return parse::text_to_binary(&fs::read_to_string(path).map_err(failed)?).map(|bytes| bytes.to_vec());
        }
        fs::read(path).map_err(failed)
    }

    /// [`Module::new`] that reports (functions compiled, functions in all) from the threads that compile.
    ///
    /// # Errors
    ///
    /// As [`Module::new`].
    pub fn with_progress(engine: &Engine, bytes: &[u8], progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Self> {
        cache::module(engine, bytes, &engine.config().limits.module, progress)
    }

    /// [`Module::new`] with other limits than those of the engine.
    ///
    /// # Errors
    ///
    /// As [`Module::new`]; [`Kind::TooLarge`](crate::Kind::TooLarge) names the limit.
    pub fn with_limits(engine: &Engine, bytes: &[u8], limits: &ModuleLimits) -> Result<Self> {
        cache::module(engine, bytes, limits, &|_, _| {})
    }

    /// Reads and validates without compiling.
    ///
    /// # Errors
    ///
    /// Of the phases load and validate.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        engine.0.parse(bytes, &engine.config().limits.module).map(|_| ())
    }

    /// The engine that compiled it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        Engine::from_ref(self.0.engine())
    }

    /// How many of the functions that it defines have been compiled, and how many there are. Fewer only with
    /// [`Compile::Lazy`](crate::Compile::Lazy).
    #[must_use]
    pub fn compiled_functions(&self) -> (usize, usize) {
        (self.0.compiled(), self.info().bodies.len())
    }

    /// Its name, from the name section.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.info().names.module.as_deref()
    }

    /// What it imports, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.info().imports.iter().map(|i| ImportType { module: &i.module, name: &i.name, ty: &i.ty })
    }

    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.info().exports.iter().map(|e| Export { name: &e.name, ty: self.info().extern_type(e.index) })
    }

    /// The type of the export of this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<ExternType> {
        self.info().export(name).map(|e| self.info().extern_type(e.index))
    }

    /// Contents of the custom sections of this name, in order.
    pub fn custom_sections<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let wanted = move |section: &&'a (String, _)| section.0 == name;
        self.info().custom_sections.iter().filter(wanted).map(|(_, range)| &self.0.bytes()[range.clone()])
    }

    /// Names of the custom sections, in order.
    pub fn custom_section_names(&self) -> impl Iterator<Item = &str> {
        self.info().custom_sections.iter().map(|(name, _)| name.as_str())
    }

    /// Whether both are handles of one module.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What a phase above keeps per module; made by whoever asks first, always of one type.
    #[allow(dead_code, reason = "for the phases above")]
    pub(crate) fn extension<T: Send + Sync + 'static>(&self, init: impl FnOnce() -> T) -> &T {
        let kept = self.0.extension.get_or_init(|| Box::new(init()));
        kept.downcast_ref().expect("one type per module, since one phase asks")
    }

    pub(super) fn info(&self) -> &ModuleInfo {
        self.0.info()
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}
