//! The signal handler, and its place among the handlers of others.
//!
//! Hosts have handlers of their own: Go, V8, Python's faulthandler. Ours takes only what is ours, and gives everything else
//! to whoever was there before. Somebody who installs a handler after us and does not forward would get our traps, so at
//! every load and instantiation we look whether we are still first, and if not, put ourselves in front again. Then that
//! somebody may forward to us what we forward to him: a list of all predecessors per signal, and a note of who is forwarding
//! on which thread, sends what comes back to the next older one. Handlers are never taken out: who was installed later
//! may hold a pointer to ours.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering::SeqCst};

use libc::{c_int, c_void, siginfo_t};
use parking_lot::Mutex;

use super::activation;
use super::sys::{self, Action, Registers, SIGNALS};
use crate::types::{Error, Kind, Phase, Result, Trap};
use crate::vm::registry;

/// The predecessors of our handler per signal, oldest first. Lists are replaced whole and never freed: a handler may be
/// reading, and they change only when somebody installs a handler.
static PREDECESSORS: [AtomicPtr<Vec<Action>>; SIGNALS.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS.len()];
static INSTALLING: Mutex<()> = Mutex::new(());

/// Makes sure that our handler is the first for every signal.
pub(in crate::vm) fn install() -> Result<()> {
    let _installing = INSTALLING.lock();
    for (position, signal) in SIGNALS.into_iter().enumerate() {
        install_for(position, signal)?;
    }
    Ok(())
}

/// Looks whether we are still first, and puts us there if not.
pub(in crate::vm) fn verify() -> Result<()> {
    // Whoever installs handlers installs one for this signal; asking for all four would cost more than a small instance.
    if Action::current(SIGNALS[0]).same_handler(&Action::ours(handle)) { Ok(()) } else { install() }
}

fn install_for(position: usize, signal: c_int) -> Result<()> {
    let (ours, current) = (Action::ours(handle), Action::current(signal));
    if current.same_handler(&ours) {
        return Ok(());
    }
    // SAFETY: null, or a list that is never freed.
    let before = unsafe { PREDECESSORS[position].load(SeqCst).as_ref() };
    let mut list: Vec<Action> = before
        .map_or_else(Vec::new, |list| list.iter().filter(|action| !action.same_handler(&current)).copied().collect());
    list.push(current);
    // Known before ours is in force.
    PREDECESSORS[position].store(Box::into_raw(Box::new(list)), SeqCst);
    if ours.install(signal) {
        Ok(())
    } else {
        let error = std::io::Error::last_os_error();
        let text = format!("the system refuses a handler for signal {signal}: {error}");
        Err(Error::new(Phase::Load, Kind::Io, text).with_cause(error.into()))
    }
}

/// The handler. Safe at any moment on any thread: no locks, no allocation, and nothing thread-local before the program
/// counter has shown that the thread is in compiled code.
unsafe extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the arguments are the kernel's.
    unsafe {
        if !take(signal, info, context) {
            forward(signal, info, context);
        }
    }
}

/// Turns a fault of compiled code into a trap; `false` when it is none of ours.
unsafe fn take(signal: c_int, info: *mut siginfo_t, context: *mut c_void) -> bool {
    // SAFETY: the arguments are the kernel's.
    let (mut registers, fault) = unsafe { (Registers::of(context), sys::claim(info)) };
    let Some(address) = fault else { return false };
    let Some(trap) = registry::trap_at(registers.pc()) else { return false };
    if trap == Trap::Interrupt {
        return activation::note_interrupt(address, registers.pc()) && registers.go_to(sys::interrupted);
    }
    let accesses = signal == libc::SIGSEGV || signal == libc::SIGBUS;
    if accesses && !may_fault(trap, address) {
        return false;
    }
    if !activation::note_trap(trap) {
        return false;
    }
    registers.call(sys::landing);
    true
}

/// Whether an access that means this trap may fault at this address: for memory, in one of the store's own or their
/// guards, or, for one that was found to be outside and aimed at nothing, in the 16 bytes from address 0 on. What is read through a reference that may be null faults on the first page. Anything else is a miscompilation, and must
/// not look like a trap.
fn may_fault(trap: Trap, address: usize) -> bool {
    match trap {
        Trap::MemoryOutOfBounds => address < 16 || activation::memory_covers(address),
        Trap::TableOutOfBounds
        | Trap::UndefinedElement
        | Trap::UninitializedElement
        | Trap::IndirectCallTypeMismatch
        | Trap::NullReference => address < 4096,
        Trap::Unreachable
        | Trap::IntegerDivideByZero
        | Trap::IntegerOverflow
        | Trap::InvalidConversionToInteger
        | Trap::StackOverflow
        | Trap::UnalignedAtomic
        | Trap::ExpectedSharedMemory
        | Trap::Raised
        | Trap::Interrupt => false,
    }
}

/// Gives the signal to the newest predecessor, or, when that one gave it back to us, to the next older one.
unsafe fn forward(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let position = SIGNALS.iter().position(|s| *s == signal);
    // SAFETY: null, or a list that is never freed.
    let list = position.and_then(|p| unsafe { PREDECESSORS[p].load(SeqCst).as_ref() });
    let Some(list) = list else { return };
    // The oldest does not know of us, so nothing comes back from it.
    if list.len() == 1 {
        // SAFETY: the arguments are the kernel's.
        return unsafe { sys::forward(&list[0], signal, info, context) };
    }
    let note = Note::of_this_thread();
    let older = note.as_ref().map_or(0, Note::enter);
    let action = &list[list.len() - 1 - older.min(list.len() - 1)];
    // SAFETY: the arguments are the kernel's.
    unsafe { sys::forward(action, signal, info, context) };
    if let Some(note) = note {
        note.leave(older);
    }
}

/// Threads that are forwarding right now: thread-local storage may allocate on its first use, which a handler must not.
static FORWARDING: [Slot; 32] =
    [const { Slot { thread: AtomicU64::new(0), depth: AtomicUsize::new(0), sp: AtomicUsize::new(0) } }; 32];

struct Slot {
    thread: AtomicU64,
    depth: AtomicUsize,
    sp: AtomicUsize,
}

struct Note(&'static Slot);

impl Note {
    /// The slot of this thread, or a free one; `None` when all are taken.
    fn of_this_thread() -> Option<Self> {
        let id = sys::thread_id();
        let own = FORWARDING.iter().find(|slot| slot.thread.load(SeqCst) == id);
        let free = || FORWARDING.iter().find(|slot| slot.thread.compare_exchange(0, id, SeqCst, SeqCst).is_ok());
        own.or_else(free).map(Note)
    }

    /// Counts in; returns how many forwards of this thread are unfinished. A handler that jumped out of a forward never
    /// counted out: then we are not deeper in the stack than it was.
    fn enter(&self) -> usize {
        let sp = super::sys::stack_pointer();
        if sp >= self.0.sp.load(SeqCst) {
            self.0.depth.store(0, SeqCst);
        }
        self.0.sp.store(sp, SeqCst);
        self.0.depth.fetch_add(1, SeqCst)
    }

    fn leave(&self, before: usize) {
        self.0.depth.store(before, SeqCst);
        if before == 0 {
            self.0.sp.store(0, SeqCst);
            self.0.thread.store(0, SeqCst);
        } else {
            // The forward around this one is not deeper than here.
            self.0.sp.store(usize::MAX, SeqCst);
        }
    }
}
