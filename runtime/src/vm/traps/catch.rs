//! SANDBOX-CRITICAL: who catches an exception.
//!
//! Every call around which something is caught stands in its code's table, with the handlers in the order in which they are
//! asked ([`Tables`](crate::artifact::Tables)). The frames of a stay are asked from the innermost on. A handler finds its
//! frame as it was at the call, and the exception in the first register of results; the compiler counts on no other register
//! (calls in the `Tail` convention clobber all of them when something is caught).

use std::sync::Arc;

use super::activation::{Frames, Landing};
use crate::types::layout::ExceptionHeader;
use crate::vm::code::Code;
use crate::vm::registry;

/// Where to go on with an exception; `None` when nobody among the frames catches it, or when it is null.
///
/// # Safety
///
/// The exception is alive, and the frames are those of compiled code of the exception's store, each with a return address.
pub(super) unsafe fn find(exception: usize, frames: Frames) -> Option<Landing> {
    // SAFETY: the caller's promise.
    let tag = unsafe { (exception as *const ExceptionHeader).as_ref() }?.tag;
    // As a rule one module's code follows another frame of it.
    let mut last: Option<Arc<Code>> = None;
    for (fp, pc) in frames {
        // A return address may be the first byte of what follows; one less is inside of the call.
        let code = match last.take().filter(|code| code.contains(pc - 1)) {
            Some(code) => code,
            None => registry::code_at(pc - 1)?,
        };
        // SAFETY: the frame is that of this call.
        let target = unsafe { handler(&code, pc - code.base() as usize, fp, tag) };
        if let Some((sp, target)) = target {
            let pc = code.base() as usize + target as usize;
            return Some(Landing { sp, fp, pc, value: exception });
        }
        last = Some(code);
    }
    None
}

/// The first handler that wants this tag: the stack pointer in its frame, and where it begins.
///
/// # Safety
///
/// `fp` is that of a frame that is at this call.
unsafe fn handler(code: &Code, return_offset: usize, fp: usize, tag: *const u8) -> Option<(usize, u32)> {
    let return_offset = u32::try_from(return_offset).ok()?;
    // The call, since what follows it may belong to the next function.
    let (tables, start) = code.tables_at(return_offset - 1)?;
    let site = tables.call_site(return_offset - start)?;
    let sp = fp - site.frame_size as usize;
    let wants = |at: u32| {
        // SAFETY: the compiler has noted where in the frame the instance's context lies, and where in that the tag.
        unsafe {
            let context = *((sp + site.context_at as usize) as *const *const u8);
            *context.add(at as usize).cast::<*const u8>() == tag
        }
    };
    let (_, target) = tables.handlers(site).find(|(tag_at, _)| tag_at.is_none_or(wants))?;
    Some((sp, start + target))
}
