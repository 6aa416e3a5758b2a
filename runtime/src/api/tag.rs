//! [`Tag`]: the sorts of exceptions.

use std::ptr::NonNull;

use super::Store;
use crate::types::{Error, FuncType, Kind, Phase, Result};
use crate::vm;

/// A sort of exceptions: `catch` tells them apart by it. Two tags of one type are two sorts.
#[derive(Clone)]
pub struct Tag {
    store: Store,
    tag: NonNull<vm::Tag>,
}

// SAFETY: the tag lies in the store, which lives as long as the handle, and never changes.
unsafe impl Send for Tag {}
// SAFETY: as above.
unsafe impl Sync for Tag {}

impl Tag {
    /// A tag of the host's own, whose exceptions carry the parameters of `ty`.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] when `ty` has results, [`Kind::TooLarge`] when it has more than 1,000 parameters.
    pub fn new(store: &Store, ty: FuncType) -> Result<Self> {
        const MOST: usize = 1000;
        if !ty.results().is_empty() {
            let text = format!("the type of a tag has no results, and this is {ty}");
            return Err(Error::new(Phase::Execute, Kind::ArgumentType, text));
        }
        if ty.params().len() > MOST {
            let text = format!("a tag with {} values, but at most {MOST} are allowed", ty.params().len());
            return Err(Error::new(Phase::Execute, Kind::TooLarge, text));
        }
        let tag = store.0.new_tag(&store.turn()?, vm::Tag::new(ty, None))?;
        Ok(Self::from_vm(store, tag))
    }

    pub(super) fn from_vm(store: &Store, tag: NonNull<vm::Tag>) -> Self {
        Self { store: store.clone(), tag }
    }

    pub(super) fn vm(&self) -> NonNull<vm::Tag> {
        self.tag
    }

    /// Its type: what exceptions carry are the parameters, and there are no results.
    #[must_use]
    pub fn ty(&self) -> FuncType {
        // SAFETY: tags live as long as the store, which this handle keeps.
        unsafe { self.tag.as_ref() }.ty().clone()
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether both are handles of one tag.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tag({:p})", self.tag)
    }
}
