//! A compiled module, ready to be instantiated.

use std::any::Any;
use std::fs::File;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::code::Code;
use super::engine::Engine;
use super::lazy::LazyCode;
use super::mmap::host_page;
use super::symbols::Symbols;
use crate::artifact::{self, Tables};
use crate::parse::ModuleInfo;
use crate::types::layout::{InstanceLayout, WasmCode};
use crate::types::{Error, Kind, ModuleLimits, Phase, Result};

/// A compiled module.
pub(crate) struct Module {
    engine: Arc<Engine>,
    info: Arc<ModuleInfo>,
    bytes: Bytes,
    precompiled: bool,
    pub(super) layout: InstanceLayout,
    /// The number of each function type of the module.
    pub(super) type_ids: Box<[u32]>,
    /// What phases above keep here.
    pub extension: OnceLock<Box<dyn Any + Send + Sync>>,
    code: ModuleCode,
}

/// Where the code of the functions is that a module defines.
enum ModuleCode {
    /// All in one piece, and the entry of each.
    Whole(Arc<Code>, Box<[WasmCode]>),
    /// Made when it is called.
    Lazy(LazyCode),
}

impl ModuleCode {
    fn whole(code: Arc<Code>) -> Self {
        let functions = code.tables().map(Tables::functions).into_iter().flatten();
        let table = functions.map(|(offset, _)| code.base().wrapping_add(offset as usize)).collect();
        Self::Whole(code, table)
    }
}

// SAFETY: never changed after it was made; the addresses are of code that is kept.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Module {
    /// Reads, validates, compiles and publishes a module.
    pub(crate) fn new(
        engine: &Arc<Engine>,
        bytes: &[u8],
        limits: &ModuleLimits,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Arc<Self>> {
        let info = engine.parse(bytes, limits)?;
        let bytes = Bytes::copy_from_slice(bytes);
        Self::assemble(engine, info, bytes.clone(), false, |info, symbols| {
            if let Some(lazy) = LazyCode::new(engine, info, &bytes, &symbols)? {
                return Ok(ModuleCode::Lazy(lazy));
            }
            let compiled = engine.compile(engine.compiler(), info, &bytes, progress)?;
            let tables = Tables::of(&compiled.functions);
            Code::publish(&compiled.code, tables, Some(symbols), engine.code_kind()).map(ModuleCode::whole)
        })
    }

    /// A module from an artifact that begins at `base` in these bytes; `file` is where they are mapped from, if they are.
    ///
    /// # Safety
    ///
    /// The artifact was made by this library. It is checked for damage only.
    pub(crate) unsafe fn from_artifact(
        engine: &Arc<Engine>,
        bytes: &Bytes,
        base: usize,
        file: Option<&File>,
        limits: &ModuleLimits,
    ) -> Result<Arc<Self>> {
        let read = || artifact::read(bytes, base, &engine.fingerprint());
        let artifact = engine.in_pool(bytes.len() >= (1 << 20), read)??;
        let info = engine.outline(&artifact.source, limits)?;
        if artifact.tables.functions().len() != info.bodies.len() {
            let text = "the native code has another number of functions than its module";
            return Err(Error::new(Phase::Load, Kind::ArtifactDamaged, text));
        }
        let (code, range, tables) = (artifact.code, artifact.code_range, artifact.tables);
        Self::assemble(engine, info, artifact.source, true, |_, symbols| {
            let code = match file {
                Some(file) if !code.is_empty() && range.start.is_multiple_of(host_page()) => {
                    Code::map(file, range, tables, symbols, engine.code_kind())
                }
                _ => Code::publish(&code, tables, Some(symbols), engine.code_kind()),
            };
            code.map(ModuleCode::whole)
        })
    }

    fn assemble(
        engine: &Arc<Engine>,
        info: ModuleInfo,
        bytes: Bytes,
        precompiled: bool,
        code: impl FnOnce(&Arc<ModuleInfo>, Arc<Symbols>) -> Result<ModuleCode>,
    ) -> Result<Arc<Self>> {
        let info = Arc::new(info);
        let code = code(&info, Arc::new(Symbols::new(Arc::clone(&info), bytes.clone())))?;
        engine.install_handlers()?;
        Ok(Arc::new(Self {
            engine: Arc::clone(engine),
            layout: InstanceLayout::new(&info.counts),
            type_ids: info.type_ids.iter().map(|id| id.number()).collect(),
            extension: OnceLock::new(),
            info,
            bytes,
            precompiled,
            code,
        }))
    }

    /// The module and its code as one file.
    ///
    /// # Errors
    ///
    /// As [`Module::new`], of a module that is compiled only now.
    pub(crate) fn write(&self, universal: bool) -> Result<Vec<u8>> {
        let write = if universal { artifact::write_universal } else { artifact::write_native };
        let write = |tables: &[u8], code: &[u8]| {
            write(&self.engine.fingerprint(), &artifact::Source { bytes: &self.bytes, tables, code })
        };
        if let ModuleCode::Whole(code, _) = &self.code
            && let Some(tables) = code.tables()
        {
            return Ok(write(tables.bytes(), code.bytes()));
        }
        let compiler = self.engine.whole_compiler()?;
        let compiled = self.engine.compile(&compiler, &self.info, &self.bytes, &|_, _| {})?;
        Ok(write(&Tables::pack(&compiled.functions), &compiled.code))
    }

    /// The code table, for contexts of instances.
    pub(super) fn code_table(&self) -> *const WasmCode {
        match &self.code {
            ModuleCode::Whole(_, table) => table.as_ptr(),
            ModuleCode::Lazy(lazy) => lazy.table(),
        }
    }

    /// What others call to call a function that the module defines.
    pub(super) fn entry(&self, own: u32) -> WasmCode {
        match &self.code {
            ModuleCode::Whole(_, table) => table[own as usize],
            ModuleCode::Lazy(lazy) => lazy.entry(own),
        }
    }

    pub(super) fn lazy(&self) -> Option<&LazyCode> {
        match &self.code {
            ModuleCode::Whole(..) => None,
            ModuleCode::Lazy(lazy) => Some(lazy),
        }
    }

    /// Whether its functions are compiled when they are called.
    pub(crate) fn is_lazy(&self) -> bool {
        self.lazy().is_some()
    }

    /// How many of the functions that it defines have code.
    pub(crate) fn compiled(&self) -> usize {
        self.lazy().map_or(self.info.bodies.len(), LazyCode::compiled)
    }

    /// Whether its code comes from an artifact.
    pub(crate) fn is_precompiled(&self) -> bool {
        self.precompiled
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(crate) fn info(&self) -> &ModuleInfo {
        &self.info
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
