use super::*;
use crate::types::{ExternType, Kind, ModuleLimits, Phase, Proposal, Proposals, RefType, ValType};

fn parse_text(text: &str) -> crate::types::Result<ModuleInfo> {
    parse(&text_to_binary(text).unwrap(), Proposals::default(), &ModuleLimits::default())
}

fn refused(text: &str, caps: &ModuleLimits) -> crate::types::Error {
    parse(&text_to_binary(text).unwrap(), Proposals::default(), caps).unwrap_err()
}

#[test]
fn a_module_is_cut_into_its_parts() {
    let text = r#"(module $demo
        (import "host" "log" (func $log (param i32)))
        (import "host" "limit" (global $limit i64))
        (table 4 8 funcref)
        (memory 1 2)
        (global $count (mut i32) (i32.const 7))
        (func $twice (export "twice") (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
        (func $hidden)
        (func $element)
        (func $begin)
        (start $begin)
        (elem (i32.const 1) $element)
        (data (i32.const 16) "hello")
        (data "passive")
        (export "memory" (memory 0)))"#;
    let bytes = text_to_binary(text).unwrap();
    let info = parse(&bytes, Proposals::default(), &ModuleLimits::default()).unwrap();

    assert_eq!(info.imports[0].name, "log");
    assert!(matches!(&info.imports[1].ty, ExternType::Global(g) if g.content == ValType::I64 && !g.mutable));
    assert_eq!(info.tables[0].element, RefType::FUNCREF);
    assert_eq!((info.memories[0].min, info.memories[0].max), (1, Some(2)));
    assert_eq!(info.global_inits, [ConstExpr::One(ConstOp::I32(7))]);
    assert_eq!(info.export("twice").unwrap().index, ExternIndex::Func(1));
    assert_eq!(info.start, Some(4));
    assert_eq!(info.names.module.as_deref(), Some("demo"));
    assert_eq!(info.names.functions[&2], "hidden");
    assert_eq!(info.escaping, [1, 3, 4], "exported, in a segment, and the start function; not $log and $hidden");
    assert_eq!(info.escapes[&3], 1);
    assert_eq!(info.counts.func_refs, 3);
    assert_eq!(info.bodies.len(), 4);
    assert_eq!(*bytes[info.bodies[0].range.clone()].last().unwrap(), 0x0b);
    assert_eq!(bytes[info.data[0].range.clone()], *b"hello");
    assert!(info.data[1].active.is_none());
    assert_eq!(bytes[info.data[1].range.clone()], *b"passive");
    assert_eq!(info.custom_sections[0].0, "name");
}

#[test]
fn a_function_that_is_only_named_by_ref_func_escapes() {
    let info = parse_text(
        "(module (func $f) (elem declare func $f) (func (result funcref) ref.func $f) (global funcref (ref.func 1)))",
    )
    .unwrap();
    assert_eq!(info.escaping, [0, 1]);
}

#[test]
fn broken_bytes_are_malformed_and_say_where() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x02\0\0\0", b"hello, world", b"\0asm\x01\0\0\0\x01\x05\x01"] {
        let error = parse(bytes, Proposals::default(), &ModuleLimits::default()).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Load, Kind::Malformed), "{error}");
        assert!(error.message().contains("at offset 0x"), "{error}");
    }
}

#[test]
fn an_unknown_opcode_is_malformed_and_a_type_error_is_invalid() {
    let mut bytes = text_to_binary("(module (func nop))").unwrap();
    let nop = bytes.iter().rposition(|b| *b == 0x01).unwrap();
    bytes[nop] = 0xff;
    let error = parse(&bytes, Proposals::default(), &ModuleLimits::default()).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Load, Kind::Malformed), "{error}");

    let error = parse_text("(module (func (result i32) i64.const 1))").unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::Invalid), "{error}");
    assert!(error.message().contains("type mismatch"), "{error}");
}

#[test]
fn a_proposal_that_is_off_is_unsupported_and_named() {
    for (text, proposal) in [
        ("(module (func (drop (v128.const i64x2 0 0))))", Proposal::Simd),
        ("(module (func (param v128)))", Proposal::Simd),
        (
            "(module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))",
            Proposal::RelaxedSimd,
        ),
        ("(module (func (param i64) local.get 0 local.get 0 i64.mul_wide_u drop drop))", Proposal::WideArithmetic),
        ("(module (func return_call 0))", Proposal::TailCall),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", Proposal::ExtendedConst),
        ("(module (memory i64 1))", Proposal::Memory64),
        ("(module (memory 1) (memory 1))", Proposal::MultiMemory),
        ("(module (memory 1 1 shared))", Proposal::Threads),
        ("(module (tag))", Proposal::Exceptions),
    ] {
        let bytes = text_to_binary(text).unwrap();
        let off = Proposals::default().with(proposal, false);
        let error = parse(&bytes, off, &ModuleLimits::default()).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::Unsupported), "{text}: {error}");
        assert!(error.message().contains(&format!("the proposal {proposal}")), "{text}: {error}");
    }
}

#[test]
fn a_component_is_refused_by_name() {
    let error = parse(b"\0asm\x0d\0\x01\0", Proposals::default(), &ModuleLimits::default()).unwrap_err();
    assert!(error.message().contains("component"), "{error}");
}

#[test]
fn every_cap_is_enforced_and_named() {
    let base = ModuleLimits::default();
    for (text, caps, name) in [
        ("(module)", ModuleLimits { module_size: 7, ..base.clone() }, "bytes in the module"),
        ("(module (func) (func))", ModuleLimits { functions: 1, ..base.clone() }, "functions"),
        ("(module (import \"\" \"\" (func)) (func))", ModuleLimits { functions: 1, ..base.clone() }, "functions"),
        ("(module (func nop nop nop))", ModuleLimits { body_size: 4, ..base.clone() }, "bytes in a function's body"),
        ("(module (func (param i32) (local i64 i64)))", ModuleLimits { locals: 2, ..base.clone() }, "locals"),
        ("(module (func i32.const 0 br_table 0 0 0))", ModuleLimits { branch_targets: 1, ..base.clone() }, "br_table"),
        (
            "(module (func block block end end))",
            ModuleLimits { nesting: 2, ..base.clone() },
            "blocks inside one another",
        ),
        ("(module (func i32.const 0 i32.const 0 drop drop))", ModuleLimits { operands: 1, ..base.clone() }, "operands"),
    ] {
        let error = refused(text, &caps);
        assert_eq!(error.kind(), Kind::TooLarge, "{text}: {error}");
        assert!(error.message().contains(name), "{text}: {error}");
        parse(&text_to_binary(text).unwrap(), Proposals::default(), &base).unwrap();
    }
}

#[test]
fn of_many_mistakes_in_many_threads_the_first_is_reported() {
    let mut text = String::from("(module ");
    for _ in 0..20_000 {
        text.push_str("(func i32.const 1 i32.const 2 drop drop)");
    }
    text.push_str("(func (result i32) i64.const 0)(func (result i32) f32.const 0))");
    for _ in 0..5 {
        let error = parse_text(&text).unwrap_err();
        assert!(error.message().contains("expected i32, found i64"), "{error}");
    }
}

#[test]
fn a_constant_expression_keeps_its_operators_in_order() {
    let info = parse_text(
        "(module (import \"\" \"\" (global i32)) (memory 1)
            (data (offset (i32.sub (i32.mul (global.get 0) (i32.const 4)) (i32.const 1))) \"x\"))",
    )
    .unwrap();
    let Some((0, ConstExpr::Many(operators))) = &info.data[0].active else { panic!("{:?}", info.data) };
    let expected = [ConstOp::GlobalGet(0), ConstOp::I32(4), ConstOp::I32Mul, ConstOp::I32(1), ConstOp::I32Sub];
    assert_eq!(**operators, expected);
}

#[test]
fn a_constant_expression_has_a_greatest_length() {
    let sum = |terms: usize| format!("(module (global i32 (i32.const 0) {}))", "(i32.const 1) (i32.add)".repeat(terms));
    let caps = ModuleLimits { operands: 5, ..ModuleLimits::default() };
    let error = refused(&sum(3), &caps);
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.message().contains("6 operators in a constant expression"), "{error}");
    parse(&text_to_binary(&sum(2)).unwrap(), Proposals::default(), &caps).unwrap();
}

/// A module of one function with an `if`, and a section of branch hints with these bytes in front of its code.
fn hinted(section: &[u8], on: bool) -> ModuleInfo {
    let code = text_to_binary("(module (func (param i32) (if (local.get 0) (then))))").unwrap();
    let name = b"metadata.code.branch_hint";
    let mut custom = vec![0, (1 + name.len() + section.len()) as u8, name.len() as u8];
    custom.extend_from_slice(name);
    custom.extend_from_slice(section);
    // The code section is the only one with number 10, and no byte before it has this value.
    let at = code.iter().position(|byte| *byte == 10).unwrap();
    let bytes = [&code[..at], &custom, &code[at..]].concat();
    parse(&bytes, Proposals::default().with(Proposal::BranchHinting, on), &ModuleLimits::default()).unwrap()
}

#[test]
fn branch_hints_are_read_where_they_make_sense_and_are_on() {
    // One function: number 0 with one hint, at offset 3, of one byte, "unlikely".
    let good = [1, 0, 1, 3, 1, 0];
    assert_eq!(hinted(&good, true).branch_hints.of(0), [(3, false)]);
    assert!(hinted(&good, false).branch_hints.of(0).is_empty());
    let unknown_function = [1, 9, 1, 3, 1, 0];
    assert!(hinted(&unknown_function, true).branch_hints.of(9).is_empty());
}

#[test]
fn branch_hints_that_cannot_be_read_are_left_out_as_a_whole() {
    let good = [2, 0, 1, 3, 1, 0, 0, 1, 3, 1, 1];
    assert_eq!(hinted(&good, true).branch_hints.of(0), [(3, true)]);
    for length in 0..good.len() {
        assert!(hinted(&good[..length], true).branch_hints.of(0).is_empty(), "cut at {length}");
    }
    for (at, byte) in [(4, 2), (5, 7), (10, 2)] {
        let mut bad = good;
        bad[at] = byte;
        assert!(hinted(&bad, true).branch_hints.of(0).is_empty(), "{byte} at {at}");
    }
}
