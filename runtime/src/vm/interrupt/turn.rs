//! Waiting for what another thread has: what ends a call ends it also while it waits for its turn.

use std::time::Duration;

use super::control::{ThreadControl, existing};
use crate::types::Result;

/// How often a thread that waits looks up.
const PAUSE: Duration = Duration::from_millis(5);

/// This thread, which waits and has something to hear meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Waiting(&'static ThreadControl);

impl Waiting {
    /// `None` when nothing can end the wait: no scope, no call around it, no hook. Then the thread need not look up.
    pub(crate) fn new() -> Option<Self> {
        existing().filter(|control| control.is_listening()).map(Self)
    }

    /// How long to wait until [`Waiting::look_up`].
    pub(crate) const fn pause(self) -> Duration {
        PAUSE
    }

    /// Does what is asked of the thread, and calls its hook, to which the wait is as a guest that runs. Without any lock: the hook
    /// is the host's.
    ///
    /// # Errors
    ///
    /// The reason to wait no longer.
    pub(crate) fn look_up(self) -> Result<()> {
        if self.0.is_asked() {
            self.0.attend()?;
        }
        self.0.tick()
    }
}

/// Takes a lock that another thread has: `block` waits for ever, `try_for` for some time.
///
/// # Errors
///
/// The reason to wait no longer.
#[cold]
pub(crate) fn take_turn<G>(block: impl FnOnce() -> G, try_for: impl Fn(Duration) -> Option<G>) -> Result<G> {
    let Some(waiting) = Waiting::new() else { return Ok(block()) };
    loop {
        // First, so that who is too late does not wait at all.
        waiting.look_up()?;
        if let Some(guard) = try_for(waiting.pause()) {
            return Ok(guard);
        }
    }
}
