//! The threads that run guests for `runAsync`: our own, since libuv's four serve files and name look-ups.
//!
//! As many as the machine has processors run at a time, not counting those that wait for JavaScript; a thread is made when
//! there is work for it and ends when it has had none for a while. Guests may wait for one another in ways that are not ours to
//! see, by an atomic wait or a loop over shared memory: while all threads are inside of guests and the queue does not move, one
//! more is made from time to time.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Work.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// The stack of a thread: room for every usual limit on a guest's stack. Only what is used takes memory.
const STACK: usize = 16 << 20;
/// How long a thread looks for work before it sleeps: a program that awaits one call after the other has the next one ready
/// sooner than the system wakes a thread.
const LOOKOUT: Duration = Duration::from_micros(50);
/// How long a thread sleeps for work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long work lies in the queue before there is one thread more than the machine has processors.
const STUCK: Duration = Duration::from_millis(20);
/// Threads that there are at the very most, which only guests that wait for one another need.
const MOST_EVER: usize = 512;

static STATE: Mutex<State> =
    Mutex::new(State { queue: VecDeque::new(), idle: 0, looking: 0, active: 0, moved: None, relieved: false });
static WORK: Condvar = Condvar::new();
/// The length of the queue, for looking without the lock.
static QUEUED: AtomicUsize = AtomicUsize::new(0);

struct State {
    queue: VecDeque<Task>,
    /// Threads that wait for work.
    idle: usize,
    /// Those of them that look at the queue again before they sleep: one at most, or they would be in each other's way.
    looking: usize,
    /// Threads that run a task and do not wait for JavaScript.
    active: usize,
    /// When the queue last became shorter, or a thread was made for it.
    moved: Option<Instant>,
    /// Whether a thread looks after the queue.
    relieved: bool,
}

impl State {
    /// Sees that queued work is taken up, as far as the machine can.
    fn staff(&mut self) -> io::Result<()> {
        if self.queue.len() <= self.looking {
            // Waking another one would cost more than the call may take.
        } else if self.queue.len() <= self.idle {
            WORK.notify_one();
        } else if self.active + self.idle < most() {
            self.hire()?;
        } else if !self.relieved {
            // If it cannot be made, guests that wait for one another have to make do with the threads that there are.
            self.relieved = thread::Builder::new().name("edge-relief".into()).spawn(relieve).is_ok();
        }
        Ok(())
    }

    /// Whether work lies in the queue, and no thread that there is has come to it for long.
    fn is_stuck(&self) -> bool {
        let is_still = self.moved.is_none_or(|moved| moved.elapsed() >= STUCK);
        is_still && !self.queue.is_empty() && self.idle == 0 && self.active < MOST_EVER
    }

    fn hire(&mut self) -> io::Result<()> {
        thread::Builder::new().name("edge".into()).stack_size(STACK).spawn(work)?;
        self.active += 1;
        self.moved = Some(Instant::now());
        Ok(())
    }
}

/// Threads that run at a time.
fn most() -> usize {
    thread::available_parallelism().map_or(4, usize::from).max(4)
}

/// Queues a task.
///
/// # Errors
///
/// When there is no thread and none can be made; the task is dropped.
pub(crate) fn spawn(task: Task) -> io::Result<()> {
    let mut state = STATE.lock();
    state.queue.push_back(task);
    QUEUED.store(state.queue.len(), Ordering::Relaxed);
    match state.staff() {
        Err(error) if state.active + state.idle == 0 => {
            state.queue.pop_back();
            QUEUED.store(state.queue.len(), Ordering::Relaxed);
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Waits for something else than work, while another thread may run in place of this one.
pub(crate) fn waiting<R>(wait: impl FnOnce() -> R) -> R {
    {
        let mut state = STATE.lock();
        state.active -= 1;
        if !state.queue.is_empty() {
            // If none can be made, those that there are will come to it.
            let _ = state.staff();
        }
    }
    let result = wait();
    STATE.lock().active += 1;
    result
}

/// Looks after the queue until it is empty.
fn relieve() {
    let mut state = STATE.lock();
    while !state.queue.is_empty() {
        MutexGuard::unlocked(&mut state, || thread::sleep(STUCK));
        if state.is_stuck() {
            let _ = state.hire();
        }
    }
    state.relieved = false;
}

/// A thread's life.
fn work() {
    let mut state = STATE.lock();
    loop {
        if let Some(task) = state.queue.pop_front() {
            QUEUED.store(state.queue.len(), Ordering::Relaxed);
            state.moved = Some(Instant::now());
            drop(state);
            // A task reports its own failures; one that panics after all must not take the thread along.
            let _ = catch_unwind(AssertUnwindSafe(task));
            state = STATE.lock();
            continue;
        }
        state.active -= 1;
        state.idle += 1;
        if state.looking == 0 {
            state.looking = 1;
            drop(state);
            look();
            state = STATE.lock();
            state.looking = 0;
        }
        let timed_out = state.queue.is_empty() && WORK.wait_for(&mut state, PATIENCE).timed_out();
        state.idle -= 1;
        if timed_out && state.queue.is_empty() {
            return;
        }
        state.active += 1;
    }
}

/// Looks for work for a while.
fn look() {
    let end = Instant::now() + LOOKOUT;
    while QUEUED.load(Ordering::Relaxed) == 0 && Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// Tasks that run one after the other.
#[derive(Default)]
pub(crate) struct Lane(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    tasks: VecDeque<Task>,
    /// Whether a thread has been asked to run them.
    staffed: bool,
}

impl Lane {
    /// Queues a task behind those that are queued.
    ///
    /// # Errors
    ///
    /// As [`spawn`].
    pub(crate) fn push(self: &Arc<Self>, task: Task) -> io::Result<()> {
        let mut waiting = self.0.lock();
        waiting.tasks.push_back(task);
        if waiting.staffed {
            return Ok(());
        }
        let lane = self.clone();
        match spawn(Box::new(move || lane.run())) {
            Ok(()) => waiting.staffed = true,
            Err(error) => {
                waiting.tasks.pop_back();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Runs one task after the other until there is none.
    fn run(&self) {
        loop {
            let task = {
                let mut waiting = self.0.lock();
                let Some(task) = waiting.tasks.pop_front() else {
                    waiting.staffed = false;
                    return;
                };
                task
            };
            let _ = catch_unwind(AssertUnwindSafe(task));
        }
    }
}
