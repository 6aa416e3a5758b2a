//! `edge wast`: scripts in the format of the specification's test suite.

mod script;
mod spectest;
mod threads;
mod values;

use std::process::ExitCode;

use edge_runtime::{Config, Error};

pub use script::{Failure, Report, run_script};

use crate::args::WastArgs;

/// Runs the files, prints `FILE: P passed, F failed` for each and every failure on standard error.
///
/// # Errors
///
/// When a file cannot be read. A script that does not parse counts as one failure.
pub fn run_files(args: &WastArgs) -> Result<ExitCode, Error> {
    let engine = args.engine.engine(args.mode.config(Config::new()))?;
    let mut clean = true;
    for path in &args.files {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), e))?;
        let report = run_script(args.mode, &engine, &text);
        for failure in &report.failures {
            eprintln!("{}:{failure}", path.display());
        }
        println!("{}: {} passed, {} failed", path.display(), report.passed, report.failures.len());
        clean &= report.failures.is_empty();
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
