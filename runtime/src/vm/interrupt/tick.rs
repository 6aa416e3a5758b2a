//! A hook of the host that runs on the guest's own thread while a guest runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;

use super::control::{ThreadControl, current};
use super::watchdog;
use crate::types::Result;
use crate::vm::host::panicked;

/// What a thread does about every 5 ms while a guest, or a host function of ours that waits, runs on it: `Ok` goes on, an error
/// ends the innermost guest with that error.
pub type TickHook = Rc<dyn Fn() -> Result<()>>;

/// Sets the hook of this thread, or takes it away. The hook may call guests, the interrupted one too; while it runs, it is not
/// called again. It may look at signals: a host function of ours that waits calls it as soon as a signal has arrived.
///
/// # Errors
///
/// When the system has no thread, no page or no descriptor left for it.
pub fn set_tick(hook: Option<TickHook>) -> Result<()> {
    let control = current()?;
    let wanted = hook.is_some();
    // Dropped last: what a hook holds may come here again.
    let _before = control.hook.replace(hook);
    if wanted {
        watchdog::ensure_running()?;
    }
    if control.hooked.swap(wanted, Relaxed) != wanted {
        watchdog::tick(control, wanted);
    }
    Ok(())
}

impl ThreadControl {
    /// Runs the hook, if there is one and it is not running.
    pub(super) fn tick(&self) -> Result<()> {
        struct Done<'a>(&'a ThreadControl);
        impl Drop for Done<'_> {
            fn drop(&mut self) {
                self.0.ticking.set(false);
            }
        }

        let Some(hook) = self.hook.borrow().clone() else { return Ok(()) };
        if self.ticking.replace(true) {
            return Ok(());
        }
        let _done = Done(self);
        // Nothing must unwind through compiled code.
        catch_unwind(AssertUnwindSafe(|| hook())).unwrap_or_else(|payload| Err(panicked(payload)))
    }
}
