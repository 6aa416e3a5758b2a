//! The specification's test suite interpreted: a program of its own, since in one that has another engine too, a fault would
//! find that one's handler.

mod suites;

use edge_runtime::Mode;

#[test]
fn the_suites_pass_in_interpreter_mode() {
    suites::check(Mode::Interpreter);
}
