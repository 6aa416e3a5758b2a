//! Tags and exceptions.

mod heap;

use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

pub(super) use self::heap::{Asks, Heap};
use super::store::{Inside, Store};
use crate::types::layout::{EXCEPTION_VALUES, ExceptionHeader, RawValue};
use crate::types::{Error, FuncType, HeapType, Kind, Phase, Result, ValType};

/// A tag. Its address in the store is its identity.
pub(crate) struct Tag {
    ty: FuncType,
    name: Option<Box<str>>,
    /// Positions of the values that are exceptions themselves.
    exceptions: Box<[usize]>,
    /// Positions of the values that are objects of the host.
    objects: Box<[usize]>,
}

impl Tag {
    /// A tag whose exceptions carry the parameters of `ty`; `name` is for people.
    pub(crate) fn new(ty: FuncType, name: Option<&str>) -> Self {
        let positions = |is: fn(ValType) -> bool| {
            ty.params().iter().enumerate().filter(|(_, ty)| is(**ty)).map(|(position, _)| position).collect()
        };
        let (exceptions, objects) = (positions(is_exception), positions(ValType::is_externref));
        Self { ty, name: name.map(Into::into), exceptions, objects }
    }

    /// What its exceptions carry.
    pub(crate) fn ty(&self) -> &FuncType {
        &self.ty
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ty, .. } = self;
        match name {
            Some(name) => write!(f, "{name}")?,
            None => f.write_str("a tag without a name")?,
        }
        let types: Vec<String> = ty.params().iter().map(ToString::to_string).collect();
        write!(f, " ({})", types.join(", "))
    }
}

fn is_exception(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(ty) if ty.top() == HeapType::Exn)
}

/// A handle of the host: while it lives, so do the exception and its store.
pub(crate) struct Exception {
    store: Arc<Store>,
    header: NonNull<ExceptionHeader>,
}

// SAFETY: what is read of an exception was written before the first handle was made; the count is atomic.
unsafe impl Send for Exception {}
// SAFETY: as above.
unsafe impl Sync for Exception {}

impl Exception {
    /// An exception with these values, which are of the tag's types.
    pub(crate) fn new(store: &Arc<Store>, _: &Inside<'_>, tag: NonNull<Tag>, values: &[RawValue]) -> Result<Self> {
        let header = store.exceptions().allocate(store, tag, Asks::Host)?;
        for (position, value) in values.iter().enumerate() {
            // SAFETY: there is room for as many values as the tag has.
            unsafe { value_at(header, position).write(*value) };
        }
        // SAFETY: just made.
        Ok(unsafe { Self::pin(store, header) })
    }

    /// A handle of an exception.
    ///
    /// # Safety
    ///
    /// This thread is inside of the store, and the exception is alive in it.
    unsafe fn pin(store: &Arc<Store>, header: NonNull<ExceptionHeader>) -> Self {
        // SAFETY: the caller's promise.
        unsafe { header.as_ref() }.pins.fetch_add(1, Relaxed);
        Self { store: Arc::clone(store), header }
    }

    /// The exception of an exnref; `None` for null.
    ///
    /// # Safety
    ///
    /// The reference is of this store and was alive when this thread last allocated.
    pub(crate) unsafe fn of(store: &Arc<Store>, _: &Inside<'_>, exnref: usize) -> Option<Self> {
        // SAFETY: the caller's promise.
        NonNull::new(exnref as *mut ExceptionHeader).map(|header| unsafe { Self::pin(store, header) })
    }

    /// The exnref.
    pub(crate) fn to_raw(&self) -> usize {
        self.header.as_ptr() as usize
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Its tag.
    pub(crate) fn tag(&self) -> NonNull<Tag> {
        // SAFETY: a handle keeps the exception; a tag is never null.
        unsafe { NonNull::new_unchecked(self.header.as_ref().tag.cast_mut().cast()) }
    }

    /// The value at `position`.
    ///
    /// # Safety
    ///
    /// The tag has as many values.
    pub(crate) unsafe fn value(&self, position: usize) -> RawValue {
        // SAFETY: the caller's promise; values are written before an exception is seen.
        unsafe { value_at(self.header, position).read() }
    }

    /// The error of a guest that let it go.
    #[cold]
    pub(crate) fn into_error(self) -> Error {
        // SAFETY: tags live as long as the store, which the handle keeps.
        let text = format!("uncaught exception: {}", unsafe { self.tag().as_ref() });
        Error::new(Phase::Execute, Kind::UncaughtException, text).with_thrown(Box::new(self))
    }

    /// The exception that an error stands for.
    pub(crate) fn of_error(error: &Error) -> Option<&Self> {
        error.thrown()?.downcast_ref()
    }
}

impl Clone for Exception {
    fn clone(&self) -> Self {
        // SAFETY: a handle keeps the exception.
        unsafe { self.header.as_ref() }.pins.fetch_add(1, Relaxed);
        Self { store: Arc::clone(&self.store), header: self.header }
    }
}

impl Drop for Exception {
    fn drop(&mut self) {
        // Ordered before the collection that sees it.
        // SAFETY: a handle keeps the exception.
        unsafe { self.header.as_ref() }.pins.fetch_sub(1, Release);
    }
}

/// Whether the host has a handle.
fn is_pinned(header: &ExceptionHeader) -> bool {
    header.pins.load(Acquire) != 0
}

/// Where a value lies.
///
/// # Safety
///
/// The exception is alive, and its tag has as many values.
unsafe fn value_at(header: NonNull<ExceptionHeader>, position: usize) -> NonNull<RawValue> {
    // SAFETY: the caller's promise.
    unsafe { header.byte_add(EXCEPTION_VALUES).cast::<RawValue>().add(position) }
}
