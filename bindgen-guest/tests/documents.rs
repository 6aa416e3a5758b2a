//! Values to documents and back, judged by an independent MessagePack library.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use edge_bindgen::{EdgeType, Malformed, Reader, Reason, Writer};
use proptest::prelude::*;
use rmpv::Value;

#[derive(EdgeType, Debug, Clone, PartialEq, Default)]
struct Point {
    x: f64,
    y: f64,
    r#type: Option<String>,
}

#[derive(EdgeType, Debug, Clone, PartialEq)]
struct Meters(f32);

#[derive(EdgeType, Debug, Clone, PartialEq)]
struct Pair(i8, String);

#[derive(EdgeType, Debug, Clone, PartialEq)]
struct Unit;

#[derive(EdgeType, Debug, Clone, PartialEq)]
struct Empty {}

#[derive(EdgeType, Debug, Clone, PartialEq)]
enum Pay {
    Cash,
    Card(String),
    Transfer(u64, Option<u8>),
    Split { parts: Vec<Pay>, rest: Box<Pay> },
    Braces {},
    Parentheses(),
}

/// No value at all: only that it can be derived.
#[derive(EdgeType, Debug)]
enum Never {}

fn write(value: &impl EdgeType) -> Vec<u8> {
    let mut to = Writer::default();
    value.encode(&mut to);
    to.into_bytes()
}

fn read<T: EdgeType>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut from = Reader::new(bytes);
    let value = T::decode(&mut from)?;
    from.finish().map(|()| value)
}

fn judge(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    let value = rmpv::decode::read_value(&mut rest).expect("what we write is MessagePack");
    assert!(rest.is_empty(), "one document");
    value
}

/// The value comes back, and the other library reads what `expected` says.
#[track_caller]
fn round<T: EdgeType + PartialEq + Debug>(value: T, expected: &str) {
    let bytes = write(&value);
    assert_eq!(judge(&bytes).to_string(), expected);
    assert_eq!(read::<T>(&bytes), Ok(value));
}

#[test]
fn structs_are_maps_arrays_their_field_or_nil() {
    round(Point { x: 1.5, y: -2.0, r#type: None }, r#"{"x": 1.5, "y": -2, "type": nil}"#);
    round(Meters(0.5), "0.5");
    round(Pair(-3, "é".into()), r#"[-3, "é"]"#);
    round(Unit, "nil");
    round(Empty {}, "{}");
}

#[test]
fn enums_are_tagged_from_outside() {
    round(Pay::Cash, r#""Cash""#);
    round(Pay::Parentheses(), r#""Parentheses""#);
    round(Pay::Card("4".into()), r#"{"Card": "4"}"#);
    round(Pay::Transfer(1 << 40, Some(7)), r#"{"Transfer": [1099511627776, 7]}"#);
    round(Pay::Braces {}, r#"{"Braces": {}}"#);
    round(
        Pay::Split { parts: vec![Pay::Cash, Pay::Card(String::new())], rest: Box::new(Pay::Cash) },
        r#"{"Split": {"parts": ["Cash", {"Card": ""}], "rest": "Cash"}}"#,
    );
}

#[test]
fn scalars_and_sequences_have_their_forms() {
    round((), "nil");
    round((true, 'é', "s".to_owned()), r#"[true, "é", "s"]"#);
    round(
        (u64::MAX, i64::MIN, usize::MAX, isize::MIN),
        &format!("[{}, {}, {}, {}]", u64::MAX, i64::MIN, usize::MAX, isize::MIN),
    );
    round(vec![vec![true], vec![]], "[[true], []]");
    round((vec![1u16, 300], [1i32; 2]), "[[1, 300], [1, 1]]");
    round(vec![Some(1usize), None], "[1, nil]");
    assert_eq!(judge(&write(&vec![1u8, 2])), Value::Binary(vec![1, 2]));
    assert_eq!(judge(&write(&[1u8, 2])), Value::Binary(vec![1, 2]));
    assert_eq!(judge(&write(&vec![Box::new(1u8)])), Value::Binary(vec![1]));
    assert_eq!(read(&write(&[1u8, 2])), Ok([1u8, 2]));
    assert_eq!(read(&write(&vec![1u8, 2])), Ok(vec![Box::new(1u8), Box::new(2)]));
    round(BTreeMap::from([(1u8, "a".to_owned())]), r#"{1: "a"}"#);
    round(HashMap::from([("k".to_owned(), Meters(2.0))]), r#"{"k": 2}"#);
}

#[test]
fn readers_accept_what_the_contract_lets_writers_choose() {
    let other = Value::Map(vec![
        ("y".into(), 2.into()),
        (
            "unknown".into(),
            Value::Array(vec![Value::Map(vec![(1.into(), Value::Ext(1, vec![0; 16]))]), Value::F32(1.0)]),
        ),
        ("x".into(), Value::F32(0.5)),
    ]);
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &other).unwrap();
    assert_eq!(read(&bytes), Ok(Point { x: 0.5, y: 2.0, r#type: None }));
    assert_eq!(read(&write(&vec![1u16, 2])), Ok(vec![1u8, 2]), "bytes from an array of integers");
    assert_eq!(read::<u8>(&[0xd3, 0, 0, 0, 0, 0, 0, 0, 5]), Ok(5), "an integer of any form");
    assert_eq!(read::<f32>(&write(&0.25f64)), Ok(0.25));
}

#[test]
fn what_is_malformed_is_told_with_its_place() {
    let refused = |error: Result<Point, Malformed>| error.expect_err("malformed").to_string();
    assert_eq!(refused(read(&[])), "malformed document at byte 0: it ends within a value");
    assert_eq!(refused(read(&[0x90])), "malformed document at byte 0: expected a map, found an array (0x90)");
    assert_eq!(refused(read(&[0x81, 0xa1, b'x', 0xcb, 0])), "malformed document at byte 3: it ends within a value");
    assert_eq!(refused(read(&[0x81, 0xa1, b'x', 0x01])), "malformed document at byte 4: the field `y` is missing");
    let whole = [write(&Point::default()), vec![0]].concat();
    assert_eq!(refused(read(&whole)), format!("malformed document at byte {}: bytes follow its end", whole.len() - 1));
    assert_eq!(read::<u8>(&[0xcd, 1, 0]).unwrap_err().reason, Reason::OutOfRange("u8"));
    assert_eq!(
        read::<u64>(&[0xff]).unwrap_err().to_string(),
        "malformed document at byte 0: the number does not fit u64"
    );
    assert_eq!(read::<String>(&[0xa1, 0xff]).unwrap_err().reason, Reason::NotUtf8);
    assert_eq!(read::<char>(b"\xa2ab").unwrap_err().reason, Reason::Length { expected: 1, found: 2 });
    assert_eq!(read::<char>(b"\xa0").unwrap_err().reason, Reason::Length { expected: 1, found: 0 });
    assert_eq!(read::<(u8, u8)>(&[0x91, 1]).unwrap_err().reason, Reason::Length { expected: 2, found: 1 });
    assert_eq!(read::<[u16; 2]>(&[0x91, 1]).unwrap_err().reason, Reason::Length { expected: 2, found: 1 });
    assert_eq!(
        read::<Pay>(b"\xa4Gold").unwrap_err().to_string(),
        "malformed document at byte 5: `Pay` has no variant `Gold`"
    );
    assert!(read::<Pay>(b"\xa4Card").is_err(), "a variant with a payload is no mere name");
    assert!(read::<Pay>(b"\x81\xa4Cash\xc0").is_err(), "a variant without one is nothing else");
    assert!(read::<Pay>(&[0x80]).is_err());
    assert!(read::<Never>(b"\xa1A").is_err());
    assert!(read::<Unit>(&[0x01]).is_err());
}

#[test]
fn a_head_that_promises_too_much_allocates_nothing() {
    assert_eq!(read::<Vec<bool>>(&[0xdd, 0xff, 0xff, 0xff, 0xff]).unwrap_err().reason, Reason::Ended);
    assert_eq!(read::<Vec<u8>>(&[0xc6, 0xff, 0xff, 0xff, 0xff, 0]).unwrap_err().reason, Reason::Ended);
    assert_eq!(read::<String>(&[0xdb, 0xff, 0xff, 0xff, 0xff, 0]).unwrap_err().reason, Reason::Ended);
}

#[test]
fn skipping_needs_no_stack() {
    let deep = vec![0x91; 1_000_000];
    let document = [b"\x83\xa1x\x01\xa1y\x02\xa1z".as_slice(), &deep, &[0xc0]].concat();
    assert_eq!(read(&document), Ok(Point { x: 1.0, y: 2.0, r#type: None }));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::F32),
        any::<f64>().prop_map(Value::F64),
        ".{0,40}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Binary),
        (any::<i8>(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(sort, bytes)| Value::Ext(sort, bytes)),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn integers_keep_their_value_in_the_shortest_form(signed: i64, unsigned: u64, shift in 0u32..64) {
        for number in [signed, signed >> shift] {
            let mut shortest = Vec::new();
            rmpv::encode::write_value(&mut shortest, &number.into()).unwrap();
            prop_assert_eq!(write(&number), shortest);
            prop_assert_eq!(read(&write(&number)), Ok(number));
        }
        let number = unsigned >> shift;
        let mut shortest = Vec::new();
        rmpv::encode::write_value(&mut shortest, &number.into()).unwrap();
        prop_assert_eq!(write(&number), shortest);
        prop_assert_eq!(read(&write(&number)), Ok(number));
    }

    #[test]
    fn floats_keep_their_bits(double: u64, single: u32) {
        let (double, single) = (f64::from_bits(double), f32::from_bits(single));
        prop_assert_eq!(read::<f64>(&write(&double)).unwrap().to_bits(), double.to_bits());
        prop_assert_eq!(read::<f32>(&write(&single)).unwrap().to_bits(), single.to_bits());
    }

    #[test]
    fn text_and_bytes_of_every_length(text in ".{0,300}", long in 65_000usize..66_000) {
        prop_assert_eq!(judge(&write(&text)), Value::from(text.as_str()));
        prop_assert_eq!(read(&write(&text)), Ok(text));
        let bytes = vec![7u8; long];
        prop_assert_eq!(judge(&write(&bytes)), Value::Binary(bytes.clone()));
        prop_assert_eq!(read(&write(&bytes)), Ok(bytes));
        let items = vec![true; long];
        prop_assert_eq!(judge(&write(&items)).as_array().map(Vec::len), Some(long));
        prop_assert_eq!(read(&write(&items)), Ok(items));
    }

    #[test]
    fn unknown_fields_of_any_sort_are_passed_over(value in value(), x: i32) {
        let document = Value::Map(vec![("x".into(), x.into()), ("other".into(), value), ("y".into(), 1.into())]);
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &document).unwrap();
        prop_assert_eq!(read(&bytes), Ok(Point { x: x.into(), y: 1.0, r#type: None }));
        for end in 0..bytes.len() {
            prop_assert!(read::<Point>(&bytes[..end]).is_err(), "truncated to {}", end);
        }
    }

    #[test]
    fn arbitrary_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = read::<Pay>(&bytes);
        let _ = read::<Point>(&bytes);
        let _ = read::<(Vec<Option<String>>, BTreeMap<i16, char>)>(&bytes);
        let _ = Reader::new(&bytes).skip();
    }
}
