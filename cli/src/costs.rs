//! `edge costs`: the table of what operators cost.

use std::io::Write;
use std::process::ExitCode;

use edge_runtime::{CostTable, Error, Result};

/// Prints `OPERATOR COST` for every entry of the default table.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn print() -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let table = CostTable::default();
    let written = table.entries().try_for_each(|(name, cost)| writeln!(out, "{name} {cost}"));
    written.map_err(|e| Error::io("standard output", e)).map(|()| ExitCode::SUCCESS)
}
