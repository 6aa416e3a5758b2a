//! The thread that watches the time: deadlines of all threads, and ticks of those that have a hook.
//!
//! It is started by the first who needs it, and again in the child of a fork, to which threads do not come along. It waits
//! in plain locks of the standard library: those keep no lists of waiting threads, in which the child would find the dead.

use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use super::control::{self, STOP, TICK, ThreadControl};
use crate::types::{Error, Kind, Phase, Result};

/// How often hooks run.
const TICK_LENGTH: Duration = Duration::from_millis(5);
/// Ticks without any guest on a thread with a hook, after which the watchdog sleeps until a guest is entered.
const IDLE_TICKS: u32 = 20;

/// All that the watchdog looks at, and the pool of controls.
struct State {
    /// By time, and a number that tells equal times apart.
    alarms: BTreeMap<(Instant, u64), &'static ThreadControl>,
    next: u64,
    hooked: Vec<Hooked>,
    next_tick: Instant,
    idle: u32,
    /// Until when the watchdog sleeps; `None` for ever.
    sleeps_until: Option<Instant>,
    pool: Vec<&'static ThreadControl>,
}

/// A thread with a hook, and the stay that it was in at the last tick.
struct Hooked {
    control: &'static ThreadControl,
    stay: u64,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();
static RUNNING: AtomicBool = AtomicBool::new(false);
/// Whether ticks have stopped because no thread with a hook is in a guest.
static ASLEEP: AtomicBool = AtomicBool::new(false);

/// The state, under its lock.
struct Locked(MutexGuard<'static, Option<State>>);

impl Locked {
    fn new() -> Self {
        Self(STATE.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&mut self) -> &mut State {
        self.0.get_or_insert_with(|| State {
            alarms: BTreeMap::new(),
            next: 0,
            hooked: Vec::new(),
            next_tick: Instant::now(),
            idle: 0,
            sleeps_until: None,
            pool: Vec::new(),
        })
    }
}

/// A control that no thread has.
pub(super) fn take_from_pool() -> Option<&'static ThreadControl> {
    Locked::new().state().pool.pop()
}

/// Takes back the control of a thread that ends.
pub(super) fn give_back(control: &'static ThreadControl) {
    let mut locked = Locked::new();
    let state = locked.state();
    state.hooked.retain(|hooked| !std::ptr::eq(hooked.control, control));
    state.pool.push(control);
}

/// Begins or ends the ticks of a thread.
pub(super) fn tick(control: &'static ThreadControl, wanted: bool) {
    let mut locked = Locked::new();
    let state = locked.state();
    state.hooked.retain(|hooked| !std::ptr::eq(hooked.control, control));
    if wanted {
        state.hooked.push(Hooked { control, stay: control.stays() });
        state.idle = 0;
        ASLEEP.store(false, SeqCst);
        CHANGED.notify_one();
    }
}

/// Called whenever a thread with a hook goes inside of a store: a load, unless the watchdog sleeps.
#[inline]
pub(super) fn wake_for_ticks() {
    #[cold]
    fn wake() {
        let mut locked = Locked::new();
        locked.state().idle = 0;
        ASLEEP.store(false, SeqCst);
        CHANGED.notify_one();
    }

    // What the thread has noted before must be seen by a watchdog that is about to sleep: it makes every thread do what a
    // fence here would do, at a time when that costs nobody anything.
    std::sync::atomic::compiler_fence(SeqCst);
    if ASLEEP.load(Relaxed) {
        wake();
    }
}

/// A deadline that the watchdog knows of.
pub(super) struct Alarm {
    key: (Instant, u64),
}

impl Alarm {
    /// Asks the thread at this time.
    ///
    /// # Errors
    ///
    /// When the watchdog cannot be started.
    pub(super) fn set(at: Instant, control: &'static ThreadControl) -> Result<Self> {
        ensure_running()?;
        let mut locked = Locked::new();
        let state = locked.state();
        let key = (at, state.next);
        state.next += 1;
        state.alarms.insert(key, control);
        if state.sleeps_until.is_none_or(|until| at < until) {
            state.sleeps_until = Some(at);
            CHANGED.notify_one();
        }
        Ok(Self { key })
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        Locked::new().state().alarms.remove(&self.key);
    }
}

/// Starts the watchdog, unless this process has one.
#[inline]
pub(super) fn ensure_running() -> Result<()> {
    if RUNNING.load(Relaxed) { Ok(()) } else { start() }
}

#[cold]
fn start() -> Result<()> {
    static FORKS: Once = Once::new();
    FORKS.call_once(fork::watch);
    let _locked = Locked::new();
    if RUNNING.load(SeqCst) {
        return Ok(());
    }
    spawn().map_err(|e| {
        let text = format!("cannot start the thread that watches deadlines: {e}");
        Error::new(Phase::Execute, Kind::Io, text).with_cause(Box::new(e))
    })?;
    RUNNING.store(true, SeqCst);
    Ok(())
}

/// Starts the thread with all signals blocked: handlers of the host must not run on it.
fn spawn() -> std::io::Result<()> {
    use std::mem::MaybeUninit;

    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: changes only this thread's mask, by a set that is filled before.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let spawned = std::thread::Builder::new().name("edge-watchdog".to_owned()).stack_size(128 << 10).spawn(run);
    // SAFETY: the call above has written the former mask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    spawned.map(drop)
}

fn run() {
    let can_sleep = order_threads(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    let mut locked = Locked::new();
    loop {
        let now = Instant::now();
        let state = locked.state();
        state.ring(now);
        let tick = state.tick(now, can_sleep);
        let next = state.alarms.keys().next().map(|(at, _)| *at);
        let until = [next, tick].into_iter().flatten().min();
        state.sleeps_until = until;
        let Locked(guard) = locked;
        locked = Locked(match until {
            Some(until) => {
                let time = until.saturating_duration_since(now);
                CHANGED.wait_timeout(guard, time).map_or_else(|e| e.into_inner().0, |(guard, _)| guard)
            }
            None => CHANGED.wait(guard).unwrap_or_else(PoisonError::into_inner),
        });
    }
}

impl State {
    /// Asks the threads whose time has come.
    fn ring(&mut self, now: Instant) {
        while let Some(first) = self.alarms.first_entry().filter(|first| first.key().0 <= now) {
            first.remove().ask(STOP);
        }
    }

    /// Asks the threads that are still in the stay that they were in a tick ago; when to come again, if at all.
    fn tick(&mut self, now: Instant, can_sleep: bool) -> Option<Instant> {
        if self.hooked.is_empty() || ASLEEP.load(SeqCst) {
            return None;
        }
        if now < self.next_tick {
            return Some(self.next_tick);
        }
        self.next_tick = now + TICK_LENGTH;
        let mut active = false;
        for hooked in &mut self.hooked {
            let stay = hooked.control.stays();
            let same = std::mem::replace(&mut hooked.stay, stay) == stay;
            let inside = stay % 2 == 1;
            if inside && same {
                hooked.control.ask(TICK);
            }
            active |= inside || !same;
        }
        self.idle = if active { 0 } else { self.idle + 1 };
        if self.idle >= IDLE_TICKS && can_sleep && self.fall_asleep() { None } else { Some(self.next_tick) }
    }

    /// Stops ticking, unless a thread goes into a guest at this moment: it has seen that ticks stop, or is seen here.
    fn fall_asleep(&self) -> bool {
        ASLEEP.store(true, SeqCst);
        let ordered = order_threads(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
        if ordered && self.hooked.iter().all(|hooked| hooked.control.stays() % 2 == 0) {
            return true;
        }
        ASLEEP.store(false, SeqCst);
        false
    }
}

const MEMBARRIER_CMD_PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

/// A fence on all threads of the process; `false` where the kernel has none.
fn order_threads(command: libc::c_int) -> bool {
    // SAFETY: the call takes no pointers.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

/// What a fork must find in order: whoever forks holds the locks, so that the child can open them.
mod fork {
    use super::{ASLEEP, Locked, MutexGuard, RUNNING, SeqCst, State, TICK, ThreadControl, UnsafeCell, control};

    struct Held(UnsafeCell<Option<(Locked, Option<MutexGuard<'static, bool>>)>>);

    // SAFETY: only touched by the thread that holds the lock of the state.
    unsafe impl Sync for Held {}

    static HELD: Held = Held(UnsafeCell::new(None));

    pub(super) fn watch() {
        // SAFETY: the three functions live for ever; the library is never unloaded.
        unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
    }

    unsafe extern "C" fn prepare() {
        let locked = Locked::new();
        let own = control::existing().map(ThreadControl::lock);
        // SAFETY: the lock of the state is held.
        unsafe { *HELD.0.get() = Some((locked, own)) };
    }

    unsafe extern "C" fn parent() {
        // SAFETY: `prepare` has left the locks, and this thread holds them.
        drop(unsafe { (*HELD.0.get()).take() });
    }

    /// Forgets all other threads: they are not there. What the one that is there waits for is watched again by a new thread,
    /// which it starts itself at the next opportunity: at the latest when it answers the ask.
    unsafe extern "C" fn child() {
        RUNNING.store(false, SeqCst);
        ASLEEP.store(false, SeqCst);
        let own = control::existing();
        let is_own = |control: &ThreadControl| own.is_some_and(|own| std::ptr::eq(own, control));
        // SAFETY: as in `parent`.
        let Some((mut locked, closed)) = (unsafe { (*HELD.0.get()).take() }) else { return };
        forget_others(locked.state(), is_own);
        drop((closed, locked));
        if let Some(own) = own {
            own.renew_after_fork();
            own.ask(TICK);
        }
    }

    fn forget_others(state: &mut State, is_own: impl Fn(&ThreadControl) -> bool) {
        state.alarms.retain(|_, control| is_own(control));
        state.hooked.retain(|hooked| is_own(hooked.control));
        // Their descriptors are the parent's too.
        state.pool.clear();
        state.sleeps_until = None;
    }
}
