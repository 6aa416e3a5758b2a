//! [`Instance`]: a module with its imports and its state.

use std::ptr::NonNull;

use super::matching;
use super::{Extern, Func, Global, Memory, Module, SharedMemory, Store, Table, Tag};
use crate::parse::ExternIndex;
use crate::types::{Error, ExternType, Kind, Phase, Result};
use crate::vm;

/// A module with its imports and its state.
#[derive(Clone)]
pub struct Instance {
    store: Store,
    instance: NonNull<vm::Instance>,
    module: Module,
}

// SAFETY: the instance lies in the store, which lives as long as the handle; access is under the store's lock.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// Instantiates with imports in the order of [`Module::imports`]; runs segments and the start function.
    ///
    /// # Errors
    ///
    /// Of the phases link and instantiate, and whatever ends the start function. [`Kind::NotEnabled`] when the store's limits
    /// speak of fuel and its engine does not meter any.
    pub fn new(store: &Store, module: &Module, imports: &[Extern]) -> Result<Self> {
        if !store.engine().same(module.engine()) {
            let text = "the module was compiled by another engine than the store's";
            return Err(Error::new(Phase::Link, Kind::WrongStore, text));
        }
        let wanted = &module.info().imports;
        if imports.len() > wanted.len() {
            let text = format!("the module has {} imports, and {} were given", wanted.len(), imports.len());
            return Err(Error::new(Phase::Link, Kind::ArgumentCount, text));
        }
        if store.limits().fuel.is_some() {
            store.0.needs_fuel().map_err(|error| error.in_phase(Phase::Instantiate))?;
        }
        let inside = store.turn()?;
        let mut resolved = Vec::with_capacity(wanted.len());
        for (position, import) in wanted.iter().enumerate() {
            let given = imports.get(position).ok_or_else(|| matching::unknown(import))?;
            resolved.push(matching::check(store, import, given)?);
        }
        store.engine().0.check_machine()?;
        store.engine().0.verify_handlers()?;
        let instance = vm::Instance::new(&store.0, &inside, &module.0, &resolved)?;
        // SAFETY: instances live as long as the store.
        unsafe { instance.as_ref() }.initialise(&inside)?;
        Ok(Self::from_vm(store, instance))
    }

    pub(super) fn from_vm(store: &Store, instance: NonNull<vm::Instance>) -> Self {
        // SAFETY: instances live as long as the store.
        let module = Module(unsafe { instance.as_ref() }.module().clone());
        Self { store: store.clone(), instance, module }
    }

    /// Its module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The store that it belongs to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether both are handles of one instance.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.instance == other.instance
    }

    /// The export of this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<Extern> {
        self.module.info().export(name).map(|export| self.item(export.index))
    }

    /// All exports, in order.
    pub fn exports(&self) -> impl Iterator<Item = (&str, Extern)> {
        self.module.info().exports.iter().map(|export| (export.name.as_str(), self.item(export.index)))
    }

    fn item(&self, index: ExternIndex) -> Extern {
        // SAFETY: instances live as long as the store, which this handle keeps.
        let instance = unsafe { self.instance.as_ref() };
        match index {
            ExternIndex::Func(i) => Func::from_vm(&self.store, instance.func(i)).into(),
            ExternIndex::Table(i) => Table::from_vm(&self.store, instance.table(i)).into(),
            ExternIndex::Memory(i) => Memory::any_from_vm(&self.store, instance.memory(i).expect("validated")),
            ExternIndex::Global(i) => {
                let ty = self.module.info().globals[i as usize];
                Global::from_vm(&self.store, instance.global(i), ty).into()
            }
            ExternIndex::Tag(i) => Tag::from_vm(&self.store, instance.tag(i)).into(),
        }
    }

    /// The exported function of this name.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownExport`], [`Kind::WrongExportKind`].
    pub fn func(&self, name: &str) -> Result<Func> {
        self.find(name, "function", Extern::into_func)
    }

    /// The exported memory of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn memory(&self, name: &str) -> Result<Memory> {
        self.find(name, "memory", Extern::into_memory)
    }

    /// The exported shared memory of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn shared_memory(&self, name: &str) -> Result<SharedMemory> {
        self.find(name, "shared memory", Extern::into_shared_memory)
    }

    /// The exported table of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn table(&self, name: &str) -> Result<Table> {
        self.find(name, "table", Extern::into_table)
    }

    /// The exported global of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn global(&self, name: &str) -> Result<Global> {
        self.find(name, "global", Extern::into_global)
    }

    /// The exported tag of this name.
    ///
    /// # Errors
    ///
    /// As [`Instance::func`].
    pub fn tag(&self, name: &str) -> Result<Tag> {
        self.find(name, "tag", Extern::into_tag)
    }

    fn find<T>(&self, name: &str, sort: &str, take: impl FnOnce(Extern) -> Option<T>) -> Result<T> {
        let item = self.export(name).ok_or_else(|| self.unknown_export(name, sort))?;
        let is = item.sort();
        take(item).ok_or_else(|| {
            let text = format!("the export {name} is a {is}, and a {sort} was asked for");
            Error::new(Phase::Execute, Kind::WrongExportKind, text)
        })
    }

    /// The error for a name that is not exported, with what the name may have been meant to be.
    #[cold]
    fn unknown_export(&self, name: &str, sort: &str) -> Error {
        let mut names: Vec<&str> =
            self.module.exports().filter(|e| sort_of(&e.ty()) == sort).map(|e| e.name()).collect();
        names.sort_by_key(|candidate| distance(name, candidate));
        names.truncate(3);
        let hint = match &names[..] {
            [] => format!("the module exports no {sort}"),
            names => format!("near to it are: {}", names.join(", ")),
        };
        Error::new(Phase::Execute, Kind::UnknownExport, format!("the module exports no {sort} {name:?}; {hint}"))
    }
}

/// The sort of an export, as [`Extern::sort`] tells it of an item.
fn sort_of(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Memory(ty) if ty.shared => "shared memory",
        other => other.sort(),
    }
}

/// Characters to insert, remove or replace to make one name of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({:p})", self.instance)
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn near_names() {
        assert_eq!(distance("add", "add"), 0);
        assert_eq!(distance("ad", "add"), 1);
        assert_eq!(distance("dda", "add"), 2);
        assert_eq!(distance("", "add"), 3);
    }
}
