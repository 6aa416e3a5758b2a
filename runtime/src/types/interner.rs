//! Numbers for function types: equal types have equal numbers in the whole process, so that one comparison of numbers is the
//! whole check of an indirect call, whatever modules, stores and engines are involved, and no number ever means another type
//! in another engine.
//!
//! Which types are equal is the specification's matter (3.0, section 3.1.4, "iso-recursive"): the unit is the recursion group.
//! Two groups are equal when they have equally many members that are equal one by one, where a reference to a member of
//! the own group is compared by its position, and every other reference by its number. So a group is looked up as a whole, and
//! the positions make mutual recursion look the same wherever it is declared. A type outside of any group is a group of one.
//! Structures, arrays and declared supertypes become further sorts of [`Member`] when they come.
//!
//! **Nothing is kept for ever.** A group lives as long as somebody holds it: a module, a host function, a table or global of
//! the host's, a [`TypeHandle`], or a group that refers to it. Then it is forgotten, and its numbers are not given out again
//! before all 2^32 have been; a number that outlived its type is refused, or at worst means a later type that exists.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Weak};
use std::{fmt, mem};

use parking_lot::RwLock;

use super::{Error, FuncType, HeapType, Kind, Phase, RefType, Result, TypeId, ValType};

static REGISTRY: LazyLock<RwLock<Registry>> = LazyLock::new(RwLock::default);

/// All groups that somebody holds. No group is ever dropped under the lock, since dropping one takes it.
#[derive(Default)]
struct Registry {
    /// The first number with the group: a group that is about to be forgotten may have been replaced already.
    by_key: HashMap<Key, (u32, Weak<Group>)>,
    /// By first number: how many, and the group.
    by_number: BTreeMap<u32, (u32, Weak<Group>)>,
    /// Where the search for numbers begins.
    next: u32,
}

/// What tells groups apart.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A type alone that does not refer to itself, as nearly all are.
    One(FuncType),
    Many(Arc<[Member]>),
}

/// A member of a recursion group as it is declared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    /// Parameters.
    pub params: Box<[MemberType]>,
    /// Results.
    pub results: Box<[MemberType]>,
}

/// A type in a member's signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MemberType {
    /// A type that says nothing of the own group.
    Outside(ValType),
    /// A reference to a member of the own group.
    Inside {
        /// Whether it may be null.
        nullable: bool,
        /// Which member.
        position: u32,
    },
}

/// A recursion group with its numbers.
pub(crate) struct Group {
    first: u32,
    types: Box<[FuncType]>,
    key: Key,
    /// The groups that this one refers to.
    outside: Vec<Arc<Group>>,
}

impl Group {
    /// The members with their numbers.
    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = (TypeId, &FuncType)> {
        self.types.iter().enumerate().map(|(i, ty)| (TypeId(self.first + i as u32), ty))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members().map(|(id, _)| id)).finish()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        REGISTRY.write().forget(self);
        // One after the other: types that refer to types that refer to types may be a million deep.
        let mut rest = mem::take(&mut self.outside);
        while let Some(group) = rest.pop() {
            if let Some(mut last) = Arc::into_inner(group) {
                rest.append(&mut last.outside);
            }
        }
    }
}

impl Registry {
    fn find(&self, key: &Key) -> Option<Arc<Group>> {
        self.by_key.get(key)?.1.upgrade()
    }

    /// The group whose numbers `id` is among, or the last one below.
    fn below(&self, id: TypeId) -> Option<Arc<Group>> {
        self.by_number.range(..=id.0).next_back()?.1.1.upgrade()
    }

    /// The first of `count` numbers side by side that are not in use.
    fn free(&self, count: u32) -> Option<u32> {
        let (mut next, mut from_the_beginning) = (Some(self.next), false);
        loop {
            let last = next.and_then(|first| first.checked_add(count - 1));
            let Some((first, last)) = next.zip(last) else {
                if from_the_beginning {
                    return None;
                }
                (next, from_the_beginning) = (Some(0), true);
                continue;
            };
            let below = self.by_number.range(..=last).next_back();
            match below.map(|(start, (len, _))| start + (len - 1)) {
                Some(taken) if taken >= first => next = taken.checked_add(1),
                Some(_) | None => return Some(first),
            }
        }
    }

    fn forget(&mut self, group: &Group) {
        self.by_number.remove(&group.first);
        if self.by_key.get(&group.key).is_some_and(|(first, _)| *first == group.first) {
            self.by_key.remove(&group.key);
        }
    }
}

/// The group with these members, which are at least one.
///
/// # Errors
///
/// [`Kind::ArgumentType`] when a type refers to one that exists no more, [`Kind::TooLarge`] when all numbers are in use.
pub(crate) fn register(members: Vec<Member>) -> Result<Arc<Group>> {
    let key = Key::of(members);
    let found = REGISTRY.read().find(&key);
    if let Some(group) = found {
        return Ok(group);
    }
    // Made before the lock is taken, so that it is dropped after the lock is given back.
    let outside = key.outside()?;
    let mut registry = REGISTRY.write();
    if let Some(group) = registry.find(&key) {
        return Ok(group);
    }
    let count = key.len();
    let first = registry.free(count).ok_or_else(no_numbers)?;
    registry.next = first.wrapping_add(count);
    let group = Arc::new(Group { first, types: key.types(first), key: key.clone(), outside });
    registry.by_key.insert(key, (first, Arc::downgrade(&group)));
    registry.by_number.insert(first, (count, Arc::downgrade(&group)));
    Ok(group)
}

/// Keeps the type of a number, if it exists.
fn hold(id: TypeId) -> Option<TypeHandle> {
    // Not in one expression: what turns out to be another group may be dropped, but not under the lock.
    let group = REGISTRY.read().below(id);
    let group = group?;
    ((id.0 - group.first) < group.types.len() as u32).then_some(TypeHandle { id, group })
}

#[cold]
fn no_numbers() -> Error {
    Error::new(Phase::Load, Kind::TooLarge, "all 2^32 numbers for function types are in use in this process")
}

#[cold]
fn no_such_type() -> Error {
    let text = "a reference is to a function type that does not exist any more: \
                keep the module, or a handle of the type, while the type is used";
    Error::new(Phase::Execute, Kind::ArgumentType, text)
}

impl Key {
    fn of(members: Vec<Member>) -> Self {
        match &members[..] {
            [member] => match member.alone() {
                Some(ty) => Self::One(ty),
                None => Self::Many(members.into()),
            },
            _ => Self::Many(members.into()),
        }
    }

    fn len(&self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::Many(members) => members.len() as u32,
        }
    }

    /// The members once the group has numbers.
    fn types(&self, first: u32) -> Box<[FuncType]> {
        match self {
            Self::One(ty) => Box::new([ty.clone()]),
            Self::Many(members) => {
                members.iter().enumerate().map(|(i, member)| member.numbered(first, TypeId(first + i as u32))).collect()
            }
        }
    }

    /// The groups that are referred to, each once for adjoining references.
    fn outside(&self) -> Result<Vec<Arc<Group>>> {
        let mut groups: Vec<Arc<Group>> = Vec::new();
        let mut add = |ty: &ValType| {
            let ValType::Ref(RefType { heap: HeapType::Concrete(id), .. }) = *ty else { return Ok::<(), Error>(()) };
            let group = hold(id).ok_or_else(no_such_type)?.group;
            if groups.last().is_none_or(|last| last.first != group.first) {
                groups.push(group);
            }
            Ok(())
        };
        match self {
            Self::One(ty) => ty.params().iter().chain(ty.results()).try_for_each(&mut add)?,
            Self::Many(members) => {
                members.iter().flat_map(Member::outside).try_for_each(|ty| add(&ty))?;
            }
        }
        Ok(groups)
    }
}

impl Member {
    /// The member of a group of one that does not refer to itself.
    fn of(ty: &FuncType) -> Self {
        let all = |types: &[ValType]| types.iter().map(|ty| MemberType::Outside(*ty)).collect();
        Self { params: all(ty.params()), results: all(ty.results()) }
    }

    fn outside(&self) -> impl Iterator<Item = ValType> {
        self.params.iter().chain(&self.results).filter_map(|ty| match ty {
            MemberType::Outside(ty) => Some(*ty),
            MemberType::Inside { .. } => None,
        })
    }

    /// The type, if it says nothing of its group.
    fn alone(&self) -> Option<FuncType> {
        let all = |types: &[MemberType]| {
            let one = |ty: &MemberType| match ty {
                MemberType::Outside(ty) => Some(*ty),
                MemberType::Inside { .. } => None,
            };
            types.iter().map(one).collect::<Option<Vec<_>>>()
        };
        Some(FuncType::new(all(&self.params)?, all(&self.results)?))
    }

    fn numbered(&self, first: u32, id: TypeId) -> FuncType {
        let all = |types: &[MemberType]| {
            let one = |ty: &MemberType| match *ty {
                MemberType::Outside(ty) => ty,
                MemberType::Inside { nullable, position } => {
                    ValType::Ref(RefType { nullable, heap: HeapType::Concrete(TypeId(first + position)) })
                }
            };
            types.iter().map(one).collect::<Vec<_>>()
        };
        FuncType::new(all(&self.params), all(&self.results)).in_group(id)
    }
}

/// Keeps a function type's number: while a handle lives, the number means this type and no other.
#[derive(Clone)]
pub struct TypeHandle {
    id: TypeId,
    group: Arc<Group>,
}

impl TypeHandle {
    /// The number.
    #[must_use]
    pub fn id(&self) -> TypeId {
        self.id
    }

    /// The type.
    #[must_use]
    pub fn ty(&self) -> &FuncType {
        &self.group.types[(self.id.0 - self.group.first) as usize]
    }
}

impl fmt::Debug for TypeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeHandle({}, {})", self.id.0, self.ty())
    }
}

impl FuncType {
    /// The type's number, kept by a handle; with it references to functions of this type can be written:
    /// `HeapType::Concrete(handle.id())`.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] when it refers to a type that exists no more.
    pub fn register(&self) -> Result<TypeHandle> {
        if let Some(id) = self.group_number() {
            return hold(id).ok_or_else(no_such_type);
        }
        let group = register(vec![Member::of(self)])?;
        Ok(TypeHandle { id: TypeId(group.first), group })
    }
}

impl TypeId {
    /// The type of this number; `None` when nobody keeps it any more.
    #[must_use]
    pub fn ty(self) -> Option<FuncType> {
        hold(self).map(|handle| handle.ty().clone())
    }
}

/// Keeps the types that values of these types refer to.
///
/// # Errors
///
/// [`Kind::ArgumentType`] when one of them exists no more.
pub(crate) fn keep(types: impl IntoIterator<Item = ValType>) -> Result<Vec<TypeHandle>> {
    let mut kept = Vec::new();
    for ty in types {
        if let ValType::Ref(RefType { heap: HeapType::Concrete(id), .. }) = ty {
            kept.push(hold(id).ok_or_else(no_such_type)?);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
