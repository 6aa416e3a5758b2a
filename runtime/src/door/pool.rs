//! [`Pool`]: several [`Vm`]s of one module, lent to whoever asks.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::{FromValue, IntoArgs, Source, Vm, VmBuilder};
use crate::Module;
use crate::types::{Error, Kind, Phase, Result};
use crate::vm::interrupt::Waiting;

/// Everything that a [`Pool`] can be given before it is loaded.
#[derive(Clone, Debug)]
#[must_use]
pub struct PoolBuilder {
    vm: VmBuilder,
    size: usize,
    keep_state: bool,
}

/// Several [`Vm`]s of one module. Each is lent to one borrower at a time, and is made when it is first needed.
///
/// A borrower gets a guest in its just-initialised state, unless [`PoolBuilder::keep_state`] says otherwise; a guest that is
/// poisoned is replaced in any case. A handle: clones share the pool.
///
/// ```
/// use edge_runtime::{Module, Pool};
///
/// let module = Module::from_text(&Default::default(), r#"
///     (module (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))"#)?;
/// let pool = Pool::builder().size(2).load(module)?;
/// assert_eq!(pool.get()?.run::<i32>("double", (21,))?, 42);
/// let doubled: Vec<i32> = pool.map("double", (0..4).map(|n| (n,)), 2).into_iter().collect::<Result<_, _>>()?;
/// assert_eq!(doubled, [0, 2, 4, 6]);
/// # Ok::<(), edge_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    vm: VmBuilder,
    module: Module,
    size: usize,
    keep_state: bool,
    state: Mutex<State>,
    /// Told when a `Vm` comes back, or when the pool is closed.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Vm>,
    /// Lent, idle, and being made.
    made: usize,
    closed: bool,
}

/// A [`Vm`] that goes back to its [`Pool`] when this is dropped.
#[derive(Debug)]
pub struct Pooled {
    pool: Pool,
    /// `None` only while it is dropped.
    vm: Option<Vm>,
}

impl Default for PoolBuilder {
    fn default() -> Self {
        let size = thread::available_parallelism().map_or(1, usize::from);
        Self { vm: VmBuilder::default(), size, keep_state: false }
    }
}

impl PoolBuilder {
    /// What every `Vm` is given.
    pub fn vm(mut self, vm: VmBuilder) -> Self {
        self.vm = vm;
        self
    }

    /// How many there may be at the same time, at least 1. Default: as many as the machine has processors.
    pub fn size(mut self, size: usize) -> Self {
        self.size = size.max(1);
        self
    }

    /// Whether a borrower finds what the one before left behind. Default false. For guests that keep a cache, and that serve
    /// borrowers who trust one another.
    pub fn keep_state(mut self, keep: bool) -> Self {
        self.keep_state = keep;
        self
    }

    /// Compiles the module and makes the first `Vm`, so that a module that cannot be loaded is refused here.
    ///
    /// # Errors
    ///
    /// As [`VmBuilder::load`].
    pub fn load<'a>(self, source: impl Into<Source<'a>>) -> Result<Pool> {
        let first = self.vm.clone().load(source)?;
        Ok(Pool(Arc::new(Inner {
            module: first.module().clone(),
            vm: self.vm,
            size: self.size,
            keep_state: self.keep_state,
            state: Mutex::new(State { made: 1, closed: false, idle: vec![first] }),
            changed: Condvar::new(),
        })))
    }
}

/// What a borrower who does not wait for ever waits for.
#[derive(Clone, Copy)]
enum Patience {
    Endless,
    Until(Instant),
    None,
}

impl Pool {
    /// A builder.
    pub fn builder() -> PoolBuilder {
        PoolBuilder::default()
    }

    /// Borrows a `Vm`; waits until one is free, or until what ends this thread's calls ends the wait.
    ///
    /// # Errors
    ///
    /// [`Kind::Closed`], as [`VmBuilder::load`], and as [`Store::with_options`](crate::Store::with_options).
    pub fn get(&self) -> Result<Pooled> {
        self.borrow(Patience::Endless)
    }

    /// Borrows a `Vm` if one is free.
    ///
    /// # Errors
    ///
    /// [`Kind::Busy`] when all are lent, and as [`Pool::get`].
    pub fn try_get(&self) -> Result<Pooled> {
        self.borrow(Patience::None)
    }

    /// Borrows a `Vm`; waits no longer than `time`.
    ///
    /// # Errors
    ///
    /// As [`Pool::try_get`].
    pub fn get_timeout(&self, time: Duration) -> Result<Pooled> {
        self.borrow(Instant::now().checked_add(time).map_or(Patience::Endless, Patience::Until))
    }

    /// Calls a function with a borrowed `Vm`.
    ///
    /// # Errors
    ///
    /// As [`Pool::get`] and [`Vm::run`].
    pub fn run<R: FromValue>(&self, name: &str, args: impl IntoArgs) -> Result<R> {
        self.get()?.run(name, args)
    }

    /// Calls a function once per item, on `threads` threads at most, and gives the results in the order of the items. Each thread
    /// borrows one `Vm` and keeps it over its items; one that is poisoned is reset before the next item.
    pub fn map<R, A>(&self, name: &str, items: impl IntoIterator<Item = A>, threads: usize) -> Vec<Result<R>>
    where
        R: FromValue + Send,
        A: IntoArgs + Send,
    {
        let items: Vec<Mutex<Option<A>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        let results: Vec<Mutex<Option<Result<R>>>> = items.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut vm = None;
            loop {
                let at = next.fetch_add(1, Relaxed);
                let Some(item) = items.get(at) else { return };
                let item = item.lock().take().expect("every position is taken once");
                *results[at].lock() = Some(self.run_kept(&mut vm, name, item));
            }
        };
        let threads = threads.clamp(1, self.0.size).min(items.len());
        thread::scope(|scope| {
            // The thread that asks works too.
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        results.into_iter().map(|result| result.into_inner().expect("every position was worked on")).collect()
    }

    fn run_kept<R: FromValue>(&self, kept: &mut Option<Pooled>, name: &str, args: impl IntoArgs) -> Result<R> {
        let vm = match kept {
            Some(vm) => vm,
            None => kept.insert(self.get()?),
        };
        if vm.poisoned().is_some() {
            vm.reset()?;
        }
        vm.run(name, args)
    }

    /// How many `Vm`s there may be.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// How many there are now, lent ones included.
    #[must_use]
    pub fn made(&self) -> usize {
        self.0.state.lock().made
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.0.module
    }

    /// Closes: nothing is lent any more, who waits gets [`Kind::Closed`], idle guests are freed now and lent ones when they come
    /// back. Closing twice is fine.
    pub fn close(&self) {
        let idle = {
            let mut state = self.0.state.lock();
            state.closed = true;
            state.made -= state.idle.len();
            std::mem::take(&mut state.idle)
        };
        self.0.changed.notify_all();
        // Outside of the lock: what guests held may come here again.
        drop(idle);
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.state.lock().closed
    }

    fn borrow(&self, patience: Patience) -> Result<Pooled> {
        let mut state = self.0.state.lock();
        loop {
            if state.closed {
                return Err(Error::new(Phase::Execute, Kind::Closed, "the pool has been closed"));
            }
            if let Some(vm) = state.idle.pop() {
                return Ok(Pooled { pool: self.clone(), vm: Some(vm) });
            }
            if state.made < self.0.size {
                state.made += 1;
                drop(state);
                return self.make();
            }
            let timed_out = match patience {
                Patience::Endless => {
                    self.wait(&mut state, None)?;
                    false
                }
                Patience::Until(end) => {
                    self.wait(&mut state, Some(end))?;
                    end <= Instant::now()
                }
                Patience::None => true,
            };
            // Between the end of the time and the lock one may have come back.
            if timed_out && state.idle.is_empty() && state.made >= self.0.size && !state.closed {
                let text = format!("all {} guests of the pool are lent", self.0.size);
                return Err(Error::new(Phase::Execute, Kind::Busy, text));
            }
        }
    }

    /// Waits until something has changed, at most until `end`, or until what ends this thread's calls ends the wait.
    fn wait(&self, state: &mut MutexGuard<'_, State>, end: Option<Instant>) -> Result<()> {
        let Some(waiting) = Waiting::new() else {
            match end {
                None => self.0.changed.wait(state),
                Some(end) => drop(self.0.changed.wait_until(state, end)),
            }
            return Ok(());
        };
        let pause = Instant::now() + waiting.pause();
        self.0.changed.wait_until(state, end.map_or(pause, |end| end.min(pause)));
        // What woke this thread may have been meant for the next one.
        MutexGuard::unlocked(state, || waiting.look_up()).inspect_err(|_| {
            self.0.changed.notify_one();
        })
    }

    /// Makes a `Vm` whose place is reserved.
    fn make(&self) -> Result<Pooled> {
        match self.0.vm.clone().load(&self.0.module) {
            Ok(vm) => Ok(Pooled { pool: self.clone(), vm: Some(vm) }),
            Err(error) => {
                self.0.give_up_a_place();
                Err(error)
            }
        }
    }
}

impl Inner {
    fn give_up_a_place(&self) {
        self.state.lock().made -= 1;
        self.changed.notify_one();
    }

    /// Whether the next borrower can have it. A handle that a borrower kept would reach into what the next one does.
    fn cleaned(&self, vm: &Vm) -> bool {
        let alone = vm.is_only_handle() && !vm.is_closed();
        alone && ((self.keep_state && vm.poisoned().is_none()) || vm.reset().is_ok())
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(vm) = self.vm.take() else { return };
        let inner = &self.pool.0;
        if !inner.cleaned(&vm) {
            drop(vm);
            return inner.give_up_a_place();
        }
        let mut state = inner.state.lock();
        if state.closed {
            state.made -= 1;
            drop(state);
            return drop(vm);
        }
        state.idle.push(vm);
        drop(state);
        inner.changed.notify_one();
    }
}

impl Deref for Pooled {
    type Target = Vm;

    fn deref(&self) -> &Vm {
        self.vm.as_ref().expect("only a dropped one has none")
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.lock();
        let (made, idle) = (state.made, state.idle.len());
        f.debug_struct("Pool")
            .field("size", &self.0.size)
            .field("made", &made)
            .field("idle", &idle)
            .finish_non_exhaustive()
    }
}
