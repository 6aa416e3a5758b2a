//! `edge`: run, inspect and test WebAssembly modules.

use std::process::ExitCode;

use clap::Parser;
use edge_cli::args::{Cli, Command};
use edge_cli::{compile, costs, inspect, report, run, wast};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Compile(args) => compile::compile(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Wast(args) => wast::run_files(&args),
        Command::Costs => costs::print(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            report::print(&error);
            ExitCode::from(report::EXIT_FAILURE)
        }
    }
}
