//! Every order of events, for two and three threads.

use std::sync::Arc;

use loom::thread;

use super::call::ServedCall;
use super::control::{STOP, TICK, ThreadControl};
use super::token::{CancelToken, Registration};
use crate::vm::store::Store;

/// The call of a store. What is only its thread's is only touched by that thread.
struct Shared(ServedCall);

// SAFETY: as the store's, of which it is a part.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self(ServedCall::none()))
    }

    /// A call that polls once on its way; whether that ended it.
    fn call(&self, control: &ThreadControl) -> bool {
        self.0.begin(std::ptr::from_ref(&Store), control);
        let cancelled = polled(control) && self.0.is_cancelled();
        self.0.end(control);
        cancelled
    }

    /// A call that polls until it is cancelled.
    fn endless(&self, control: &ThreadControl) {
        self.0.begin(std::ptr::from_ref(&Store), control);
        while !(polled(control) && self.0.is_cancelled()) {
            thread::yield_now();
        }
        self.0.end(control);
    }
}

/// A poll of either sort, and what follows from it.
fn polled(control: &ThreadControl) -> bool {
    let asked = control.is_asked() || control.is_closed();
    if asked {
        control.take();
    }
    asked
}

#[test]
fn no_ask_is_lost_and_the_page_is_closed_while_something_is_asked() {
    loom::model(|| {
        let control = ThreadControl::leaked();
        let asking = [STOP, TICK].map(|what| thread::spawn(move || control.ask(what)));
        let early = if control.is_asked() { control.take() } else { 0 };
        for thread in asking {
            thread.join().unwrap();
        }
        assert_eq!(control.is_asked(), control.is_closed());
        let late = control.take();
        assert_eq!(early | late, STOP | TICK);
        assert_eq!(early & late, 0, "nothing is told twice");
        assert!(!control.is_asked() && !control.is_closed());
    });
}

#[test]
fn a_cancellation_ends_the_call_that_it_was_for_or_none() {
    loom::model(|| {
        let (shared, control) = (Shared::new(), ThreadControl::leaked());
        let canceller = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.0.cancel()
        });
        let ended = [shared.call(control), shared.call(control)];
        let hit = canceller.join().unwrap();
        let count = ended.iter().filter(|ended| **ended).count();
        assert!(count <= usize::from(hit), "{ended:?}, and the canceller was told {hit}");
    });
}

#[test]
fn two_cancellations_end_at_most_the_calls_that_were_served() {
    // All orders of three threads are too many; those with three changes of thread that nothing forces are not.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (shared, control) = (Shared::new(), ThreadControl::leaked());
        let cancellers = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.0.cancel())
        });
        let ended = usize::from(shared.call(control)) + usize::from(shared.call(control));
        let hits = cancellers.into_iter().filter_map(|thread| thread.join().unwrap().then_some(())).count();
        assert!(ended <= hits, "{ended} calls were ended by {hits} cancellations");
        // Nothing of it is left for a call that nobody cancels.
        assert!(!shared.call(control));
    });
}

#[test]
fn a_call_that_never_ends_is_ended() {
    loom::model(|| {
        let (shared, control) = (Shared::new(), ThreadControl::leaked());
        let canceller = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                while !shared.0.cancel() {
                    thread::yield_now();
                }
            }
        });
        shared.endless(control);
        canceller.join().unwrap();
        assert!(!shared.call(control), "and no other");
    });
}

#[test]
fn a_store_that_changes_threads_is_cancelled_where_it_runs() {
    loom::model(|| {
        let shared = Shared::new();
        let (here, there) = (ThreadControl::leaked(), ThreadControl::leaked());
        let before = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.call(here)
        });
        // The lock of the store hands it on.
        let ended = before.join().unwrap();
        assert!(!ended);
        let canceller = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                while !shared.0.cancel() {
                    thread::yield_now();
                }
            }
        });
        shared.endless(there);
        canceller.join().unwrap();
    });
}

#[test]
fn a_token_ends_what_runs_under_it_however_they_meet() {
    loom::model(|| {
        let (token, control) = (CancelToken::new(), ThreadControl::leaked());
        let canceller = thread::spawn({
            let token = token.clone();
            move || token.cancel()
        });
        {
            let _registration = Registration::new(&token, control);
            // As a scope does: first at once, then whenever it is asked.
            if !token.is_cancelled() {
                while !(polled(control) && token.is_cancelled()) {
                    thread::yield_now();
                }
            }
        }
        canceller.join().unwrap();
        assert!(token.is_cancelled());
    });
}

#[test]
fn a_token_reaches_every_thread_and_asks_none_that_has_left() {
    loom::model(|| {
        let token = CancelToken::new();
        let controls = [ThreadControl::leaked(), ThreadControl::leaked()];
        let canceller = thread::spawn({
            let token = token.clone();
            move || token.cancel()
        });
        let staying = Registration::new(&token, controls[0]);
        drop(Registration::new(&token, controls[1]));
        let late = Registration::new(&token, controls[1]);
        drop(late);
        canceller.join().unwrap();
        controls[1].take();
        token.cancel();
        assert!(!controls[1].is_asked(), "it has left");
        drop(staying);
    });
}
