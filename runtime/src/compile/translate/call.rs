//! Calls: direct, of imports, through tables, and of builtins.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, FuncRef, Inst, InstBuilder, SigRef, UserExternalName, Value, types,
};

use super::super::environment::offset;
use super::super::host_request;
use super::super::regions::{Region, constant};
use super::super::signature::{self, POINTER};
use super::super::trap_codes::code_of;
use super::Translator;
use crate::types::Trap;
use crate::types::layout::{self, Builtin, BuiltinType, FunctionImport, HostRequest, InstanceContext, WasmCode};

/// How a function is reached.
pub(super) enum CallTarget {
    /// By name: code of the same unit, to which the linker writes the distance, or a request of the host.
    Direct(FuncRef),
    /// Through a pointer, with the context that the callee takes first.
    Pointer { code: Value, context: Value },
}

/// How a builtin is reached.
#[derive(Clone, Copy)]
pub(super) enum HostCallee {
    /// Through its pointer in the instance's [`Builtins`](layout::Builtins).
    Pointer(SigRef),
    /// By asking the interpreter.
    Request(FuncRef),
}

impl Translator<'_> {
    /// The only place that decides how a function is reached.
    fn call_target(&mut self, index: u32) -> CallTarget {
        let Some(own) = self.env.own_function(index) else {
            let import = self.env.layout.imported_function(index) as usize;
            let code = self.context_field(import + offset_of!(FunctionImport, code));
            let context = self.context_field(import + offset_of!(FunctionImport, context));
            return CallTarget::Pointer { code, context };
        };
        if !self.env.settings.calls_through_table {
            return CallTarget::Direct(self.function(index));
        }
        let table = self.context_field(offset_of!(InstanceContext, code_table));
        // Entries are replaced while the code runs.
        let flags = Region::CodeTable.trusted(self.func());
        let code = self.ins().load(POINTER, flags, table, offset(own as usize * size_of::<WasmCode>()));
        CallTarget::Pointer { code, context: self.context }
    }

    /// A field of the instance's context that never changes.
    pub(super) fn context_field(&mut self, at: usize) -> Value {
        let context = self.context;
        self.ins().load(POINTER, constant(), context, offset(at))
    }

    fn signature(&mut self, type_index: u32) -> SigRef {
        if let Some(signature) = self.state.signatures.get(&type_index) {
            return *signature;
        }
        let signature = self.builder.import_signature(signature::wasm(&self.env.info.types[type_index as usize]));
        self.state.signatures.insert(type_index, signature);
        signature
    }

    fn function(&mut self, index: u32) -> FuncRef {
        if let Some(function) = self.state.functions.get(&index) {
            return *function;
        }
        let signature = self.signature(self.env.info.functions[index as usize]);
        let name = self.func().declare_imported_user_function(UserExternalName::new(0, index));
        let name = ExternalName::user(name);
        let function = self.builder.import_function(ExtFuncData { name, signature, colocated: true, patchable: false });
        self.state.functions.insert(index, function);
        function
    }

    pub(super) fn call(&mut self, index: u32) {
        let target = self.call_target(index);
        self.call_with(&target, self.env.info.functions[index as usize]);
    }

    pub(super) fn call_indirect(&mut self, type_index: u32, table: u32) {
        let target = self.table_target(type_index, table);
        self.call_with(&target, type_index);
    }

    pub(super) fn call_ref(&mut self, type_index: u32) {
        let target = self.reference_target();
        self.call_with(&target, type_index);
    }

    pub(super) fn return_call(&mut self, index: u32) {
        let target = self.call_target(index);
        self.return_call_with(&target, self.env.info.functions[index as usize]);
    }

    pub(super) fn return_call_indirect(&mut self, type_index: u32, table: u32) {
        let target = self.table_target(type_index, table);
        self.return_call_with(&target, type_index);
    }

    pub(super) fn return_call_ref(&mut self, type_index: u32) {
        let target = self.reference_target();
        self.return_call_with(&target, type_index);
    }

    /// The function in a table at the index on top of the stack, once it is known to be of the type.
    fn table_target(&mut self, type_index: u32, table: u32) -> CallTarget {
        let index = self.pop();
        let function = self.table_element(table, index, Trap::UndefinedElement);
        self.trap_unless(function, Trap::UninitializedElement);

        let types = self.context_field(offset_of!(InstanceContext, type_ids));
        let expected = self.ins().load(types::I32, constant(), types, offset(type_index as usize * size_of::<u32>()));
        let at = offset(offset_of!(layout::FuncRef, type_id));
        let actual = self.ins().load(types::I32, constant_behind_check(), function, at);
        let other = self.ins().icmp(IntCC::NotEqual, actual, expected);
        self.trap_if(other, Trap::IndirectCallTypeMismatch);
        self.pointed_target(function)
    }

    /// The function that the reference on top of the stack refers to; validation has seen to its type.
    fn reference_target(&mut self) -> CallTarget {
        let function = self.pop();
        self.trap_unless(function, Trap::NullReference);
        self.pointed_target(function)
    }

    /// What a function reference that is not null tells. It never changes, but may only be read once that is known.
    fn pointed_target(&mut self, function: Value) -> CallTarget {
        let fixed = constant_behind_check();
        let code = self.ins().load(POINTER, fixed, function, offset(offset_of!(layout::FuncRef, code)));
        let context = self.ins().load(POINTER, fixed, function, offset(offset_of!(layout::FuncRef, context)));
        CallTarget::Pointer { code, context }
    }

    /// Takes the topmost operands as arguments of a call, behind the contexts of callee and caller.
    fn take_call_args(&mut self, target: &CallTarget, type_index: u32) {
        self.count_call();
        let ty = &self.env.info.types[type_index as usize];
        let from = self.below(ty.params().len());
        self.carry(ty.params().len() + ty.results().len());
        let callee = match target {
            CallTarget::Direct(_) => self.context,
            CallTarget::Pointer { context, .. } => *context,
        };
        let args = &mut self.state.call_args;
        args.clear();
        args.extend([callee, self.context]);
        args.extend(self.state.stack.drain(from..));
    }

    /// Calls with the topmost operands as arguments and replaces them by the results.
    fn call_with(&mut self, target: &CallTarget, type_index: u32) {
        let signature = self.signature(type_index);
        self.take_call_args(target, type_index);
        if self.is_caught() {
            return self.try_call(target, signature, self.env.info.types[type_index as usize].results());
        }
        let call = self.plain_call(target, signature);
        self.state.stack.extend_from_slice(self.builder.inst_results(call));
    }

    /// Calls with the arguments of the scratch list, under no handlers.
    pub(super) fn plain_call(&mut self, target: &CallTarget, signature: SigRef) -> Inst {
        let args = &self.state.call_args;
        match target {
            CallTarget::Direct(function) => self.builder.ins().call(*function, args),
            CallTarget::Pointer { code, .. } => self.builder.ins().call_indirect(signature, *code, args),
        }
    }

    /// Calls in place of this function: its frame is gone before the callee begins, so that no chain of such calls, through
    /// whatever instances and host functions, grows the stack.
    fn return_call_with(&mut self, target: &CallTarget, type_index: u32) {
        let signature = self.signature(type_index);
        self.take_call_args(target, type_index);
        let args = &self.state.call_args;
        match target {
            CallTarget::Direct(function) => self.builder.ins().return_call(*function, args),
            CallTarget::Pointer { code, .. } => self.builder.ins().return_call_indirect(signature, *code, args),
        };
        self.reachable = false;
    }

    /// Asks the host. `args` come behind the instance's context. Where the builtin can fail, the code behind it is only reached
    /// when it did not.
    pub(super) fn call_builtin(&mut self, builtin: Builtin, args: &[Value]) -> Option<Value> {
        debug_assert_eq!(args.len(), builtin.params().len());
        self.charge_moved(builtin, args);
        let call = self.call_host(builtin, args);
        let result = self.builder.inst_results(call).first().copied();
        match builtin.result() {
            Some(BuiltinType::Bool) => {
                self.raise_unless(result.expect("the signature has a result"));
                None
            }
            Some(BuiltinType::I32 | BuiltinType::I64 | BuiltinType::Reference) | None => result,
        }
    }

    /// Calls a builtin without looking at its result.
    pub(super) fn call_host(&mut self, builtin: Builtin, args: &[Value]) -> Inst {
        self.state.call_args.clear();
        self.state.call_args.push(self.context);
        self.state.call_args.extend_from_slice(args);
        match self.host_callee(builtin) {
            HostCallee::Request(function) => self.builder.ins().call(function, &self.state.call_args),
            HostCallee::Pointer(signature) => {
                let builtins = self.context_field(offset_of!(InstanceContext, builtins));
                let code = self.ins().load(POINTER, constant(), builtins, offset(builtin.offset()));
                self.builder.ins().call_indirect(signature, code, &self.state.call_args)
            }
        }
    }

    pub(super) fn host_callee(&mut self, builtin: Builtin) -> HostCallee {
        let (func, env) = (&mut *self.builder.func, self.env);
        *self.state.builtins.entry(builtin).or_insert_with(|| {
            let signature = signature::builtin(env.host_convention, builtin);
            if env.settings.interpreter {
                HostCallee::Request(host_request::import(func, HostRequest::Builtin(builtin), signature))
            } else {
                HostCallee::Pointer(func.import_signature(signature))
            }
        })
    }

    /// Ends the activation where `done` is zero. A block per place, so that the backtrace names the right one.
    pub(super) fn raise_unless(&mut self, done: Value) {
        let (next, failed) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(failed);
        self.ins().brif(done, next, &[], failed, &[]);
        self.builder.seal_block(next);
        self.builder.seal_block(failed);
        self.builder.switch_to_block(failed);
        self.raise();
        self.builder.switch_to_block(next);
    }

    /// Ends the activation with the error that was left in the store.
    pub(super) fn raise(&mut self) {
        self.call_host(Builtin::raise, &[]);
        self.ins().trap(code_of(Trap::Raised));
    }
}

/// Flags for what never changes, but is only there behind a check: it may be read once, not earlier.
const fn constant_behind_check() -> cranelift_codegen::ir::MemFlagsData {
    cranelift_codegen::ir::MemFlagsData::trusted().with_readonly()
}
