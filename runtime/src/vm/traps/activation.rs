//! One stay in compiled code, and the list of those that a thread is in.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use super::{catch, stack, sys};
use crate::types::layout::{ArrayTrampoline, FuncRef, RawValue, StoreContext};
use crate::types::{Error, Kind, Phase, Result, Trap};
use crate::vm::backtrace;
use crate::vm::exception::Exception;
use crate::vm::interrupt::{self, ThreadControl};
use crate::vm::store::{Store, Unfinished};

/// A stay in compiled code, on the stack of the thread. The assembly in `sys` knows the first two fields.
#[repr(C)]
pub(in crate::vm) struct Activation {
    /// Stack pointer in `sys::enter`.
    pub(super) sp: usize,
    /// Frame pointer in `sys::enter`: where a walk over guest frames ends.
    pub(super) fp: usize,
    /// Where a guest that ended early goes on.
    landing: Cell<Landing>,
    /// The exception that nobody catches, until it becomes an error.
    thrown: Cell<usize>,
    /// What it ended with.
    trap: Cell<Option<Trap>>,
    /// The store whose guest runs.
    store: *const Store,
    /// The stay that this one is inside of.
    previous: *const Activation,
    /// Where the guest of this stay was left (`exit_fp`, `exit_pc`) while another stay is inside of it.
    exit: Cell<(usize, usize)>,
    /// Addresses in the frames that were left behind, innermost first.
    frames: Cell<Vec<usize>>,
    /// The poll that faulted.
    interrupted_at: Cell<usize>,
}

/// Where to go on. The assembly in `sys` knows all of it.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(in crate::vm) struct Landing {
    pub(in crate::vm) sp: usize,
    pub(in crate::vm) fp: usize,
    pub(in crate::vm) pc: usize,
    /// What the first register of results holds.
    pub(in crate::vm) value: usize,
}

thread_local! {
    /// The innermost stay of this thread. Without a destructor, so that reading it never allocates or registers anything.
    static CURRENT: Cell<*const Activation> = const { Cell::new(ptr::null()) };
}

/// Calls a guest function in the array convention.
///
/// # Safety
///
/// The store's lock is held by this thread. `callee` is a live function of this store, `trampoline` is that of its type, and
/// `values` holds its arguments and has room for its results.
#[inline]
pub(in crate::vm) unsafe fn invoke(
    store: &Store,
    callee: NonNull<FuncRef>,
    trampoline: ArrayTrampoline,
    values: *mut RawValue,
) -> Result<()> {
    nest(store, || {
        // SAFETY: the caller's promise.
        let machine = unsafe { store.machine()? };
        let previous = CURRENT.get();
        let mut activation = Activation {
            sp: 0,
            fp: 0,
            landing: Cell::default(),
            thrown: Cell::new(0),
            trap: Cell::new(None),
            store,
            previous,
            exit: Cell::new((0, 0)),
            frames: Cell::new(Vec::new()),
            interrupted_at: Cell::new(0),
        };
        // SAFETY: the previous stay is further up this very stack.
        if let Some(previous) = unsafe { previous.as_ref() } {
            previous.save_exit();
        }
        CURRENT.set(&raw const activation);
        // SAFETY: the caller's promise; the caller context of a call from the host is the callee's own.
        let trapped = unsafe {
            let context = (*callee.as_ptr()).context;
            match machine {
                None => sys::enter(&raw mut activation, trampoline, callee.as_ptr(), context, values),
                Some(machine) => machine.enter(&raw mut activation, trampoline, callee.as_ptr(), context, values),
            }
        };
        CURRENT.set(previous);
        // SAFETY: as above.
        if let Some(previous) = unsafe { previous.as_ref() } {
            previous.restore_exit();
        }
        if trapped == 0 { Ok(()) } else { Err(activation.error()) }
    })
}

/// Runs `f` as a call into the store: the outermost sets the limit of the stack, every one is checked against it.
#[inline]
pub(in crate::vm) fn nest<T>(store: &Store, f: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: the lock is held, as everybody promises who calls into a store.
    let depth = unsafe { store.depth() };
    if depth.get() == 0 { nest_outermost(store, depth, f) } else { nest_deeper(store, depth, f) }
}

/// [`nest`] for a call into a store that the thread is not inside of.
#[inline]
fn nest_outermost<T>(store: &Store, depth: &Cell<u32>, f: impl FnOnce() -> Result<T>) -> Result<T> {
    /// Leaves the store also when a host function, called without a guest, panics.
    struct Inside<'a>(&'a ThreadControl, &'a Store);
    impl Drop for Inside<'_> {
        #[inline]
        fn drop(&mut self) {
            self.1.served_call().end(self.0);
        }
    }

    let control = interrupt::current()?;
    // SAFETY: under the store's lock nobody else writes, and no guest runs.
    unsafe {
        (*store.context()).stack_limit = stack::limit(sys::stack_pointer(), store.limits().stack);
        (*store.context()).poll = control.poll(!store.engine().config().explicit_traps());
    }
    store.served_call().begin(store, control);
    let _inside = Inside(control, store);
    store.collect_if_many();
    let _stopwatch = store.begin_call();
    match store.limits().deadline {
        None => nest_deeper(store, depth, f),
        time => interrupt::within(time, None, || nest_deeper(store, depth, f)),
    }
}

/// [`nest`] once the thread is inside of the store.
#[inline]
fn nest_deeper<T>(store: &Store, depth: &Cell<u32>, f: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: under the store's lock nobody else writes, and no guest runs.
    if sys::stack_pointer() < unsafe { (*store.context()).stack_limit } {
        return Err(host_stack_exhausted());
    }
    if depth.get() >= store.limits().recursion {
        return Err(too_deep(store.limits().recursion));
    }
    let _unfinished = Unfinished::new(depth);
    // With the depth counted: the hook may call into this store.
    interrupt::attend()?;
    f()
}

/// The error of a call from the host inside of too many others.
#[cold]
fn too_deep(limit: u32) -> Error {
    let text = format!("the limit on calls into the store inside one another is {limit}, and as many are unfinished");
    Error::new(Phase::Execute, Kind::RecursionLimit, text).with_backtrace(backtrace::resolve(&current_frames()))
}

/// The error of a call from the host that finds no stack left.
#[cold]
fn host_stack_exhausted() -> Error {
    Error::trap(Trap::StackOverflow).with_backtrace(backtrace::resolve(&current_frames()))
}

impl Activation {
    #[inline]
    fn context(&self) -> *mut StoreContext {
        // SAFETY: a store outlives the calls into it.
        unsafe { (*self.store).context() }
    }

    #[inline]
    fn save_exit(&self) {
        // SAFETY: this thread holds the store's lock.
        self.exit.set(unsafe { ((*self.context()).exit_fp, (*self.context()).exit_pc) });
    }

    #[inline]
    fn restore_exit(&self) {
        let (fp, pc) = self.exit.get();
        self.left_at(fp, pc);
    }

    /// The store whose guest runs.
    pub(in crate::vm) fn store(&self) -> &Store {
        // SAFETY: a store outlives the calls into it.
        unsafe { &*self.store }
    }

    /// Where a walk over the frames of this stay ends.
    pub(in crate::vm) fn begin(&self) -> usize {
        self.fp
    }

    /// For a stay in bytecode: a walk over its frames ends at `fp`; of the thread's stack, only what the host does meanwhile
    /// belongs to it.
    pub(in crate::vm) fn begin_at(&mut self, fp: usize) {
        self.sp = sys::stack_pointer();
        self.fp = fp;
    }

    /// Notes where the guest is while the host runs.
    pub(in crate::vm) fn left_at(&self, fp: usize, pc: usize) {
        // SAFETY: this thread holds the store's lock.
        unsafe {
            (*self.context()).exit_fp = fp;
            (*self.context()).exit_pc = pc;
        }
    }

    /// Notes why the stay ends, and the frames that are left behind: those whose addresses are given, then all from `fp` on.
    pub(in crate::vm) fn end(&self, trap: Trap, mut frames: Vec<usize>, fp: usize) {
        self.trap.set(Some(trap));
        walk(self, fp, &mut frames);
        self.frames.set(frames);
    }

    /// What becomes of a guest that raises, `pc` behind the call in the frame at `fp`: where it goes on, if what it has thrown
    /// is caught.
    ///
    /// # Safety
    ///
    /// The guest of this stay is at this call, and what the store has as thrown is null or an exception of it.
    pub(in crate::vm) unsafe fn catch(&self, fp: usize, pc: usize) -> Option<Landing> {
        // SAFETY: this thread holds the store's lock.
        let thrown = unsafe { mem::take(&mut (*self.context()).thrown) };
        // SAFETY: the caller's promise.
        let landing = unsafe { catch::find(thrown, Frames { fp, pc, end: self.fp }) };
        match landing {
            // SAFETY: as above. A host function may have passed the exception on as its error.
            Some(_) => drop(unsafe { self.store().take_pending() }),
            None => self.thrown.set(thrown),
        }
        landing
    }

    /// Lets a guest that ended go on behind its entry.
    fn land_at_entry(&self) -> *const Landing {
        self.landing.set(Landing { sp: self.sp, fp: self.fp, pc: sys::resume as *const () as usize, value: 1 });
        self.landing.as_ptr()
    }

    /// The error of the exception that it ended with.
    fn uncaught(&self) -> Option<Error> {
        // SAFETY: a store that is called lives, and its count is left as it is.
        let store = ManuallyDrop::new(unsafe { Arc::from_raw(self.store) });
        let inside = store.enter();
        // SAFETY: nothing was allocated since it was thrown.
        unsafe { Exception::of(&store, &inside, self.thrown.take()) }.map(Exception::into_error)
    }

    /// What the stay ended with, as an error.
    #[cold]
    fn error(&self) -> Error {
        let store = self.store();
        let error = match self.trap.get() {
            Some(trap) if trap != Trap::Raised => Error::trap(trap),
            _ => {
                // SAFETY: this thread holds the store's lock.
                let pending = unsafe { store.take_pending() };
                pending.or_else(|| self.uncaught()).unwrap_or_else(|| Error::trap(Trap::Raised))
            }
        };
        if error.backtrace().is_empty() { error.with_backtrace(backtrace::resolve(&self.frames.take())) } else { error }
    }
}

/// The stay that this thread is in, for the signal handler: whether its store has a memory around `address`.
pub(super) fn memory_covers(address: usize) -> bool {
    // SAFETY: the faulting thread executes guest code of the innermost stay, so its store lives and nobody adds memories.
    unsafe { CURRENT.get().as_ref() }.is_some_and(|activation| unsafe { (*activation.store).covers(address) })
}

/// Notes where the innermost stay was interrupted; `false` when there is none, or it does not poll at `address`. For the
/// signal handler.
pub(super) fn note_interrupt(address: usize, pc: usize) -> bool {
    // SAFETY: the innermost stay is on the stack of this thread.
    let Some(activation) = (unsafe { CURRENT.get().as_ref() }) else { return false };
    // SAFETY: this thread holds the lock of the store, whose guest it is that was interrupted.
    if unsafe { (*activation.context()).poll } as usize != address {
        return false;
    }
    activation.interrupted_at.set(pc);
    true
}

/// Called by the assembly in `sys` at a poll that faulted, outside of the signal handler: the guest's frame is at `fp`, and the
/// address to go on at comes to `resume_at`. Gives 0 to go on; to end the stay, what `unwound` takes as address.
pub(super) unsafe extern "C" fn answer(fp: usize, resume_at: *mut usize) -> usize {
    // SAFETY: only compiled code gets here, and it runs inside of a stay.
    let activation = unsafe { &*CURRENT.get() };
    let pc = activation.interrupted_at.get();
    // The walk takes it for a return address, which lies behind what it belongs to.
    let exit = (fp, pc + 1);
    // SAFETY: the assembly has kept room; this thread holds the store's lock.
    unsafe {
        *resume_at = pc;
        ((*activation.context()).exit_fp, (*activation.context()).exit_pc) = exit;
    }
    match interrupt::attend() {
        Ok(()) => 0,
        Err(error) => {
            // SAFETY: as above.
            unsafe { (*activation.store).leave_pending(error) };
            exit.1
        }
    }
}

/// The store whose guest has called us from the frame at `fp`, at the call that returns to `pc`.
///
/// # Safety
///
/// A guest of this thread has; the store is not kept for longer than until it goes on.
pub(in crate::vm) unsafe fn leave_guest<'a>(fp: usize, pc: usize) -> &'a Store {
    // SAFETY: guests run inside of a stay, and its store outlives that.
    unsafe {
        let activation = &*CURRENT.get();
        activation.left_at(fp, pc);
        &*activation.store
    }
}

/// Notes why the innermost stay ends; `false` when there is none. For the signal handler.
pub(super) fn note_trap(trap: Trap) -> bool {
    // SAFETY: the innermost stay is on the stack of this thread.
    let Some(activation) = (unsafe { CURRENT.get().as_ref() }) else { return false };
    activation.trap.set(Some(trap));
    true
}

/// Called by the assembly in `sys` when a guest cannot go on where it is: finds the handler of an exception, else notes the
/// frames and ends the stay.
///
/// `fp` is the frame pointer of the frame that ended, `pc` an address in it: of the instruction that faulted, or one behind
/// the call of `raise`.
pub(super) unsafe extern "C" fn unwound(fp: usize, pc: usize) -> *const Landing {
    // SAFETY: only compiled code gets here, and it runs inside of a stay.
    let activation = unsafe { &*CURRENT.get() };
    match activation.trap.get() {
        Some(trap) => activation.end(trap, vec![pc], fp),
        // SAFETY: the guest has just called `raise`.
        None => match unsafe { activation.catch(fp, pc) } {
            Some(landing) => {
                activation.landing.set(landing);
                return activation.landing.as_ptr();
            }
            None => end_call(activation, Trap::Raised, fp, pc),
        },
    }
    activation.land_at_entry()
}

/// Called by the assembly in `sys` for a trap that is explicit code: as [`unwound`], with `pc` behind the call, and the trap's
/// number.
pub(super) unsafe extern "C" fn trapped(fp: usize, pc: usize, code: u32) -> *const Landing {
    // SAFETY: as in `unwound`.
    let activation = unsafe { &*CURRENT.get() };
    let trap = u8::try_from(code).ok().and_then(Trap::from_code).unwrap_or(Trap::Raised);
    end_call(activation, trap, fp, pc);
    activation.land_at_entry()
}

/// Ends a stay in a call of ours. A return address may be the first byte of what follows; one less is inside of the call.
fn end_call(activation: &Activation, trap: Trap, fp: usize, pc: usize) {
    activation.end(trap, vec![pc - 1], fp);
}

/// The guest frames of one stay, innermost first: frame pointer, and return address into the frame. The layout of a frame
/// stands here and in [`walk`].
#[derive(Clone, Copy)]
pub(super) struct Frames {
    fp: usize,
    pc: usize,
    /// The frame pointer of `sys::enter`.
    end: usize,
}

impl Iterator for Frames {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        if self.fp == self.end || self.fp == 0 {
            return None;
        }
        let frame = (self.fp, self.pc);
        // SAFETY: compiled code keeps frame pointers, so every one up to that of `enter` is a frame of this stack.
        (self.fp, self.pc) = unsafe { (*(self.fp as *const usize), *(self.fp as *const usize).add(1)) };
        Some(frame)
    }
}

/// Shows `visit` every word that guests on this thread may have in a register or on the thread's stack. `false` when some
/// guests may lie on stacks whose bounds are unknown; then not all were shown. `from_guest`: compiled code called who asks.
pub(in crate::vm) fn words_in_use(from_guest: bool, visit: &mut dyn FnMut(usize)) -> bool {
    let mut outermost = CURRENT.get();
    let mut stays = 0;
    let mut end = 0;
    // SAFETY: stays are further up this very stack.
    while let Some(activation) = unsafe { outermost.as_ref() } {
        (outermost, end) = (activation.previous, activation.sp);
        stays += 1;
    }
    if stays == 0 {
        return true;
    }
    let mut registers = [0; sys::SAVED_REGISTERS];
    sys::save_registers(&mut registers);
    registers.iter().for_each(|register| visit(*register));
    let start = sys::stack_pointer() & !(size_of::<usize>() - 1);
    let whole = (from_guest && stays == 1) || stack::is_one(start, end);
    if !whole {
        return false;
    }
    for at in (start..end).step_by(size_of::<usize>()) {
        // SAFETY: from this function's frame up to where the outermost stay was entered, one stack without gaps.
        visit(unsafe { (at as *const usize).read_volatile() });
    }
    true
}

/// Addresses in all guest frames of this thread, innermost first, seen from a host function.
fn current_frames() -> Vec<usize> {
    let mut frames = Vec::new();
    // SAFETY: the innermost stay is on the stack of this thread.
    if let Some(activation) = unsafe { CURRENT.get().as_ref() } {
        activation.save_exit();
        let (fp, pc) = activation.exit.get();
        if fp != 0 {
            frames.push(pc.wrapping_sub(1));
            walk(activation, fp, &mut frames);
        }
    }
    frames
}

/// Follows frame pointers from `fp` to the end of the stay, then through the stays around it. A frame begins with the frame
/// pointer of its caller and the return address, on x86-64 as on aarch64.
fn walk(mut activation: &Activation, mut fp: usize, frames: &mut Vec<usize>) {
    loop {
        while fp != activation.fp && fp != 0 && frames.len() < backtrace::MAX_FRAMES {
            // SAFETY: compiled code keeps frame pointers, so every one up to that of `enter` is a frame of this stack.
            let (caller, pc) = unsafe { (*(fp as *const usize), *(fp as *const usize).add(1)) };
            frames.push(pc - 1);
            fp = caller;
        }
        // SAFETY: the stay around this one is further up this very stack.
        let Some(previous) = (unsafe { activation.previous.as_ref() }) else { return };
        activation = previous;
        let (exit_fp, exit_pc) = activation.exit.get();
        if exit_fp == 0 || frames.len() >= backtrace::MAX_FRAMES {
            return;
        }
        frames.push(exit_pc - 1);
        fp = exit_fp;
    }
}
