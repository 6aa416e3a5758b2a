//! From an address in compiled code to a frame that a person can read.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use gimli::{EndianArcSlice, LittleEndian};
use parking_lot::Mutex;

use crate::parse::{ExternIndex, ModuleInfo};
use crate::types::Frame;

type Dwarf = addr2line::Context<EndianArcSlice<LittleEndian>>;

/// What a module says about its functions.
pub(super) struct Symbols {
    info: Arc<ModuleInfo>,
    bytes: Bytes,
    /// Read from the custom sections when the first backtrace asks.
    dwarf: OnceLock<Option<Mutex<Dwarf>>>,
}

impl Symbols {
    pub(super) fn new(info: Arc<ModuleInfo>, bytes: Bytes) -> Self {
        Self { info, bytes, dwarf: OnceLock::new() }
    }

    /// The frame of an instruction of the `defined`-th function that the module defines, which comes from this offset in the
    /// module.
    pub(super) fn frame(&self, defined: u32, module_offset: Option<u32>) -> Frame {
        let func_index = self.info.counts.imported_functions + defined;
        let (file, line) = module_offset.and_then(|at| self.source(at)).unwrap_or_default();
        Frame {
            module: self.info.names.module.clone(),
            func_index,
            func_name: function_name(&self.info, func_index),
            module_offset,
            file,
            line,
        }
    }

    /// The name of the `defined`-th function that the module defines.
    pub(super) fn function_name(&self, defined: u32) -> Option<String> {
        function_name(&self.info, self.info.counts.imported_functions + defined)
    }

    fn source(&self, module_offset: u32) -> Option<(Option<String>, Option<u32>)> {
        let dwarf = self.dwarf.get_or_init(|| self.read_dwarf().map(Mutex::new)).as_ref()?.lock();
        // DWARF for WebAssembly counts from the contents of the code section.
        let probe = u64::from(module_offset).checked_sub(self.info.code_section_start as u64)?;
        let location = dwarf.find_location(probe).ok()??;
        Some((location.file.map(str::to_owned), location.line))
    }

    fn read_dwarf(&self) -> Option<Dwarf> {
        let section = |name: &str| {
            let range = self.info.custom_sections.iter().find(|(n, _)| n == name).map(|(_, range)| range.clone());
            EndianArcSlice::new(Arc::from(&self.bytes[range.unwrap_or(0..0)]), LittleEndian)
        };
        if section(".debug_info").is_empty() {
            return None;
        }
        let load = |id: gimli::SectionId| Ok::<_, gimli::Error>(section(id.name()));
        Dwarf::from_dwarf(gimli::Dwarf::load(load).ok()?).ok()
    }
}

/// The name of a function for people: from the name section, else of its first export.
pub(crate) fn function_name(info: &ModuleInfo, index: u32) -> Option<String> {
    let named = || info.names.functions.get(&index).map(|name| demangled(name));
    let exported = || info.exports.iter().find(|e| e.index == ExternIndex::Func(index)).map(|e| e.name.clone());
    named().or_else(exported)
}

fn demangled(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        // The alternate form leaves out the hash.
        Ok(readable) => format!("{readable:#}"),
        Err(_) => Cow::Borrowed(name).into_owned(),
    }
}
