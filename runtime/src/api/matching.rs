//! Whether what is given for an import is what the module wants (specification 3.0, section 3.3.6).

use super::{Extern, Store};
use crate::parse::Import;
use crate::types::{Error, ExternType, Kind, Phase, Result};
use crate::vm;

/// Checks an import and takes the item out of its handle.
pub(super) fn check(store: &Store, import: &Import, given: &Extern) -> Result<vm::Import> {
    let stranger = match given {
        Extern::SharedMemory(m) => (!store.engine().same(m.engine())).then_some("engine"),
        Extern::Func(_) | Extern::Memory(_) | Extern::Table(_) | Extern::Global(_) | Extern::Tag(_) => {
            (!given.store().is_some_and(|other| store.same(other))).then_some("store")
        }
    };
    if let Some(owner) = stranger {
        let Import { module, name, .. } = import;
        let text = format!("what is given for the import {module}.{name} belongs to another {owner}");
        return Err(Error::new(Phase::Link, Kind::WrongStore, text));
    }
    check_type(import, &given.ty())?;
    Ok(match given {
        Extern::Func(f) => vm::Import::Func(f.vm()),
        Extern::Memory(m) => vm::Import::Memory(m.vm()),
        Extern::SharedMemory(m) => vm::Import::SharedMemory(m.vm().clone()),
        Extern::Table(t) => vm::Import::Table(t.vm()),
        Extern::Global(g) => vm::Import::Global(g.vm()),
        Extern::Tag(t) => vm::Import::Tag(t.vm()),
    })
}

/// Checks only the type.
pub(super) fn check_type(import: &Import, has: &ExternType) -> Result<()> {
    if fits(has, &import.ty) {
        return Ok(());
    }
    let Import { module, name, ty } = import;
    let (wanted, has) = (ty.to_string(), has.to_string());
    let mut text = format!("the import {module}.{name} has to be a {wanted}, and a {has} was given");
    if wanted == has {
        text += " that differs in what is not shown: the recursion group, or a type that a type refers to";
    }
    Err(Error::new(Phase::Link, Kind::IncompatibleImport, text))
}

/// The error for an import that nobody defines.
#[cold]
pub(super) fn unknown(import: &Import) -> Error {
    let text = format!("the import {}.{} is not defined; a {} is wanted", import.module, import.name, import.ty);
    Error::new(Phase::Link, Kind::UnknownImport, text)
}

fn fits(has: &ExternType, wanted: &ExternType) -> bool {
    match (has, wanted) {
        (ExternType::Func(has), ExternType::Func(wanted)) => has == wanted,
        // What can be assigned has to be of the very type on both sides.
        (ExternType::Global(has), ExternType::Global(wanted)) => {
            has == wanted || (!has.mutable && !wanted.mutable && has.content.fits(wanted.content))
        }
        (ExternType::Tag(has), ExternType::Tag(wanted)) => has == wanted,
        (ExternType::Memory(has), ExternType::Memory(wanted)) => {
            (has.memory64, has.shared) == (wanted.memory64, wanted.shared)
                && within((has.min, has.max), (wanted.min, wanted.max))
        }
        (ExternType::Table(has), ExternType::Table(wanted)) => {
            (has.element, has.table64) == (wanted.element, wanted.table64)
                && within((has.min, has.max), (wanted.min, wanted.max))
        }
        (
            ExternType::Func(_)
            | ExternType::Global(_)
            | ExternType::Memory(_)
            | ExternType::Table(_)
            | ExternType::Tag(_),
            _,
        ) => false,
    }
}

/// Sizes fit when there is at least as much as is wanted, and no more can become of it than is allowed.
fn within(has: (u64, Option<u64>), wanted: (u64, Option<u64>)) -> bool {
    has.0 >= wanted.0 && wanted.1.is_none_or(|most| has.1.is_some_and(|max| max <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert!(within((2, None), (1, None)));
        assert!(!within((0, None), (1, None)));
        assert!(within((1, Some(2)), (1, Some(2))));
        assert!(!within((1, Some(3)), (1, Some(2))));
        assert!(!within((1, None), (1, Some(2))));
        assert!(within((1, Some(2)), (1, None)));
    }
}
