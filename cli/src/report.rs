//! Errors, for a person at a terminal: one block, what went wrong first, then where and why.

use std::fmt::Write as _;

use edge_runtime::Error;

/// Exit status of `edge` itself when something failed. The guest's own exit codes pass through unchanged.
pub const EXIT_FAILURE: u8 = 1;

/// How many frames of a backtrace are shown before the middle is left out.
const FRAMES_SHOWN: usize = 16;

/// The block for an error.
#[must_use]
pub fn format(error: &Error) -> String {
    let mut out = format!("error: {}\n  kind: {} ({})\n", error.message(), error.kind(), error.phase());
    let frames = error.backtrace();
    for (i, frame) in frames.iter().take(FRAMES_SHOWN).enumerate() {
        let _ = writeln!(out, "  {} {frame}", if i == 0 { "at  " } else { "from" });
    }
    if frames.len() > FRAMES_SHOWN {
        let _ = writeln!(out, "  ... {} more frames", frames.len() - FRAMES_SHOWN);
    }
    let mut cause = error.cause().map(|c| c as &dyn std::error::Error);
    while let Some(error) = cause {
        let _ = writeln!(out, "  caused by: {error}");
        cause = error.source();
    }
    out
}

/// Writes the block to standard error.
pub fn print(error: &Error) {
    eprint!("{}", format(error));
}

#[cfg(test)]
mod tests {
    use edge_runtime::{Frame, Kind, Phase};

    use super::*;

    fn frame(name: &str) -> Frame {
        Frame {
            module: None,
            func_index: 0,
            func_name: Some(name.into()),
            module_offset: None,
            file: Some("lib.rs".into()),
            line: Some(7),
        }
    }

    #[test]
    fn an_error_is_one_block_with_frames_and_causes() {
        let error = Error::new(Phase::Execute, Kind::Unreachable, "unreachable")
            .with_backtrace(vec![frame("inner"), frame("outer")])
            .with_cause("disk on fire".into());
        assert_eq!(
            format(&error),
            "error: unreachable\n  kind: unreachable (execute)\n  at   inner (lib.rs:7)\n  from outer (lib.rs:7)\n  \
             caused by: disk on fire\n"
        );
    }

    #[test]
    fn a_long_backtrace_is_cut() {
        let error = Error::new(Phase::Execute, Kind::StackOverflow, "x").with_backtrace(vec![frame("f"); 100]);
        assert!(format(&error).contains("... 84 more frames"));
    }
}
