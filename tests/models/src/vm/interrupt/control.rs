//! As much of a thread's control as others touch.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::asked::Asked;
use super::sync::AtomicBool;
use crate::vm::store::Store;

pub(super) const STOP: u32 = 1;
pub(super) const TICK: u32 = 2;

pub(crate) struct ThreadControl {
    asked: Asked,
    /// Stands for the page.
    readable: AtomicBool,
}

impl ThreadControl {
    /// Controls live for ever.
    pub(super) fn leaked() -> &'static Self {
        Box::leak(Box::new(Self { asked: Asked::nothing(), readable: AtomicBool::new(true) }))
    }

    pub(super) fn ask(&self, what: u32) {
        self.asked.ask(what, || self.readable.store(false, SeqCst));
    }

    pub(super) fn take(&self) -> u32 {
        self.asked.take(|| self.readable.store(true, SeqCst))
    }

    /// Whether a poll of the word sees something.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_anything()
    }

    /// Whether a poll of the page faults.
    pub(super) fn is_closed(&self) -> bool {
        !self.readable.load(Relaxed)
    }

    pub(super) fn go_in(&self, _: *const Store) -> *const Store {
        std::ptr::null()
    }

    pub(super) fn go_out(&self, _: *const Store) {}
}
