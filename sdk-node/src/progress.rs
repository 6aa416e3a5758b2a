//! What JavaScript is told while functions are compiled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use edge_runtime::Module;

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, Reference};
use crate::port::Port;

/// Nothing has been told yet.
const NOTHING: usize = usize::MAX;

/// How far the compiler is. Its threads write that down; the environment's thread, and no other, tells JavaScript: what is
/// the case then, so that a busy event loop finds one message and not thousands.
pub(crate) struct Progress {
    port: Arc<Port>,
    /// `(done, all)`; gone with the object only.
    function: Option<Reference>,
    done: AtomicUsize,
    all: AtomicUsize,
    /// Whether a message is under way.
    posted: AtomicBool,
    told: AtomicUsize,
}

impl Progress {
    /// Of the function in an argument, if there is one. It never throws.
    pub(crate) fn of(args: Args<'_, '_>, index: usize) -> Result<Option<Arc<Self>>, Fail> {
        let Some(function) = args.optional(index)? else { return Ok(None) };
        Ok(Some(Arc::new(Self {
            port: Port::of(args.env)?,
            function: Some(Reference::new(args.env, function)?),
            done: AtomicUsize::new(0),
            all: AtomicUsize::new(0),
            posted: AtomicBool::new(false),
            told: AtomicUsize::new(NOTHING),
        })))
    }

    /// So many functions of so many are done. From any thread.
    pub(crate) fn note(self: &Arc<Self>, done: usize, all: usize) {
        self.all.store(all, Ordering::Relaxed);
        // Threads that compile may come here in another order than they counted in.
        self.done.fetch_max(done, Ordering::Relaxed);
        // Whoever finds a message under way has left the numbers for it: it looks at them after it has reset this.
        if !self.posted.swap(true, Ordering::AcqRel) {
            let progress = self.clone();
            self.port.post(move |env| {
                progress.posted.swap(false, Ordering::AcqRel);
                progress.tell(env);
            });
        }
    }

    /// Tells what is the case, unless that has been told.
    fn tell(&self, env: Env<'_>) {
        let (done, all) = (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed));
        if self.told.swap(done, Ordering::Relaxed) == done {
            return;
        }
        let call = || {
            let function = self.function.as_ref().ok_or(Fail::Pending)?.get(env)?;
            env.call(function, &[env.number(done as f64)?, env.number(all as f64)?])
        };
        if call().is_err() {
            // The function never throws: JavaScript is being stopped, and nobody listens any more.
            let _ = env.take_exception();
        }
    }

    /// The last word, on the environment's thread: what of the module is compiled, wherever its code comes from.
    pub(crate) fn finish(&self, env: Env<'_>, module: &Module) {
        let (done, all) = module.compiled_functions();
        self.all.store(all, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
        self.tell(env);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(function) = self.function.take() {
            self.port.discard(function);
        }
    }
}
