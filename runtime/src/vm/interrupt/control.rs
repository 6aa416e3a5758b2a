//! [`ThreadControl`]: what a thread that runs guests shares with those who may interrupt it.
//!
//! Controls are pooled and never freed: who asks late touches the control of a thread that has ended, or of the one that has
//! it now, and asking in vain is harmless.

use std::cell::{Cell, RefCell};
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering::Relaxed};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};

use super::asked::Asked;
use super::scope::Scope;
use super::tick::TickHook;
use super::{Stop, watchdog};
use crate::types::{Error, Kind, Phase, Result};
use crate::vm::mmap::host_page;
use crate::vm::store::Store;

/// A stop may be pending.
pub(super) const STOP: u32 = 1;
/// A tick is due.
pub(super) const TICK: u32 = 2;

/// One per thread that runs guests.
pub(crate) struct ThreadControl {
    asked: Asked,
    /// Odd while the thread is inside of a store; counts how often it went in and out.
    stays: AtomicU64,
    /// Whether it has a tick hook.
    pub(super) hooked: AtomicBool,
    /// What compiled code polls: a page that is readable, or, while something is asked, not.
    page: NonNull<u8>,
    /// An eventfd that is readable when somebody has asked.
    wake: AtomicI32,
    /// Everything below belongs to the thread alone: scopes on its stack, stores that it is inside of, innermost first.
    scopes: Cell<*const Scope>,
    stores: Cell<*const Store>,
    pub(super) hook: RefCell<Option<TickHook>>,
    /// Whether the hook is running: it is not called by guests that it calls.
    pub(super) ticking: Cell<bool>,
}

// SAFETY: what is not safe to share is only touched by the thread that has the control.
unsafe impl Sync for ThreadControl {}

/// Gives the control back to the pool when its thread ends.
struct Lease(&'static ThreadControl);

impl Drop for Lease {
    fn drop(&mut self) {
        CURRENT.set(ptr::null());
        self.0.hooked.store(false, Relaxed);
        drop(self.0.hook.take());
        watchdog::give_back(self.0);
    }
}

thread_local! {
    /// Without a destructor, so that reading it is a load.
    static CURRENT: Cell<*const ThreadControl> = const { Cell::new(ptr::null()) };
    static LEASE: RefCell<Option<Lease>> = const { RefCell::new(None) };
}

/// The control of this thread.
///
/// # Errors
///
/// [`Kind::OutOfMemory`] or [`Kind::Io`] when the thread has none yet and the system has no page or no descriptor left.
#[inline]
pub(crate) fn current() -> Result<&'static ThreadControl> {
    // SAFETY: null, or a control, which lives for ever.
    match unsafe { CURRENT.get().as_ref() } {
        Some(control) => Ok(control),
        None => acquire(),
    }
}

/// The control of this thread if it has one.
pub(super) fn existing() -> Option<&'static ThreadControl> {
    // SAFETY: as above.
    unsafe { CURRENT.get().as_ref() }
}

#[cold]
fn acquire() -> Result<&'static ThreadControl> {
    let control = match watchdog::take_from_pool() {
        Some(control) => control,
        None => Box::leak(Box::new(ThreadControl::new()?)),
    };
    CURRENT.set(control);
    // A thread that is ending already keeps the control: nobody is told when its last destructor has run.
    let _ = LEASE.try_with(|lease| lease.replace(Some(Lease(control))));
    Ok(control)
}

/// Does what is asked of this thread.
///
/// # Errors
///
/// The reason to end the guest.
#[inline]
pub(crate) fn attend() -> Result<()> {
    let control = current()?;
    if control.is_asked() { control.attend() } else { Ok(()) }
}

impl ThreadControl {
    fn new() -> Result<Self> {
        Ok(Self {
            asked: Asked::nothing(),
            stays: AtomicU64::new(0),
            hooked: AtomicBool::new(false),
            page: new_page()?,
            wake: AtomicI32::new(new_descriptor()?),
            scopes: Cell::new(ptr::null()),
            stores: Cell::new(ptr::null()),
            hook: RefCell::new(None),
            ticking: Cell::new(false),
        })
    }

    /// What compiled code of an engine polls: the page if it may fault, else the word.
    #[inline]
    pub(crate) fn poll(&self, may_fault: bool) -> *const u32 {
        if may_fault { self.page.as_ptr().cast() } else { self.asked.word().as_ptr() }
    }

    /// Asks the thread to look. From any thread.
    pub(super) fn ask(&self, what: u32) {
        self.asked.ask(what, || {
            self.protect(MprotectFlags::empty());
            self.wake();
        });
    }

    /// Makes [`wait`](super::wait) return. From any thread.
    pub(crate) fn wake(&self) {
        let one = 1_u64.to_ne_bytes();
        // Full means that it is readable already.
        let _ = rustix::io::write(self.wake_fd(), &one);
    }

    /// What is readable after [`ThreadControl::wake`].
    pub(super) fn wake_fd(&self) -> BorrowedFd<'static> {
        // SAFETY: the descriptor is open as long as the control lives, which is for ever.
        unsafe { BorrowedFd::borrow_raw(self.wake.load(Relaxed)) }
    }

    /// Makes the descriptor unreadable.
    pub(super) fn drain(&self) {
        let _ = rustix::io::read(self.wake_fd(), &mut [0; 8]);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, bool> {
        self.asked.lock()
    }

    fn protect(&self, flags: MprotectFlags) {
        // SAFETY: the page is the control's own, and read by nobody but polls. The mapping is one page and never merged with a
        // neighbour, so nothing is split, and the system has no reason to refuse.
        let _ = unsafe { mprotect(self.page.as_ptr().cast(), host_page(), flags) };
    }

    /// Takes what was asked; the next ask is a new one.
    fn take(&self) -> u32 {
        self.asked.take(|| {
            self.drain();
            self.protect(MprotectFlags::READ);
        })
    }

    /// Whether anything is asked.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_anything()
    }

    /// Whether somebody may ask anything of this thread, which is the control's.
    pub(super) fn is_listening(&self) -> bool {
        self.hooked.load(Relaxed) || !self.scopes.get().is_null() || !self.stores.get().is_null()
    }

    /// Does what is asked of this thread, which is the control's.
    ///
    /// # Errors
    ///
    /// The reason to end the guest; it stays asked until the scope that it belongs to is left.
    #[cold]
    pub(super) fn attend(&self) -> Result<()> {
        // Taken before looking: whoever asks after that closes the page again.
        let asked = self.take();
        watchdog::ensure_running()?;
        if let Some(stop) = self.pending() {
            self.ask(STOP | asked);
            return Err(stop.error());
        }
        if asked & TICK != 0 { self.tick() } else { Ok(()) }
    }

    /// The stop of the innermost scope or call that has one.
    fn pending(&self) -> Option<Stop> {
        let mut scope = self.scopes.get();
        // SAFETY: scopes take themselves off the list before they leave the stack.
        while let Some(here) = unsafe { scope.as_ref() } {
            if let Some(stop) = here.stop() {
                return Some(stop);
            }
            scope = here.outer();
        }
        let mut store = self.stores.get();
        // SAFETY: stores take themselves off the list when this thread leaves them.
        while let Some(here) = unsafe { store.as_ref() } {
            let call = here.served_call();
            if call.is_cancelled() {
                return Some(Stop::Cancelled);
            }
            store = call.outer();
        }
        None
    }

    /// The thread goes into a store that it was not inside of; returns the one that it was inside of.
    #[inline]
    pub(crate) fn go_in(&self, store: *const Store) -> *const Store {
        let outer = self.stores.replace(store);
        if outer.is_null() {
            self.stays.store(self.stays.load(Relaxed) + 1, Relaxed);
            if self.hooked.load(Relaxed) {
                watchdog::wake_for_ticks();
            }
        }
        outer
    }

    /// The thread leaves a store and is inside of `outer` again.
    #[inline]
    pub(crate) fn go_out(&self, outer: *const Store) {
        self.stores.set(outer);
        if outer.is_null() {
            self.stays.store(self.stays.load(Relaxed) + 1, Relaxed);
        }
    }

    /// Odd while the thread is inside of a store; another number for another stay.
    pub(super) fn stays(&self) -> u64 {
        self.stays.load(Relaxed)
    }

    /// Replaces the innermost scope.
    pub(super) fn swap_scope(&self, scope: *const Scope) -> *const Scope {
        self.scopes.replace(scope)
    }

    /// In the child of a fork, for the thread that lives on: the parent must not hear what the child is asked.
    pub(super) fn renew_after_fork(&self) {
        if let Ok(fd) = new_descriptor() {
            let old = self.wake.swap(fd, Relaxed);
            // SAFETY: the control's own, which nobody waits for: this thread is the only one.
            unsafe { rustix::io::close(old) };
        }
    }
}

/// A page of its own: anonymous shared mappings are never merged.
fn new_page() -> Result<NonNull<u8>> {
    // SAFETY: a new mapping at an address of the system's choice touches nothing that exists.
    let page = unsafe { mmap_anonymous(ptr::null_mut(), host_page(), ProtFlags::READ, MapFlags::SHARED) };
    let page = page.map_err(|e| refused(Kind::OutOfMemory, "there is no memory for a page that can be closed", e))?;
    Ok(NonNull::new(page.cast()).expect("the system maps nothing at address 0 unasked"))
}

fn new_descriptor() -> Result<i32> {
    use rustix::event::{EventfdFlags, eventfd};
    use std::os::fd::IntoRawFd;

    eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map(IntoRawFd::into_raw_fd)
        .map_err(|e| refused(Kind::Io, "there is no descriptor left to wake a thread by", e))
}

#[cold]
fn refused(kind: Kind, what: &str, error: rustix::io::Errno) -> Error {
    let error = std::io::Error::from(error);
    Error::new(Phase::Execute, kind, format!("{what}: {error}")).with_cause(error.into())
}
