//! The easy door. Placeholder until it is laid down.
#![allow(missing_docs, reason = "placeholder")]
pub struct Function;
pub struct HostCall;
pub struct Imports;
pub trait IntoArgs {}
pub trait FromValue {}
pub struct Source;
pub struct Vm;
pub struct VmBuilder;
