//! What a host gets to read when its value does not fit.

use crate::bindgen::encode::{self, Encoder};
use crate::bindgen::lower::Pass;
use crate::bindgen::output::Arena;
use crate::bindgen::pack::MAX_DEPTH;
use crate::bindgen::{Body, Field, Fields, NamedType, Type, TypeId, Variant};
use crate::types::{Value, Vector};

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), doc: String::new(), ty }
}

fn named(index: u32, name: &str) -> Type {
    Type::Named(TypeId { index, name: name.into() })
}

/// `Point {x: f32, y: f32, label: Option<String>}`, `Pay {Cash, Card(String), Split(u8, u8)}`, `Unit`, `List {next: Option<List>}`
fn types() -> Vec<NamedType> {
    let make = |name: &str, body| NamedType { identity: name.into(), name: name.into(), doc: String::new(), body };
    let variant = |name: &str, fields| Variant { name: name.into(), doc: String::new(), fields };
    let label = Type::Option(Box::new(Type::String));
    let point = Fields::Named(vec![field("x", Type::F32), field("y", Type::F32), field("label", label)]);
    let pay = vec![
        variant("Cash", Fields::Unit),
        variant("Card", Fields::Tuple(vec![Type::String])),
        variant("Split", Fields::Tuple(vec![Type::U8, Type::U8])),
    ];
    let next = Type::Option(Box::new(named(3, "List")));
    vec![
        make("Point", Body::Struct(point)),
        make("Pay", Body::Enum(pay)),
        make("Unit", Body::Struct(Fields::Unit)),
        make("List", Body::Struct(Fields::Named(vec![field("next", next)]))),
    ]
}

fn refuse(ty: &Type, value: &Value<'_>) -> String {
    let fault = match ty.pass() {
        Pass::Number(_) => encode::slot(ty, value).err(),
        _ => Encoder { types: &types() }.place(ty, value, &mut Arena::none()).err(),
    };
    fault.unwrap_or_else(|| panic!("{value:?} fits {ty}")).of("it")
}

fn map(pairs: &[(&str, Value<'static>)]) -> Value<'static> {
    Value::Map(pairs.iter().map(|(k, v)| (Value::String((*k).to_owned().into()), v.clone())).collect())
}

#[test]
fn numbers() {
    let f = Value::F64(1.0);
    for (ty, value, expected) in [
        (Type::U8, Value::I64(256), "it: 256 is out of range for u8 (0 to 255)"),
        (Type::I8, Value::I64(-129), "it: -129 is out of range for i8 (-128 to 127)"),
        (Type::U64, Value::I64(-1), "it: -1 is out of range for u64 (0 to 18446744073709551615)"),
        (
            Type::I64,
            Value::U64(1 << 63),
            "it: 9223372036854775808 is out of range for i64 (-9223372036854775808 to 9223372036854775807)",
        ),
        (Type::Usize, Value::U64(1 << 32), "it: 4294967296 is out of range for usize (0 to 4294967295)"),
        (Type::I32, f.clone(), "it: expected i32, got a float"),
        (Type::I32, Value::Bool(true), "it: expected i32, got a bool"),
        (Type::Bool, Value::I64(1), "it: expected bool, got an integer"),
        (Type::F32, Value::String("1".into()), "it: expected f32, got a string"),
        (Type::F64, Value::Null, "it: expected f64, got null"),
        (Type::Char, Value::String("ab".into()), "it: expected char, got a string of 2 characters"),
        (Type::Char, Value::String("".into()), "it: expected char, got a string of 0 characters"),
        (Type::Char, Value::I64(65), "it: expected char, got an integer"),
    ] {
        assert_eq!(refuse(&ty, &value), expected);
    }
}

#[test]
fn raw_values() {
    let vec = |ty| Type::Vec(Box::new(ty));
    for (ty, value, expected) in [
        (Type::String, Value::Bytes(vec![65].into()), "it: expected string, got bytes"),
        (Type::Bytes, Value::String("A".into()), "it: expected bytes, got a string"),
        (
            Type::Bytes,
            Value::List(vec![Value::I64(1), Value::I64(256)]),
            "it[1]: 256 is out of range for u8 (0 to 255)",
        ),
        (vec(Type::I32), Value::Vector(Vector::F32(vec![1.0].into())), "it[0]: expected i32, got a float"),
        (
            vec(Type::I8),
            Value::Vector(Vector::U16(vec![1, 200].into())),
            "it[1]: 200 is out of range for i8 (-128 to 127)",
        ),
        (vec(Type::F64), Value::Null, "it: expected vec<f64>, got null"),
        (
            Type::Array(Box::new(Type::U8), 3),
            Value::Bytes(vec![1].into()),
            "it: expected [u8; 3], got 1 items instead of 3",
        ),
    ] {
        assert_eq!(refuse(&ty, &value), expected);
    }
}

#[test]
fn composites_name_the_place() {
    let point = |x: Value<'static>| map(&[("x", x), ("y", Value::I64(2))]);
    let points = Type::Vec(Box::new(named(0, "Point")));
    let list = Value::List(vec![point(Value::I64(1)), point(Value::String("one".into()))]);
    assert_eq!(refuse(&points, &list), "it[1].x: expected f32, got a string");

    let pair = Type::Tuple(vec![Type::String, Type::Option(Box::new(Type::U8))]);
    assert_eq!(
        refuse(&pair, &Value::Tuple(vec![Value::Null])),
        "it: expected (string, option<u8>), got 1 items instead of 2"
    );
    let wrong = Value::Tuple(vec![Value::String("a".into()), Value::String("b".into())]);
    assert_eq!(refuse(&pair, &wrong), "it[1]: expected u8, got a string");

    let table = Type::Map(Box::new(Type::String), Box::new(Type::Bool));
    assert_eq!(refuse(&table, &map(&[("on", Value::I8(1))])), "it.on: expected bool, got an integer");
    assert_eq!(
        refuse(&table, &Value::Map(vec![(Value::I8(1), Value::Bool(true))])),
        "it[0].key: expected string, got an integer"
    );
    assert_eq!(refuse(&table, &Value::List(vec![])), "it: expected map<string, bool>, got a list");
}

#[test]
fn structs_name_the_field() {
    let point = named(0, "Point");
    let (x, y) = (("x", Value::F32(1.0)), ("y", Value::F32(2.0)));
    assert_eq!(refuse(&point, &map(std::slice::from_ref(&x))), "it: Point wants the field `y` (f32)");
    assert_eq!(
        refuse(&point, &map(&[x.clone(), y.clone(), ("z", Value::Null)])),
        "it: Point has no field `z`; it has x, y, label"
    );
    assert_eq!(refuse(&point, &map(&[x.clone(), y, x])), "it: the field `x` of Point is given twice");
    assert_eq!(refuse(&point, &Value::I8(1)), "it: expected Point (a map from field names to values), got an integer");
    assert_eq!(refuse(&named(2, "Unit"), &Value::I8(1)), "it: expected Unit (null), got an integer");
}

#[test]
fn enums_name_the_variant() {
    let pay = named(1, "Pay");
    assert_eq!(refuse(&pay, &Value::String("Gold".into())), "it: Pay has no variant `Gold`; it has Cash, Card, Split");
    assert_eq!(
        refuse(&pay, &Value::String("Card".into())),
        "it: the variant `Card` of Pay wants a value: a map from its name to what it carries"
    );
    assert_eq!(refuse(&pay, &map(&[("Cash", Value::I8(1))])), "it: the variant `Cash` of Pay carries nothing");
    assert_eq!(refuse(&pay, &map(&[("Card", Value::I8(1))])), "it.Card: expected string, got an integer");
    assert_eq!(
        refuse(&pay, &map(&[("Split", Value::List(vec![Value::I8(1)]))])),
        "it.Split: expected Split (2 values), got 1"
    );
    assert!(refuse(&pay, &map(&[])).contains("a map of one entry"));
    assert!(refuse(&pay, &Value::I8(1)).contains("the name of a variant"));
}

#[test]
fn values_that_nest_too_deep_are_refused_and_deep_ones_are_not() {
    let nest = |depth| (0..depth).fold(Value::Null, |inner, _| map(&[("next", inner)]));
    let list = named(3, "List");
    let types = types();
    let deep = nest(MAX_DEPTH / 2 - 1);
    assert!(Encoder { types: &types }.place(&list, &deep, &mut Arena::none()).is_ok());
    let message = refuse(&list, &nest(MAX_DEPTH + 1));
    assert!(message.ends_with("the value is nested deeper than 400 levels"), "{message}");
}
