//! The calling contract as wasm sees it: what is exported, imported and where bytes lie.

mod call;
mod extent;
pub(crate) mod header;
mod host;
mod incoming;
mod start;

pub use call::{Call, Slot};
pub use extent::Extent;
pub use incoming::{Held, Incoming};
