//! Every way to fail: errors as values, panics, traps.

#![allow(clippy::missing_errors_doc, reason = "every description here says when there is an `Err`")]

use crate::shapes::{AppError, Point};
use edge_bindgen::edge_bindgen;
use std::sync::atomic::{AtomicU32, Ordering};

/// Always `Err`, with a text.
#[edge_bindgen]
pub fn fails_string() -> Result<i32, String> {
    Err("it failed as asked".into())
}

/// `Err` of another variant for 1, 2 and 3; the number itself, doubled, for any other.
#[edge_bindgen]
pub fn fails_typed(kind: u32) -> Result<u32, AppError> {
    match kind {
        1 => Err(AppError::NotFound),
        2 => Err(AppError::Refused(kind)),
        3 => Err(AppError::Exceeded { wanted: u64::MAX, limit: 10 }),
        other => Ok(other * 2),
    }
}

/// `Err` with a number.
#[edge_bindgen]
pub fn fails_number(code: i64) -> Result<(), i64> {
    if code == 0 { Ok(()) } else { Err(code) }
}

/// `Err` with a text of `length` letters, which no arena holds when it is long.
#[edge_bindgen]
pub fn fails_long(length: u32) -> Result<u32, String> {
    Err("e".repeat(length as usize))
}

/// The text turned round, or `Err` when it is empty.
#[edge_bindgen]
pub fn result_string(text: String) -> Result<String, String> {
    if text.is_empty() { Err("an empty text".into()) } else { Ok(text.chars().rev().collect()) }
}

/// `length` bytes counting up from 0, or `Err` for more than a thousand.
#[edge_bindgen]
pub fn result_bytes(length: u32) -> Result<Vec<u8>, String> {
    if length > 1000 {
        Err(format!("{length} bytes are more than 1000"))
    } else {
        Ok((0..length).map(|at| at as u8).collect())
    }
}

/// `Ok(())`, or `Err` when asked.
#[edge_bindgen]
pub fn result_unit(fail: bool) -> Result<(), String> {
    if fail { Err("no".into()) } else { Ok(()) }
}

/// A document as the good result.
#[edge_bindgen]
pub fn result_point(x: f64, y: f64) -> Result<Point, AppError> {
    if x.is_nan() || y.is_nan() { Err(AppError::NotFound) } else { Ok(Point { x, y }) }
}

/// An optional value as the good result: `Ok(None)` is no error.
#[edge_bindgen]
pub fn result_option(present: bool) -> Result<Option<String>, String> {
    Ok(present.then(|| "here".to_owned()))
}

/// Panics with the text.
#[edge_bindgen]
pub fn panics(text: String) {
    panic!("{text}")
}

/// Panics as programs do by mistake: an index out of bounds.
#[edge_bindgen]
pub fn panics_index(index: u32) -> u8 {
    let table = [1, 2, 3];
    table[index as usize]
}

/// Calls itself `depth` times; overflows the stack for a great one. Returns the depth that it reached.
#[edge_bindgen]
pub fn recurse(depth: u32) -> u32 {
    // What comes back is hidden from the compiler, or it would make a loop of this.
    if depth == 0 { 0 } else { std::hint::black_box(recurse(depth - 1)) + 1 }
}

/// Calls itself for ever without touching the guest's own stack in memory, so that it is the host's stack that ends.
#[edge_bindgen]
pub fn recurse_for_ever() -> u32 {
    static DEPTH: AtomicU32 = AtomicU32::new(0);

    #[inline(never)]
    fn deeper() -> u32 {
        if DEPTH.fetch_add(1, Ordering::Relaxed) == u32::MAX {
            return 0;
        }
        // Reading after the call keeps it from being a loop.
        deeper().wrapping_mul(31) ^ DEPTH.load(Ordering::Relaxed)
    }
    deeper()
}

/// Writes a byte far outside of any memory.
#[edge_bindgen]
pub fn out_of_bounds_write() {
    // SAFETY: none. This is the mistake that the sandbox has to stop: the address is beyond what the memory grows to.
    unsafe { std::ptr::without_provenance_mut::<u8>(usize::MAX - 15).write_volatile(1) }
}

/// Reads a byte at an address.
#[edge_bindgen]
pub fn read_at(address: u32) -> u8 {
    // SAFETY: none, as above; the sandbox answers for what lies outside.
    unsafe { std::ptr::without_provenance::<u8>(address as usize).read_volatile() }
}

/// Executes the `unreachable` instruction, without a panic before it.
#[edge_bindgen]
pub fn unreachable() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Never ends.
#[edge_bindgen]
pub fn spin() -> u64 {
    let mut turns = 0u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}
