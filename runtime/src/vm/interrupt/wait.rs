//! Waiting in host functions: whatever interrupts a guest interrupts this too.

use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::control::current;
use crate::types::{Error, Kind, Phase, Result};

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// One of the descriptors has something to report.
    Ready,
    /// The time has come.
    TimedOut,
    /// Somebody called [`ThreadControl::wake`](super::ThreadControl::wake), or may have: perhaps for a wait before this one,
    /// perhaps to ask something that has been done. Whoever waits for something looks whether it is there.
    Nudged,
}

/// Waits until one of the descriptors is ready, a time has come, or somebody wakes this thread. Ticks run meanwhile.
///
/// # Errors
///
/// The reason to end the guest: a deadline, a cancellation, the hook's error. [`Kind::Io`] when the system refuses to wait.
pub(crate) fn wait<'a>(fds: &mut Vec<PollFd<'a>>, until: Option<Instant>) -> Result<Woken> {
    let control = current()?;
    loop {
        if control.is_asked() {
            control.attend()?;
            // That has drained the descriptor, and who woke this thread meanwhile does so once.
            return Ok(Woken::Nudged);
        }
        let timeout = until.map(left);
        fds.push(PollFd::from_borrowed_fd(control.wake_fd(), PollFlags::IN));
        let polled = poll(fds, timeout.as_ref());
        let woken = fds.pop().is_some_and(|fd| !fd.revents().is_empty());
        match polled {
            Ok(_) if fds.iter().any(|fd| !fd.revents().is_empty()) => return Ok(Woken::Ready),
            // An ask is answered above, unless a former answer has drained the descriptor.
            Ok(_) if woken && !control.is_asked() => {
                control.drain();
                return Ok(Woken::Nudged);
            }
            Ok(_) if woken => {}
            Ok(_) => match until {
                Some(until) if until <= Instant::now() => return Ok(Woken::TimedOut),
                // Longer than the system waits at once.
                Some(_) | None => {}
            },
            // A signal: the hook looks at it now, not at the next tick.
            Err(rustix::io::Errno::INTR) => {
                control.tick()?;
                // The hook may have waited itself.
                return Ok(Woken::Nudged);
            }
            Err(error) => return Err(refused(error)),
        }
    }
}

/// The time until then, no longer than a day.
fn left(until: Instant) -> Timespec {
    let left = until.saturating_duration_since(Instant::now());
    let seconds = left.as_secs().min(86_400);
    Timespec { tv_sec: seconds.cast_signed(), tv_nsec: left.subsec_nanos().into() }
}

#[cold]
fn refused(error: rustix::io::Errno) -> Error {
    let error = std::io::Error::from(error);
    Error::new(Phase::Host, Kind::Io, format!("the system refuses to wait: {error}")).with_cause(error.into())
}
