//! What instances live in. One thread at a time is inside; everything in it goes when the last handle goes.

use std::cell::UnsafeCell;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};

use super::arena::Arena;
use super::engine::{Engine, Trampolines};
use super::exception::{Exception, Heap, Tag};
use super::host::{HostFn, HostFunc};
use super::instance::{Context, Instance};
use super::interpreter::{Interpreter, Machine};
use super::interrupt::{self, ServedCall};
use super::memory::Memory;
use super::metering::Meter;
use super::objects::{HostObject, Objects};
use super::table::Table;
use crate::types::interner;
use crate::types::layout::{FuncRef, GlobalSlot, RawValue, StoreContext};
use crate::types::{Error, FuncType, Kind, Limits, MemoryType, Phase, Result, TableType, TypeHandle, TypeId, ValType};

/// Instances and all that belongs to them.
pub(crate) struct Store {
    engine: Arc<Engine>,
    limits: Limits,
    quota: Quota,
    /// Where the engine makes bytecode.
    interpreter: Option<Interpreter>,
    context: UnsafeCell<StoreContext>,
    lock: ReentrantMutex<()>,
    measures_time: bool,
    served_call: ServedCall,
    /// Functions may be resolved while another thread is inside.
    trampolines: Mutex<HashMap<TypeId, Trampolines>>,
    /// Everything below only under the lock.
    meter: Meter,
    depth: Cell<u32>,
    pending: Cell<Option<Error>>,
    objects: RefCell<Objects>,
    /// What tables and globals of the host's refer to.
    types: RefCell<Vec<TypeHandle>>,
    instances: Arena<Instance>,
    memories: Arena<Memory>,
    tables: Arena<Table>,
    globals: Arena<HostGlobal>,
    /// Before the tags, which tell how large they are.
    exceptions: Heap,
    tags: Arena<Tag>,
    host_funcs: Arena<HostFunc>,
    /// Last, since memories and tables of instances have their definitions in here.
    contexts: Arena<Context>,
}

/// A call into a store that is not finished, until this is dropped: also by a panic.
pub(super) struct Unfinished<'a>(&'a Cell<u32>);

impl<'a> Unfinished<'a> {
    #[inline]
    pub(super) fn new(depth: &'a Cell<u32>) -> Self {
        depth.set(depth.get() + 1);
        Self(depth)
    }
}

impl Drop for Unfinished<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Proof that this thread is inside of a store.
pub(crate) type Inside<'a> = ReentrantMutexGuard<'a, ()>;

// SAFETY: what is not safe to share is only touched by the thread that holds the lock.
unsafe impl Sync for Store {}
// SAFETY: as above; host functions and objects in it are `Send + Sync`.
unsafe impl Send for Store {}

/// A global of the host's own. Begins with what compiled code knows of it.
#[repr(C)]
struct HostGlobal {
    slot: UnsafeCell<GlobalSlot>,
    is_externref: bool,
}

/// What is left of the limits on memory and tables.
pub(crate) struct Quota {
    memory_limit: u64,
    table_limit: u64,
    memory: AtomicU64,
    /// The most that `memory` has been.
    peak: AtomicU64,
    table: AtomicU64,
}

impl Quota {
    fn new(limits: &Limits) -> Self {
        Self {
            memory_limit: limits.memory,
            table_limit: limits.table,
            memory: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            table: AtomicU64::new(0),
        }
    }

    pub(super) fn memory_limit(&self) -> u64 {
        self.memory_limit
    }

    /// Nothing is charged to anybody.
    pub(crate) fn unlimited() -> Self {
        Self {
            memory_limit: u64::MAX,
            table_limit: u64::MAX,
            memory: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            table: AtomicU64::new(0),
        }
    }

    pub(super) fn take_memory(&self, bytes: u64) -> Result<()> {
        let taken = take(&self.memory, self.memory_limit, bytes).map(|used| {
            self.peak.fetch_max(used, Relaxed);
        });
        taken.map_err(|used| {
            let text = format!(
                "the limit on memory is {} bytes: {used} are in use and {bytes} more are wanted",
                self.memory_limit
            );
            Error::new(Phase::Execute, Kind::MemoryLimit, text)
        })
    }

    /// The most memory that was in use at a time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Lets the peak begin anew at what is in use.
    pub(super) fn reset_peak(&self) {
        self.peak.store(self.memory.load(Relaxed), Relaxed);
    }

    pub(super) fn give_memory(&self, bytes: u64) {
        self.memory.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn take_table(&self, elements: u64) -> Result<()> {
        take(&self.table, self.table_limit, elements).map(drop).map_err(|used| {
            let text = format!(
                "the limit on table elements is {}: {used} are in use and {elements} more are wanted",
                self.table_limit
            );
            Error::new(Phase::Execute, Kind::TableLimit, text)
        })
    }

    pub(super) fn give_table(&self, elements: u64) {
        self.table.fetch_sub(elements, Relaxed);
    }
}

/// What is in use afterwards; what is in use when the limit allows no more.
fn take(used: &AtomicU64, limit: u64, amount: u64) -> Result<u64, u64> {
    let added = |now: u64| now.checked_add(amount).filter(|sum| *sum <= limit);
    used.fetch_update(Relaxed, Relaxed, added).map(|before| before + amount)
}

impl Store {
    /// An empty store.
    pub(crate) fn new(engine: &Arc<Engine>, limits: Limits) -> Arc<Self> {
        // Without a limit fuel counts down from the largest number, which nothing uses up.
        let fuel = limits.fuel.unwrap_or(u64::MAX);
        Arc::new(Self {
            engine: Arc::clone(engine),
            quota: Quota::new(&limits),
            limits,
            interpreter: engine.config().interpreter.then(Interpreter::new),
            context: UnsafeCell::new(StoreContext { fuel, ..StoreContext::default() }),
            measures_time: engine.config().measure_time,
            meter: Meter::new(fuel),
            lock: ReentrantMutex::new(()),
            served_call: ServedCall::none(),
            depth: Cell::new(0),
            pending: Cell::new(None),
            trampolines: Mutex::default(),
            objects: RefCell::default(),
            types: RefCell::default(),
            instances: Arena::new(),
            memories: Arena::new(),
            tables: Arena::new(),
            globals: Arena::new(),
            tags: Arena::new(),
            exceptions: Heap::new(),
            host_funcs: Arena::new(),
            contexts: Arena::new(),
        })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    #[inline]
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn quota(&self) -> &Quota {
        &self.quota
    }

    /// Waits until no other thread is inside. For what cannot fail; all else takes its turn.
    #[inline]
    pub(crate) fn enter(&self) -> Inside<'_> {
        self.lock.lock()
    }

    /// Waits until no other thread is inside, or until what ends this thread's calls ends the wait.
    ///
    /// # Errors
    ///
    /// As [`take_turn`](interrupt::take_turn).
    #[inline]
    pub(crate) fn turn(&self) -> Result<Inside<'_>> {
        match self.lock.try_lock() {
            Some(inside) => Ok(inside),
            None => interrupt::take_turn(|| self.lock.lock(), |time| self.lock.try_lock_for(time)),
        }
    }

    /// Goes inside if no other thread is.
    pub(crate) fn try_enter(&self) -> Option<Inside<'_>> {
        self.lock.try_lock()
    }

    /// The call that it serves.
    #[inline]
    pub(super) fn served_call(&self) -> &ServedCall {
        &self.served_call
    }

    /// Ends the call that it serves now; `false` when there is none. From any thread.
    pub(crate) fn cancel(&self) -> bool {
        self.served_call.cancel()
    }

    /// Bytes of all memories.
    pub(crate) fn memory_used(&self) -> u64 {
        self.quota.memory.load(Relaxed)
    }

    #[inline]
    pub(super) fn context(&self) -> *mut StoreContext {
        self.context.get()
    }

    /// What is counted of it.
    #[inline]
    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    #[inline]
    pub(super) fn measures_time(&self) -> bool {
        self.measures_time
    }

    /// How many calls into the store are unfinished.
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    #[inline]
    pub(super) unsafe fn depth(&self) -> &Cell<u32> {
        &self.depth
    }

    /// What runs the guests of this store, if not the processor.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::machine`].
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    #[inline]
    pub(super) unsafe fn machine(&self) -> Result<Option<Machine>> {
        self.interpreter.as_ref().map(|interpreter| interpreter.machine(self.limits.stack)).transpose()
    }

    /// Shows `visit` every word that guests of this store may have in a register or on the stack of the interpreter, if one
    /// runs them.
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    pub(super) unsafe fn interpreter_words(&self, visit: &mut dyn FnMut(usize)) {
        if let Some(interpreter) = &self.interpreter {
            interpreter.words_in_use(visit);
        }
    }

    /// Leaves an error for whoever ends the activation.
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    #[inline]
    pub(super) unsafe fn leave_pending(&self, error: Error) {
        self.pending.set(Some(error));
    }

    /// Leaves the error of a host function for the guest around it: an exception of this store is thrown there.
    ///
    /// # Safety
    ///
    /// This thread holds the lock, and the guest raises at once.
    pub(super) unsafe fn leave_failure(&self, error: Error) {
        if let Some(exception) = Exception::of_error(&error)
            && ptr::eq(Arc::as_ptr(exception.store()), self)
        {
            // SAFETY: the caller's promise.
            unsafe { (*self.context()).thrown = exception.to_raw() };
        }
        self.pending.set(Some(error));
    }

    /// Takes the error that was left.
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    pub(super) unsafe fn take_pending(&self) -> Option<Error> {
        self.pending.take()
    }

    /// Whether `address` lies in a memory of this store or its guards. For the signal handler.
    ///
    /// # Safety
    ///
    /// This thread executes guest code of this store.
    pub(super) unsafe fn covers(&self, address: usize) -> bool {
        // SAFETY: so nobody is adding memories.
        unsafe { self.memories.any(|memory| memory.covers(address)) }
    }

    pub(super) fn add_context(&self, _: &Inside<'_>, context: Context) -> Result<NonNull<Context>> {
        if self.contexts.len() >= self.limits.instances as usize {
            let text = format!("the limit on instances is {}, and as many exist in the store", self.limits.instances);
            return Err(Error::new(Phase::Instantiate, Kind::InstanceLimit, text));
        }
        Ok(self.contexts.alloc(context))
    }

    pub(super) fn add_instance(&self, _: &Inside<'_>, instance: Instance) -> NonNull<Instance> {
        self.instances.alloc(instance)
    }

    pub(super) fn add_memory(&self, _: &Inside<'_>, memory: Memory) -> NonNull<Memory> {
        self.memories.alloc(memory)
    }

    pub(super) fn add_table(&self, _: &Inside<'_>, table: Table) -> NonNull<Table> {
        self.tables.alloc(table)
    }

    /// A memory of the host's own.
    pub(crate) fn new_memory(&self, inside: &Inside<'_>, ty: MemoryType) -> Result<NonNull<Memory>> {
        Ok(self.add_memory(inside, Memory::new(ty, None, &self.quota, self.engine.config().explicit_traps())?))
    }

    /// A table of the host's own.
    pub(crate) fn new_table(&self, inside: &Inside<'_>, ty: TableType, init: usize) -> Result<NonNull<Table>> {
        self.keep_types(ValType::Ref(ty.element))?;
        Ok(self.add_table(inside, Table::new(ty, init, None, &self.quota)?))
    }

    /// A global of the host's own, that holds a value of type `ty`.
    pub(crate) fn new_global(&self, _: &Inside<'_>, ty: ValType, value: RawValue) -> Result<NonNull<GlobalSlot>> {
        self.keep_types(ty)?;
        let slot = UnsafeCell::new(GlobalSlot { value });
        let slot = self.globals.alloc(HostGlobal { slot, is_externref: ty.is_externref() }).cast();
        self.exceptions.note_global(ty, slot);
        Ok(slot)
    }

    /// The bridges of a function type that something in the store keeps, kept themselves as long as the store.
    pub(crate) fn trampolines(&self, ty: &FuncType, id: TypeId) -> Result<Trampolines> {
        if let Some(known) = self.trampolines.lock().get(&id) {
            return Ok(known.clone());
        }
        let made = self.engine.trampolines(ty)?;
        Ok(self.trampolines.lock().entry(id).or_insert(made).clone())
    }

    /// Keeps the types that a table, global or tag of the host's says.
    fn keep_types(&self, ty: ValType) -> Result<()> {
        self.types.borrow_mut().extend(interner::keep([ty])?);
        Ok(())
    }

    /// A tag of the host's own.
    pub(crate) fn new_tag(&self, inside: &Inside<'_>, tag: Tag) -> Result<NonNull<Tag>> {
        tag.ty().params().iter().try_for_each(|ty| self.keep_types(*ty))?;
        Ok(self.add_tag(inside, tag))
    }

    pub(super) fn add_tag(&self, _: &Inside<'_>, tag: Tag) -> NonNull<Tag> {
        self.tags.alloc(tag)
    }

    /// The exceptions of the store; only for who is inside.
    pub(super) fn exceptions(&self) -> &Heap {
        &self.exceptions
    }

    pub(super) fn tables(&self) -> &Arena<Table> {
        &self.tables
    }

    /// A host function.
    pub(crate) fn new_host_func(
        self: &Arc<Self>,
        _: &Inside<'_>,
        ty: &FuncType,
        call: HostFn,
    ) -> Result<NonNull<FuncRef>> {
        let ty = ty.register()?;
        let trampolines = self.trampolines(ty.ty(), ty.id())?;
        let func = self.host_funcs.alloc(HostFunc::new(self, call, trampolines.wasm_to_host, ty));
        Ok(HostFunc::finish(func))
    }

    /// The externref of an object; one object has the same while a guest may hold it.
    pub(crate) fn intern(&self, _: &Inside<'_>, object: &HostObject) -> usize {
        self.objects.borrow_mut().intern(object)
    }

    /// The object of an externref; `None` for null.
    pub(crate) fn object(&self, _: &Inside<'_>, externref: usize) -> Option<HostObject> {
        self.objects.borrow().get(externref)
    }

    /// Objects that guests may hold.
    pub(crate) fn object_count(&self, _: &Inside<'_>) -> usize {
        self.objects.borrow().len()
    }

    /// Lets go of objects if there are many. When a call has begun, but before its guest runs.
    #[inline]
    pub(super) fn collect_if_many(&self) {
        if self.objects.borrow().are_many() {
            let gone = self.unreachable();
            // What the host does when they are dropped may call into the store: as a part of this call, so that nobody lets go of
            // what this call is about to pass.
            let _unfinished = Unfinished::new(&self.depth);
            drop(gone);
        }
    }

    /// Lets go of objects, unless a call is unfinished: its guest may hold them elsewhere. Gives the number of those that went.
    pub(crate) fn collect_now(&self, _: &Inside<'_>) -> usize {
        if self.depth.get() > 0 {
            return 0;
        }
        // Dropped when nothing is borrowed any more.
        self.unreachable().len()
    }

    /// Takes out the objects that no table and no global of the store holds and that the host has not passed since the last
    /// time.
    #[cold]
    fn unreachable(&self) -> Vec<HostObject> {
        let mut objects = self.objects.borrow_mut();
        self.tables.each(|table| table.references().iter().for_each(|reference| objects.hold(*reference)));
        self.instances.each(|instance| instance.externrefs(|reference| objects.hold(reference)));
        self.globals.each(|global| {
            if global.is_externref {
                // SAFETY: under the lock nobody writes, and this one holds an externref.
                objects.hold(unsafe { (*global.slot.get()).value.externref });
            }
        });
        self.exceptions.externrefs(|reference| objects.hold(reference));
        objects.take_unreachable()
    }
}
