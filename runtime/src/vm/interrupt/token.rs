//! [`CancelToken`]: one word from any thread that ends many calls.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, PoisonError};

use super::control::{STOP, ThreadControl};
use super::sync::{AtomicBool, Mutex, MutexGuard};

/// Ends the calls that were started with it, from any thread and for ever. Clones are the same token.
///
/// ```
/// use edge_runtime::{CallOptions, CancelToken, Kind, Module, Vm};
///
/// let module = Module::from_text(&Default::default(), r#"(module (func (export "spin") (loop (br 0))))"#)?;
/// let vm = Vm::load(module)?;
/// let token = CancelToken::new();
/// let canceller = std::thread::spawn({
///     let token = token.clone();
///     move || token.cancel()
/// });
/// let error = vm.run_with::<()>(&CallOptions::new().cancel(&token), "spin", ()).unwrap_err();
/// assert_eq!(error.kind(), Kind::Cancelled);
/// # canceller.join().unwrap();
/// # Ok::<(), edge_runtime::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Threads that run something under the token.
#[derive(Default)]
struct Waiting {
    next: u64,
    controls: BTreeMap<u64, &'static ThreadControl>,
}

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all calls under this token within a few milliseconds, and fails all that begin later. Never waits for them.
    pub fn cancel(&self) {
        // Before asking: who is asked looks at this. A second time there is nobody who does not know.
        if !self.0.cancelled.swap(true, SeqCst) {
            for control in self.waiting().controls.values() {
                control.ask(STOP);
            }
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(SeqCst)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// As long as this lives, the thread hears of the token's cancellation. It asks itself afterwards whether that happened before.
pub(super) struct Registration<'a> {
    token: &'a CancelToken,
    number: u64,
}

impl<'a> Registration<'a> {
    pub(super) fn new(token: &'a CancelToken, control: &'static ThreadControl) -> Self {
        let mut waiting = token.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.controls.insert(number, control);
        Self { token, number }
    }
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        self.token.waiting().controls.remove(&self.number);
    }
}
