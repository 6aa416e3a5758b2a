//! The specification's test suite without signals: a program of its own, since in one that has another engine too, a fault
//! would find that one's handler.

mod suites;

use edge_runtime::Mode;

#[test]
fn the_suites_pass_in_signal_free_mode() {
    suites::check(Mode::SignalFree);
}
