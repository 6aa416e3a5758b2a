//! Threads of a script: `(thread $T (shared (module $M)) ...)` and `(wait $T)`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread::{Scope, ScopedJoinHandle};

use wast::WastDirective;
use wast::token::Span;

use super::script::Runner;

/// What became of the directives of all threads.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) passed: usize,
    /// Where, and what happened instead.
    pub(super) failures: Vec<(Span, String)>,
}

/// Where threads of a script run and what they tell.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'scope, 'env> {
    pub(super) scope: &'scope Scope<'scope, 'env>,
    pub(super) tally: &'env Mutex<Tally>,
}

/// The threads that one thread of a script has begun and not yet waited for.
pub(super) struct Threads<'scope, 'env> {
    around: Surroundings<'scope, 'env>,
    running: HashMap<String, ScopedJoinHandle<'scope, ()>>,
}

impl<'scope, 'env> Threads<'scope, 'env> {
    pub(super) fn new(around: Surroundings<'scope, 'env>) -> Self {
        Self { around, running: HashMap::new() }
    }

    /// Begins a thread of the system, whose store is its own; of `runner` it knows only what the script shares with it.
    pub(super) fn begin(&mut self, name: &str, mut runner: Runner<'scope, 'env>, directives: Vec<WastDirective<'env>>) {
        let Surroundings { scope, tally } = self.around;
        let handle = scope.spawn(move || run(&mut runner, directives, tally));
        self.running.insert(name.to_owned(), handle);
    }

    pub(super) fn around(&self) -> Surroundings<'scope, 'env> {
        self.around
    }

    /// Waits until the thread has come to its end.
    pub(super) fn wait(&mut self, name: &str) -> Result<(), String> {
        let handle = self.running.remove(name).ok_or_else(|| format!("there is no thread ${name}"))?;
        handle.join().map_err(|_| format!("the thread ${name} panicked"))
    }
}

/// Runs directives one after the other and counts.
pub(super) fn run<'env>(runner: &mut Runner<'_, 'env>, directives: Vec<WastDirective<'env>>, tally: &Mutex<Tally>) {
    for directive in directives {
        let span = directive.span();
        let outcome = runner.directive(directive);
        let mut tally = tally.lock().expect("nobody panics while counting");
        match outcome {
            Ok(()) => tally.passed += 1,
            Err(message) => tally.failures.push((span, message)),
        }
    }
}
