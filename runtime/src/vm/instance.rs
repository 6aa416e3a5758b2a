//! SANDBOX-CRITICAL: an instance: its context as [`InstanceLayout`](crate::types::layout::InstanceLayout) says, filled from
//! module and imports.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;

use super::builtins::BUILTINS;
use super::constant;
use super::exception::Tag;
use super::memory::Memory;
use super::module::Module;
use super::segments::Dropped;
use super::shared_memory::SharedMemory;
use super::store::{Inside, Store};
use super::table::Table;
use crate::parse::ConstExpr;
use crate::types::Result;
use crate::types::layout::{FuncRef, FunctionImport, GlobalSlot, INSTANCE_MAGIC, InstanceContext, RawValue};

/// What satisfies an import; its type was compared before.
#[derive(Clone)]
pub(crate) enum Import {
    /// A function.
    Func(NonNull<FuncRef>),
    /// A memory.
    Memory(NonNull<Memory>),
    /// A memory that is in no store or in several.
    SharedMemory(Arc<SharedMemory>),
    /// A table.
    Table(NonNull<Table>),
    /// A global.
    Global(NonNull<GlobalSlot>),
    /// A tag.
    Tag(NonNull<Tag>),
}

/// An instance.
pub(crate) struct Instance {
    pub(super) context: NonNull<InstanceContext>,
    module: Arc<Module>,
    store: *const Store,
    memories: Box<[NonNull<Memory>]>,
    tables: Box<[NonNull<Table>]>,
    globals: Box<[NonNull<GlobalSlot>]>,
    tags: Box<[NonNull<Tag>]>,
    pub(super) dropped: RefCell<Dropped>,
}

/// The memory of a context.
pub(super) struct Context {
    base: NonNull<u8>,
    layout: Layout,
}

impl Context {
    fn new(size: u32) -> Self {
        let layout = Layout::from_size_align(size as usize, 16).expect("a size below 4 GiB");
        // SAFETY: a context is never empty.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout));
        Self { base, layout }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

/// Writes the variable parts of a context by offset.
#[derive(Clone, Copy)]
struct Writer(NonNull<u8>);

impl Writer {
    /// # Safety
    ///
    /// The offset comes from the layout of this context and is that of a `T`.
    unsafe fn at<T>(self, offset: u32) -> NonNull<T> {
        // SAFETY: within the context.
        unsafe { self.0.add(offset as usize).cast() }
    }
}

impl Instance {
    /// Makes an instance up to, but without, running segments and the start function.
    pub(crate) fn new(
        store: &Arc<Store>,
        inside: &Inside<'_>,
        module: &Arc<Module>,
        imports: &[Import],
    ) -> Result<NonNull<Self>> {
        let context = store.add_context(inside, Context::new(module.layout.size))?;
        // SAFETY: contexts stay as long as the store.
        let base = unsafe { context.as_ref() }.base;
        let mut made = Making {
            store,
            inside,
            module,
            at: Writer(base),
            memories: vec![],
            tables: vec![],
            globals: vec![],
            tags: vec![],
        };
        made.imports(imports);
        made.memories()?;
        made.tags();
        // SAFETY: the layout is that of this context.
        unsafe { made.func_refs() };
        made.globals();
        made.tables()?;
        let Making { memories, tables, globals, tags, .. } = made;
        let instance = store.add_instance(
            inside,
            Self {
                context: base.cast(),
                module: Arc::clone(module),
                store: Arc::as_ptr(store),
                memories: memories.into(),
                tables: tables.into(),
                globals: globals.into(),
                tags: tags.into(),
                dropped: RefCell::new(Dropped::new(module.info())),
            },
        );
        // SAFETY: the context begins with the header, and compiled code sees it only from now on.
        unsafe {
            base.cast().write(InstanceContext {
                magic: INSTANCE_MAGIC,
                store: store.context(),
                builtins: &raw const BUILTINS,
                type_ids: module.type_ids.as_ptr(),
                code_table: module.code_table(),
                instance: instance.as_ptr().cast(),
            });
        }
        Ok(instance)
    }

    /// The instance of a context.
    ///
    /// # Safety
    ///
    /// The context is a live instance's.
    pub(crate) unsafe fn of<'a>(context: *mut InstanceContext) -> &'a Self {
        // SAFETY: written in `new`, valid as long as the store.
        unsafe { &*(*context).instance.cast() }
    }

    pub(crate) fn module(&self) -> &Arc<Module> {
        &self.module
    }

    pub(super) fn store(&self) -> &Store {
        // SAFETY: the instance lies in the store.
        unsafe { &*self.store }
    }

    /// Memory `index`.
    pub(crate) fn memory(&self, index: u32) -> Option<NonNull<Memory>> {
        self.memories.get(index as usize).copied()
    }

    /// Table `index`.
    pub(crate) fn table(&self, index: u32) -> NonNull<Table> {
        self.tables[index as usize]
    }

    /// Global `index`.
    pub(crate) fn global(&self, index: u32) -> NonNull<GlobalSlot> {
        self.globals[index as usize]
    }

    /// Shows every externref in the instance's globals to `f`, imported globals included. Under the store's lock, while no guest
    /// runs.
    pub(super) fn externrefs(&self, mut f: impl FnMut(usize)) {
        for (slot, ty) in self.globals.iter().zip(&self.module.info().globals) {
            if ty.content.is_externref() {
                // SAFETY: slots live as long as the store, and this one holds an externref.
                f(unsafe { (*slot.as_ptr()).value.externref });
            }
        }
    }

    /// Tag `index`.
    pub(crate) fn tag(&self, index: u32) -> NonNull<Tag> {
        self.tags[index as usize]
    }

    /// The reference of function `index`, which escapes.
    pub(crate) fn func(&self, index: u32) -> NonNull<FuncRef> {
        let escape = self.module.info().escapes[&index];
        // SAFETY: an offset of this context's layout.
        unsafe { Writer(self.context.cast()).at(self.module.layout.func_ref(escape)) }
    }

    /// The value of a constant expression.
    pub(super) fn evaluate(&self, expression: &ConstExpr) -> RawValue {
        // SAFETY: the module was validated, and its globals are filled.
        unsafe { constant::evaluate(expression, &self.globals, |index| self.func(index)) }
    }
}

/// An instance that is being made.
struct Making<'a> {
    store: &'a Arc<Store>,
    inside: &'a Inside<'a>,
    module: &'a Arc<Module>,
    at: Writer,
    memories: Vec<NonNull<Memory>>,
    tables: Vec<NonNull<Table>>,
    globals: Vec<NonNull<GlobalSlot>>,
    tags: Vec<NonNull<Tag>>,
}

impl Making<'_> {
    fn explicit_traps(&self) -> bool {
        self.module.engine().config().explicit_traps()
    }

    fn imports(&mut self, imports: &[Import]) {
        let layout = &self.module.layout;
        let mut functions = 0;
        for import in imports {
            // SAFETY: every offset is of the layout of this context, every import is alive.
            unsafe {
                match import {
                    Import::Func(func) => {
                        let FuncRef { code, context, .. } = *func.as_ptr();
                        self.at.at(layout.imported_function(functions)).write(FunctionImport { code, context });
                        functions += 1;
                    }
                    Import::Memory(memory) => self.push_memory(*memory),
                    Import::SharedMemory(shared) => {
                        let memory = Memory::of_shared(Arc::clone(shared));
                        self.push_memory(self.store.add_memory(self.inside, memory));
                    }
                    Import::Table(table) => {
                        self.at.at(layout.table(self.tables.len() as u32)).write(table.as_ref().definition());
                        self.tables.push(*table);
                    }
                    Import::Global(global) => {
                        self.at.at(layout.imported_global(self.globals.len() as u32)).write(*global);
                        self.globals.push(*global);
                    }
                    Import::Tag(tag) => {
                        self.at.at(layout.tag(self.tags.len() as u32)).write(*tag);
                        self.tags.push(*tag);
                    }
                }
            }
        }
    }

    fn tags(&mut self) {
        let info = self.module.info();
        for index in info.counts.imported_tags..info.counts.tags {
            let tag = Tag::new(info.tag_type(index).clone(), info.tag_name(index));
            let tag = self.store.add_tag(self.inside, tag);
            // SAFETY: an offset of the layout of this context.
            unsafe { self.at.at(self.module.layout.tag(index)).write(tag) };
            self.tags.push(tag);
        }
    }

    /// Makes `memory` the next one.
    ///
    /// # Safety
    ///
    /// It is alive, and the layout has room for one more.
    unsafe fn push_memory(&mut self, memory: NonNull<Memory>) {
        // SAFETY: an offset of the layout of this context.
        unsafe {
            self.at.at(self.module.layout.memory(self.memories.len() as u32)).write(memory.as_ref().definition())
        };
        self.memories.push(memory);
    }

    fn memories(&mut self) -> Result<()> {
        let (info, layout) = (self.module.info(), &self.module.layout);
        for (own, ty) in (0..).zip(&info.memories[info.counts.imported_memories as usize..]) {
            let memory = if ty.shared {
                // It outlives this context when somebody else uses it, so that its definition is not in here.
                Memory::of_shared(SharedMemory::new(*ty, self.store.quota(), self.explicit_traps())?)
            } else {
                // SAFETY: an offset of the layout of this context.
                let place = unsafe { self.at.at(layout.own_memory(own)) };
                Memory::new(*ty, Some(place), self.store.quota(), self.explicit_traps())?
            };
            // SAFETY: the layout has room for all memories of the module.
            unsafe { self.push_memory(self.store.add_memory(self.inside, memory)) };
        }
        Ok(())
    }

    /// # Safety
    ///
    /// Imports are written.
    unsafe fn func_refs(&mut self) {
        let (info, layout) = (self.module.info(), &self.module.layout);
        for (escape, function) in (0..).zip(&info.escaping) {
            let own = function.checked_sub(info.counts.imported_functions);
            // SAFETY: offsets of the layout of this context.
            unsafe {
                let (code, context) = match own {
                    Some(own) => (self.module.entry(own), self.at.0.as_ptr()),
                    None => {
                        let import = self.at.at::<FunctionImport>(layout.imported_function(*function));
                        (import.as_ref().code, import.as_ref().context)
                    }
                };
                let type_id = self.module.type_ids[info.functions[*function as usize] as usize];
                self.at.at(layout.func_ref(escape)).write(FuncRef { code, context, type_id });
            }
        }
    }

    fn evaluate(&self, expression: &ConstExpr) -> RawValue {
        let func = |index| {
            let escape = self.module.info().escapes[&index];
            // SAFETY: an offset of the layout of this context.
            unsafe { self.at.at(self.module.layout.func_ref(escape)) }
        };
        // SAFETY: the module was validated, which allows only globals that come earlier, and those are filled.
        unsafe { constant::evaluate(expression, &self.globals, func) }
    }

    fn globals(&mut self) {
        let (info, layout) = (self.module.info(), &self.module.layout);
        for (own, init) in (0..).zip(&info.global_inits) {
            let value = self.evaluate(init);
            // SAFETY: an offset of the layout of this context.
            let slot = unsafe { self.at.at(layout.own_global(own)) };
            // SAFETY: nobody else knows the slot yet.
            unsafe { slot.write(GlobalSlot { value }) };
            self.store.exceptions().note_global(info.globals[self.globals.len()].content, slot);
            self.globals.push(slot);
        }
    }

    fn tables(&mut self) -> Result<()> {
        let (info, layout) = (self.module.info(), &self.module.layout);
        let own_tables = &info.tables[info.counts.imported_tables as usize..];
        for ((own, ty), init) in (0..).zip(own_tables).zip(&info.table_inits) {
            // SAFETY: a table's initial value is a reference.
            let init = init.as_ref().map_or(0, |expression| unsafe { self.evaluate(expression).funcref });
            // SAFETY: offsets of the layout of this context.
            unsafe {
                let place = self.at.at(layout.own_table(own));
                let table = Table::new(*ty, init, Some(place), self.store.quota())?;
                self.at.at(layout.table(self.tables.len() as u32)).write(place);
                self.tables.push(self.store.add_table(self.inside, table));
            }
        }
        Ok(())
    }
}
