//! SANDBOX-CRITICAL: where exceptions live, and when they are freed.
//!
//! An exception is in use while the host has a handle of it, while a global, a table or another exception in use refers to it,
//! and while its address lies in a register or on the stack of a guest. A guest's frames are not described to anybody, so
//! every word between here and the outermost entry counts as a reference if it is the address of an exception: too many
//! are kept at worst, never too few. Nothing is ever moved.
//!
//! Only making an exception collects, after as many bytes as the last collection has left or looked at, so that the time
//! per exception is bounded: a program that throws and catches for ever has the memory of its first collections.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use super::{Tag, is_exception, is_pinned, value_at};
use crate::types::layout::{EXCEPTION_VALUES, ExceptionHeader, GlobalSlot, RawValue};
use crate::types::{Error, HeapType, Kind, Phase, Result, ValType};
use crate::vm::store::Store;
use crate::vm::traps;

/// Bytes of exceptions that are never worth a collection.
const WORTH: usize = 256 << 10;

/// Who asks for an exception, which tells what lies on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::vm) enum Asks {
    /// Compiled code: everything down to its entry is one stack.
    Guest,
    /// The host, from wherever it is.
    Host,
}

/// The exceptions of a store. Only for who is inside of it.
pub(in crate::vm) struct Heap {
    all: RefCell<Vec<NonNull<ExceptionHeader>>>,
    bytes: Cell<usize>,
    /// Bytes at which it is worth to collect.
    next: Cell<usize>,
    /// Globals that hold exceptions.
    globals: RefCell<Vec<NonNull<GlobalSlot>>>,
}

impl Heap {
    pub(in crate::vm) const fn new() -> Self {
        Self {
            all: RefCell::new(Vec::new()),
            bytes: Cell::new(0),
            next: Cell::new(WORTH),
            globals: RefCell::new(Vec::new()),
        }
    }

    /// Tells of a global of the store, which lives as long as the store.
    pub(in crate::vm) fn note_global(&self, ty: ValType, slot: NonNull<GlobalSlot>) {
        if is_exception(ty) {
            self.globals.borrow_mut().push(slot);
        }
    }

    /// A new exception, its values zero. They count against the store's limit on memory, apart from its memories.
    pub(in crate::vm) fn allocate(
        &self,
        store: &Store,
        tag: NonNull<Tag>,
        asks: Asks,
    ) -> Result<NonNull<ExceptionHeader>> {
        // SAFETY: tags live as long as the store.
        let layout = layout(unsafe { tag.as_ref() });
        let limit = usize::try_from(store.limits().memory).unwrap_or(usize::MAX);
        if self.bytes.get() + layout.size() > self.next.get().min(limit) {
            self.collect(store, asks);
        }
        if self.bytes.get() + layout.size() > limit {
            let used = self.bytes.get();
            let text = format!("the limit on memory is {limit} bytes: exceptions that are in use hold {used}");
            return Err(Error::new(Phase::Execute, Kind::MemoryLimit, text));
        }
        // SAFETY: the header is never empty.
        let header = NonNull::new(unsafe { alloc_zeroed(layout) }.cast::<ExceptionHeader>()).ok_or_else(|| {
            Error::new(Phase::Execute, Kind::OutOfMemory, "the system has no memory left for an exception")
        })?;
        // SAFETY: zeros are a valid header without a tag.
        unsafe { (*header.as_ptr()).tag = tag.as_ptr().cast() };
        self.bytes.set(self.bytes.get() + layout.size());
        self.all.borrow_mut().push(header);
        Ok(header)
    }

    /// Frees what is not in use.
    #[cold]
    fn collect(&self, store: &Store, asks: Asks) {
        let mut all = self.all.borrow_mut();
        all.sort_unstable();
        let mut marking = Marking { all: &all, found: Vec::new(), words: 0 };
        if !traps::words_in_use(asks == Asks::Guest, &mut |word| marking.word(word)) {
            // Guests are on stacks that nobody knows the bounds of: nothing can be said.
            self.next.set(self.bytes.get().saturating_mul(2));
            return;
        }
        // SAFETY: who makes an exception is inside of the store.
        unsafe { store.interpreter_words(&mut |word| marking.word(word)) };
        for exception in &*all {
            // SAFETY: every member is alive.
            if is_pinned(unsafe { exception.as_ref() }) {
                marking.mark(*exception);
            }
        }
        for slot in &*self.globals.borrow() {
            // SAFETY: the slot lives as long as the store, and no guest runs meanwhile.
            marking.word(unsafe { (*slot.as_ptr()).value.exnref });
        }
        store.tables().each(|table| {
            if table.ty().element.top() == HeapType::Exn
                && let Some(elements) = table.range(0, table.length())
            {
                // SAFETY: so many elements there are, and no guest runs meanwhile.
                (0..table.length() as usize).for_each(|i| marking.word(unsafe { *elements.add(i) }));
            }
        });
        marking.follow();
        let looked_at = marking.words * size_of::<usize>();
        self.sweep(&mut all);
        self.next.set(self.bytes.get() + WORTH.max(self.bytes.get()).max(looked_at));
    }

    /// Shows every externref that an exception carries to `f`.
    pub(in crate::vm) fn externrefs(&self, mut f: impl FnMut(usize)) {
        for exception in &*self.all.borrow() {
            // SAFETY: alive, with as many values as its tag has; tags live as long as the store.
            unsafe {
                for position in &(*exception.as_ref().tag.cast::<Tag>()).objects {
                    f(value_at(*exception, *position).as_ref().externref);
                }
            }
        }
    }

    fn sweep(&self, all: &mut Vec<NonNull<ExceptionHeader>>) {
        all.retain(|exception| {
            // SAFETY: every member is alive until here.
            let header = unsafe { exception.as_ref() };
            let used = header.marked.replace(false);
            if !used {
                // SAFETY: nothing refers to it.
                self.bytes.set(self.bytes.get() - unsafe { free(*exception) });
            }
            used
        });
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for exception in self.all.get_mut().drain(..) {
            // SAFETY: whoever refers to one keeps the store.
            unsafe { free(exception) };
        }
    }
}

/// Which exceptions are in use, as far as known.
struct Marking<'a> {
    /// Ascending.
    all: &'a [NonNull<ExceptionHeader>],
    /// In use, and not looked into yet.
    found: Vec<NonNull<ExceptionHeader>>,
    /// Words that were looked at.
    words: usize,
}

impl Marking<'_> {
    /// Marks the exception at this address, if there is one.
    fn word(&mut self, word: usize) {
        self.words += 1;
        let address = |exception: &NonNull<ExceptionHeader>| exception.as_ptr() as usize;
        let within =
            self.all.first().is_some_and(|e| address(e) <= word) && self.all.last().is_some_and(|e| word <= address(e));
        if within && let Ok(position) = self.all.binary_search_by_key(&word, address) {
            self.mark(self.all[position]);
        }
    }

    fn mark(&mut self, exception: NonNull<ExceptionHeader>) {
        // SAFETY: every member of the heap is alive.
        if !unsafe { exception.as_ref() }.marked.replace(true) {
            self.found.push(exception);
        }
    }

    /// Marks what exceptions in use carry.
    fn follow(&mut self) {
        while let Some(exception) = self.found.pop() {
            // SAFETY: alive, with as many values as its tag has; tags live as long as the store.
            unsafe {
                for position in &(*exception.as_ref().tag.cast::<Tag>()).exceptions {
                    self.word(value_at(exception, *position).as_ref().exnref);
                }
            }
        }
    }
}

fn layout(tag: &Tag) -> Layout {
    let size = EXCEPTION_VALUES + tag.ty.params().len() * size_of::<RawValue>();
    Layout::from_size_align(size, align_of::<ExceptionHeader>()).expect("a tag has at most 1,000 values")
}

/// Frees an exception; gives its size.
///
/// # Safety
///
/// It is alive, and nobody refers to it.
unsafe fn free(exception: NonNull<ExceptionHeader>) -> usize {
    // SAFETY: the caller's promise; allocated with this layout.
    unsafe {
        let layout = layout(&*exception.as_ref().tag.cast::<Tag>());
        dealloc(exception.as_ptr().cast(), layout);
        layout.size()
    }
}
