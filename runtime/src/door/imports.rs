//! Host functions over values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Vm;
use crate::api::Caller;
use crate::bindgen::Signature;
use crate::types::{BoxError, Result, Value};

pub(super) type ImportFn =
    Arc<dyn Fn(HostCall<'_>, &[Value<'static>]) -> Result<Value<'static>, BoxError> + Send + Sync>;

/// Host functions for the guest, by module and name.
///
/// A function that the guest's description declares takes and gives rich values by its signature; any other import takes and
/// gives numbers by its wasm type. The result is checked, [`Kind::ResultType`](crate::Kind::ResultType) otherwise.
///
/// An `Err` reaches the guest as `Err` if it declared a `Result`: a string gets the error's text, another type the value of
/// a [`GuestErr`](crate::bindgen::GuestErr). Any other `Err` ends the guest and comes out of the outer call, with
/// the very error as its cause.
#[derive(Clone, Default)]
pub struct Imports {
    functions: BTreeMap<(String, String), ImportFn>,
}

impl Imports {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Defines a function, in place of an earlier one of that name.
    pub fn func(
        &mut self,
        module: &str,
        name: &str,
        f: impl Fn(HostCall<'_>, &[Value<'static>]) -> Result<Value<'static>, BoxError> + Send + Sync + 'static,
    ) -> &mut Self {
        self.functions.insert((module.to_owned(), name.to_owned()), Arc::new(f));
        self
    }

    pub(super) fn get(&self, module: &str, name: &str) -> Option<&ImportFn> {
        // The key is two owned strings; a look-up happens once per import and instance, so it may allocate.
        self.functions.get(&(module.to_owned(), name.to_owned()))
    }
}

impl std::fmt::Debug for Imports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.functions.keys().map(|(module, name)| format!("{module}.{name}"))).finish()
    }
}

/// What a host function is told of the call that it serves.
pub struct HostCall<'a> {
    pub(super) vm: Vm,
    pub(super) caller: Caller<'a>,
    pub(super) signature: &'a Signature,
}

impl<'a> HostCall<'a> {
    /// The guest's `Vm`, to call it again.
    #[must_use]
    pub fn vm(&self) -> Vm {
        self.vm.clone()
    }

    /// The caller as the doors below know it.
    #[must_use]
    pub fn caller(&self) -> &Caller<'a> {
        &self.caller
    }

    /// What the guest, or the wasm type, says of this function.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        self.signature
    }
}
