//! Telling Python how far the compiler is.
//!
//! The compiler's threads never wait for the interpreter: they leave word, and the thread that asked for the module
//! calls Python. So the callable runs where its caller runs, as all Python code does, and signal handlers run
//! meanwhile.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use edge_runtime::{Engine, Error, Module, Result, Source};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors::OrRaise;
use crate::value_in::type_name;

/// How long signals wait at most while there is nothing to tell.
const SIGNALS: Duration = Duration::from_millis(20);

/// Functions that have been compiled, and how many there are.
type Report = (usize, usize);

/// A module whose compilation is told to a callable, which hears last that all is done. What it raises is raised once the compiler
/// has come to its end: nothing goes on behind the caller's back.
pub(crate) fn compile_telling(engine: &Engine, source: &Source<'_>, progress: &Bound<'_, PyAny>) -> PyResult<Module> {
    if !progress.is_callable() {
        let text = format!("progress is called with (done, total), which {} cannot be", type_name(progress));
        return Err(PyTypeError::new_err(text));
    }
    let (py, callable) = (progress.py(), progress.clone().unbind());
    let (heard, module) = py.detach(|| compile(engine, source, &callable));
    let (heard, module) = (heard?, module.or_raise(py)?);
    let (done, total) = module.compiled_functions();
    if !module.is_precompiled() && !matches!(source, Source::Module(_)) && heard < done && done == total {
        progress.call1((done, total))?;
    }
    Ok(module)
}

/// Compiles, and tells of it: how much was told, or what the callable raised; and the module.
fn compile(engine: &Engine, source: &Source<'_>, callable: &Py<PyAny>) -> (PyResult<usize>, Result<Module>) {
    match source {
        Source::Module(module) => (Ok(0), Ok(module.clone())),
        Source::Bytes(bytes) => compile_bytes(engine, bytes, callable),
        // What becomes of text, the engine does not tell.
        Source::Path(path) if path.extension().is_some_and(|extension| extension == "wat") => {
            (Ok(0), Module::from_file(engine, path))
        }
        Source::Path(path) => match std::fs::read(path) {
            Ok(bytes) => compile_bytes(engine, &bytes, callable),
            Err(error) => (Ok(0), Err(Error::io(format_args!("cannot read {}", path.display()), error))),
        },
    }
}

fn compile_bytes(engine: &Engine, bytes: &[u8], callable: &Py<PyAny>) -> (PyResult<usize>, Result<Module>) {
    let (sender, reports) = channel();
    thread::scope(|scope| {
        let work = move || {
            let tell = |done: usize, total: usize| {
                // Nobody listens any more after the callable has raised.
                let _ = sender.send((done, total));
            };
            Module::with_progress(engine, bytes, &tell)
        };
        match thread::Builder::new().name("edge-compile".to_owned()).spawn_scoped(scope, work) {
            Ok(compiler) => {
                let heard = listen(&reports, callable);
                (heard, compiler.join().unwrap_or_else(|panic| resume_unwind(panic)))
            }
            Err(error) => (Ok(0), Err(Error::io("cannot start a thread that compiles", error))),
        }
    })
}

/// Calls the callable with what is new, until nobody sends any more.
fn listen(reports: &Receiver<Report>, callable: &Py<PyAny>) -> PyResult<usize> {
    let mut heard = 0;
    loop {
        let first = match reports.recv_timeout(SIGNALS) {
            Ok(report) => Some(report),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Ok(heard),
        };
        // They come in any order, and Python may be slower than the compiler: only the furthest counts.
        let furthest = first.into_iter().chain(reports.try_iter()).max().filter(|(done, _)| *done > heard);
        let outcome = Python::try_attach(|py| {
            if let Some(report) = furthest {
                callable.call1(py, report)?;
            }
            py.check_signals()
        });
        match outcome {
            Some(outcome) => outcome?,
            // The interpreter is shutting down.
            None => return Ok(heard),
        }
        heard = furthest.map_or(heard, |(done, _)| done);
    }
}
