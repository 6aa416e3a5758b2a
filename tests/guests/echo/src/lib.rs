//! Returns what it is given and wants nothing of the host: what benchmarks call.

use edge_bindgen::edge_bindgen;

/// The sum; wraps.
#[edge_bindgen]
pub fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

/// Returns the text.
#[edge_bindgen]
pub fn echo_string(value: String) -> String {
    value
}

/// Returns the bytes.
#[edge_bindgen]
pub fn echo_bytes(value: Vec<u8>) -> Vec<u8> {
    value
}
