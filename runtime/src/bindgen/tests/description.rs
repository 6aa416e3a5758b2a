//! The reader of the section `edge_bindgen`: what it understands, and that every kind of damage is refused by its place.

use super::doc::{Doc, abi, enumeration, function, import, list, map, named, s, section, structure};
use crate::bindgen::description::read;
use crate::bindgen::{Body, Fields, Interface, Type};
use crate::types::{Kind, Result};

fn parse(records: &[Doc]) -> Result<Interface> {
    let bytes = section(records);
    Ok(read([&bytes[..]].into_iter())?.expect("there is a section"))
}

fn refused(records: &[Doc]) -> String {
    let error = parse(records).expect_err("the description is damaged");
    assert_eq!(error.kind(), Kind::BadDescription);
    error.message().to_owned()
}

#[test]
fn a_module_without_the_section_has_no_interface() {
    assert!(read(std::iter::empty()).unwrap().is_none());
}

#[test]
fn functions_imports_and_types_are_understood_in_any_order() {
    let vec = |ty| list([s("vec"), ty]);
    let interface = parse(&[
        function(
            "draw",
            &[("line", named("g::Line")), ("ink", named("g::Ink"))],
            list([s("result"), s("unit"), s("string")]),
        ),
        structure(
            "g::Line",
            "Line",
            &[("points", vec(named("g::Point"))), ("next", list([s("option"), named("g::Line")]))],
        ),
        structure("g::Point", "Point", &[("x", s("f32")), ("y", s("f32"))]),
        enumeration(
            "g::Ink",
            "Ink",
            &[
                ("None", Doc::Nil),
                ("Gray", map([("t", list([s("u8")]))])),
                ("Rgb", map([("f", list([list([s("r"), s("red"), s("u8")])]))])),
            ],
        ),
        abi(1),
        import("app", "note", &[("level", s("u8"))], s("u64")),
    ])
    .unwrap();
    assert_eq!(interface.function("draw").unwrap().to_string(), "draw(line: Line, ink: Ink) -> result<(), string>");
    assert_eq!(interface.import("app", "note").unwrap().to_string(), "note(level: u8) -> u64");
    assert!(interface.function("note").is_none() && interface.import("env", "note").is_none());
    let Type::Named(line) = &interface.functions[0].params[0].ty else { panic!("a named type") };
    let Body::Struct(Fields::Named(fields)) = &interface.named(line).body else { panic!("named fields") };
    assert_eq!(fields[1].ty, Type::Option(Box::new(Type::Named(line.clone()))), "types may be recursive");
    let Body::Enum(variants) = &interface.types[2].body else { panic!("an enum") };
    assert_eq!(variants[0].fields, Fields::Unit);
    assert_eq!(variants[1].fields, Fields::Tuple(vec![Type::U8]));
    assert!(matches!(&variants[2].fields, Fields::Named(fields) if fields[0].doc == "red"));
}

#[test]
fn unknown_keys_and_repeated_versions_are_tolerated() {
    let newer = map([("k", s("fn")), ("n", s("f")), ("since", Doc::Int(7)), ("p", list([])), ("r", s("unit"))]);
    assert_eq!(parse(&[abi(1), newer, abi(1)]).unwrap().functions.len(), 1);
}

#[test]
fn every_type_has_its_word() {
    for word in [
        "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "isize", "usize", "f32", "f64", "char", "string",
        "bytes",
    ] {
        let interface = parse(&[abi(1), function("f", &[("a", s(word))], s("unit"))]).unwrap();
        assert_eq!(interface.functions[0].params[0].ty.to_string(), word);
    }
    let composite =
        list([s("map"), s("string"), list([s("tuple"), list([s("array"), s("i16"), Doc::Int(3)]), s("unit")])]);
    let interface = parse(&[abi(1), function("f", &[("a", composite)], s("unit"))]).unwrap();
    assert_eq!(interface.functions[0].params[0].ty.to_string(), "map<string, ([i16; 3], ())>");
}

#[test]
fn another_version_is_refused() {
    assert!(refused(&[abi(2)]).contains("speaks version 2 of the calling contract, this host speaks version 1"));
    assert!(refused(&[abi(1), abi(3)]).contains("version 3"));
    assert!(refused(&[function("f", &[], s("unit"))]).contains("no record tells the version"));
    assert!(refused(&[map([("k", s("abi")), ("v", s("1"))])]).contains("v: expected an integer, got a string"));
}

#[test]
fn damage_is_named_with_its_record() {
    let with = |record: Doc| refused(&[abi(1), record]);
    let cases = [
        (with(Doc::Int(7)), "record 1 (offset 10): expected a map, got an integer"),
        (with(map([("n", s("f"))])), "record 1 (offset 10): the key \"k\" is missing"),
        (with(map([("k", s("gadget"))])), "record 1 (offset 10): \"gadget\" is no sort of record"),
        (with(map([("k", s("fn")), ("n", s("f")), ("p", list([]))])), "fn `f`: the key \"r\" is missing"),
        (with(function("f", &[("a", s("u9"))], s("unit"))), "fn `f`.p[0]: \"u9\" is no type"),
        (with(function("f", &[("a", Doc::Int(1))], s("unit"))), "fn `f`.p[0]: expected a type, got an integer"),
        (with(function("f", &[("a", s("unit"))], s("unit"))), "fn `f`.p[0]: () is no parameter type"),
        (with(function("f", &[], named("g::Gone"))), "fn `f`.r: the type `g::Gone` is named but not described"),
        (
            with(function("f", &[("a", list([s("result"), s("u8"), s("u8")]))], s("unit"))),
            "a result type stands only as the result of a function",
        ),
        (with(function("f", &[], list([s("vec")]))), "fn `f`.r: the type \"vec\" with 0 parts"),
        (with(function("f", &[], list([s("array"), s("u8"), Doc::Int(-1)]))), "-1 is no length of an array"),
        (
            with(function("f", &[], list([s("option"), list([s("option"), s("u8")])]))),
            "option<option<u8>> cannot be told apart from its content",
        ),
        (
            with(structure("g::S", "S", &[("a", s("u8")), ("a", s("u8"))])),
            "struct `S`.f[1]: the field `a` is described twice",
        ),
        (
            with(enumeration("g::E", "E", &[("A", Doc::Nil), ("A", Doc::Nil)])),
            "enum `E`.v[1]: the variant `A` is described twice",
        ),
        (
            with(enumeration("g::E", "E", &[("A", map([("t", s("u8"))]))])),
            "enum `E`.v[0].t: expected an array, got a string",
        ),
        (
            refused(&[abi(1), structure("g::S", "S", &[]), structure("g::S", "S", &[])]),
            "the type `g::S` is described twice",
        ),
        (
            refused(&[abi(1), function("f", &[], s("u8")), function("f", &[], s("u8"))]),
            "the function `f` is described twice",
        ),
        (
            refused(&[abi(1), import("m", "f", &[], s("u8")), import("m", "f", &[], s("u16"))]),
            "the host function `m.f` is described twice, as f() -> u8 and as f() -> u16",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.starts_with("the bindgen description is damaged"), "{message}");
        assert!(message.contains(expected), "`{message}` does not say `{expected}`");
    }
}

#[test]
fn a_description_that_is_cut_off_anywhere_is_refused() {
    let bytes = section(&[
        function("f", &[("a", list([s("vec"), named("g::S")]))], s("string")),
        structure("g::S", "S", &[("x", s("f64"))]),
        abi(1),
    ]);
    assert!(read([&bytes[..]].into_iter()).is_ok());
    for len in 1..bytes.len() {
        assert!(read([&bytes[..len]].into_iter()).is_err(), "cut off after {len} of {} bytes", bytes.len());
    }
}

#[test]
fn types_that_nest_without_end_are_refused() {
    let deep = (0..100_000).fold(vec![], |mut bytes: Vec<u8>, _| {
        bytes.extend([0x92, 0xa3, b'v', b'e', b'c']);
        bytes
    });
    let mut bytes = section(&[abi(1)]);
    bytes.extend([0x81, 0xa1, b'r']);
    bytes.extend(deep);
    let error = read([&bytes[..]].into_iter()).unwrap_err();
    assert!(error.message().contains("types nest deeper than 64 levels"), "{error}");
}
