//! Stopping guests, and asking them to look up: cancel, deadline, ticks.
//!
//! ```text
//!  CancelToken, Store::cancel, watchdog ---- ask ----> ThreadControl of the thread that runs the guest
//!                                                       | closes its poll page, sets its word, wakes its descriptor
//!                                                       v
//!  guest: load from the page faults, or the word is not 0     blocking host call: `wait` returns
//!                                  \                         /
//!                                   attend (on that thread): a stop is pending -> an error ends the activation
//!                                                            a tick is due     -> the hook runs, then the guest goes on
//! ```
//!
//! Asking says nothing but "look": what is pending, the thread finds out itself, from the scopes on its own stack and the
//! stores that it is inside of. So an ask that comes too late, for a call that has ended, is answered with nothing.
//! A thread that waits for a store that another one has looks up every few milliseconds, if there is anything to hear.

mod asked;
mod call;
mod control;
mod scope;
mod sync;
mod tick;
mod token;
mod turn;
mod wait;
mod watchdog;

#[cfg(test)]
mod tests;

pub(super) use call::ServedCall;
pub(crate) use control::{ThreadControl, attend, current};
pub(crate) use scope::within;
pub use tick::{TickHook, set_tick};
pub use token::CancelToken;
pub(crate) use turn::{Waiting, take_turn};
pub(crate) use wait::{Woken, wait};

use crate::types::{Error, Kind, Phase};

/// Why a guest must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Deadline,
    Cancelled,
}

impl Stop {
    #[cold]
    fn error(self) -> Error {
        match self {
            Self::Deadline => Error::new(Phase::Execute, Kind::DeadlineExceeded, "the deadline passed"),
            Self::Cancelled => Error::new(Phase::Execute, Kind::Cancelled, "the call was cancelled"),
        }
    }
}
