//! The specification's test suite in the modes that use signals.

mod suites;

use edge_cli::wast::Mode;

#[test]
fn the_suites_pass_in_optimised_mode() {
    suites::check(Mode::Optimised);
}

#[test]
fn the_suites_pass_in_fast_mode() {
    suites::check(Mode::Fast);
}
