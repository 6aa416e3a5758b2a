//! The bridges between the wasm convention and the array convention, two per signature.

use std::mem::offset_of;

use cranelift_codegen::ir::{
    Function, Inst, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::FunctionBuilder;

use super::Settings;
use super::environment::offset;
use super::function::Code;
use super::host_request;
use super::output::TrampolineCode;
use super::regions::constant;
use super::signature::{self, POINTER, value_type};
use super::stack::{self, Callee};
use super::trap_codes::code_of;
use super::workspace::Workspace;
use crate::types::layout::{Builtin, FuncRef, HostFuncContext, HostRequest, RawValue, StoreContext};
use crate::types::{FuncType, Result, Trap, ValType};

/// Bytes per value.
const SLOT: usize = size_of::<RawValue>();

pub(super) fn compile(isa: &dyn TargetIsa, settings: &Settings, ty: &FuncType) -> Result<TrampolineCode> {
    let host = CallConv::triple_default(isa.triple());
    let mut workspace = Workspace::new();
    let mut code = Code::default();

    let array = signature::host(host, &[POINTER; 3], None);
    build(&mut workspace, isa, array, |builder, params| array_to_wasm(builder, params, ty));
    workspace.emit(isa, &mut code)?;

    build(&mut workspace, isa, signature::wasm(ty), |builder, params| {
        if settings.explicit_traps {
            stack::check_in_body(builder, Callee::HostFunc, params[0], host, 0);
        } else {
            stack::check_in_prologue(builder.func, settings, Callee::HostFunc);
        }
        let bridge = Bridge { host, interpreter: settings.interpreter };
        wasm_to_host(builder, params, ty, &bridge);
    });
    workspace.emit_function(isa, settings, Callee::HostFunc, &mut code)?;

    let [array_to_wasm, wasm_to_host] = &mut code.functions[..] else { unreachable!("two functions were appended") };
    array_to_wasm.traps.append(&mut wasm_to_host.traps);
    Ok(TrampolineCode {
        array_to_wasm: array_to_wasm.offset,
        wasm_to_host: wasm_to_host.offset,
        traps: std::mem::take(&mut array_to_wasm.traps),
        code: code.bytes,
    })
}

/// Builds a function of this signature with one entry block, whose body is `body`.
fn build(
    workspace: &mut Workspace,
    isa: &dyn TargetIsa,
    signature: Signature,
    body: impl FnOnce(&mut FunctionBuilder<'_>, &[Value]),
) {
    workspace.context.clear();
    workspace.context.func = Function::with_name_signature(UserFuncName::default(), signature);
    let mut builder = FunctionBuilder::new(&mut workspace.context.func, &mut workspace.builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let params = builder.block_params(entry).to_vec();
    body(&mut builder, &params);
    builder.seal_all_blocks();
    builder.finalize(isa.frontend_config());
}

fn load_values(builder: &mut FunctionBuilder<'_>, from: Value, types: &[ValType]) -> Vec<Value> {
    let load = |(i, ty): (usize, &ValType)| {
        builder.ins().load(value_type(*ty), MemFlagsData::trusted(), from, offset(i * SLOT))
    };
    types.iter().enumerate().map(load).collect()
}

fn store_values(builder: &mut FunctionBuilder<'_>, to: Value, values: &[Value]) {
    for (i, value) in values.iter().enumerate() {
        builder.ins().store(MemFlagsData::trusted(), *value, to, offset(i * SLOT));
    }
}

/// [`ArrayTrampoline`](crate::types::layout::ArrayTrampoline): arguments out of the array, call, results into the array.
fn array_to_wasm(builder: &mut FunctionBuilder<'_>, params: &[Value], ty: &FuncType) {
    let [callee, caller, values] = *params else { unreachable!("the array convention has three parameters") };
    let code = builder.ins().load(POINTER, constant(), callee, offset(offset_of!(FuncRef, code)));
    let context = builder.ins().load(POINTER, constant(), callee, offset(offset_of!(FuncRef, context)));
    let mut arguments = vec![context, caller];
    arguments.extend(load_values(builder, values, ty.params()));
    let signature = builder.import_signature(signature::wasm(ty));
    let call = builder.ins().call_indirect(signature, code, &arguments);
    let results = builder.inst_results(call).to_vec();
    store_values(builder, values, &results);
    builder.ins().return_(&[]);
}

/// The code of a host function: arguments into an array on the stack, note where the guest was left, call, results out of
/// the array. The first parameter is a [`HostFuncContext`].
fn wasm_to_host(builder: &mut FunctionBuilder<'_>, params: &[Value], ty: &FuncType, bridge: &Bridge) {
    let (callee, caller) = (params[0], params[1]);
    let count = ty.params().len().max(ty.results().len()).max(1);
    let size = u32::try_from(count * SLOT).expect("a signature has at most 1,000 parameters and results");
    let slot = builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 4));
    let values = builder.ins().stack_addr(POINTER, slot, 0);
    store_values(builder, values, &params[2..]);
    let call = bridge.call(builder, callee, &[callee, caller, values]);
    let done = builder.inst_results(call)[0];
    let (returned, failed) = (builder.create_block(), builder.create_block());
    builder.set_cold_block(failed);
    builder.ins().brif(done, returned, &[], failed, &[]);

    builder.switch_to_block(failed);
    bridge.raise(builder, callee, caller);
    builder.ins().trap(code_of(Trap::Raised));

    builder.switch_to_block(returned);
    let results = load_values(builder, values, ty.results());
    builder.ins().return_(&results);
}

/// How code leaves for the host: through pointers in the callee's context, or by asking the interpreter.
struct Bridge {
    host: CallConv,
    interpreter: bool,
}

impl Bridge {
    /// Calls the host function of `callee`.
    fn call(&self, builder: &mut FunctionBuilder<'_>, callee: Value, args: &[Value; 3]) -> Inst {
        let signature = signature::host(self.host, &[POINTER; 3], Some(types::I8));
        if self.interpreter {
            let request = host_request::import(builder.func, HostRequest::Function, signature);
            return builder.ins().call(request, args);
        }
        note_exit(builder, callee);
        let call = builder.ins().load(POINTER, constant(), callee, offset(offset_of!(HostFuncContext, call)));
        let signature = builder.import_signature(signature);
        builder.ins().call_indirect(signature, call, args)
    }

    /// Ends the activation with the error that was left in the store.
    fn raise(&self, builder: &mut FunctionBuilder<'_>, callee: Value, caller: Value) {
        let signature = signature::builtin(self.host, Builtin::raise);
        if self.interpreter {
            let request = host_request::import(builder.func, HostRequest::Builtin(Builtin::raise), signature);
            builder.ins().call(request, &[caller]);
            return;
        }
        let raise = builder.ins().load(POINTER, constant(), callee, offset(offset_of!(HostFuncContext, raise)));
        let signature = builder.import_signature(signature);
        builder.ins().call_indirect(signature, raise, &[caller]);
    }
}

/// Tells the store which frame called, so that a backtrace can begin there.
fn note_exit(builder: &mut FunctionBuilder<'_>, callee: Value) {
    let store = builder.ins().load(POINTER, constant(), callee, offset(offset_of!(HostFuncContext, store)));
    let own = builder.ins().get_frame_pointer(POINTER);
    // A frame begins with the frame pointer of its caller, on x86-64 as on aarch64.
    let fp = builder.ins().load(POINTER, MemFlagsData::trusted(), own, 0);
    let pc = builder.ins().get_return_address(POINTER);
    builder.ins().store(MemFlagsData::trusted(), fp, store, offset(offset_of!(StoreContext, exit_fp)));
    builder.ins().store(MemFlagsData::trusted(), pc, store, offset(offset_of!(StoreContext, exit_pc)));
}
