//! The types that edge carries, one file per sort.

mod boxed;
mod map;
mod number;
mod option;
mod scalar;
mod sequence;
mod text;
mod tuple;

pub use number::Number;
pub use sequence::{Converted, Documents, Raw};
