//! [`ExnRef`]: exceptions in the host's hand.

use std::fmt;

use super::{Store, Tag, Val};
use crate::types::{BoxError, Error, Kind, Phase, Result};
use crate::vm;

/// An exception: its tag, and the values that it carries.
///
/// A guest's exception that nobody catches ends the call with [`Kind::UncaughtException`], and [`Error::exception`] gives it. A
/// host function that returns an exception as its error throws it, where the guest around it can catch it; so does one that
/// passes on the very error of a call that it made. In a guest of another store it is an error, which nobody catches.
///
/// ```
/// # use edge_runtime::*;
/// # fn host(store: &Store, tag: &Tag) -> std::result::Result<(), BoxError> {
/// Err(ExnRef::new(store, tag, &[Val::I32(7)])?.into())
/// # }
/// ```
#[derive(Clone)]
pub struct ExnRef(pub(super) vm::Exception);

impl ExnRef {
    /// A new exception of this tag.
    ///
    /// # Errors
    ///
    /// When the values do not fit the tag (count, types, store of references), or the tag belongs to another store;
    /// [`Kind::MemoryLimit`] when exceptions that are in use take too much.
    pub fn new(store: &Store, tag: &Tag, values: &[Val]) -> Result<Self> {
        store.owns(tag.store(), "tag")?;
        let ty = tag.ty();
        if ty.params().len() != values.len() {
            let text = format!("the tag carries {} values, and {} were given", ty.params().len(), values.len());
            return Err(Error::new(Phase::Execute, Kind::ArgumentCount, text));
        }
        let inside = store.turn()?;
        let mut raw = Vec::with_capacity(values.len());
        for (i, (value, ty)) in values.iter().zip(ty.params()).enumerate() {
            raw.push(value.to_raw(store, &inside, *ty, format_args!("value {} of the exception", i + 1))?);
        }
        vm::Exception::new(&store.0, &inside, tag.vm(), &raw).map(Self)
    }

    pub(super) fn to_raw(&self) -> usize {
        self.0.to_raw()
    }

    /// Its tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::from_vm(self.store(), self.0.tag())
    }

    /// What it carries.
    #[must_use]
    pub fn values(&self) -> Vec<Val> {
        let (store, inside) = (self.store(), self.store().enter());
        let value = |(position, ty): (usize, &_)| {
            // SAFETY: an exception carries values of its tag's types, of its own store.
            unsafe { Val::from_raw(store, &inside, *ty, self.0.value(position)) }
        };
        self.tag().ty().params().iter().enumerate().map(value).collect()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        Store::from_ref(self.0.store())
    }

    /// Whether both are handles of one exception.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.0.to_raw() == other.0.to_raw()
    }
}

impl fmt::Debug for ExnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExnRef").field("tag", &self.tag()).field("values", &self.values()).finish()
    }
}

impl fmt::Display for ExnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: tags live as long as the store, which the handle keeps.
        write!(f, "exception: {}", unsafe { self.0.tag().as_ref() })
    }
}

impl std::error::Error for ExnRef {}

impl From<ExnRef> for Error {
    fn from(exception: ExnRef) -> Self {
        exception.0.into_error()
    }
}

impl Error {
    /// The guest's exception, for [`Kind::UncaughtException`].
    #[must_use]
    pub fn exception(&self) -> Option<ExnRef> {
        vm::Exception::of_error(self).cloned().map(ExnRef)
    }
}

/// [`Error::host`], where an exception is thrown and no mishap.
#[cold]
pub(super) fn host_error(error: BoxError) -> Error {
    match error.downcast::<ExnRef>() {
        Ok(exception) => (*exception).into(),
        Err(error) => Error::host(error),
    }
}
