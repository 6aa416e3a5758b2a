//! Objects of the host that guests hold: numbers for them, and how they are let go.
//!
//! Guests keep externrefs in locals, on the operand stack, in tables and in globals. While no call into the store is
//! unfinished only the last two are left, besides what the host is about to pass: so that is when objects that no guest can
//! reach any more are let go.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

/// An object of the host.
pub(crate) type HostObject = Arc<dyn Any + Send + Sync>;

/// Objects by number: an externref is the position plus 1. One object always has the same while it is here.
#[derive(Default)]
pub(super) struct Objects {
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    /// By address.
    numbers: HashMap<usize, usize>,
    /// How many there may be before it is worth looking which can go.
    enough: usize,
}

struct Slot {
    object: HostObject,
    /// Asked for since the last look: the host may be about to pass it.
    fresh: bool,
    /// Found where a guest can reach it.
    held: bool,
}

/// Below so many objects nothing is looked for.
const FEW: usize = 1024;

impl Objects {
    /// The externref of an object.
    pub(super) fn intern(&mut self, object: &HostObject) -> usize {
        let address = Arc::as_ptr(object).cast::<u8>() as usize;
        if let Some(number) = self.numbers.get(&address) {
            if let Some(slot) = &mut self.slots[number - 1] {
                slot.fresh = true;
            }
            return *number;
        }
        let slot = Some(Slot { object: Arc::clone(object), fresh: true, held: false });
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        self.numbers.insert(address, index + 1);
        index + 1
    }

    /// The object of an externref; `None` for null.
    pub(super) fn get(&self, externref: usize) -> Option<HostObject> {
        self.slots.get(externref.checked_sub(1)?)?.as_ref().map(|slot| Arc::clone(&slot.object))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are so many that it is worth looking which can go. Twice as many as were left the last time, so that
    /// looking costs no more than making them did.
    pub(super) fn are_many(&self) -> bool {
        self.len() >= self.enough.max(FEW)
    }

    /// Notes that a guest can reach an object.
    pub(super) fn hold(&mut self, externref: usize) {
        if let Some(Some(slot)) = externref.checked_sub(1).and_then(|index| self.slots.get_mut(index)) {
            slot.held = true;
        }
    }

    /// Takes out what no guest can reach and the host has not asked for lately. The caller drops it: that may call back.
    #[must_use = "dropping runs code of the host"]
    pub(super) fn take_unreachable(&mut self) -> Vec<HostObject> {
        let mut gone = Vec::new();
        for (index, place) in self.slots.iter_mut().enumerate() {
            let Some(slot) = place else { continue };
            if std::mem::take(&mut slot.held) | std::mem::take(&mut slot.fresh) {
                continue;
            }
            if let Some(slot) = place.take() {
                self.numbers.remove(&(Arc::as_ptr(&slot.object).cast::<u8>() as usize));
                self.free.push(index);
                gone.push(slot.object);
            }
        }
        self.enough = 2 * self.len();
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_and_fresh_objects_stay() {
        let mut objects = Objects::default();
        let [a, b, c]: [HostObject; 3] = [Arc::new(1), Arc::new(2), Arc::new(3)];
        assert_eq!([&a, &b, &c, &a].map(|object| objects.intern(object)), [1, 2, 3, 1]);
        assert!(objects.take_unreachable().is_empty(), "all were asked for");
        objects.hold(2);
        objects.intern(&c);
        // What is no number of an object is nobody's.
        objects.hold(0);
        objects.hold(99);
        let gone = objects.take_unreachable();
        assert!(gone.len() == 1 && Arc::ptr_eq(&gone[0], &a));
        assert!(objects.get(1).is_none() && objects.get(2).is_some() && objects.get(3).is_some());
        // Numbers are used again.
        assert_eq!(objects.intern(&a), 1);
        assert_eq!(objects.take_unreachable().len(), 2);
        assert_eq!((objects.len(), objects.take_unreachable().len(), objects.len()), (1, 1, 0));
        assert!(objects.get(0).is_none());
    }
}
