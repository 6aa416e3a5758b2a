//! A part of the comparison that runs with every test; `edge-fuzz differential --seeds 100000` runs more.

use edge_fuzz::{differential, edge};

#[test]
fn two_thousand_modules_do_the_same_everywhere() {
    let subjects = edge::subjects();
    let halves = std::thread::scope(|scope| {
        [0..1_000, 1_000..2_000]
            .map(|seeds| scope.spawn(|| differential::run(&subjects, seeds)))
            .map(|half| half.join().expect("a worker does not panic"))
    });
    for (tally, reports) in halves {
        assert!(reports.is_empty(), "{reports}");
        // So that a generator that makes nothing does not pass.
        assert!(tally.modules > 900 && tally.compared > 400 && tally.returned > 3_000, "{tally:?}");
    }
}
