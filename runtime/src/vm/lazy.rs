//! Functions that are compiled when they are first called.
//!
//! ```text
//!  FuncRef -> first stub --+                        code table
//!                          +--> [ function 0 ] --> second stub: asks for the code, replaces the entry, goes on there
//!  a call in the module ---+    [ function 1 ] --> code of function 1
//! ```
//!
//! What is handed out of a module is the first stub, which stays right for ever; calls inside of the module read the table
//! themselves. Two threads that call the same function at once may both compile it: the faster one's code is used.

use std::ops::Range;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use bytes::Bytes;
use parking_lot::Mutex;

use super::code::Code;
use super::engine::Engine;
use super::mmap::host_page;
use super::symbols::Symbols;
use super::traps::{self, sys};
use crate::artifact::Tables;
use crate::compile::{CompiledFunction, CompiledModule, Workspace};
use crate::parse::ModuleInfo;
use crate::types::layout::WasmCode;
use crate::types::{Error, Result};

/// Address space that is reserved at once for code.
const CHUNK: usize = 16 << 20;
/// Compiling needs more stack than a guest has to leave: with less than this it is done on another thread, and also on a stack
/// whose end is unknown.
const STACK: Range<usize> = 512 << 10..usize::MAX;

/// The code of a module whose functions are compiled one by one.
pub(super) struct LazyCode {
    /// In a place of its own, which the stubs know.
    functions: Box<Functions>,
    /// Both stubs of each function.
    stubs: Arc<Code>,
    stub_size: usize,
}

/// What a stub leads to.
pub(in crate::vm) struct Functions {
    engine: Arc<Engine>,
    info: Arc<ModuleInfo>,
    bytes: Bytes,
    symbols: Arc<Symbols>,
    /// Where the code of each function that the module defines is.
    table: Box<[AtomicPtr<u8>]>,
    /// The addresses of the stubs.
    stubs: Range<usize>,
    made: Mutex<Made>,
}

/// Where code goes.
#[derive(Default)]
struct Made {
    /// The last one has room from `used` on.
    chunks: Vec<Arc<Code>>,
    used: usize,
    workspaces: Vec<Box<Workspace>>,
}

impl LazyCode {
    /// Nothing but stubs; `None` where there can be none.
    pub(super) fn new(
        engine: &Arc<Engine>,
        info: &Arc<ModuleInfo>,
        bytes: &Bytes,
        symbols: &Arc<Symbols>,
    ) -> Result<Option<Self>> {
        let Some(stubs) = sys::LAZY_STUBS.filter(|_| engine.compiles_lazily()) else { return Ok(None) };
        let mut functions = Box::new(Functions {
            engine: Arc::clone(engine),
            info: Arc::clone(info),
            bytes: bytes.clone(),
            symbols: Arc::clone(symbols),
            table: info.bodies.iter().map(|_| AtomicPtr::default()).collect(),
            stubs: 0..0,
            made: Mutex::default(),
        });
        let own = &raw const *functions as usize;
        let mut written = Vec::with_capacity(functions.table.len() * stubs.size);
        for (entry, function) in functions.table.iter().zip(0..) {
            (stubs.write)(ptr::from_ref(entry) as usize, own, function, &mut written);
        }
        let known = |function: usize| CompiledFunction {
            offset: (function * stubs.size) as u32,
            length: stubs.size as u32,
            ..CompiledFunction::default()
        };
        let tables = Tables::of(&(0..functions.table.len()).map(known).collect::<Vec<_>>());
        let code = Code::publish(&written, tables, Some(Arc::clone(symbols)), engine.code_kind())?;
        for (function, entry) in functions.table.iter_mut().enumerate() {
            *entry.get_mut() = code.base().wrapping_add(function * stubs.size + stubs.second).cast_mut();
        }
        functions.stubs = code.base() as usize..code.base() as usize + code.len();
        Ok(Some(Self { functions, stubs: code, stub_size: stubs.size }))
    }

    /// The code table, for contexts of instances.
    pub(super) fn table(&self) -> *const WasmCode {
        self.functions.table.as_ptr().cast()
    }

    /// What others call to call a function that the module defines.
    pub(super) fn entry(&self, function: u32) -> WasmCode {
        self.stubs.base().wrapping_add(function as usize * self.stub_size)
    }

    /// How many functions have code.
    pub(super) fn compiled(&self) -> usize {
        let has_code = |entry: &&AtomicPtr<u8>| !self.functions.stubs.contains(&(entry.load(Acquire) as usize));
        self.functions.table.iter().filter(has_code).count()
    }
}

impl Functions {
    /// The code of a function that the module defines, compiled if it has none.
    fn code(&self, function: u32) -> Result<WasmCode> {
        let entry = &self.table[function as usize];
        let before = entry.load(Acquire);
        if !self.stubs.contains(&(before as usize)) {
            return Ok(before);
        }
        let mut workspace = self.made.lock().workspaces.pop().unwrap_or_else(|| Box::new(Workspace::new()));
        // What a failure leaves behind in the workspace goes with it.
        let compile = || {
            let compiler = self.engine.compiler();
            let compiled = compiler.compile_function(&self.info, &self.bytes, function as usize, &mut workspace)?;
            Ok::<_, Error>((compiled, workspace))
        };
        let (compiled, workspace) = self.engine.in_pool(!STACK.contains(&traps::left()), compile)??;
        let made = self.publish(&compiled, function, workspace)?;
        match entry.compare_exchange(before, made.cast_mut(), AcqRel, Acquire) {
            Ok(_) => Ok(made),
            Err(faster) => Ok(faster),
        }
    }

    fn publish(&self, compiled: &CompiledModule, function: u32, workspace: Box<Workspace>) -> Result<WasmCode> {
        let mut made = self.made.lock();
        made.workspaces.push(workspace);
        let len = compiled.code.len().next_multiple_of(host_page());
        let chunk = match made.chunks.last() {
            Some(chunk) if made.used + len <= chunk.len() => Arc::clone(chunk),
            _ => {
                let chunk = Code::empty(CHUNK.max(len), Arc::clone(&self.symbols))?;
                made.chunks.push(Arc::clone(&chunk));
                made.used = 0;
                chunk
            }
        };
        let start = made.used;
        made.used += len;
        let begin = chunk.add(start, &compiled.code, function, Tables::of(&compiled.functions))?;
        Ok(begin.wrapping_add(compiled.functions[0].offset as usize))
    }
}

/// Called by the assembly in `sys`: the code of a function; null after the error was left in the store. `fp` and `pc` are the
/// caller's frame and the address behind its call.
pub(in crate::vm) unsafe extern "C" fn code_of(
    code: *const Functions,
    function: u32,
    fp: usize,
    pc: usize,
) -> WasmCode {
    // SAFETY: a stub was called by a guest, in a store that keeps its module.
    let (functions, store) = unsafe { (&*code, traps::leave_guest(fp, pc)) };
    functions.code(function).unwrap_or_else(|error| {
        // SAFETY: the guest runs inside of the store.
        unsafe { store.leave_pending(error) };
        ptr::null()
    })
}
