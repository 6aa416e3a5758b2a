//! A compiled module, ready to be instantiated.

use std::any::Any;
use std::fs::File;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::code::Code;
use super::engine::Engine;
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
    /// Entry of each function that the module defines.
    pub(super) code_table: Box<[WasmCode]>,
    /// What phases above keep here.
    pub extension: OnceLock<Box<dyn Any + Send + Sync>>,
    /// What `code_table` points at.
    code: Arc<Code>,
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
        // Few functions are compiled by the thread that asks, and must not wake others.
        let many = info.bodies.len() > 8;
        let compiled = engine.in_pool(many, || engine.compiler().compile_module(&info, bytes, progress))??;
        let tables = Tables::of(&compiled.functions);
        Self::assemble(engine, info, Bytes::copy_from_slice(bytes), false, |symbols| {
            Code::publish(&compiled.code, tables, Some(symbols), engine.code_kind())
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
        Self::assemble(engine, info, artifact.source, true, |symbols| match file {
            Some(file) if !code.is_empty() && range.start.is_multiple_of(host_page()) => {
                Code::map(file, range, tables, symbols, engine.code_kind())
            }
            _ => Code::publish(&code, tables, Some(symbols), engine.code_kind()),
        })
    }

    fn assemble(
        engine: &Arc<Engine>,
        info: ModuleInfo,
        bytes: Bytes,
        precompiled: bool,
        code: impl FnOnce(Symbols) -> Result<Arc<Code>>,
    ) -> Result<Arc<Self>> {
        engine.install_handlers()?;
        let info = Arc::new(info);
        let code = code(Symbols::new(Arc::clone(&info), bytes.clone()))?;
        let entry = |(offset, _): (u32, u32)| code.base().wrapping_add(offset as usize);
        Ok(Arc::new(Self {
            engine: Arc::clone(engine),
            layout: InstanceLayout::new(&info.counts),
            type_ids: info.type_ids.iter().map(|id| id.number()).collect(),
            code_table: code.tables().functions().map(entry).collect(),
            extension: OnceLock::new(),
            info,
            bytes,
            precompiled,
            code,
        }))
    }

    /// The module and its code as one file.
    pub(crate) fn write(&self, universal: bool) -> Vec<u8> {
        let source =
            artifact::Source { bytes: &self.bytes, tables: self.code.tables().bytes(), code: self.code.bytes() };
        let write = if universal { artifact::write_universal } else { artifact::write_native };
        write(&self.engine.fingerprint(), &source)
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
