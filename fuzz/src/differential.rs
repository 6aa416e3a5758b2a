//! Generated modules in all modes of edge and in wasmi: results, traps, memories and globals must be the same.

use std::fmt::Write;
use std::ops::{AddAssign, Range};

use crate::edge::Subject;
use crate::generate::Case;
use crate::oracle;
use crate::outcome::Outcome;

/// What was run, so that an empty run does not look like a good one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Modules that were run.
    pub modules: usize,
    /// Of these, also by wasmi.
    pub compared: usize,
    /// Calls that returned, by the first engine.
    pub returned: usize,
    /// Calls that ended early, by the first engine.
    pub ended: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.modules += other.modules;
        self.compared += other.compared;
        self.returned += other.returned;
        self.ended += other.ended;
    }
}

/// Runs the modules of all seeds in the range. All differences are told, each with its seed, since a rare one may hide
/// behind a frequent one.
#[must_use]
pub fn run(subjects: &[Subject], seeds: Range<u64>) -> (Tally, String) {
    let (mut tally, mut reports) = (Tally::default(), String::new());
    for case in seeds.filter_map(Case::new) {
        match compare(subjects, &case) {
            Ok(one) => tally += one,
            Err(report) => reports += &report,
        }
    }
    (tally, reports)
}

/// Runs one module everywhere.
///
/// # Errors
///
/// A difference, or an engine that refuses the module, told with the seed.
pub fn compare(subjects: &[Subject], case: &Case) -> Result<Tally, String> {
    let refused = |name: &str, e: &dyn std::fmt::Display| format!("seed {}: {name} refuses the module: {e}", case.seed);
    let mut outcomes: Vec<(&str, Outcome)> = Vec::new();
    for subject in subjects {
        outcomes.push((subject.name, subject.run(case).map_err(|e| refused(subject.name, &e))?));
    }
    let compared = oracle::answers(case);
    if compared {
        outcomes.push(("wasmi", oracle::run(case).map_err(|e| refused("wasmi", &e))?));
    }
    let (first, outcome) = &outcomes[0];
    let mut report = String::new();
    for (name, other) in &outcomes[1..] {
        if let Some(difference) = outcome.difference(other) {
            writeln!(report, "seed {}: {first} against {name}: {difference}", case.seed).expect("a string grows");
        }
    }
    let (returned, ended) = outcome.calls();
    if report.is_empty() { Ok(Tally { modules: 1, compared: compared.into(), returned, ended }) } else { Err(report) }
}
