//! Threads that wait at an address of a shared memory until another thread wakes them.
//!
//! A waiter is put into the queue of its address under the same lock under which the value is compared, and is taken out by
//! whoever wakes it. So no wake-up is lost between comparing and sleeping, and nobody wakes without having been woken.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Instant;

use parking_lot::Mutex;

use super::interrupt::{self, ThreadControl, Woken};
use crate::types::Result;

/// What became of a wait. The numbers are those that `memory.atomic.wait` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Waited {
    /// Another thread woke this one.
    Woken = 0,
    /// The value was not the expected one.
    Different = 1,
    /// The time is over.
    TimedOut = 2,
}

/// The threads that wait in one memory, by offset, first come first.
#[derive(Default)]
pub(super) struct WaitQueue {
    queues: Mutex<HashMap<u64, VecDeque<Arc<Waiter>>>>,
}

struct Waiter {
    woken: AtomicBool,
    thread: &'static ThreadControl,
}

impl Waiter {
    fn wake(&self) {
        self.woken.store(true, SeqCst);
        self.thread.wake();
    }

    /// Sleeps until woken or `deadline`; whether it was woken.
    fn sleep(&self, deadline: Option<Instant>) -> Result<bool> {
        while !self.woken.load(SeqCst) {
            match interrupt::wait(&mut Vec::new(), deadline)? {
                Woken::TimedOut => return Ok(false),
                // Perhaps for a wait before this one.
                Woken::Nudged | Woken::Ready => {}
            }
        }
        Ok(true)
    }
}

impl WaitQueue {
    /// Waits at `offset` until woken, but only if `is_expected` when nobody can wake.
    ///
    /// # Errors
    ///
    /// What ends the call that this is a part of.
    pub(super) fn wait(
        &self,
        offset: u64,
        deadline: Option<Instant>,
        is_expected: impl FnOnce() -> bool,
    ) -> Result<Waited> {
        let waiter = Arc::new(Waiter { woken: AtomicBool::new(false), thread: interrupt::current()? });
        {
            let mut queues = self.queues.lock();
            if !is_expected() {
                return Ok(Waited::Different);
            }
            queues.entry(offset).or_default().push_back(Arc::clone(&waiter));
        }
        let slept = waiter.sleep(deadline);
        // Whoever woke it has taken it out, perhaps only now.
        let woken = !self.remove(offset, &waiter);
        Ok(if slept? || woken { Waited::Woken } else { Waited::TimedOut })
    }

    /// Takes a waiter out; `false` when somebody who woke it has done so.
    fn remove(&self, offset: u64, waiter: &Arc<Waiter>) -> bool {
        let mut queues = self.queues.lock();
        let Some(queue) = queues.get_mut(&offset) else { return false };
        let Some(position) = queue.iter().position(|other| Arc::ptr_eq(other, waiter)) else { return false };
        queue.remove(position);
        if queue.is_empty() {
            queues.remove(&offset);
        }
        true
    }

    /// Wakes at most `count` of those that wait at `offset`, who came first; how many.
    pub(super) fn notify(&self, offset: u64, count: u32) -> u32 {
        let mut queues = self.queues.lock();
        let Some(queue) = queues.get_mut(&offset) else { return 0 };
        let woken = queue.len().min(count as usize);
        queue.drain(..woken).for_each(|waiter| waiter.wake());
        if queue.is_empty() {
            queues.remove(&offset);
        }
        woken as u32
    }

    /// How many wait.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.queues.lock().values().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Yields until `count` threads wait.
    fn until(queue: &WaitQueue, count: usize) {
        while queue.len() != count {
            thread::yield_now();
        }
    }

    #[test]
    fn a_value_that_differs_is_not_waited_for() {
        let queue = WaitQueue::default();
        assert_eq!(queue.wait(0, None, || false).unwrap(), Waited::Different);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn time_passes_and_leaves_nothing() {
        let queue = WaitQueue::default();
        let deadline = Instant::now() + Duration::from_millis(5);
        assert_eq!(queue.wait(8, Some(deadline), || true).unwrap(), Waited::TimedOut);
        assert!(Instant::now() >= deadline);
        assert_eq!((queue.len(), queue.notify(8, 1)), (0, 0));
    }

    #[test]
    fn as_many_are_woken_as_are_asked_for_at_that_address_only() {
        let queue = WaitQueue::default();
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..3).map(|_| scope.spawn(|| queue.wait(16, None, || true).unwrap())).collect();
            let elsewhere = scope.spawn(|| queue.wait(24, None, || true).unwrap());
            until(&queue, 4);
            assert_eq!(queue.notify(20, u32::MAX), 0);
            assert_eq!(queue.notify(16, 2), 2);
            until(&queue, 2);
            assert_eq!(queue.notify(16, u32::MAX), 1);
            for thread in waiting {
                assert_eq!(thread.join().unwrap(), Waited::Woken);
            }
            assert_eq!(queue.notify(24, 1), 1);
            assert_eq!(elsewhere.join().unwrap(), Waited::Woken);
        });
        assert_eq!(queue.len(), 0);
    }
}
