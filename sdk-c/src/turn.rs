//! Waiting for a store or a guest that others have, as long as the options of a call let it.

use std::borrow::Cow;
use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::{CallOptions, CancelToken, Error, Kind, Phase, Result, Store, StoreGuard};

/// How often who waits looks whether it is his turn, or whether he was cancelled.
const LOOK: Duration = Duration::from_millis(5);

/// A wait that has begun.
pub(crate) struct Wait<'a> {
    begun: Instant,
    options: &'a CallOptions,
    /// A token beside that of the options.
    other: Option<&'a CancelToken>,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(options: &'a CallOptions, other: Option<&'a CancelToken>) -> Self {
        Self { begun: Instant::now(), options, other }
    }

    fn left(&self) -> Option<Duration> {
        self.options.deadline.map(|time| time.saturating_sub(self.begun.elapsed()))
    }

    /// How long to wait before the next look; an error when there is no more waiting for `what`.
    pub(crate) fn next(&self, what: &str) -> Result<Duration> {
        if self.options.cancel.iter().chain(self.other).any(CancelToken::is_cancelled) {
            let text = format!("cancelled while waiting for {what}");
            return Err(Error::new(Phase::Execute, Kind::Cancelled, text));
        }
        match self.left() {
            Some(Duration::ZERO) => {
                let text = format!("the deadline passed while waiting for {what}");
                Err(Error::new(Phase::Execute, Kind::DeadlineExceeded, text))
            }
            Some(left) => Ok(left.min(LOOK)),
            None => Ok(LOOK),
        }
    }

    /// What is left of the options.
    pub(crate) fn rest(&self) -> CallOptions {
        let mut rest = self.options.clone();
        rest.deadline = self.left();
        rest
    }
}

/// Takes the store for a call that obeys `options`, and gives what is left of them. `other`: ends the wait, too.
#[inline]
pub(crate) fn take<'s, 'o>(
    store: &'s Store,
    options: &'o CallOptions,
    other: Option<&CancelToken>,
) -> Result<(StoreGuard<'s>, Cow<'o, CallOptions>)> {
    match store.try_enter() {
        Ok(guard) => Ok((guard, Cow::Borrowed(options))),
        Err(_) => take_later(store, options, other),
    }
}

#[cold]
fn take_later<'s, 'o>(
    store: &'s Store,
    options: &'o CallOptions,
    other: Option<&CancelToken>,
) -> Result<(StoreGuard<'s>, Cow<'o, CallOptions>)> {
    let wait = Wait::new(options, other);
    // Most calls are short: the first looks follow one another fast.
    let mut pause = Duration::from_micros(50);
    loop {
        thread::sleep(wait.next("the store, which serves another thread")?.min(pause));
        pause *= 2;
        if let Ok(guard) = store.try_enter() {
            return Ok((guard, Cow::Owned(wait.rest())));
        }
    }
}
