//! SANDBOX-CRITICAL: every function sees to it that its frame stays above the limit of the stack.
//!
//! With signals, Cranelift compares in the prologue, before anything of the frame is touched, and an instruction that faults
//! is the trap. Without, the check is the first thing in the body. The stack pointer has the frame behind it already then, so
//! the comparison is exact; but spilled parameters may have been written to the frame before it. A frame of up to
//! [`UNCHECKED_FRAME`] may: below the limit there always is a margin for host functions, which is larger. A function with a
//! larger frame gets an entry of its own, whose frame is small, which compares with the frame that follows and jumps there.

use std::mem::offset_of;

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, Function, GlobalValue, GlobalValueData, InstBuilder, UserExternalName, UserFuncName,
    Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::Settings;
use super::environment::offset;
use super::function::Code;
use super::regions::constant;
use super::signature::{self, POINTER};
use super::trap_codes::code_of;
use crate::types::layout::{Builtin, HostFuncContext, InstanceContext, StoreContext};
use crate::types::{Result, Trap};

/// The largest frame that may reach below the limit for a moment. A quarter of the margin of a stack of 64 KiB.
pub(super) const UNCHECKED_FRAME: u32 = 4 << 10;

/// What the first parameter of a function in the wasm convention points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    /// An [`InstanceContext`].
    Instance,
    /// A [`HostFuncContext`].
    HostFunc,
}

impl Callee {
    /// Where the store is.
    const fn store(self) -> usize {
        match self {
            Self::Instance => offset_of!(InstanceContext, store),
            Self::HostFunc => offset_of!(HostFuncContext, store),
        }
    }

    /// The code of [`Builtin::trap`].
    fn trap(self, builder: &mut FunctionBuilder<'_>, context: Value) -> Value {
        let mut load = |from, at| builder.ins().load(POINTER, constant(), from, offset(at));
        match self {
            Self::Instance => {
                let builtins = load(context, offset_of!(InstanceContext, builtins));
                load(builtins, Builtin::trap.offset())
            }
            Self::HostFunc => load(context, offset_of!(HostFuncContext, trap)),
        }
    }
}

/// Makes Cranelift compare in the prologue. It leaves the check out where a function calls nothing and needs no stack. The
/// interpreter checks its stack by itself.
pub(super) fn check_in_prologue(func: &mut Function, settings: &Settings, callee: Callee) {
    if settings.interpreter {
        return;
    }
    let context = func.create_global_value(GlobalValueData::VMContext);
    let store = load(func, context, callee.store());
    func.stack_limit = Some(load(func, store, offset_of!(StoreContext, stack_limit)));
}

fn load(func: &mut Function, base: GlobalValue, at: usize) -> GlobalValue {
    let flags = func.dfg.mem_flags.insert(constant()).expect("a function begins with room for flags");
    func.create_global_value(GlobalValueData::Load { base, offset: offset(at).into(), global_type: POINTER, flags })
}

/// Compares in the body: traps by a call where less than `below` bytes are left under the frame. `context` is the first
/// parameter.
pub(super) fn check_in_body(
    builder: &mut FunctionBuilder<'_>,
    callee: Callee,
    context: Value,
    host: CallConv,
    below: u32,
) {
    let store = builder.ins().load(POINTER, constant(), context, offset(callee.store()));
    let limit = builder.ins().load(POINTER, constant(), store, offset(offset_of!(StoreContext, stack_limit)));
    // The limit is an address of this thread's stack, or 0: far from overflowing.
    let limit = builder.ins().iadd_imm_u(limit, i64::from(below));
    let sp = builder.ins().get_stack_pointer(POINTER);
    let exhausted = builder.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
    let (next, overflow) = (builder.create_block(), builder.create_block());
    builder.set_cold_block(overflow);
    builder.ins().brif(exhausted, overflow, &[], next, &[]);
    builder.seal_block(next);
    builder.seal_block(overflow);

    builder.switch_to_block(overflow);
    let trap = callee.trap(builder, context);
    let signature = builder.import_signature(signature::builtin(host, Builtin::trap));
    let code = builder.ins().iconst(types::I32, i64::from(Trap::StackOverflow as u8));
    builder.ins().call_indirect(signature, trap, &[context, code]);
    builder.ins().trap(code_of(Trap::StackOverflow));
    builder.switch_to_block(next);
}

/// Whether a function that compares in its body needs [`entry`] in front of it.
pub(super) fn needs_entry(compiled: &CompiledCode) -> bool {
    frame_size(compiled) > UNCHECKED_FRAME
}

fn frame_size(compiled: &CompiledCode) -> u32 {
    compiled.buffer.frame_layout().map_or(0, |layout| layout.frame_to_fp_offset)
}

/// The entry of a function with a large frame: compares, then jumps to the function of the same signature that `code` gets
/// next.
pub(super) fn entry(
    context: &mut FunctionBuilderContext,
    isa: &dyn TargetIsa,
    function: &Function,
    callee: Callee,
    compiled: &CompiledCode,
) -> Function {
    let mut entry = Function::with_name_signature(UserFuncName::default(), function.signature.clone());
    let mut builder = FunctionBuilder::new(&mut entry, context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    let params = builder.block_params(block).to_vec();
    let host = CallConv::triple_default(isa.triple());
    check_in_body(&mut builder, callee, params[0], host, frame_size(compiled));
    let signature = builder.import_signature(function.signature.clone());
    let name = builder.func.declare_imported_user_function(UserExternalName::new(0, 0));
    let name = ExternalName::user(name);
    let body = builder.import_function(ExtFuncData { name, signature, colocated: true, patchable: false });
    builder.ins().return_call(body, &params);
    builder.finalize(isa.frontend_config());
    entry
}

/// Appends `function` behind its entry, as one function.
pub(super) fn append_with_entry(
    code: &mut Code,
    (entry, compiled_entry): (&Function, &CompiledCode),
    (function, compiled): (&Function, &CompiledCode),
    alignment: u32,
) -> Result<()> {
    code.append(entry, compiled_entry, alignment)?;
    let jump = code.relocations.pop().expect("the entry ends with a jump");
    code.append(function, compiled, alignment)?;
    let body = code.functions.pop().expect("just appended");
    let whole = code.functions.last_mut().expect("just appended");
    super::link::resolve(&mut code.bytes, &jump, body.offset)?;
    whole.absorb(body);
    Ok(())
}
