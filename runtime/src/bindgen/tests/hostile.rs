//! What a guest cannot do to the host with what it hands over.

use super::doc::{Doc, list, map, s};
use crate::bindgen::decode::{self, Decoder};
use crate::bindgen::{Body, Field, Fields, NamedType, Type, TypeId, Variant};
use crate::types::Value;
use crate::types::layout::RawValue;

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), doc: String::new(), ty }
}

fn named(index: u32, name: &str) -> Type {
    Type::Named(TypeId { index, name: name.into() })
}

/// `Node {value: u8, next: Option<Node>}`, `Pay {Cash, Card(String)}`
fn types() -> Vec<NamedType> {
    let make = |name: &str, body| NamedType { identity: name.into(), name: name.into(), doc: String::new(), body };
    let next = Type::Option(Box::new(named(0, "Node")));
    let variant = |name: &str, fields| Variant { name: name.into(), doc: String::new(), fields };
    vec![
        make("Node", Body::Struct(Fields::Named(vec![field("value", Type::U8), field("next", next)]))),
        make(
            "Pay",
            Body::Enum(vec![variant("Cash", Fields::Unit), variant("Card", Fields::Tuple(vec![Type::String]))]),
        ),
    ]
}

fn decode(ty: &Type, document: &Doc) -> Result<Value<'static>, String> {
    Decoder { types: &types() }.document(ty, &document.bytes()).map_err(|fault| fault.of("it"))
}

#[test]
fn a_document_of_another_shape_is_refused_by_its_place() {
    let node = named(0, "Node");
    let pay = named(1, "Pay");
    let strings = Type::Vec(Box::new(Type::String));
    for (ty, document, expected) in [
        (&node, s("x"), "it: expected Node, got a string"),
        (&node, map([("value", Doc::Int(300))]), "it.value: expected u8, got 300"),
        (&node, map([]), "it: the field `value` of Node is missing"),
        (&node, map([("value", Doc::Int(1)), ("value", Doc::Int(2))]), "it: the field `value` of Node comes twice"),
        (&node, Doc::Map(vec![(Doc::Int(1), Doc::Nil)]), "it: expected a field name of Node, got an integer"),
        (&pay, s("Gold"), "it: Pay has no variant `Gold`"),
        (&pay, s("Card"), "it: the variant `Card` of Pay comes without what it carries"),
        (&pay, map([("Cash", Doc::Nil)]), "it: the variant `Cash` of Pay carries nothing"),
        (&pay, map([("Card", Doc::Int(1))]), "it.Card: expected string, got an integer"),
        (&pay, map([("Card", s("a")), ("Cash", Doc::Nil)]), "it: expected Pay, got a map"),
        (&strings, list([s("a"), Doc::Nil]), "it[1]: expected string, got nil"),
        (&Type::Array(Box::new(Type::Bool), 2), list([]), "it: expected [bool; 2] (2 items), got 0 items"),
        (&Type::Tuple(vec![Type::Char]), list([s("ab")]), "it[0]: expected char, got a string of 2 bytes"),
        (&Type::Bytes, list([Doc::Int(256)]), "it[0]: expected u8, got 256"),
        (&Type::Vec(Box::new(Type::I16)), list([Doc::Float(1.0)]), "it[0]: expected i16, got a float"),
    ] {
        assert_eq!(decode(ty, &document).unwrap_err(), expected);
    }
}

#[test]
fn readers_are_as_tolerant_as_the_contract_says() {
    let node = named(0, "Node");
    let expected = Value::Map(vec![("value".into(), Value::U8(7)), ("next".into(), Value::Null)]);
    let shuffled = map([("extra", list([map([])])), ("next", Doc::Nil), ("value", Doc::Int(7))]);
    assert_eq!(decode(&node, &shuffled), Ok(expected.clone()));
    assert_eq!(decode(&node, &map([("value", Doc::Int(7))])), Ok(expected));
    assert_eq!(decode(&Type::F32, &Doc::Int(2)), Ok(Value::F32(2.0)));
    assert_eq!(decode(&Type::Bytes, &list([Doc::Int(1)])), Ok(Value::Bytes(vec![1].into())));
}

#[test]
fn bytes_after_the_document_are_refused() {
    let fault = Decoder { types: &[] }.document(&Type::Bool, &[0xc3, 0xc0]).unwrap_err();
    assert_eq!(fault.of("it"), "it: the document goes on after its end (1 of 2 bytes)");
}

#[test]
fn a_document_that_nests_without_end_does_not_exhaust_the_stack() {
    let mut bytes = Vec::new();
    for _ in 0..200_000 {
        bytes.extend([0x82, 0xa5, b'v', b'a', b'l', b'u', b'e', 1, 0xa4, b'n', b'e', b'x', b't']);
    }
    bytes.push(0xc0);
    // As small as the stack of a thread that a host may call from.
    let reader = std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(move || Decoder { types: &types() }.document(&named(0, "Node"), &bytes).unwrap_err().of("it"));
    let message = reader.unwrap().join().unwrap();
    assert!(message.ends_with("the document is nested deeper than 400 levels"), "{message}");
}

#[test]
fn announced_lengths_reserve_nothing() {
    // 4,294,967,295 strings announced in five bytes.
    let fault =
        Decoder { types: &[] }.document(&Type::Vec(Box::new(Type::String)), &[0xdd, 255, 255, 255, 255]).unwrap_err();
    assert!(fault.of("it").contains("ends early"));
}

#[test]
fn raw_bytes_that_fit_no_type_are_refused() {
    let raw = |ty: &Type, bytes: &[u8]| decode::raw(ty, bytes).unwrap_err().of("it");
    assert!(raw(&Type::String, &[0xff]).contains("expected a string, got bytes that are not UTF-8"));
    assert_eq!(raw(&Type::Vec(Box::new(Type::F32)), &[0; 5]), "it: expected elements of 4 bytes (f32), got 5 bytes");
    assert_eq!(raw(&Type::Array(Box::new(Type::U16), 2), &[0; 2]), "it: expected [u16; 2] (4 bytes), got 2 bytes");
}

#[test]
fn numbers_out_of_their_range_are_refused() {
    let slot = |ty: &Type, n: i32| decode::slot(ty, RawValue { i64: i64::from(n as u32) }).map_err(|f| f.of("it"));
    assert_eq!(slot(&Type::Bool, 2).unwrap_err(), "it: expected bool, got 2");
    assert_eq!(slot(&Type::Bool, -1).unwrap_err(), "it: expected bool, got 4294967295");
    assert_eq!(slot(&Type::Char, 0xD800).unwrap_err(), "it: expected char, got 55296");
    assert_eq!(slot(&Type::U8, 256).unwrap_err(), "it: expected u8, got 256");
    assert_eq!(slot(&Type::I8, 128).unwrap_err(), "it: expected i8, got 128");
    assert_eq!(slot(&Type::I8, -128), Ok(Value::I8(-128)));
    assert_eq!(slot(&Type::U32, -1), Ok(Value::U32(u32::MAX)));
}

#[test]
fn a_deep_document_on_the_last_of_a_stack_is_refused() {
    let mut bytes = Vec::new();
    for _ in 0..390 {
        bytes.extend([0x82, 0xa5, b'v', b'a', b'l', b'u', b'e', 1, 0xa4, b'n', b'e', b'x', b't']);
    }
    bytes.push(0xc0);
    // What is left to a host function whose guest has used up the rest.
    let reader = std::thread::Builder::new()
        .stack_size(128 << 10)
        .spawn(move || Decoder { types: &types() }.document(&named(0, "Node"), &bytes).unwrap_err().of("it"));
    let message = reader.unwrap().join().unwrap();
    assert!(message.ends_with("deeper than the stack of this thread allows"), "{message}");
}

#[test]
fn a_small_document_does_not_become_a_large_value() {
    let nothing = || field("f", Type::Option(Box::new(Type::U8)));
    let wide = Body::Struct(Fields::Named((0..1000).map(|_| nothing()).collect()));
    let types = [NamedType { identity: "Wide".into(), name: "Wide".into(), doc: String::new(), body: wide }];
    // 10,000 structs of 1,000 fields each, in one byte each.
    let bytes = [&[0xdc, 0x27, 0x10][..], &[0x80; 10_000]].concat();
    let fault = Decoder { types: &types }.document(&Type::Vec(Box::new(named(0, "Wide"))), &bytes).unwrap_err();
    assert!(fault.of("it").contains("stands for more than 8388608 values"));
}
