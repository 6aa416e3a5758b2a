//! How deep guests may go on this thread's stack.

use std::cell::Cell;
use std::ops::Range;

use super::sys;

/// Bytes at the end of a thread's stack that are kept for host functions and signal handlers.
const MARGIN: usize = 128 << 10;

thread_local! {
    /// The stack of this thread; empty when the system does not tell. Asking costs a read of `/proc` on the main thread.
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// The lowest address that guests may reach when the outermost call begins at `sp` and `budget` bytes are allowed.
#[inline]
pub(super) fn limit(sp: usize, budget: usize) -> usize {
    let (start, end) = BOUNDS.get().unwrap_or_else(ask);
    within(sp, budget, start..end)
}

/// Bytes between here and the end of the thread's stack; no bound on a stack that is not the thread's.
pub(crate) fn left() -> usize {
    let sp = sys::stack_pointer();
    let (start, end) = BOUNDS.get().unwrap_or_else(ask);
    if (start..end).contains(&sp) { sp - start } else { usize::MAX }
}

/// Whether both addresses are known to lie in this thread's stack, in this order.
pub(super) fn is_one(low: usize, high: usize) -> bool {
    let (start, end) = BOUNDS.get().unwrap_or_else(ask);
    start <= low && low <= high && high <= end
}

#[cold]
fn ask() -> (usize, usize) {
    let Range { start, end } = sys::thread_stack().unwrap_or(0..0);
    BOUNDS.set(Some((start, end)));
    (start, end)
}

/// On a stack that is not the thread's (coroutines of the host) there is nothing to go by but the budget. A small stack
/// keeps a quarter back, since with the whole margin nothing would be left.
#[inline]
fn within(sp: usize, budget: usize, stack: Range<usize>) -> usize {
    let wanted = sp.saturating_sub(budget);
    if !stack.contains(&sp) {
        return wanted;
    }
    wanted.max(stack.start + MARGIN.min(stack.len() / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_stack_is_limited_by_the_budget() {
        assert_eq!(within(0x90_0000, 0x1_0000, 0x10_0000..0x91_0000), 0x8f_0000);
    }

    #[test]
    fn a_small_stack_is_limited_by_its_end() {
        assert_eq!(within(0x15_0000, 512 << 10, 0x10_0000..0x20_0000), 0x10_0000 + MARGIN);
        let tiny = 0x10_0000..0x12_0000;
        assert_eq!(within(0x11_f000, 512 << 10, tiny), 0x10_0000 + (32 << 10));
    }

    #[test]
    fn a_foreign_stack_is_limited_by_the_budget() {
        assert_eq!(within(0x70_0000, 0x1000, 0x10_0000..0x20_0000), 0x6f_f000);
        assert_eq!(within(0x100, 0x1000, 0..0), 0);
    }
}
