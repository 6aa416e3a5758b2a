//! What the conformance table calls: every type there and back, every way to fail, the host called and calling back.

pub mod echo;
pub mod failures;
pub mod hosts;
pub mod memory;
pub mod shapes;

use edge_bindgen::edge_bindgen;

/// The sum; wraps.
#[edge_bindgen]
pub fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

/// The sum; wraps.
#[edge_bindgen]
pub fn add_i64(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// The sum.
#[edge_bindgen]
pub fn add_f64(a: f64, b: f64) -> f64 {
    a + b
}

/// The quotient, rounded to zero; panics, as Rust does, for a divisor of zero and for a quotient beyond `i32`.
#[edge_bindgen]
pub fn divide(a: i32, b: i32) -> i32 {
    a / b
}

/// All parts, one after the other.
#[edge_bindgen]
pub fn concat(parts: Vec<String>) -> String {
    parts.concat()
}

/// The number of Unicode scalar values.
#[edge_bindgen]
pub fn count_chars(text: &str) -> u32 {
    text.chars().count() as u32
}

/// Four parameters of four kinds, as one line.
#[edge_bindgen]
pub fn describe(name: &str, age: u8, height: f32, tags: Vec<String>) -> String {
    format!("{name}, {age}, {height}, {}", tags.join("+"))
}

/// Takes nothing, gives nothing.
#[edge_bindgen]
pub fn nothing() {}

/// A call without parameters.
#[edge_bindgen]
pub fn answer() -> u32 {
    42
}
