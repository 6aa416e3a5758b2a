//! Results that stay in guest memory after the return: one slot per depth of re-entry.

use std::alloc::{Layout, dealloc};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::Extent;
use crate::msgpack::Writer;
use crate::types::Number;

/// A document's buffer is used again by the next call unless it is larger than this.
const REUSED_DOCUMENT: usize = 64 * 1024;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static SLOTS: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

/// A call of a guest function whose result stays in memory, from its entry to its return.
///
/// A call whose result is a wasm value alone is not counted: it owns nothing that another call at its depth could free.
#[derive(Debug)]
pub struct Call {
    slot: Slot,
    counted: bool,
}

impl Call {
    /// Enters a function. What the last call at this depth left is freed first, so that its memory can serve this call.
    #[inline]
    #[must_use]
    pub fn enter(counted: bool) -> Call {
        Call { slot: if counted { enter() } else { Slot::EMPTY }, counted }
    }

    /// Where the result stays.
    #[inline]
    pub(crate) fn slot(&mut self) -> &mut Slot {
        &mut self.slot
    }

    /// Leaves the function.
    #[inline]
    pub fn leave(self) {
        if self.counted {
            leave(self.slot);
        }
    }
}

/// One depth further in; gives out the slot of this depth.
fn enter() -> Slot {
    let depth = DEPTH.get();
    DEPTH.set(depth + 1);
    SLOTS.with_borrow_mut(|slots| {
        if depth == slots.len() {
            slots.push(Slot::EMPTY);
        }
        let mut slot = std::mem::replace(&mut slots[depth], Slot::EMPTY);
        slot.kept = None;
        if slot.document.capacity() > REUSED_DOCUMENT {
            slot.document = Vec::new();
        }
        slot
    })
}

/// One depth back, with the result in the slot.
fn leave(slot: Slot) {
    let depth = DEPTH.get() - 1;
    DEPTH.set(depth);
    SLOTS.with_borrow_mut(|slots| slots[depth] = slot);
}

/// What one call left in memory.
#[derive(Debug)]
pub struct Slot {
    kept: Option<Kept>,
    document: Vec<u8>,
}

impl Slot {
    const EMPTY: Slot = Slot { kept: None, document: Vec::new() };

    /// Keeps a vector in the allocation that it has.
    pub(crate) fn keep_vec<N: Number>(&mut self, items: Vec<N>) -> Extent {
        let extent = Extent::of(&items);
        self.kept = Kept::new(items);
        extent
    }

    /// Keeps a document, in the buffer of the last one.
    pub(crate) fn keep_document(&mut self, write: impl FnOnce(&mut Writer)) -> Extent {
        let mut buffer = std::mem::take(&mut self.document);
        buffer.clear();
        let mut to = Writer::new(buffer);
        write(&mut to);
        self.document = to.into_bytes();
        Extent::of(&self.document)
    }
}

/// The allocation of a vector whose item type is forgotten: numbers need no destructor.
#[derive(Debug)]
struct Kept {
    start: NonNull<u8>,
    layout: Layout,
}

impl Kept {
    /// `None` if the vector has no allocation.
    fn new<N: Number>(items: Vec<N>) -> Option<Kept> {
        let mut items = ManuallyDrop::new(items);
        let layout = Layout::array::<N>(items.capacity()).expect("the vector was allocated with this layout");
        let start = NonNull::new(items.as_mut_ptr().cast())?;
        // Not `then_some`, which would make the value, and drop it, either way.
        (layout.size() > 0).then(|| Kept { start, layout })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: `new` took over a vector's allocation, which has this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_stays_until_the_next_call_at_its_depth() {
        let mut outer = Call::enter(true);
        let mut inner = Call::enter(true);
        inner.slot().keep_vec(vec![1u64, 2]);
        inner.leave();
        outer.slot().keep_document(|to| to.str("outer"));
        outer.leave();
        SLOTS.with_borrow(|slots| {
            assert_eq!(slots[0].document, b"\xa5outer");
            let kept = slots[1].kept.as_ref().expect("the inner result stays");
            assert_eq!(kept.layout, Layout::array::<u64>(2).unwrap());
            // SAFETY: the allocation holds two numbers.
            assert_eq!(unsafe { *kept.start.cast::<[u64; 2]>().as_ref() }, [1, 2]);
        });
        Call::enter(true).leave();
        SLOTS.with_borrow(|slots| assert!(slots[0].kept.is_none() && slots[1].kept.is_some()));
        assert_eq!(DEPTH.get(), 0);
    }

    #[test]
    fn a_document_takes_the_buffer_of_the_last_one_unless_that_was_large() {
        let document = |write: &dyn Fn(&mut Writer)| {
            let mut call = Call::enter(true);
            call.slot().keep_document(write);
            let buffer = (call.slot.document.as_ptr(), call.slot.document.capacity());
            call.leave();
            buffer
        };
        assert!(document(&|to| to.bin(&vec![0; 2 * REUSED_DOCUMENT])).1 > REUSED_DOCUMENT);
        let small = document(&|to| to.nil());
        assert!(small.1 < REUSED_DOCUMENT);
        assert_eq!(document(&|to| to.bool(true)), small);
    }

    #[test]
    fn a_call_that_keeps_nothing_is_not_counted() {
        let call = Call::enter(false);
        assert_eq!(DEPTH.get(), 0);
        call.leave();
        assert_eq!(DEPTH.get(), 0);
    }

    #[test]
    fn vectors_without_an_allocation_are_kept_as_nothing() {
        assert!(Kept::new(Vec::<u32>::new()).is_none());
        assert!(Kept::new(vec![1u32]).is_some());
    }
}
