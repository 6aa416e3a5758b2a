//! Just enough of a run-time side to run compiled code: no traps, no growth, one instance.

use std::mem::offset_of;
use std::ptr::null_mut;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::super::output::CompiledModule;
use super::super::*;
use crate::parse::{ExternIndex, ModuleInfo, parse, text_to_binary};
use crate::types::layout::*;
use crate::types::{FuncType, ModuleLimits, Proposals};

/// What polls read: nobody asks.
static NOTHING_ASKED: u32 = 0;

/// Code in executable memory.
struct Mapped {
    base: *mut u8,
    length: usize,
}

impl Mapped {
    fn new(code: &[u8]) -> Self {
        let length = code.len().max(1);
        // SAFETY: a fresh private mapping, written before it becomes executable; nobody else knows of it.
        let base = unsafe {
            let base =
                mmap_anonymous(null_mut(), length, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE).unwrap();
            base.cast::<u8>().copy_from_nonoverlapping(code.as_ptr(), code.len());
            mprotect(base, length, MprotectFlags::READ | MprotectFlags::EXEC).unwrap();
            base.cast()
        };
        Self { base, length }
    }

    fn at(&self, offset: u32) -> WasmCode {
        self.base.wrapping_add(offset as usize)
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and no code of it is running.
        unsafe { munmap(self.base.cast(), self.length).unwrap() };
    }
}

unsafe extern "C" fn unexpected_raise(_: *mut InstanceContext) {
    std::process::abort();
}

unsafe extern "C" fn unexpected_trap(_: *mut InstanceContext, _: u32) {
    std::process::abort();
}

/// An instance whose context is filled in by hand. Boxes keep what the context points to where it is.
pub(super) struct Instance {
    info: ModuleInfo,
    layout: InstanceLayout,
    pub(super) module: CompiledModule,
    code: Mapped,
    compiler: Compiler,
    pub(super) store: Box<StoreContext>,
    type_ids: Vec<u32>,
    code_table: Vec<WasmCode>,
    tables: Vec<Vec<usize>>,
    memories: Vec<Vec<u8>>,
    hosts: Vec<(Box<HostFuncContext>, Mapped)>,
    /// Sixteen bytes each, as the alignment of globals asks for.
    context: Vec<u128>,
}

impl Instance {
    /// Compiles and links `text`; `host` stands behind every import.
    pub(super) fn new(settings: &Settings, text: &str, host: HostCall) -> Self {
        let bytes = text_to_binary(text).unwrap();
        let info = parse(&bytes, Proposals::default(), &ModuleLimits::default()).unwrap();
        let compiler = Compiler::new(settings).unwrap();
        let module = compiler.compile_module(&info, &bytes, &|_, _| {}).unwrap();
        let code = Mapped::new(&module.code);
        let layout = InstanceLayout::new(&info.counts);
        let mut instance = Self {
            store: Box::new(StoreContext { poll: &raw const NOTHING_ASKED, ..StoreContext::default() }),
            type_ids: info.type_ids.iter().map(|id| id.number()).collect(),
            code_table: module.functions.iter().map(|f| code.at(f.offset)).collect(),
            tables: info.tables.iter().map(|t| vec![0; t.min as usize]).collect(),
            memories: info.memories.iter().map(|m| vec![0; (m.min * PAGE_SIZE) as usize]).collect(),
            hosts: Vec::new(),
            context: vec![0; layout.size as usize / 16],
            info,
            layout,
            module,
            code,
            compiler,
        };
        instance.link_hosts(host);
        instance.fill_context();
        instance
    }

    fn link_hosts(&mut self, call: HostCall) {
        for index in 0..self.info.counts.imported_functions {
            let trampolines = self.compiler.trampolines(self.info.func_type(index)).unwrap();
            let code = Mapped::new(&trampolines.code);
            let entry = code.at(trampolines.wasm_to_host);
            let context = Box::new(HostFuncContext {
                magic: HOST_FUNC_MAGIC,
                call,
                store: &mut *self.store,
                raise: unexpected_raise,
                trap: unexpected_trap,
            });
            let at = self.layout.imported_function(index);
            let callee = std::ptr::from_ref(&*context) as usize;
            self.put(at + offset_of!(FunctionImport, code) as u32, entry as usize);
            self.put(at + offset_of!(FunctionImport, context) as u32, callee);
            self.hosts.push((context, code));
        }
    }

    fn fill_context(&mut self) {
        let context = self.context.as_mut_ptr() as usize;
        let (store, types) = (std::ptr::from_mut(&mut *self.store) as usize, self.type_ids.as_ptr() as usize);
        self.put(offset_of!(InstanceContext, store) as u32, store);
        self.put(offset_of!(InstanceContext, type_ids) as u32, types);
        self.put(offset_of!(InstanceContext, code_table) as u32, self.code_table.as_ptr() as usize);
        for (escape, function) in self.info.escaping.clone().into_iter().enumerate() {
            let at = self.layout.func_ref(escape as u32);
            let own = function - self.info.counts.imported_functions;
            let entry = self.code.at(self.module.functions[own as usize].offset) as usize;
            self.put(at + offset_of!(FuncRef, code) as u32, entry);
            self.put(at + offset_of!(FuncRef, context) as u32, context);
            let id = self.type_ids[self.info.functions[function as usize] as usize];
            self.put(at + offset_of!(FuncRef, type_id) as u32, id as usize);
        }
        for index in 0..self.tables.len() {
            let (base, length) = (self.tables[index].as_ptr() as usize, self.tables[index].len());
            let at = self.layout.own_table(index as u32);
            self.put(at + offset_of!(TableDefinition, base) as u32, base);
            self.put(at + offset_of!(TableDefinition, length) as u32, length);
        }
        for index in 0..self.memories.len() {
            let (base, length) = (self.memories[index].as_ptr() as usize, self.memories[index].len());
            let at = self.layout.own_memory(index as u32);
            self.put(at + offset_of!(MemoryDefinition, base) as u32, base);
            self.put(at + offset_of!(MemoryDefinition, length) as u32, length);
        }
    }

    fn put(&mut self, at: u32, value: usize) {
        let bytes = self.context.as_mut_ptr().cast::<u8>();
        // SAFETY: all offsets come from the layout that the context was made for, and words of it are aligned.
        unsafe { bytes.add(at as usize).cast::<usize>().write(value) }
    }

    /// Calls an export through its signature's trampoline.
    pub(super) fn call(&self, name: &str, arguments: &[RawValue]) -> Vec<RawValue> {
        let Some(ExternIndex::Func(function)) = self.info.export(name).map(|e| e.index) else { panic!("no {name}") };
        let ty: &FuncType = self.info.func_type(function);
        let trampolines = self.compiler.trampolines(ty).unwrap();
        let code = Mapped::new(&trampolines.code);
        let context = self.context.as_ptr().cast::<u8>().cast_mut();
        let callee = context.wrapping_add(self.layout.func_ref(self.info.escapes[&function]) as usize);
        let mut values = vec![RawValue::default(); ty.params().len().max(ty.results().len())];
        values[..arguments.len()].copy_from_slice(arguments);
        // SAFETY: the code was made for this signature, and the context is filled in as the layout says.
        unsafe {
            let enter: ArrayCall = std::mem::transmute(code.at(trampolines.array_to_wasm));
            enter(callee.cast(), context, values.as_mut_ptr());
        }
        values.truncate(ty.results().len());
        values
    }

    /// Calls an export that takes and returns `i32`s.
    pub(super) fn call_i32(&self, name: &str, arguments: &[i32]) -> Vec<i32> {
        let arguments: Vec<_> = arguments.iter().map(|i32| RawValue { i32: *i32 }).collect();
        // SAFETY: any bytes are an `i32`.
        self.call(name, &arguments).iter().map(|value| unsafe { value.i32 }).collect()
    }

    /// Whether an address lies in the module's code.
    pub(super) fn is_code(&self, address: usize) -> bool {
        (self.code.base as usize..self.code.base as usize + self.code.length).contains(&address)
    }
}
