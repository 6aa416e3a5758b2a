//! SANDBOX-CRITICAL: entering compiled code, and leaving it when it traps.
//!
//! ```text
//!  invoke (Rust) -> sys::enter (asm) -> array trampoline -> guest -> ... -> trap
//!     ^               | notes sp and fp in the Activation             |
//!     |               v                                               v
//!     +---- 0 ---- returns            a fault: the signal handler makes the thread continue in sys::landing
//!     +---- 1 ---- sys::resume  <---- a raise: the guest calls sys::raise; both call `unwound`, which notes the frames
//!                       |             and says where to go on: there, or in the handler of an exception (catch.rs)
//!     guest <- handler -+
//! ```
//!
//! No `longjmp`, and nothing unwinds through compiled code: its frames are left behind, which is right since they own
//! nothing. Frames of host functions never lie between: a host function that failed has returned before the guest raises.

pub(super) mod sys;

mod activation;
mod catch;
mod chain;
mod stack;

pub(super) use activation::{Activation, Landing, invoke, leave_guest, nest, words_in_use};
pub(super) use chain::{install, verify};
pub(crate) use stack::left;
