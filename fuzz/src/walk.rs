//! The walk over a module that every engine takes: instantiation, every exported function some times, memories, globals and
//! tables at the end.

use crate::generate::{Case, FUEL, FUEL_NAME};
use crate::outcome::{Image, Outcome, Step, Stop, Value};

/// What an export can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// To be called, with this many arguments.
    Func(usize),
    /// For its bytes.
    Memory,
    /// For its value.
    Global,
    /// For its length.
    Table,
    /// For nothing.
    Other,
}

/// An instance in one of the engines that are compared.
pub trait Guest {
    /// The exports, in any order.
    fn exports(&self) -> Vec<(String, Sort)>;

    /// Calls a function with arguments made of these bits.
    ///
    /// # Errors
    ///
    /// Why it ended early.
    fn call(&mut self, name: &str, args: &[u128]) -> Result<Vec<Value>, Stop>;

    /// A memory as it is now.
    fn memory(&self, name: &str) -> Image;

    /// A global as it is now.
    fn global(&self, name: &str) -> Value;

    /// Sets a global that is an `i32`.
    fn set_global(&mut self, name: &str, value: i32);

    /// The elements that a table has now.
    fn table(&self, name: &str) -> u64;
}

/// How often every function is called, each time with other arguments.
const ROUNDS: usize = 3;

/// Walks over what instantiation gave.
pub fn walk<G: Guest>(case: &Case, instantiated: Result<G, Stop>) -> Outcome {
    let mut guest = match instantiated {
        Ok(guest) => guest,
        Err(stop) => return Outcome(vec![Step::Instantiation(Err(stop))]),
    };
    let mut steps = vec![Step::Instantiation(Ok(()))];
    let mut exports = guest.exports();
    exports.sort_by(|(a, _), (b, _)| a.cmp(b));
    let fuelled = exports.iter().any(|(name, _)| name == FUEL_NAME);
    for round in 0..ROUNDS {
        for (name, sort) in &exports {
            let Sort::Func(params) = sort else { continue };
            // One that has used up what there is must not end all that come after it.
            if fuelled {
                guest.set_global(FUEL_NAME, FUEL);
            }
            let args: Vec<u128> = (0..*params).map(|index| case.argument(name, round, index)).collect();
            steps.push(Step::Call(name.clone(), guest.call(name, &args)));
        }
    }
    for (name, sort) in exports {
        match sort {
            Sort::Memory => steps.push(Step::Memory(name.clone(), guest.memory(&name))),
            Sort::Global => steps.push(Step::Global(name.clone(), guest.global(&name))),
            Sort::Table => steps.push(Step::Table(name.clone(), guest.table(&name))),
            Sort::Func(_) | Sort::Other => {}
        }
    }
    Outcome(steps)
}
