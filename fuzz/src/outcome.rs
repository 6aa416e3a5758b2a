//! What a run of a module leaves behind, in words that all engines share.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use edge_runtime::Kind;

/// A value, as far as engines can agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// `i32`.
    I32(i32),
    /// `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    /// A vector.
    V128(u128),
    /// A reference: whether it is one at all.
    Ref(bool),
}

/// Why guest code ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A trap of the specification.
    Trap(Kind),
    /// Something that engines may differ in: stack, memory, limits. Nothing that comes after can be compared.
    Unanswered(String),
}

/// A memory: its bytes' number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Bytes.
    pub len: usize,
    /// Their hash.
    pub hash: u64,
}

impl Image {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Self { len: bytes.len(), hash: hasher.finish() }
    }
}

/// One step of a run and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Instantiation, with the start function.
    Instantiation(Result<(), Stop>),
    /// A call of an export.
    Call(String, Result<Vec<Value>, Stop>),
    /// An exported memory at the end.
    Memory(String, Image),
    /// An exported global at the end.
    Global(String, Value),
    /// The length of an exported table at the end.
    Table(String, u64),
}

impl Step {
    fn unanswered(&self) -> bool {
        matches!(self, Self::Instantiation(Err(Stop::Unanswered(_))) | Self::Call(_, Err(Stop::Unanswered(_))))
    }
}

/// All steps of a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome(pub Vec<Step>);

impl Outcome {
    /// The first step where both answered and the answers differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            if mine.unanswered() || theirs.unanswered() {
                return None;
            }
            if mine != theirs {
                return Some(Difference { mine: mine.clone(), theirs: theirs.clone() });
            }
        }
        (self.0.len() != other.0.len()).then(|| Difference {
            mine: Step::Call(format!("{} steps", self.0.len()), Ok(Vec::new())),
            theirs: Step::Call(format!("{} steps", other.0.len()), Ok(Vec::new())),
        })
    }

    /// Calls that returned, and calls that trapped.
    #[must_use]
    pub fn calls(&self) -> (usize, usize) {
        let count = |wanted: bool| {
            self.0.iter().filter(|s| matches!(s, Step::Call(_, result) if result.is_ok() == wanted)).count()
        };
        (count(true), count(false))
    }
}

/// Two answers to one question.
#[derive(Clone, Debug)]
pub struct Difference {
    mine: Step,
    theirs: Step,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} against {:?}", self.mine, self.theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(result: Result<Vec<Value>, Stop>) -> Step {
        Step::Call("f".into(), result)
    }

    #[test]
    fn another_answer_is_a_difference() {
        let one = Outcome(vec![Step::Instantiation(Ok(())), call(Ok(vec![Value::I32(1)]))]);
        let two = Outcome(vec![Step::Instantiation(Ok(())), call(Ok(vec![Value::I32(2)]))]);
        let trap = Outcome(vec![Step::Instantiation(Ok(())), call(Err(Stop::Trap(Kind::Unreachable)))]);
        let short = Outcome(vec![Step::Instantiation(Ok(()))]);
        assert!(one.difference(&one).is_none());
        for other in [two, trap, short] {
            assert!(one.difference(&other).is_some() && other.difference(&one).is_some());
        }
    }

    #[test]
    fn nothing_is_compared_after_a_step_without_an_answer() {
        let one = Outcome(vec![call(Err(Stop::Unanswered("stack".into()))), call(Ok(vec![Value::I32(1)]))]);
        let two = Outcome(vec![call(Ok(vec![])), call(Ok(vec![Value::I32(2)]))]);
        assert!(one.difference(&two).is_none() && two.difference(&one).is_none());
    }
}
