//! From an address in compiled code to a frame that a person can read.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use gimli::{EndianArcSlice, LittleEndian};
use parking_lot::Mutex;

use crate::compile::CompiledFunction;
use crate::parse::{ExternIndex, ModuleInfo};
use crate::types::Frame;

type Dwarf = addr2line::Context<EndianArcSlice<LittleEndian>>;

/// What is known of the functions of a module's code.
pub(super) struct Symbols {
    pub(super) info: Arc<ModuleInfo>,
    bytes: Arc<[u8]>,
    functions: Vec<CompiledFunction>,
    /// Read from the custom sections when the first backtrace asks.
    dwarf: OnceLock<Option<Mutex<Dwarf>>>,
}

impl Symbols {
    pub(super) fn new(info: Arc<ModuleInfo>, bytes: Arc<[u8]>, functions: Vec<CompiledFunction>) -> Self {
        Self { info, bytes, functions, dwarf: OnceLock::new() }
    }

    /// The index of the function that `offset` lies in.
    pub(super) fn function_at(&self, offset: u32) -> Option<u32> {
        Some(self.defined_at(offset)?.0)
    }

    fn defined_at(&self, offset: u32) -> Option<(u32, &CompiledFunction)> {
        let behind = self.functions.partition_point(|f| f.offset <= offset);
        let position = behind.checked_sub(1)?;
        let function = &self.functions[position];
        let index = self.info.counts.imported_functions + position as u32;
        (offset - function.offset < function.length).then_some((index, function))
    }

    /// The frame of the instruction at `offset`.
    pub(super) fn frame(&self, offset: u32) -> Option<Frame> {
        let (func_index, function) = self.defined_at(offset)?;
        let behind = function.addresses.partition_point(|a| a.code_offset <= offset);
        let module_offset = behind.checked_sub(1).map(|i| function.addresses[i].module_offset);
        let (file, line) = module_offset.and_then(|at| self.source(at)).unwrap_or_default();
        Some(Frame {
            module: self.info.names.module.clone(),
            func_index,
            func_name: function_name(&self.info, func_index),
            module_offset,
            file,
            line,
        })
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
