//! Six small functions that every language's host calls, and a seventh that takes and returns structs.
//!
//! `create_line` is how it is done without structs: points and line travel as JSON text, which both sides must parse.
//! `create_line_typed` is the same function with its types in the signature.

use edge_bindgen::{EdgeType, edge_bindgen};
use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256, Sha3_256};

/// A point of the plane.
#[derive(EdgeType, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Upwards.
    pub y: f32,
}

/// A straight line between two points.
#[derive(EdgeType, Serialize, Debug, Clone, PartialEq)]
pub struct Line {
    /// Its two ends.
    pub points: Vec<Point>,
    /// Whether it has a length at all.
    pub valid: bool,
    /// The distance of its ends.
    pub length: f32,
    /// What the caller says of it.
    pub desc: String,
}

/// A line from `p1` to `p2`, which are JSON texts like `{"x":1.5,"y":3.8}`; the line is a JSON text too.
///
/// # Errors
///
/// A point that is not JSON of that form.
#[edge_bindgen]
pub fn create_line(p1: String, p2: String, desc: String) -> Result<String, String> {
    let point =
        |name: &str, text: &str| serde_json::from_str(text).map_err(|error| format!("{name} is not a point: {error}"));
    let line = create_line_typed(point("p1", &p1)?, point("p2", &p2)?, desc);
    serde_json::to_string(&line).map_err(|error| format!("the line has no JSON form: {error}"))
}

/// A line from `p1` to `p2`.
#[edge_bindgen]
pub fn create_line_typed(p1: Point, p2: Point, desc: String) -> Line {
    let (dx, dy) = (p1.x - p2.x, p1.y - p2.y);
    let length = (dx * dx + dy * dy).sqrt();
    Line { points: vec![p1, p2], valid: length != 0.0, length, desc }
}

/// Says hello.
#[edge_bindgen]
pub fn say(s: String) -> String {
    format!("hello {s}")
}

/// Turns every Latin letter by thirteen places; twice gives the text back.
#[edge_bindgen]
pub fn obfusticate(s: String) -> String {
    let turn = |letter: char, first: u8| ((letter as u8 - first + 13) % 26 + first) as char;
    s.chars()
        .map(|letter| match letter {
            'a'..='z' => turn(letter, b'a'),
            'A'..='Z' => turn(letter, b'A'),
            other => other,
        })
        .collect()
}

/// The least positive number that both divide; 0 when one of them is 0.
#[edge_bindgen]
pub fn lowest_common_multiple(a: i32, b: i32) -> i32 {
    num_integer::lcm(a, b)
}

/// SHA3-256: 32 bytes.
#[edge_bindgen]
pub fn sha3_digest(v: Vec<u8>) -> Vec<u8> {
    Sha3_256::digest(&v).to_vec()
}

/// Keccak-256, as SHA-3 was before it became a standard: 32 bytes.
#[edge_bindgen]
pub fn keccak_digest(v: Vec<u8>) -> Vec<u8> {
    Keccak256::digest(&v).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"This is an important message";

    #[test]
    fn create_line_prints_the_documented_line() {
        let line = create_line(r#"{"x":1.5,"y":3.8}"#.into(), r#"{"x":2.5,"y":5.8}"#.into(), "A thin red line".into());
        let wanted = r#"{"points":[{"x":1.5,"y":3.8},{"x":2.5,"y":5.8}],"valid":true,"length":2.2360682,"desc":"A thin red line"}"#;
        assert_eq!(line.as_deref(), Ok(wanted));
    }

    #[test]
    fn create_line_names_the_point_that_is_wrong() {
        let error = create_line(r#"{"x":1,"y":2}"#.into(), "{".into(), String::new()).unwrap_err();
        assert!(error.starts_with("p2 is not a point: "), "{error}");
    }

    #[test]
    fn a_line_without_length_is_not_valid() {
        let point = Point { x: 1.0, y: 2.0 };
        let line = create_line_typed(point.clone(), point, String::new());
        assert_eq!((line.valid, line.length), (false, 0.0));
    }

    #[test]
    fn texts_and_numbers() {
        assert_eq!(say("bindgen funcs test".into()), "hello bindgen funcs test");
        let text = "A quick brown fox jumps over the lazy dog";
        assert_eq!(obfusticate(text.into()), "N dhvpx oebja sbk whzcf bire gur ynml qbt");
        assert_eq!(obfusticate(obfusticate(text.into())), text);
        assert_eq!(lowest_common_multiple(123, 2), 246);
    }

    #[test]
    fn digests() {
        let sha3 = sha3_digest(MESSAGE.to_vec());
        assert_eq!((sha3.len(), &sha3[..4], &sha3[28..]), (32, &[87, 27, 231, 209][..], &[54, 211, 195, 203][..]));
        let keccak = keccak_digest(MESSAGE.to_vec());
        assert_eq!((keccak.len(), &keccak[..4], &keccak[28..]), (32, &[126, 194, 241, 200][..], &[52, 75, 55, 27][..]));
    }
}
