//! Compiled code as a file: written, checked, and used where it lies.

mod file;
mod fingerprint;
mod section;
mod tables;

pub(crate) use file::{Source, is_artifact, native_part, read, refuse, write_native, write_universal};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use tables::Tables;
