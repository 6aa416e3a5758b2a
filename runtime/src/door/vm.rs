//! [`Vm`]: the easy door.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use parking_lot::{RwLock, RwLockWriteGuard};

use super::running::Running;
use super::{FromValue, Function, IntoArgs, Source, VmBuilder};
use crate::bindgen::{Interface, Prepared};
use crate::types::{Error, ExternType, Kind, Phase, Result, Value};
use crate::vm::interrupt;
use crate::{CallOptions, Func, Global, Instance, Linker, Memory, Module, Store, Table};

/// One module with its store, its WASI and its limits, run by name.
///
/// A handle: clones share the instance. Calls from several threads wait for one another; a host function may call back into
/// the guest that called it.
///
/// ```
/// use edge_runtime::{Module, Vm};
///
/// let module = Module::from_text(&Default::default(), r#"
///     (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#)?;
/// let vm = Vm::load(module)?;
/// assert_eq!(vm.run::<i32>("add", (2, 40))?, 42);
/// # Ok::<(), edge_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct Vm(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) module: Module,
    pub(super) prepared: Arc<Prepared>,
    pub(super) linker: Linker,
    pub(super) setup: VmBuilder,
    /// Read-locked while a call is in progress. `None` before the first instance is ready and after closing.
    running: RwLock<Option<Running>>,
    closed: AtomicBool,
}

impl Inner {
    pub(super) fn new(module: Module, prepared: Arc<Prepared>, linker: Linker, setup: VmBuilder) -> Self {
        Self { module, prepared, linker, setup, running: RwLock::new(None), closed: AtomicBool::new(false) }
    }

    /// Makes the first instance.
    pub(super) fn start(self: &Arc<Self>) -> Result<()> {
        let running = Running::new(self)?;
        *self.running.write() = Some(running);
        Ok(())
    }

    /// Runs `f` with the instance. Calls nest: a host function comes here again on its own thread.
    pub(super) fn with<R>(&self, f: impl FnOnce(&Running) -> Result<R>) -> Result<R> {
        if self.closed.load(SeqCst) {
            return Err(closed());
        }
        // Recursive, or a waiting reset would stop a host function that calls back.
        let running = self.running.read_recursive();
        let outcome = match &*running {
            Some(running) => f(running),
            None if self.closed.load(SeqCst) => Err(closed()),
            None => Err(Error::new(Phase::Execute, Kind::Busy, "the Vm is still being loaded")),
        };
        drop(running);
        if self.closed.load(SeqCst) {
            self.free();
        }
        outcome
    }

    /// Waits until no call is in progress, or until what ends this thread's calls ends the wait.
    fn turn(&self) -> Result<RwLockWriteGuard<'_, Option<Running>>> {
        match self.running.try_write() {
            Some(running) => Ok(running),
            None => interrupt::take_turn(|| self.running.write(), |time| self.running.try_write_for(time)),
        }
    }

    /// Frees the instance of a closed `Vm`, unless a call is in progress: then whoever ends last frees it.
    fn free(&self) {
        let gone = self.running.try_write().and_then(|mut running| running.take());
        // Dropped here, outside of the lock: what the guest held may call back.
        drop(gone);
    }
}

#[cold]
fn closed() -> Error {
    Error::new(Phase::Execute, Kind::Closed, "the Vm has been closed")
}

impl Vm {
    /// Loads a module from a path, from bytes, or from a [`Module`], with defaults for everything else.
    ///
    /// # Errors
    ///
    /// As [`VmBuilder::load`].
    pub fn load<'a>(source: impl Into<Source<'a>>) -> Result<Self> {
        Self::builder().load(source)
    }

    /// A builder, to give it host functions, WASI and limits.
    pub fn builder() -> VmBuilder {
        VmBuilder::default()
    }

    /// Calls a function with Rust values.
    ///
    /// # Errors
    ///
    /// As [`Vm::call`], and [`Kind::ResultType`] when the result is no `R`.
    pub fn run<R: FromValue>(&self, name: &str, args: impl IntoArgs) -> Result<R> {
        R::from_value(args.with_args(|args| self.call(name, args))?)
    }

    /// Calls a function with values. Several wasm results come as a tuple.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownExport`], and as [`Function::call`].
    pub fn call(&self, name: &str, args: &[Value<'_>]) -> Result<Value<'static>> {
        self.function(name)?.call(args)
    }

    /// [`Vm::run`] that obeys options.
    ///
    /// # Errors
    ///
    /// As [`Vm::run`], and as [`Store::with_options`].
    pub fn run_with<R: FromValue>(&self, options: &CallOptions, name: &str, args: impl IntoArgs) -> Result<R> {
        R::from_value(args.with_args(|args| self.function(name)?.call_with_options(options, args))?)
    }

    /// Ends the call that is in progress, with [`Kind::Cancelled`], and tells whether there was one. From any thread; later
    /// calls are not affected.
    pub fn cancel(&self) -> bool {
        self.0.running.read_recursive().as_ref().is_some_and(|running| running.store.cancel())
    }

    /// Finds a function, to call it many times. It stays valid over a [`reset`](Self::reset).
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownExport`], [`Kind::WrongExportKind`], [`Kind::Closed`].
    pub fn function(&self, name: &str) -> Result<Function> {
        if self.0.closed.load(SeqCst) {
            return Err(closed());
        }
        match self.0.prepared.find(name) {
            Some(index) => Ok(Function { vm: self.clone(), index }),
            None => Err(self.no_function(name)),
        }
    }

    /// What can be called: the functions of the description, or all exported functions if there is none.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        self.0.prepared.shown().map(|index| Function { vm: self.clone(), index }).collect()
    }

    #[cold]
    fn no_function(&self, name: &str) -> Error {
        if let Some(ty) = self.0.module.export(name)
            && !matches!(ty, ExternType::Func(_))
        {
            let message = format!("the export `{name}` is a {ty}, not a function");
            return Error::new(Phase::Execute, Kind::WrongExportKind, message);
        }
        let known: Vec<&str> = self.0.prepared.shown().map(|i| &*self.0.prepared.callables[i].signature.name).collect();
        let have = match &known[..] {
            [] => "it has none".to_owned(),
            few if few.len() <= 12 => format!("it has {}", few.join(", ")),
            many => format!("it has {}, and {} more", many[..10].join(", "), many.len() - 10),
        };
        Error::new(Phase::Execute, Kind::UnknownExport, format!("the module has no function `{name}`; {have}"))
    }

    /// Runs a command's `_start` to its end; the exit code, 0 if it returned.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownExport`] when the module is no command; whatever ends the guest otherwise.
    pub fn start(&self) -> Result<i32> {
        self.0.with(|running| running.run_command(self.0.prepared.has_functions()))
    }

    /// The instance that serves the calls now.
    ///
    /// # Panics
    ///
    /// After [`close`](Self::close), and from a host function that is called while the `Vm` is being loaded;
    /// [`try_instance`](Self::try_instance) tells instead.
    #[must_use]
    pub fn instance(&self) -> Instance {
        self.try_instance().expect("the Vm is loaded and has not been closed")
    }

    /// The instance that serves the calls now.
    ///
    /// # Errors
    ///
    /// [`Kind::Closed`]; [`Kind::Busy`] while the `Vm` is being loaded.
    pub fn try_instance(&self) -> Result<Instance> {
        self.0.with(|running| Ok(running.instance.clone()))
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.0.module
    }

    /// The store of [`instance`](Self::instance).
    ///
    /// # Panics
    ///
    /// As [`instance`](Self::instance).
    #[must_use]
    pub fn store(&self) -> Store {
        self.instance().store().clone()
    }

    /// An exported memory.
    ///
    /// # Errors
    ///
    /// As [`Instance::memory`], and [`Kind::Closed`].
    pub fn memory(&self, name: &str) -> Result<Memory> {
        self.try_instance()?.memory(name)
    }

    /// An exported global.
    ///
    /// # Errors
    ///
    /// As [`Instance::global`], and [`Kind::Closed`].
    pub fn global(&self, name: &str) -> Result<Global> {
        self.try_instance()?.global(name)
    }

    /// An exported table.
    ///
    /// # Errors
    ///
    /// As [`Instance::table`], and [`Kind::Closed`].
    pub fn table(&self, name: &str) -> Result<Table> {
        self.try_instance()?.table(name)
    }

    /// An exported wasm function, as the doors below know it.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`], and [`Kind::Closed`].
    pub fn func(&self, name: &str) -> Result<Func> {
        self.try_instance()?.func(name)
    }

    /// What the module says of its functions.
    #[must_use]
    pub fn interface(&self) -> Option<&Interface> {
        self.0.prepared.interface()
    }

    /// Why the instance must be [`reset`](Self::reset) before it serves further calls: the first cause.
    ///
    /// Only guests with bindgen functions are poisoned, by a call that ended in a trap, a panic, an exit or a host function's
    /// error: destructors did not run.
    #[must_use]
    pub fn poisoned(&self) -> Option<String> {
        self.0.with(|running| Ok(running.poisoned().map(str::to_owned))).ok().flatten()
    }

    /// Makes a fresh instance in a fresh store. Functions found before call the new instance; memories, globals and so on that
    /// were taken out before belong to the old one.
    ///
    /// # Errors
    ///
    /// [`Kind::Busy`] from a host function of this very guest, [`Kind::Closed`], as [`VmBuilder::load`], and what ends the wait
    /// for calls of other threads; then the old instance stays.
    pub fn reset(&self) -> Result<()> {
        self.0.with(|running| {
            let _guard = running.turn()?;
            if running.is_serving() {
                let message = "a Vm cannot be reset by a host function that its guest is waiting for";
                return Err(Error::new(Phase::Instantiate, Kind::Busy, message));
            }
            Ok(())
        })?;
        let fresh = Running::new(&self.0)?;
        let old = self.0.turn()?.replace(fresh);
        drop(old);
        if self.0.closed.load(SeqCst) {
            self.0.free();
            return Err(closed());
        }
        Ok(())
    }

    /// Closes: further calls fail with [`Kind::Closed`], and the instance is freed when the call in progress, if there is one,
    /// has ended. Never waits; closing twice is fine.
    pub fn close(&self) {
        self.0.closed.store(true, SeqCst);
        self.0.free();
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.closed.load(SeqCst)
    }

    /// What the guest has printed since the last reset, if the WASI configuration captures standard output.
    #[must_use]
    pub fn stdout(&self) -> Vec<u8> {
        self.0.with(|running| Ok(running.wasi.as_ref().map(|wasi| wasi.stdout()))).ok().flatten().unwrap_or_default()
    }

    /// The same of standard error.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        self.0.with(|running| Ok(running.wasi.as_ref().map(|wasi| wasi.stderr()))).ok().flatten().unwrap_or_default()
    }

    /// Whether nobody else has a handle of it.
    pub(super) fn is_only_handle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Whether both are handles of one `Vm`.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").field("module", &self.0.module).field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
