//! What calls obey, and `CancelToken`: the native half.

use std::time::Duration;

use edge_runtime::{CallOptions, CancelToken, Store};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::limits;

/// Options of calls: those of the engine, and a second token where both a token and a signal are given.
#[derive(Clone)]
pub(crate) struct Options {
    options: CallOptions,
    signal: Option<CancelToken>,
}

impl Options {
    /// What is left to obey when so much time has passed.
    pub(crate) fn after(mut self, waited: Duration) -> Self {
        self.options.deadline = self.options.deadline.map(|time| time.saturating_sub(waited));
        self
    }

    /// Runs `f`, whose calls obey.
    pub(crate) fn within<R>(
        &self,
        store: &Store,
        f: impl FnOnce() -> edge_runtime::Result<R>,
    ) -> edge_runtime::Result<R> {
        match &self.signal {
            None => store.with_options(&self.options, f),
            Some(token) => {
                let signal = CallOptions::new().cancel(token);
                store.with_options(&signal, || store.with_options(&self.options, f))
            }
        }
    }

    /// The same on the thread of JavaScript, which must not wait for the store.
    pub(crate) fn obey<R>(&self, store: &Store, f: impl FnOnce() -> Result<R, Fail>) -> Result<R, Fail> {
        let _guard = store.try_enter()?;
        let mut outcome = None;
        let begun = self.within(store, || {
            outcome = Some(f());
            Ok(())
        });
        match outcome {
            Some(outcome) => outcome,
            None => Err(begun.map_or_else(Fail::from, |()| Fail::internal("nothing was called"))),
        }
    }
}

/// The options in an argument.
pub(crate) fn of<'e>(args: Args<'_, 'e>, index: usize) -> Result<&'e Options, Fail> {
    External::<Options>::get(args.env, args.at(index)?)
}

/// `(deadline in milliseconds, fuel, token, token of a signal)`, any of which may be undefined => options.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let mut options = CallOptions::new();
    if let Some(time) = args.optional_number(0)? {
        options = options.deadline(limits::milliseconds(time));
    }
    if let Some(fuel) = args.optional(1)? {
        options = options.fuel(limits::amount(env, fuel)?);
    }
    let token = |index| -> Result<Option<&'e CancelToken>, Fail> {
        args.optional(index)?.map(|token| External::<CancelToken>::get(env, token)).transpose()
    };
    if let Some(token) = token(2)? {
        options = options.cancel(token);
    }
    External::create(env, Options { options, signal: token(3)?.cloned() })
}

pub(crate) fn new_token<'e>(env: Env<'e>, _: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, CancelToken::new())
}

/// `(token)`
pub(crate) fn cancel<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::<CancelToken>::get(env, Args { env, args }.at(0)?)?.cancel();
    env.undefined()
}

/// `(token)` => whether it was cancelled.
pub(crate) fn is_cancelled<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(External::<CancelToken>::get(env, Args { env, args }.at(0)?)?.is_cancelled())
}
