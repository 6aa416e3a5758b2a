//! A time during which everything that a thread runs obeys a deadline and a token.

use std::ptr;
use std::time::{Duration, Instant};

use super::Stop;
use super::control::{ThreadControl, current};
use super::token::{CancelToken, Registration};
use super::watchdog::Alarm;
use crate::types::Result;

/// On the stack of the thread that it is for, from the beginning of the time to its end.
pub(super) struct Scope {
    deadline: Option<Instant>,
    token: Option<CancelToken>,
    outer: *const Scope,
}

impl Scope {
    /// Whether everything inside must end.
    pub(super) fn stop(&self) -> Option<Stop> {
        if self.token.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Some(Stop::Cancelled);
        }
        self.deadline.filter(|deadline| *deadline <= Instant::now()).map(|_| Stop::Deadline)
    }

    /// The scope around this one.
    pub(super) fn outer(&self) -> *const Self {
        self.outer
    }
}

/// Leaves the scope also when a host function panics.
struct Left<'a>(&'a ThreadControl, *const Scope);

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.0.swap_scope(self.1);
    }
}

/// Runs `f`; guests inside end when the time is over or the token is cancelled. Scopes nest, and each of them holds.
///
/// # Errors
///
/// When that is so at once, without running `f`; when the system has no thread left to watch the time; else as `f`.
pub(crate) fn within<T>(
    time: Option<Duration>,
    token: Option<&CancelToken>,
    f: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let control = current()?;
    // A time that ends beyond what the clock can tell does not end.
    let deadline = time.and_then(|time| Instant::now().checked_add(time));
    let mut scope = Scope { deadline, token: token.cloned(), outer: ptr::null() };
    scope.outer = control.swap_scope(&raw const scope);
    let _left = Left(control, scope.outer);
    // Gone before the scope is: whoever asks for it, asks while it is there.
    let _alarm = deadline.map(|deadline| Alarm::set(deadline, control)).transpose()?;
    let _registration = token.map(|token| Registration::new(token, control));
    match scope.stop() {
        Some(stop) => Err(stop.error()),
        None => f(),
    }
}
