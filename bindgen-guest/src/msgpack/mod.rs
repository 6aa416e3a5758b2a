//! A MessagePack writer and reader, as much of the format as the calling contract uses (and skipping all of it).
//!
//! Own code, since everything here is linked into every guest: a general library would outweigh most guests.

mod malformed;
mod reader;
mod writer;

pub use malformed::{Malformed, Reason};
pub use reader::Reader;
pub use writer::Writer;
