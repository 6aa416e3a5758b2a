//! Bytecode cannot call machine code through a pointer: it asks the interpreter by number.

use cranelift_codegen::ir::{ExtFuncData, ExternalName, FuncRef, Function, Signature, UserExternalName};

use crate::types::layout::HostRequest;

/// The name space of requests, by their number; 0 is that of the module's functions.
const REQUESTS: u32 = 1;

/// Declares a request as a function that can be called. Not colocated: that is how Cranelift knows a call of the host.
pub(super) fn import(func: &mut Function, request: HostRequest, signature: Signature) -> FuncRef {
    let signature = func.import_signature(signature);
    let name = func.declare_imported_user_function(UserExternalName::new(REQUESTS, request.number().into()));
    func.import_function(ExtFuncData { name: ExternalName::user(name), signature, colocated: false, patchable: false })
}

/// The number of the request that a name means.
pub(super) fn number_of(name: &UserExternalName) -> Option<u8> {
    (name.namespace == REQUESTS).then(|| u8::try_from(name.index).ok()).flatten()
}
