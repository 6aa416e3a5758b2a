//! What calls cost where fuel is metered: a price for the call, and one for every 64 bytes that the guest asks to be moved. It
//! is taken before anything is done, so that no call gives a guest work for nothing.

use super::memory::GuestMemory;
use crate::types::CostTable;
use crate::types::layout::RawValue;

/// Bytes of a subscription and of an event of `poll_oneoff`.
const SUBSCRIPTION_AND_EVENT: u64 = 48 + 32;
/// Buffers that one call may name; the functions refuse more.
const MAX_BUFFERS: u32 = 1024;

/// The price of calling `name` with these arguments.
pub(super) fn price(costs: &CostTable, name: &str, memory: &GuestMemory<'_>, values: &[RawValue]) -> u64 {
    costs.wasi_call().saturating_add(costs.of_bytes(moved(name, memory, values)))
}

/// Bytes that a call asks for, as far as its arguments say so.
fn moved(name: &str, memory: &GuestMemory<'_>, values: &[RawValue]) -> u64 {
    // SAFETY: all functions that are asked for here have numbers of 32 bits at these places.
    let number = |index: usize| unsafe { values[index].i32 }.cast_unsigned();
    match name {
        "poll_oneoff" => u64::from(number(2)) * SUBSCRIPTION_AND_EVENT,
        "random_get" => number(1).into(),
        "fd_readdir" => number(2).into(),
        "path_readlink" => number(4).into(),
        "fd_read" | "fd_write" | "fd_pread" | "fd_pwrite" | "sock_recv" | "sock_send" => {
            buffers(memory, number(1), number(2))
        }
        // What remains moves a name, or a few numbers.
        _ => 0,
    }
}

/// Bytes of a list of (address, length) in the guest, as far as the list can be read.
fn buffers(memory: &GuestMemory<'_>, list: u32, count: u32) -> u64 {
    let mut total = 0;
    for index in 0..count.min(MAX_BUFFERS) {
        let mut length = [0; 4];
        let Some(at) = index.checked_mul(8).and_then(|offset| list.checked_add(offset)?.checked_add(4)) else { break };
        if memory.copy_out(at, &mut length).is_err() {
            break;
        }
        total += u64::from(u32::from_le_bytes(length));
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_buffers_are_read_as_far_as_they_go() {
        let mut bytes = [0; 32];
        bytes[4] = 5;
        bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        let memory = GuestMemory::of(&mut bytes);
        assert_eq!(buffers(&memory, 0, 1), 5);
        assert_eq!(buffers(&memory, 0, 2), 5 + u64::from(u32::MAX));
        assert_eq!(buffers(&memory, 0, u32::MAX), 5 + u64::from(u32::MAX));
        assert_eq!(buffers(&memory, u32::MAX - 2, 9), 0);
    }
}
