//! The call that a store serves, as those see it who want to end it.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{Ordering::Relaxed, Ordering::Release, Ordering::SeqCst};

use super::control::{STOP, ThreadControl};
use super::sync::{AtomicPtr, AtomicU64};
use crate::vm::store::Store;

/// A part of a store.
pub(in crate::vm) struct ServedCall {
    /// Odd while a call is served; another number for another call.
    number: AtomicU64,
    /// The number of the last call that somebody cancelled.
    cancelled: AtomicU64,
    /// The thread that serves it, or served the last one.
    control: AtomicPtr<ThreadControl>,
    /// The store that this thread was inside of before, if any. Only for this thread.
    outer: Cell<*const Store>,
}

impl ServedCall {
    pub(in crate::vm) fn none() -> Self {
        Self {
            number: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            control: AtomicPtr::new(ptr::null_mut()),
            outer: Cell::new(ptr::null()),
        }
    }

    /// A call begins, of the store that this is a part of. Under the store's lock.
    #[inline]
    pub(in crate::vm) fn begin(&self, store: *const Store, control: &ThreadControl) {
        self.outer.set(control.go_in(store));
        self.control.store(ptr::from_ref(control).cast_mut(), Relaxed);
        // After the thread, so that whoever reads the number finds the thread of this call or a later one.
        self.number.store(self.number.load(Relaxed) + 1, Release);
    }

    /// The call ends. Under the store's lock.
    #[inline]
    pub(in crate::vm) fn end(&self, control: &ThreadControl) {
        self.number.store(self.number.load(Relaxed) + 1, Release);
        control.go_out(self.outer.get());
    }

    /// Ends the call that is served now, if there is one, and no other. From any thread.
    pub(in crate::vm) fn cancel(&self) -> bool {
        let number = self.number.load(SeqCst);
        if number.is_multiple_of(2) {
            return false;
        }
        self.cancelled.fetch_max(number, SeqCst);
        // SAFETY: a call has begun, so a control was noted, and controls live for ever. If it has ended, the ask is in vain.
        unsafe { (*self.control.load(SeqCst)).ask(STOP) };
        true
    }

    /// Whether somebody cancelled the call that is served now. For the thread that serves it.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(SeqCst) == self.number.load(Relaxed)
    }

    /// The store that the thread is inside of around this one.
    pub(super) fn outer(&self) -> *const Store {
        self.outer.get()
    }
}
