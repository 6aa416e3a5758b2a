//! Where the atomics and locks of the protocol come from: here from the standard library; `tests/models` puts loom's in their
//! place, which tries every order in which threads can meet.

pub(super) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};
pub(super) use std::sync::{Mutex, MutexGuard};
