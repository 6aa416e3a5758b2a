//! The host's functions, and guest functions that call them.

#![allow(clippy::missing_errors_doc, reason = "the errors are the host's, passed on")]

use crate::shapes::{AppError, Point, Shape};
use edge_bindgen::edge_bindgen;
use std::collections::BTreeMap;

#[edge_bindgen(module = "app")]
extern "Rust" {
    /// Takes a note; returns how many there are. An exception of the host's arrives as `Err`.
    fn note(level: u8, text: &str) -> Result<u64, String>;
    /// A point to another.
    fn transform(point: Point) -> Point;
    /// What is stored under the key, if anything.
    fn fetch(key: &str) -> Option<String>;
    /// The same bytes.
    fn bytes_round(bytes: Vec<u8>) -> Vec<u8>;
    /// Fails. There is no `Result`, so that the failure ends the call of the guest as well.
    fn fail_host();
    /// Fails with a typed error.
    fn fail_typed(kind: u32) -> Result<u32, AppError>;
    /// Calls the guest's `count_down(n)` and returns what that returns.
    fn reenter(n: u32) -> u32;
    /// Numbers, without memory in between.
    fn multiply(a: i64, b: f64) -> f64;
    /// A sum.
    fn sum(numbers: &[i32]) -> i64;
    /// The area of each shape under the name that it has.
    fn areas(shapes: BTreeMap<String, Shape>) -> BTreeMap<String, f64>;
}

/// What `note` returned, or `Err` with what the host said.
#[edge_bindgen]
pub fn call_note(level: u8, text: &str) -> Result<u64, String> {
    note(level, text)
}

/// Like `call_note`, but the guest deals with the failure: a text of what it got.
#[edge_bindgen]
pub fn call_note_caught(level: u8, text: &str) -> String {
    match note(level, text) {
        Ok(count) => format!("noted as {count}"),
        Err(error) => format!("the host said: {error}"),
    }
}

/// The point that the host makes of this one.
#[edge_bindgen]
pub fn call_transform(point: Point) -> Point {
    transform(point)
}

/// What the host has under the key.
#[edge_bindgen]
pub fn call_fetch(key: &str) -> Option<String> {
    fetch(key)
}

/// Through the host and back.
#[edge_bindgen]
pub fn call_bytes_round(bytes: Vec<u8>) -> Vec<u8> {
    bytes_round(bytes)
}

/// Calls a host function that fails; never returns when it does.
#[edge_bindgen]
pub fn call_fail() -> String {
    fail_host();
    "the host did not fail".into()
}

/// Passes on the typed error of the host.
#[edge_bindgen]
pub fn call_fail_typed(kind: u32) -> Result<u32, AppError> {
    fail_typed(kind)
}

/// Guest, host, guest, and so on, `n` deep; returns `n`.
#[edge_bindgen]
pub fn call_reenter(n: u32) -> u32 {
    reenter(n)
}

/// Counts down through the host: 0 for 0, else one more than the host's `reenter(n - 1)`, which calls this again.
#[edge_bindgen]
pub fn count_down(n: u32) -> u32 {
    if n == 0 { 0 } else { reenter(n - 1) + 1 }
}

/// The product of an integer and a float, by the host.
#[edge_bindgen]
pub fn call_multiply(a: i64, b: f64) -> f64 {
    multiply(a, b)
}

/// The sum, by the host.
#[edge_bindgen]
pub fn call_sum(numbers: &[i32]) -> i64 {
    sum(numbers)
}

/// The areas, by the host.
#[edge_bindgen]
pub fn call_areas(shapes: BTreeMap<String, Shape>) -> BTreeMap<String, f64> {
    areas(shapes)
}

/// Keeps its own text while the host calls back into the guest: what one depth holds, no other overwrites.
#[edge_bindgen]
pub fn call_reenter_keeping(text: &str, n: u32) -> String {
    let depth = reenter(n);
    format!("{text}{depth}")
}

/// Calls the host `times` times with a text of `length` letters; returns what the last call returned.
#[edge_bindgen]
pub fn call_note_often(times: u32, length: u32) -> Result<u64, String> {
    let text = "n".repeat(length as usize);
    (0..times).try_fold(0, |_, _| note(0, &text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_bindgen::testing::mock;

    #[test]
    fn a_host_error_is_an_err_that_the_guest_passes_on_or_deals_with() {
        mock("app", "note", |level: u8, text: String| match text.as_str() {
            "refuse" => Err("the host refuses".to_owned()),
            _ => Ok(u64::from(level)),
        });
        assert_eq!(call_note(3, "hello"), Ok(3));
        assert_eq!(call_note(3, "refuse"), Err("the host refuses".into()));
        assert_eq!(call_note_caught(3, "refuse"), "the host said: the host refuses");
    }

    #[test]
    fn counting_down_goes_through_the_host() {
        // A stand-in cannot be called while it runs, so this one answers for all that is below.
        mock("app", "reenter", |n: u32| n);
        assert_eq!((count_down(0), count_down(4)), (0, 4));
        assert_eq!(call_reenter_keeping("kept ", 3), "kept 3");
    }

    #[test]
    fn a_typed_error_of_the_host() {
        mock("app", "fail_typed", fails_when_zero);
        assert_eq!(call_fail_typed(5), Ok(15));
        assert_eq!(call_fail_typed(0), Err(AppError::NotFound));
    }

    fn fails_when_zero(kind: u32) -> Result<u32, AppError> {
        if kind == 0 { Err(AppError::NotFound) } else { Ok(3 * kind) }
    }
}
