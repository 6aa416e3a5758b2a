//! What operators cost, in fuel.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::opcode::{Class, Opcode};
use super::{Error, Kind, Phase, Result};

/// Fuel that every operator costs, by its name in the text format, and two prices more: [`CostTable::PER_64_BYTES`] and
/// [`CostTable::WASI_CALL`]. How they are charged is written in `docs/metering.md`.
///
/// The default: operators that are executed cost 1; `nop`, and what only marks where blocks begin and end, cost nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CostTable {
    operators: Box<[u64]>,
    per_64_bytes: u64,
    wasi_call: u64,
}

/// The operators of every name.
static BY_NAME: LazyLock<BTreeMap<&'static str, Vec<Opcode>>> = LazyLock::new(|| {
    let mut names: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for opcode in Opcode::all() {
        names.entry(opcode.name()).or_default().push(opcode);
    }
    names
});

/// What an entry of a table is the price of.
enum Entry {
    Operators(&'static [Opcode]),
    Per64Bytes,
    WasiCall,
}

impl Entry {
    fn named(name: &str) -> Result<Self> {
        match name {
            CostTable::PER_64_BYTES => Ok(Self::Per64Bytes),
            CostTable::WASI_CALL => Ok(Self::WasiCall),
            _ => match BY_NAME.get(name) {
                Some(opcodes) => Ok(Self::Operators(opcodes)),
                None => Err(unknown(name)),
            },
        }
    }
}

#[cold]
fn unknown(name: &str) -> Error {
    let text = format!(
        "there is no operator {name:?} that could have a cost; names are those of the text format, such as \"i32.add\" or \
         \"memory.fill\", or \"{}\" or \"{}\"",
        CostTable::PER_64_BYTES,
        CostTable::WASI_CALL
    );
    Error::new(Phase::Compile, Kind::ArgumentType, text)
}

impl CostTable {
    /// The entry for every 64 bytes, or a part of them, that a bulk operation or a WASI call moves; 8 bytes an element.
    pub const PER_64_BYTES: &'static str = "per_64_bytes";
    /// The entry for a call of a WASI function, beside the cost of the `call`.
    pub const WASI_CALL: &'static str = "wasi_call";

    /// The default with these entries replaced.
    ///
    /// # Errors
    ///
    /// As [`CostTable::set`].
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, u64)>) -> Result<Self> {
        let mut table = Self::default();
        for (name, cost) in pairs {
            table.set(name, cost)?;
        }
        Ok(table)
    }

    /// Replaces an entry.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] for a name that no operator has.
    pub fn set(&mut self, name: &str, cost: u64) -> Result<&mut Self> {
        match Entry::named(name)? {
            Entry::Operators(opcodes) => opcodes.iter().for_each(|opcode| self.operators[*opcode as usize] = cost),
            Entry::Per64Bytes => self.per_64_bytes = cost,
            Entry::WasiCall => self.wasi_call = cost,
        }
        Ok(self)
    }

    /// An entry.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] for a name that no operator has.
    pub fn get(&self, name: &str) -> Result<u64> {
        Ok(match Entry::named(name)? {
            Entry::Operators(opcodes) => self.of(opcodes[0]),
            Entry::Per64Bytes => self.per_64_bytes,
            Entry::WasiCall => self.wasi_call,
        })
    }

    /// All entries, those of operators in the order of their names.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let operators = BY_NAME.iter().map(|(name, opcodes)| (*name, self.of(opcodes[0])));
        operators.chain([(Self::PER_64_BYTES, self.per_64_bytes), (Self::WASI_CALL, self.wasi_call)])
    }

    pub(crate) fn of(&self, opcode: Opcode) -> u64 {
        self.operators[opcode as usize]
    }

    /// What it costs to move so many bytes.
    pub(crate) const fn of_bytes(&self, bytes: u64) -> u64 {
        price_of_bytes(bytes, self.per_64_bytes)
    }

    pub(crate) const fn per_64_bytes(&self) -> u64 {
        self.per_64_bytes
    }

    pub(crate) const fn wasi_call(&self) -> u64 {
        self.wasi_call
    }
}

/// What it costs to move so many bytes, at a price for every 64 of them.
pub(crate) const fn price_of_bytes(bytes: u64, per_64: u64) -> u64 {
    bytes.div_ceil(64).saturating_mul(per_64)
}

/// Whether an operator counts as executed where instructions are counted, and costs something by default.
pub(crate) const fn is_executed(opcode: Opcode) -> bool {
    match opcode.class() {
        Class::Step | Class::Bulk | Class::Leap => true,
        Class::Mark | Class::Border => false,
    }
}

impl Default for CostTable {
    fn default() -> Self {
        let operators = Opcode::all().map(|opcode| u64::from(is_executed(opcode))).collect();
        Self { operators, per_64_bytes: 1, wasi_call: 1 }
    }
}

impl std::fmt::Debug for CostTable {
    /// What differs from the default.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let default = Self::default();
        let pairs = self.entries().zip(default.entries());
        f.debug_map().entries(pairs.filter(|(own, default)| own != default).map(|(own, _)| own)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults() {
        let table = CostTable::default();
        for free in ["block", "loop", "else", "end", "nop", "try_table"] {
            assert_eq!(table.get(free).unwrap(), 0, "{free}");
        }
        for one in ["i32.add", "if", "call", "call_ref", "i8x16.swizzle", "i32.atomic.rmw8.add_u", "per_64_bytes"] {
            assert_eq!(table.get(one).unwrap(), 1, "{one}");
        }
        assert_eq!(format!("{table:?}"), "{}");
        assert!(table.entries().count() > 600);
    }

    #[test]
    fn entries_are_replaced_by_name() {
        let mut table = CostTable::from_pairs([("i32.add", 3), ("wasi_call", 500)]).unwrap();
        table.set("select", 7).unwrap().set("per_64_bytes", 0).unwrap();
        assert_eq!(table.of(Opcode::I32Add), 3);
        assert_eq!((table.of(Opcode::Select), table.of(Opcode::TypedSelect)), (7, 7));
        assert_eq!((table.per_64_bytes(), table.wasi_call()), (0, 500));
        assert_eq!(format!("{table:?}"), r#"{"i32.add": 3, "select": 7, "per_64_bytes": 0, "wasi_call": 500}"#);
    }

    #[test]
    fn names_that_no_operator_has_are_refused() {
        for name in ["I32Add", "i32_add", "", "i32.addd"] {
            let error = CostTable::from_pairs([(name, 1)]).unwrap_err();
            assert_eq!(error.kind(), Kind::ArgumentType);
            assert!(error.message().contains(&format!("{name:?}")) && error.message().contains("i32.add"), "{error}");
            assert_eq!(CostTable::default().get(name).unwrap_err().kind(), Kind::ArgumentType);
        }
    }

    #[test]
    fn bytes_are_paid_by_the_64_and_never_overflow() {
        assert_eq!([0, 1, 64, 65].map(|bytes| price_of_bytes(bytes, 2)), [0, 2, 2, 4]);
        assert_eq!(price_of_bytes(u64::MAX, u64::MAX), u64::MAX);
    }
}
