//! The parts of the command line that tests use as well: the script runner, JSON arguments, error reports.

pub mod args;
pub mod compile;
pub mod costs;
pub mod engine;
pub mod inspect;
pub mod json;
pub mod report;
pub mod run;
pub mod wast;

mod bytes;
mod progress;
