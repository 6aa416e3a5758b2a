//! WASI preview 1 (`wasi_snapshot_preview1`): what a program compiled for `wasm32-wasip1` asks of its host.
//!
//! [`WasiConfig`] says what a guest may see; [`Wasi`] is the living context made from it, which [`Wasi::link`] puts into
//! a [`Linker`](crate::Linker).
//!
//! ```text
//!  link      names -> functions, decoding of arguments          (the only file that knows of the engine)
//!  memory    checked access to the guest's memory, typed pointers
//!  fs/, poll, clock, random, process, socket                    (the functions, by subject)
//!  table     file descriptors, rights       stdio  streams
//!  types     layouts of the specification   errno  its error numbers
//!  wait      waiting for the host    sys    system calls that neither std nor cap-std offers
//! ```
//!
//! Files are reached through `cap-std` directories only: a path never leaves the directory that it is resolved in, links
//! included. Nothing that the guest passes is trusted: a function decodes and checks all its pointers before it acts, and
//! fails with an error number.

mod clock;
mod config;
mod context;
mod cost;
mod errno;
mod fs;
mod link;
mod memory;
mod poll;
mod process;
mod random;
mod socket;
mod stdio;
mod sys;
mod table;
mod types;
mod wait;

#[cfg(test)]
mod tests;

pub use config::WasiConfig;
pub use context::Wasi;
