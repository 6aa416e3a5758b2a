//! Addresses of guest frames to frames that a person can read.

use super::registry;
use crate::types::Frame;

/// Frames that a backtrace has at most: a stack overflow has thousands, and its innermost ones tell the story.
pub(super) const MAX_FRAMES: usize = 100;

/// The frames of guest functions among these addresses; trampolines have none.
#[cold]
pub(super) fn resolve(addresses: &[usize]) -> Vec<Frame> {
    let frame = |pc: &usize| {
        let code = registry::code_at(*pc)?;
        let offset = u32::try_from(*pc - code.base() as usize).ok()?;
        code.frame(offset)
    };
    addresses.iter().filter_map(frame).collect()
}

/// Module and index of the guest function whose code begins at `entry`, and its name.
pub(crate) fn function_name(entry: *const u8) -> Option<String> {
    let code = registry::code_at(entry as usize)?;
    code.function_name(u32::try_from(entry as usize - code.base() as usize).ok()?)
}
