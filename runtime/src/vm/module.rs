//! A compiled module, ready to be instantiated.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use super::code::Code;
use super::engine::Engine;
use super::symbols::Symbols;
use crate::parse::ModuleInfo;
use crate::types::layout::{InstanceLayout, WasmCode};
use crate::types::{ModuleLimits, Result, Trap};

/// A compiled module.
pub(crate) struct Module {
    engine: Arc<Engine>,
    info: Arc<ModuleInfo>,
    bytes: Arc<[u8]>,
    pub(super) layout: InstanceLayout,
    /// The number of each function type of the module.
    pub(super) type_ids: Box<[u32]>,
    /// Entry of each function that the module defines.
    pub(super) code_table: Box<[WasmCode]>,
    /// What phases above keep here.
    pub extension: OnceLock<Box<dyn Any + Send + Sync>>,
    /// Keeps what `code_table` points at.
    _code: Arc<Code>,
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
        engine.install_handlers()?;

        let (info, bytes) = (Arc::new(info), Arc::from(bytes));
        let offsets: Vec<usize> = compiled.functions.iter().map(|f| f.offset as usize).collect();
        let traps: Box<[(u32, Trap)]> = compiled.functions.iter().flat_map(|f| f.traps.iter().copied()).collect();
        let mut functions = compiled.functions;
        let call_sites = functions.iter_mut().flat_map(|f| std::mem::take(&mut f.call_sites)).collect();
        let symbols = Symbols::new(Arc::clone(&info), Arc::clone(&bytes), functions);
        let code = Code::publish(&compiled.code, traps, call_sites, Some(symbols), engine.code_kind())?;
        let entry = |offset: &usize| code.base().wrapping_add(*offset);
        Ok(Arc::new(Self {
            engine: Arc::clone(engine),
            layout: InstanceLayout::new(&info.counts),
            type_ids: info.type_ids.iter().map(|id| id.number()).collect(),
            code_table: offsets.iter().map(entry).collect(),
            extension: OnceLock::new(),
            info,
            bytes,
            _code: code,
        }))
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
