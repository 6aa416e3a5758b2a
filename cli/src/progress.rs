//! A progress bar for compilation, on a terminal, once it takes over a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use edge_runtime::{Engine, Module, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Compilation that is faster than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Compiles a module and shows how far it is.
pub(crate) fn compile(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Module> {
    if !std::io::stderr().is_terminal() {
        return Module::with_progress(engine, bytes, &|_, _| {});
    }
    let begin = Instant::now();
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.set_style(style());
    bar.set_message(format!("compiling {name}"));
    let module = Module::with_progress(engine, bytes, &|done, total| {
        if bar.is_hidden() && begin.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    module
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} functions, {eta} left")
        .expect("the template is a constant")
        .progress_chars("=> ")
}
