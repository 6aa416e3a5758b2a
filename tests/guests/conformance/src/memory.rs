//! Large values, and memory that grows while a call runs.

use edge_bindgen::edge_bindgen;

/// Bytes of one page of WebAssembly memory.
const PAGE: usize = 65_536;

/// `length` bytes, each the lowest byte of its index.
#[edge_bindgen]
pub fn big_bytes(length: u32) -> Vec<u8> {
    (0..length).map(|index| index as u8).collect()
}

/// A text of `length` letters.
#[edge_bindgen]
pub fn big_string(length: u32) -> String {
    "abcdefghij".chars().cycle().take(length as usize).collect()
}

/// The sum of all bytes.
#[edge_bindgen]
pub fn sum_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

/// The sum of all numbers.
#[edge_bindgen]
pub fn sum_f64(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

/// The length of three parameters: one that fits into the arena, two of which one may not.
#[edge_bindgen]
pub fn lengths(small: &[u8], large: &[u8], text: &str) -> Vec<u64> {
    vec![small.len() as u64, large.len() as u64, text.len() as u64]
}

/// Takes `pages` pages of memory, more than there were, and returns the parameter and how many pages were written to:
/// the parameter is read after the memory has grown.
#[edge_bindgen]
pub fn grow_memory(pages: u32, text: &str) -> (String, u32) {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for page in 0..pages {
        taken.push(vec![page as u8 | 1; PAGE]);
    }
    let taken = std::hint::black_box(taken);
    let written = taken.iter().filter(|page| page[0] != 0 && page[PAGE - 1] != 0).count();
    (text.to_owned(), written as u32)
}

/// Takes memory until there is none, which panics or aborts the guest; for tests of the limit on memory.
#[edge_bindgen]
pub fn exhaust_memory() -> u32 {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        taken.push(std::hint::black_box(vec![1; 16 * PAGE]));
    }
}

/// How many times this instance was asked before: what is static in the guest lives as long as the instance.
#[edge_bindgen]
pub fn count_calls() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed)
}
