//! Input that nobody thought of: generated modules run in every mode of edge and in another engine, damaged input for
//! everything that reads bytes of strangers.
//!
//! Everything is made from a seed, so that a number names an input for ever.

pub mod artifact;
pub mod bindgen;
pub mod damage;
pub mod differential;
pub mod edge;
pub mod generate;
pub mod load;
pub mod oracle;
pub mod outcome;
pub mod walk;
pub mod wasi;
