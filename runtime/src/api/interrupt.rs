//! Ending calls: [`CallOptions`], and how stores and threads obey them.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::Store;
use crate::types::Result;
use crate::vm::interrupt;

pub use interrupt::{CancelToken, TickHook, set_tick};

/// Waits until `fd` can be read, as a host function must that waits for something: whatever ends the guest ends the wait, and the
/// thread's tick hook goes on being called.
///
/// # Errors
///
/// The reason to end the guest; [`Kind::Io`](crate::Kind::Io) when the system refuses to wait.
pub fn wait_readable(fd: BorrowedFd<'_>) -> Result<()> {
    let mut fds = vec![PollFd::from_borrowed_fd(fd, PollFlags::IN)];
    while interrupt::wait(&mut fds, None)? != interrupt::Woken::Ready {}
    Ok(())
}

/// What calls obey besides the limits of their store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long they may take, all together, waiting for calls of other threads included.
    pub deadline: Option<Duration>,
    /// The token that ends them.
    pub cancel: Option<CancelToken>,
    /// Fuel that they may use, all together; what the store has left is a limit too.
    pub fuel: Option<u64>,
}

impl CallOptions {
    /// Nothing to obey.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the calls may take, all together.
    #[must_use]
    pub fn deadline(mut self, time: Duration) -> Self {
        self.deadline = Some(time);
        self
    }

    /// The token that ends the calls.
    #[must_use]
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Fuel that the calls may use, all together.
    #[must_use]
    pub fn fuel(mut self, fuel: u64) -> Self {
        self.fuel = Some(fuel);
        self
    }
}

impl Store {
    /// Runs `f`, in which all calls of this thread obey `options`. Where that is done inside of one another, each holds: the
    /// tightest ends a call.
    ///
    /// The time in which a call waits for a store that another thread has counts, and the wait ends like a call.
    ///
    /// A call that was ended stays ended: a host function between it and the scope that ended it gets the error, and whatever
    /// it calls then gets it too. Scopes and calls around that scope are not affected.
    ///
    /// # Errors
    ///
    /// [`Kind::Cancelled`](crate::Kind::Cancelled) and [`Kind::DeadlineExceeded`](crate::Kind::DeadlineExceeded) at once,
    /// without running `f`, when it is too late; from a call in `f` when it becomes so;
    /// [`Kind::NotEnabled`](crate::Kind::NotEnabled) for fuel where none is metered; else as `f`.
    pub fn with_options<R>(&self, options: &CallOptions, f: impl FnOnce() -> Result<R>) -> Result<R> {
        interrupt::within(options.deadline, options.cancel.as_ref(), || match options.fuel {
            None => f(),
            Some(fuel) => {
                let inside = self.turn()?;
                let _lent = self.0.lend_fuel(&inside, fuel)?;
                f()
            }
        })
    }

    /// Ends the call that the store serves at this moment, with [`Kind::Cancelled`](crate::Kind::Cancelled), and tells whether
    /// there was one. From any thread; later calls are not affected.
    pub fn cancel(&self) -> bool {
        self.0.cancel()
    }
}
