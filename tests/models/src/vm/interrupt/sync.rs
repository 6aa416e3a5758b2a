//! Loom's.

pub(super) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};
pub(super) use loom::sync::{Mutex, MutexGuard};
