//! Strings and arrays passed by hand: plain exports that take and return addresses in the guest's memory.
//!
//! No bindgen here. The host asks [`allocate`] for room, writes its argument there, calls, reads the answer, and gives
//! both back with [`deallocate`]. Everything that the guest hands out belongs to the host until then.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{CStr, CString, c_char};

/// Every block is aligned for any value of the C ABI, so that a block of bytes can hold an array of numbers.
const ALIGNMENT: usize = 16;

/// The layout of a block of `size` bytes; `None` for the sizes that no block can have.
fn layout(size: usize) -> Option<Layout> {
    if size == 0 { None } else { Layout::from_size_align(size, ALIGNMENT).ok() }
}

/// Reserves `size` bytes, aligned to 16, for the host; null when `size` is 0 or there is no room.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(size: usize) -> *mut u8 {
    match layout(size) {
        // SAFETY: the layout is not of size zero.
        Some(layout) => unsafe { alloc(layout) },
        None => std::ptr::null_mut(),
    }
}

/// Gives a block back. Null is ignored.
///
/// # Safety
///
/// `block` came from [`allocate`], [`greet`] or [`fib_array_return_memory`], has `size` bytes, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deallocate(block: *mut u8, size: usize) {
    if let (false, Some(layout)) = (block.is_null(), layout(size)) {
        // SAFETY: by the contract above, `alloc` made the block with this layout.
        unsafe { dealloc(block, layout) }
    }
}

/// Greets: takes a zero-terminated name, returns a zero-terminated `Hello, NAME!`, or null when there is no room.
///
/// The answer is a block of its length plus one for the zero; the host deallocates it, and the name.
///
/// # Safety
///
/// `name` is the address of a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn greet(name: *const c_char) -> *mut c_char {
    // SAFETY: by the contract above; the borrow ends before this function returns.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let greeting = CString::new(format!("Hello, {name}!")).expect("a C string has no zero inside");
    let bytes = greeting.as_bytes_with_nul();
    let block = allocate(bytes.len());
    if !block.is_null() {
        // SAFETY: the block was just made, with room for all of the bytes.
        unsafe { block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }
    block.cast()
}

/// The first `count` Fibonacci numbers, from 0; sums beyond `i32` wrap.
fn fibonacci(count: usize) -> impl Iterator<Item = i32> {
    let mut pair = (0i32, 1i32);
    std::iter::repeat_with(move || {
        let (current, next) = pair;
        pair = (next, current.wrapping_add(next));
        current
    })
    .take(count)
}

/// Writes the first `count` Fibonacci numbers to `array`; returns the last one, or -1 when `count` is not positive.
///
/// # Safety
///
/// `array` has room for `count` numbers of four bytes and is aligned to four.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fib_array(count: i32, array: *mut i32) -> i32 {
    let mut last = -1;
    for (index, value) in fibonacci(count.max(0) as usize).enumerate() {
        // SAFETY: `index` is less than `count`, and the array has room for that many.
        unsafe { array.add(index).write(value) };
        last = value;
    }
    last
}

/// Returns a new block of the first `count` Fibonacci numbers, `4 * count` bytes, which the host deallocates; null when
/// `count` is not positive or there is no room.
#[unsafe(no_mangle)]
pub extern "C" fn fib_array_return_memory(count: i32) -> *mut i32 {
    let Some(size) = usize::try_from(count).ok().and_then(|count| count.checked_mul(size_of::<i32>())) else {
        return std::ptr::null_mut();
    };
    let array: *mut i32 = allocate(size).cast();
    if !array.is_null() {
        // SAFETY: the block was just made, has room for `count` numbers, and is aligned to more than four.
        unsafe { fib_array(count, array) };
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_by_name() {
        // SAFETY: the name is zero-terminated; the greeting has 17 bytes with its zero.
        unsafe {
            let greeting = greet(c"WasmEdge".as_ptr());
            assert_eq!(CStr::from_ptr(greeting), c"Hello, WasmEdge!");
            deallocate(greeting.cast(), 17);
        }
    }

    #[test]
    fn both_ways_to_the_fibonacci_numbers_agree() {
        let wanted = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34];
        let mut array = [0; 10];
        // SAFETY: the array has room for ten; the block has the 40 bytes that are given back.
        unsafe {
            assert_eq!(fib_array(10, array.as_mut_ptr()), 34);
            let block = fib_array_return_memory(10);
            assert_eq!(std::slice::from_raw_parts(block, 10), wanted);
            deallocate(block.cast(), 40);
        }
        assert_eq!(array, wanted);
    }

    #[test]
    fn no_block_for_no_numbers() {
        // SAFETY: nothing is written for counts that are not positive; null is ignored.
        unsafe {
            assert_eq!(fib_array(0, std::ptr::null_mut()), -1);
            assert_eq!(fib_array(-3, std::ptr::null_mut()), -1);
            deallocate(std::ptr::null_mut(), 8);
        }
        assert!(fib_array_return_memory(0).is_null());
        assert!(fib_array_return_memory(-1).is_null());
        assert!(allocate(0).is_null());
    }
}
