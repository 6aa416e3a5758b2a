//! The C interface of edge, one file per noun. `include/edge.h` is generated from these files by the test `header`.
//!
//! The manners, the same in every function:
//!
//! - what can fail returns `edge_error_t*`, NULL for success, and gives its result through a last parameter `out`, which is
//!   set to NULL (or zero) when it fails;
//! - a text is a pointer and a length; what comes in is read during the call and never kept, what goes out as a view
//!   belongs to the object it was asked of;
//! - an object is opaque and counted: every handle is freed once, in any order, and what a handle needs stays alive;
//! - a NULL where an object is needed is an error, or the neutral answer of a getter; a panic inside is an error too.

#![allow(non_camel_case_types, reason = "types carry the names that C programs write")]

pub mod artifact;
pub mod buffer;
pub mod cache;
pub mod caller;
pub mod calls;
pub mod config;
pub mod engine;
pub mod error;
pub mod ffi;
pub mod func;
pub mod function;
pub mod global;
pub mod host;
pub mod host_module;
pub mod instance;
pub mod interrupt;
pub mod limits;
pub mod linker;
pub mod memory;
pub mod module;
mod msgpack;
pub mod options;
pub mod pool;
pub mod shared_memory;
mod signature;
pub mod statistics;
pub mod store;
pub mod table;
pub mod tag;
pub mod task;
pub mod types;
pub mod val;
pub mod value;
pub mod version;
pub mod vm;
pub mod vm_parts;
pub mod wasi;
