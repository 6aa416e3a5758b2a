//! What our own JavaScript passes to native functions. It has checked what users gave; what is wrong here is a fault of ours,
//! but for text, which only native code can check.

use edge_runtime::{Kind, Phase};

use crate::errors::Fail;
use crate::js::{Env, Js};
use crate::value_in::text_refusal;

/// The arguments of one call.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a, 'e> {
    pub(crate) env: Env<'e>,
    pub(crate) args: &'a [Js<'e>],
}

impl<'e> Args<'_, 'e> {
    pub(crate) fn at(self, index: usize) -> Result<Js<'e>, Fail> {
        self.args.get(index).copied().ok_or_else(|| Fail::internal("an argument is missing"))
    }

    /// The argument, unless it is undefined, null or missing.
    pub(crate) fn optional(self, index: usize) -> Result<Option<Js<'e>>, Fail> {
        match self.args.get(index) {
            Some(value) if !self.env.is_nullish(*value)? => Ok(Some(*value)),
            _ => Ok(None),
        }
    }

    pub(crate) fn number(self, index: usize) -> Result<f64, Fail> {
        self.env.get_number(self.at(index)?)
    }

    /// A number where one is given.
    pub(crate) fn optional_number(self, index: usize) -> Result<Option<f64>, Fail> {
        self.optional(index)?.map(|value| self.env.get_number(value)).transpose()
    }

    pub(crate) fn string(self, index: usize) -> Result<String, Fail> {
        string_of(self.env, self.at(index)?, "the name")
    }
}

/// The text of a string.
pub(crate) fn string_of<'e>(env: Env<'e>, value: Js<'e>, what: &str) -> Result<String, Fail> {
    env.get_string(value).map_err(|fault| text_refusal(fault).into_fail(Phase::Execute, Kind::ArgumentType, what))
}

/// The texts of an array of strings.
pub(crate) fn strings_of<'e>(env: Env<'e>, array: Js<'e>) -> Result<Vec<String>, Fail> {
    (0..env.array_len(array)?).map(|index| string_of(env, env.element(array, index)?, "the text")).collect()
}
