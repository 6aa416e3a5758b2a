//! Branch hints: what is unlikely lies behind the rest.

use super::*;

/// The traps of a function in the order of their code: a division stands for the code that a hint is about, a load for what
/// comes after it.
fn order(body: &str) -> Vec<Trap> {
    let text = format!(
        r#"(module (memory 1) (func (param i32 i32) (result i32) {body} (i32.load (i32.add (local.get 1) (i32.const 1)))))"#
    );
    let mut traps = traps(&compile_text(&compiler(OptLevel::Speed), &text), 0);
    traps.retain(|trap| matches!(trap, Trap::IntegerDivideByZero | Trap::MemoryOutOfBounds));
    traps
}

const DIVISION: &str = "(local.set 1 (i32.div_u (i32.const 7) (local.get 1)))";
const BEFORE: [Trap; 2] = [Trap::IntegerDivideByZero, Trap::MemoryOutOfBounds];
const BEHIND: [Trap; 2] = [Trap::MemoryOutOfBounds, Trap::IntegerDivideByZero];

#[test]
fn the_unlikely_part_of_an_if_lies_behind() {
    let body = |hint: &str| format!("(local.get 0) {hint} (if (then {DIVISION}))");
    assert_eq!(order(&body("")), BEFORE);
    assert_eq!(order(&body(r#"(@metadata.code.branch_hint "\01")"#)), BEFORE);
    assert_eq!(order(&body(r#"(@metadata.code.branch_hint "\00")"#)), BEHIND);
}

#[test]
fn what_an_unlikely_branch_skips_stays_and_what_a_likely_one_skips_lies_behind() {
    let body = |hint: &str| format!("(block (local.get 0) {hint} (br_if 0) {DIVISION})");
    assert_eq!(order(&body("")), BEFORE);
    assert_eq!(order(&body(r#"(@metadata.code.branch_hint "\00")"#)), BEFORE);
    assert_eq!(order(&body(r#"(@metadata.code.branch_hint "\01")"#)), BEHIND);
}

#[test]
fn hints_change_no_result() {
    for hint in ["", r#"(@metadata.code.branch_hint "\00")"#, r#"(@metadata.code.branch_hint "\01")"#] {
        let text = format!(
            r#"(module (func (export "f") (param i32) (result i32)
                (block (result i32) (i32.const 10) (local.get 0) {hint} (br_if 0) (drop)
                    (local.get 0) {hint} (if (result i32) (then (i32.const 20)) (else (i32.const 30))))))"#
        );
        for settings in all_settings() {
            let instance = Instance::new(&settings, &text, no_host);
            assert_eq!(
                [instance.call_i32("f", &[1]), instance.call_i32("f", &[0])],
                [[10], [30]],
                "{hint} {settings:?}"
            );
        }
    }
}
