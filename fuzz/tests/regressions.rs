//! Every find once more, in all modes and in wasmi. `docs/fuzzing.md` says what each was.
//!
//! The first lines of a file are comments: what went wrong, `needs:` with the proposals beyond those of wasmi, and `gives NAME:`
//! with what every engine must answer, so that all of them being wrong does not pass.

use std::fs;
use std::path::{Path, PathBuf};

use edge_fuzz::edge::{Subject, subjects};
use edge_fuzz::generate::Case;
use edge_fuzz::outcome::{Outcome, Step, Stop};
use edge_fuzz::{differential, oracle};
use edge_runtime::{Proposal, Proposals};

struct Find {
    name: String,
    case: Case,
    /// Names of exports, or `instantiation`, and what comes of each.
    gives: Vec<(String, String)>,
}

/// The finds, by number.
fn finds() -> Vec<Find> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let files = fs::read_dir(folder).expect("the folder is part of the source");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file can be listed").path()).collect();
    paths.sort();
    paths.iter().map(|path| find(path)).collect()
}

fn find(path: &Path) -> Find {
    let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
    let seed = number.unwrap_or_else(|| panic!("{name}: finds are named by numbers"));
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (mut proposals, mut gives) = (Proposals::NONE, Vec::new());
    for line in text.lines().map_while(|line| line.strip_prefix(";; ")) {
        if let Some(names) = line.strip_prefix("needs: ") {
            let on = names.split(", ").map(|name| Proposal::from_name(name).unwrap_or_else(|e| panic!("{name}: {e}")));
            proposals = on.fold(proposals, |set, proposal| set.with(proposal, true));
        } else if let Some(answer) = line.strip_prefix("gives ") {
            let (export, answer) = answer.split_once(": ").unwrap_or_else(|| panic!("{name}: `gives NAME: ANSWER`"));
            gives.push((export.to_owned(), answer.to_owned()));
        }
    }
    let wasm = wat::parse_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    Find { name, case: Case { seed, wasm, proposals }, gives }
}

/// What came of an export, or of instantiation, as the files write it; once for each time that it was called.
fn answers(outcome: &Outcome, name: &str) -> Vec<String> {
    let stopped = |stop: &Stop| match stop {
        Stop::Trap(kind) => format!("trap {kind}"),
        Stop::Unanswered(text) => format!("no answer: {text}"),
    };
    let answer = |step: &Step| match step {
        Step::Instantiation(result) if name == "instantiation" => {
            Some(result.as_ref().map_or_else(stopped, |()| "ok".to_owned()))
        }
        Step::Call(export, result) if export == name => {
            Some(result.as_ref().map_or_else(stopped, |values| format!("{values:?}")))
        }
        _ => None,
    };
    outcome.0.iter().filter_map(answer).collect()
}

/// What an engine of ours answers wrongly.
fn wrong(subject: &Subject, find: &Find) -> Vec<String> {
    let Find { name, case, gives } = find;
    let outcome = subject.run(case).unwrap_or_else(|e| panic!("{name}: {} refuses the module: {e}", subject.name));
    let mut wrong = Vec::new();
    for (export, expected) in gives {
        let answers = answers(&outcome, export);
        if answers.is_empty() || answers.iter().any(|answer| answer != expected) {
            wrong.push(format!("{name}, {}: {export} gives {answers:?} instead of {expected}", subject.name));
        }
    }
    wrong
}

#[test]
fn every_find_is_answered_alike_and_as_it_should_be() {
    let (subjects, finds) = (subjects(), finds());
    assert!(!finds.is_empty() && finds.iter().any(|find| oracle::answers(&find.case)));
    let mut problems = Vec::new();
    for find in &finds {
        if let Err(report) = differential::compare(&subjects, &find.case) {
            problems.push(format!("{}: {report}", find.name));
        }
        problems.extend(subjects.iter().flat_map(|subject| wrong(subject, find)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The list of finds in the documentation and the folder are the same.
#[test]
fn every_find_is_told() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fuzzing.md")).unwrap();
    let told: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| [")?.split(']').next()).filter(|n| n.len() == 4).collect();
    let numbers: Vec<String> = finds().iter().map(|find| find.name[..4].to_owned()).collect();
    assert_eq!(told, numbers);
}
