//! How long a stop takes, whatever the guest is in the middle of, in every mode. `cargo run --release --example stops`.

mod stopping;

use edge_runtime::Mode;

/// The middle one of so many.
const TRIES: usize = 101;

fn main() {
    for case in stopping::CASES {
        for mode in Mode::ALL {
            let who = if *mode == Mode::default() { "edge".to_owned() } else { format!("edge, {mode}") };
            let ns = case.median(*mode, TRIES).as_nanos();
            println!("{{\"case\": \"from cancel to the end: {}\", \"who\": \"{who}\", \"ns\": {ns}}}", case.name);
        }
    }
}
