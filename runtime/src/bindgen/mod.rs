//! The host half of bindgen: guests that describe their functions, and values that travel by that description.
//!
//! The contract with the guest half is `docs/bindgen-abi.md`. A module's description becomes an [`Interface`]; a call goes
//!
//! - in: `call` checks each value against its type and writes it (`encode`) to slots, to the guest's arena (`output`), or leaves
//!   it to be pulled; the guest is entered once; the result is read (`decode`)
//! - out: `host` does the reverse for a host function that the guest imports
//!
//! `guest` is what is kept per instance, `prepared` what is kept per module. Nothing that comes from the guest is believed:
//! lengths, addresses, text and nesting are checked where they are read.

mod call;
mod decode;
mod description;
mod display;
mod encode;
mod fault;
mod guest;
mod host;
mod lower;
mod output;
mod pack;
mod prepared;
mod render;
mod scalar;
mod types;

#[cfg(test)]
mod tests;

pub use host::GuestErr;
pub use scalar::{Scalar, ScalarSignature};
pub use types::{Body, Field, Fields, Interface, NamedType, Param, Signature, Type, TypeId, Variant};

pub(crate) use call::Call;
pub(crate) use guest::Guest;
pub(crate) use host::{ValueFn, link_described, link_plain, link_runtime};
pub(crate) use prepared::{Callable, Prepared};
