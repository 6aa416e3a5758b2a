//! Whatever a guest is in the middle of ends within 10 ms of a cancellation. The bound here is many times wider, since a machine
//! that runs tests has other things to do; `cargo run --release --example stops` prints what it takes.

#[path = "../../benches/rust/stopping/mod.rs"]
mod stopping;

use std::time::Duration;

use edge_runtime::Mode;

/// What is promised.
const PROMISED: Duration = Duration::from_millis(10);
/// How much longer a machine may take that is busy with something else.
const PATIENCE: u32 = 50;

#[test]
fn whatever_runs_ends_soon_after_it_is_cancelled() {
    for case in stopping::CASES {
        for mode in Mode::ALL {
            let median = case.median(*mode, 7);
            println!("{}, {mode}: {median:?}", case.name);
            assert!(median < PROMISED * PATIENCE, "{}, {mode}: {median:?}", case.name);
        }
    }
}
