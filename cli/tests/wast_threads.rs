//! Scripts with threads of their own: the directives `thread` and `wait`.

use edge_cli::wast::{Report, run_script};
use edge_runtime::{Engine, Mode};

fn run(script: &str) -> Report {
    run_script(Mode::default(), &Engine::default(), script)
}

/// The failures alone.
fn failures(script: &str) -> Vec<String> {
    run(script).failures.iter().map(ToString::to_string).collect()
}

#[test]
fn threads_meet_in_a_shared_memory() {
    // Each waits for what the other stores, so that they must run at the same time.
    let report = run(r#"
        (module $Mem (memory (export "shared") 1 1 shared))
        (thread $T1 (shared (module $Mem))
            (register "mem" $Mem)
            (module (memory (import "mem" "shared") 1 1 shared)
                (func (export "run") (result i32)
                    (i32.atomic.store (i32.const 0) (i32.const 42))
                    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
                    (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
                    (i32.atomic.load (i32.const 4))))
            (assert_return (invoke "run") (i32.const 43)))
        (thread $T2 (shared (module $Mem))
            (register "mem" $Mem)
            (module (memory (import "mem" "shared") 1 1 shared)
                (func (export "run") (result i32)
                    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
                    (i32.atomic.store (i32.const 4) (i32.const 43))
                    (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
                    (i32.atomic.load (i32.const 0))))
            (assert_return (invoke "run") (i32.const 42)))
        (wait $T1)
        (wait $T2)"#);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(report.passed, 5 + 2 * 3);
}

#[test]
fn what_fails_in_a_thread_fails_the_script() {
    let failed =
        failures("(module)\n(thread $T (module (func (export \"f\") unreachable))\n  (invoke \"f\"))\n(wait $T)");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].starts_with("3:") && failed[0].contains("unreachable"), "{failed:?}");
}

#[test]
fn what_is_not_shared_belongs_to_its_thread() {
    let failed = failures(
        r#"(module $M (memory (export "m") 1))
           (thread $T (shared (module $M)) (register "mem" $M) (module (memory (import "mem" "m") 1)))
           (wait $T)"#,
    );
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("belongs to another store"), "{failed:?}");
}

#[test]
fn a_thread_that_is_not_there_cannot_be_waited_for() {
    let failed = failures("(module) (wait $T)");
    assert!(failed.len() == 1 && failed[0].contains("there is no thread $T"), "{failed:?}");
    let failed = failures("(module) (thread $T (shared (module $M)))");
    assert!(failed.len() == 1 && failed[0].contains("there is no module $M"), "{failed:?}");
}
