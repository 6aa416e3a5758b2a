//! Boxes that stay where they are until all of them go.

use std::cell::RefCell;
use std::ptr::NonNull;

/// Owns values that others point at.
pub(super) struct Arena<T>(RefCell<Vec<NonNull<T>>>);

impl<T> Arena<T> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Takes a value in; the pointer is valid while the arena lives.
    pub(super) fn alloc(&self, value: T) -> NonNull<T> {
        let pointer = NonNull::from(Box::leak(Box::new(value)));
        self.0.borrow_mut().push(pointer);
        pointer
    }

    /// Shows every value to `f`, which must not add any.
    pub(super) fn each(&self, mut f: impl FnMut(&T)) {
        for value in self.0.borrow().iter() {
            // SAFETY: values live as long as the arena.
            f(unsafe { value.as_ref() });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether some value satisfies `test`, for signal handlers: borrows nothing.
    ///
    /// # Safety
    ///
    /// Nobody is in [`Arena::alloc`], on this thread or another.
    pub(super) unsafe fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        // SAFETY: nobody changes the vector meanwhile, and every pointer in it is valid.
        unsafe { (*self.0.as_ptr()).iter().any(|value| test(value.as_ref())) }
    }
}

impl<T> Drop for Arena<T> {
    fn drop(&mut self) {
        for value in self.0.get_mut().drain(..) {
            // SAFETY: made from a box in `alloc`, and given back once.
            drop(unsafe { Box::from_raw(value.as_ptr()) });
        }
    }
}
