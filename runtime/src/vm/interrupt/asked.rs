//! [`Asked`]: what others ask of a thread.

use std::sync::PoisonError;
use std::sync::atomic::{Ordering::Relaxed, Ordering::SeqCst};

use super::sync::{AtomicU32, Mutex, MutexGuard};

/// A word that the thread polls, and whether what it polls besides is closed. No ask is lost: what comes before a
/// [`take`](Self::take) is in its result, what comes after closes again.
pub(super) struct Asked {
    /// What is asked, 0 if nothing.
    word: AtomicU32,
    /// The lock orders those who close and the thread that opens.
    closed: Mutex<bool>,
}

impl Asked {
    pub(super) fn nothing() -> Self {
        Self { word: AtomicU32::new(0), closed: Mutex::new(false) }
    }

    /// Asks. From any thread. `close` runs unless it is closed already.
    pub(super) fn ask(&self, what: u32, close: impl FnOnce()) {
        let mut closed = self.lock();
        self.word.fetch_or(what, SeqCst);
        if !*closed {
            *closed = true;
            close();
        }
    }

    /// Takes what was asked; the next ask is a new one. `open` runs if it was closed. For the thread that is asked.
    pub(super) fn take(&self, open: impl FnOnce()) -> u32 {
        let mut closed = self.lock();
        if *closed {
            *closed = false;
            open();
        }
        self.word.swap(0, SeqCst)
    }

    /// Whether anything is asked.
    #[inline]
    pub(super) fn is_anything(&self) -> bool {
        self.word.load(Relaxed) != 0
    }

    /// What code polls that must not fault.
    #[inline]
    pub(super) fn word(&self) -> &AtomicU32 {
        &self.word
    }

    /// Keeps others from asking.
    pub(super) fn lock(&self) -> MutexGuard<'_, bool> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
