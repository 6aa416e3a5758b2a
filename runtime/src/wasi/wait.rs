//! Waiting for the host. A deadline, a cancellation and the hook of the thread end it, and with it the guest.
//!
//! Functions of WASI fail with numbers, which a guest may ignore; the reason to end it takes another way: it is kept here
//! until the function has returned, and then is what the host function ends with.

use std::cell::Cell;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::errno::{Errno, Result};
use crate::types::Error;
use crate::vm::interrupt;

thread_local! {
    static REASON: Cell<Option<Error>> = const { Cell::new(None) };
}

/// Waits until a descriptor is ready or the time is over; may return earlier.
///
/// # Errors
///
/// `EINTR` when the guest must end; [`reason_to_end`] tells why.
pub(super) fn wait(fds: &mut Vec<PollFd<'_>>, nanos: Option<u64>) -> Result<()> {
    let until = nanos.and_then(|nanos| Instant::now().checked_add(Duration::from_nanos(nanos)));
    match interrupt::wait(fds, until) {
        Ok(interrupt::Woken::Ready | interrupt::Woken::TimedOut | interrupt::Woken::Nudged) => Ok(()),
        Err(error) => {
            REASON.set(Some(error));
            Err(Errno::Intr)
        }
    }
}

/// Waits until `fd` is ready for what is `wanted`, so that the system call that follows does not wait.
///
/// # Errors
///
/// As [`wait`].
pub(super) fn until_ready(fd: BorrowedFd<'_>, wanted: PollFlags) -> Result<()> {
    let mut fds = vec![PollFd::from_borrowed_fd(fd, wanted)];
    while fds[0].revents().is_empty() {
        wait(&mut fds, None)?;
    }
    Ok(())
}

/// Why the guest must end, if a wait was ended since this was asked last.
pub(super) fn reason_to_end() -> Option<Error> {
    REASON.take()
}
