//! SANDBOX-CRITICAL: which addresses are our code, readable from a signal handler.
//!
//! The handler may interrupt anything, so it takes no lock: it counts itself in, reads a sorted list that nobody changes any
//! more, and counts itself out. A writer publishes a new list and frees old ones only when it sees nobody counted in; whoever
//! counts himself in later finds the new list. If the count is never seen at 0 (a fork while another thread was in the
//! handler), lists leak, and nothing waits.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::code::Code;
use crate::types::Trap;

/// A piece of code: first address, address behind, and the piece.
struct Range {
    start: usize,
    end: usize,
    code: *const Code,
}

/// What the handler reads: ascending, without overlap.
static PUBLISHED: AtomicPtr<Vec<Range>> = AtomicPtr::new(ptr::null_mut());
/// Handlers that are reading.
static READERS: AtomicUsize = AtomicUsize::new(0);
/// What writers agree on, by first address.
static STATE: Mutex<State> = Mutex::new(State { codes: BTreeMap::new(), retired: Vec::new() });

struct State {
    codes: BTreeMap<usize, (usize, Weak<Code>)>,
    retired: Vec<Retired>,
}

struct Retired(*mut Vec<Range>);

// SAFETY: a list that only the holder of the lock frees.
unsafe impl Send for Retired {}

/// Makes code known.
pub(super) fn register(code: &Arc<Code>) {
    let mut state = STATE.lock();
    let start = code.base() as usize;
    state.codes.insert(start, (start + code.len(), Arc::downgrade(code)));
    state.publish();
}

/// Makes the code that begins at `start` unknown again.
pub(super) fn unregister(start: usize) {
    let mut state = STATE.lock();
    state.codes.remove(&start);
    state.publish();
}

impl State {
    fn publish(&mut self) {
        let ranges =
            self.codes.iter().map(|(start, (end, code))| Range { start: *start, end: *end, code: code.as_ptr() });
        let list = Box::into_raw(Box::new(ranges.collect::<Vec<_>>()));
        self.retired.push(Retired(PUBLISHED.swap(list, SeqCst)));
        if READERS.load(SeqCst) == 0 {
            for old in self.retired.drain(..).filter(|old| !old.0.is_null()) {
                // SAFETY: made from a box here, no longer published, and no reader began before the swap.
                drop(unsafe { Box::from_raw(old.0) });
            }
        }
    }
}

/// Why the instruction at `pc` traps; `None` when it is not ours or never traps. For signal handlers.
pub(super) fn trap_at(pc: usize) -> Option<Trap> {
    READERS.fetch_add(1, SeqCst);
    let list = PUBLISHED.load(SeqCst);
    // SAFETY: null, or a list that is not freed while a reader is counted in.
    let found = unsafe { list.as_ref() }.and_then(|list| {
        let range = &list[list.partition_point(|range| range.end <= pc)..].first()?;
        // SAFETY: the code is executing on this thread, so somebody keeps it alive.
        if range.start <= pc { unsafe { &*range.code }.trap_at(pc - range.start) } else { None }
    });
    READERS.fetch_sub(1, SeqCst);
    found
}

/// The code that `pc` lies in. Not for signal handlers.
pub(super) fn code_at(pc: usize) -> Option<Arc<Code>> {
    let state = STATE.lock();
    let (_, (end, code)) = state.codes.range(..=pc).next_back()?;
    if pc < *end { code.upgrade() } else { None }
}
