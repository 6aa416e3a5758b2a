//! Where polls stand, and what they are.

use super::*;

const EMPTY_LOOP: &str = "(module (func (loop (br 0))))";

fn polls(module: &CompiledModule, function: usize) -> Vec<usize> {
    let traps = &module.functions[function].traps;
    traps.iter().filter(|(_, trap)| *trap == Trap::Interrupt).map(|(at, _)| *at as usize).collect()
}

fn settings(opt_level: OptLevel) -> Settings {
    Settings { opt_level, verifier: true, interruptible: true, ..Settings::default() }
}

#[test]
fn an_empty_loop_polls_with_an_ordinary_load() {
    for opt_level in [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize] {
        let compiler = Compiler::for_machine(&settings(opt_level), "x86_64-unknown-linux-gnu");
        let module = compile_text(&compiler, EMPTY_LOOP);
        let [poll] = polls(&module, 0)[..] else { panic!("one poll is expected") };
        let code = &module.code[poll..];
        // mov r32, [r64], perhaps with a prefix for the upper eight registers.
        let (prefix, code) = if code[0] & 0xf0 == 0x40 { (1, &code[1..]) } else { (0, code) };
        assert_eq!(code[0], 0x8b, "{opt_level:?}");
        assert!(code[1] < 0xc0, "{opt_level:?}: from memory");
        assert!(jumps_back(&module, poll + prefix + 2, poll), "{opt_level:?}: the poll is in the loop");
    }
}

/// Whether a jump at `from` or a little behind leads to `to` or before it.
fn jumps_back(module: &CompiledModule, from: usize, to: usize) -> bool {
    let end = (module.functions[0].offset + module.functions[0].length) as usize;
    (from..end).any(|at| {
        let code = &module.code[at..];
        let target = match code[0] {
            0xeb => at as i64 + 2 + i64::from(code[1].cast_signed()),
            0xe9 if code.len() >= 5 => at as i64 + 5 + i64::from(i32::from_le_bytes(code[1..5].try_into().unwrap())),
            _ => return false,
        };
        (0..=to as i64).contains(&target)
    })
}

#[test]
fn an_empty_loop_polls_on_arm_too() {
    for opt_level in [OptLevel::None, OptLevel::Speed] {
        let compiler = Compiler::for_machine(&settings(opt_level), "aarch64-unknown-linux-gnu");
        let module = compile_text(&compiler, EMPTY_LOOP);
        let [poll] = polls(&module, 0)[..] else { panic!("one poll is expected") };
        let word = |at: usize| u32::from_le_bytes(module.code[at..at + 4].try_into().unwrap());
        assert_eq!(word(poll) & 0xffff_fc00, 0x88df_fc00, "ldar w, [x]");
        let end = (module.functions[0].offset + module.functions[0].length) as usize;
        // b, with a negative distance that reaches the poll.
        let back =
            |at: usize| word(at) >> 26 == 5 && at as i64 + i64::from((word(at) << 6).cast_signed() >> 4) <= poll as i64;
        assert!((poll + 4..end).step_by(4).any(back), "{opt_level:?}");
    }
}

#[test]
fn functions_poll_where_their_callers_do_not_bound_them() {
    let straight = "(drop (i32.const 1))".repeat(600);
    let calls = "(call $leaf)".repeat(600);
    let text = format!(
        "(module
            (func $leaf) (func (call $leaf)) (func (return_call $leaf)) (func {straight}) (func {calls})
            (func (loop (loop (br 0)))))"
    );
    let module = compile_text(&Compiler::new(&settings(OptLevel::Speed)).unwrap(), &text);
    let counts: Vec<usize> = (0..6).map(|function| polls(&module, function).len()).collect();
    assert_eq!(counts, [0, 1, 1, 1, 3, 2], "leaf, call, tail call, long, many calls, nested loops");
}

#[test]
fn code_that_cannot_be_interrupted_has_no_polls() {
    let uninterruptible = Settings { interruptible: false, ..settings(OptLevel::Speed) };
    let module = compile_text(&Compiler::new(&uninterruptible).unwrap(), EMPTY_LOOP);
    assert_eq!(polls(&module, 0), []);
}
