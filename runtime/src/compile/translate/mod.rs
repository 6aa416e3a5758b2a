//! A validated function body to Cranelift's intermediate code: the operand stack becomes values, locals become variables,
//! labels become blocks with parameters.

mod atomic;
mod call;
mod control;
mod conversion;
mod exception;
mod float;
mod hint;
mod integer;
mod memory;
mod metering;
mod operators;
mod poll;
mod reference;
mod simd;
mod table;
mod trap;
mod variable;
mod wide;

use std::collections::HashMap;

use cranelift_codegen::ir::{
    self, BlockArg, BlockCall, Function, InstBuilder, InstructionData, Opcode, SourceLoc, UserExternalName,
    UserFuncName, Value,
};
use cranelift_frontend::{FuncInstBuilder, FunctionBuilder};
use wasmparser::{BinaryReader, FunctionBody, LocalsReader, OperatorsReader, OperatorsReaderAllocations};

use self::call::HostCallee;
use self::control::Frame;
use self::exception::{LegacyTry, Try};
use self::hint::Hints;
use self::metering::Runs;
use super::environment::Environment;
use super::signature::{self, value_type};
use super::stack::{self, Callee};
use super::workspace::Workspace;
use crate::parse::FuncBody;
use crate::types::layout::Builtin;
use crate::types::{Error, FuncType, Kind, Phase, Result, ValType};

/// The translation of one function.
pub(super) struct Translator<'a> {
    pub(super) env: &'a Environment<'a>,
    builder: FunctionBuilder<'a>,
    state: &'a mut State,
    ty: &'a FuncType,
    /// The instance's context.
    context: Value,
    hints: Hints<'a>,
    /// Whether the operator at hand can be executed. If not, it is skipped; only blocks are counted.
    reachable: bool,
    /// For operators whose meaning stands further below.
    body: &'a FunctionBody<'a>,
}

/// What the translation of a function needs, kept for the next function.
#[derive(Default)]
pub(super) struct State {
    stack: Vec<Value>,
    frames: Vec<Frame>,
    /// Scratch: arguments of a branch, arguments of a call, targets of a table.
    branch_args: Vec<BlockArg>,
    call_args: Vec<Value>,
    targets: Vec<BlockCall>,
    /// Entities of the function at hand by type index, builtin and function index.
    signatures: HashMap<u32, ir::SigRef>,
    builtins: HashMap<Builtin, HostCallee>,
    functions: HashMap<u32, ir::FuncRef>,
    throw: Option<ir::SigRef>,
    reader: OperatorsReaderAllocations,
    /// What catches exceptions in the function at hand: see [`exception`].
    tries: Vec<Try>,
    legacy: Option<std::vec::IntoIter<LegacyTry>>,
    /// Operands that calls and branches of the function at hand carry.
    carried: u64,
    /// Calls in the function at hand so far.
    calls: u32,
    /// Loops around the operator at hand.
    loops: usize,
    /// Locals of the function at hand, parameters included.
    locals: usize,
    /// What the straight-line run at hand is charged.
    runs: Runs,
}

/// Loops inside one another that real programs do not exceed. Deeper ones count as carrying every local: each local that is
/// used inside becomes a parameter of all loops around.
const DEEP: usize = 32;

/// Operands that all calls and branches of one function may carry. An instruction of two bytes carries up to a thousand, a
/// `br_table` a thousand for each target: without a bound, a small body takes all memory to compile.
const MAX_CARRIED: u64 = 2_000_000;

impl State {
    fn clear(&mut self) {
        self.stack.clear();
        self.carried = 0;
        self.calls = 0;
        self.loops = 0;
        self.locals = 0;
        self.runs = Runs::default();
        self.frames.clear();
        self.signatures.clear();
        self.builtins.clear();
        self.functions.clear();
        self.throw = None;
        self.tries.clear();
        self.legacy = None;
    }
}

/// An operator, or anything else, that validation should have refused.
#[cold]
fn not_validated(what: &str) -> Error {
    Error::new(Phase::Compile, Kind::Internal, format!("code generation met what validation excludes: {what}"))
}

#[cold]
fn unreadable(error: &wasmparser::Error) -> Error {
    not_validated(&error.to_string())
}

/// Translates function `index`, whose body is `body` of `bytes`, into the workspace's context.
pub(super) fn function(
    env: &Environment<'_>,
    workspace: &mut Workspace,
    bytes: &[u8],
    body: &FuncBody,
    index: u32,
) -> Result<()> {
    let Workspace { context, builder, state, .. } = workspace;
    let type_index = env.info.functions[index as usize];
    let ty = env.info.func_type(index);
    context.clear();
    let name = UserFuncName::User(UserExternalName::new(0, index));
    context.func = Function::with_name_signature(name, signature::wasm(ty));
    if !env.settings.explicit_traps {
        stack::check_in_prologue(&mut context.func, env.settings, Callee::Instance);
    }
    state.clear();
    let allocations = std::mem::take(&mut state.reader);

    let data = bytes.get(body.range.clone()).ok_or_else(|| not_validated("a body outside of the module"))?;
    let start = body.range.start;
    let body = FunctionBody::new(BinaryReader::new(data, start as u64));
    let mut locals = body.get_locals_reader().map_err(|e| unreadable(&e))?;

    let mut builder = FunctionBuilder::new(&mut context.func, builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let instance = builder.block_params(entry)[0];
    if env.settings.explicit_traps {
        stack::check_in_body(&mut builder, Callee::Instance, instance, env.host_convention, 0);
    }
    let hints = Hints::new(env.info.branch_hints.of(index), start);
    let mut translator = Translator { env, builder, state, ty, context: instance, hints, reachable: true, body: &body };
    translator.declare_parameters(entry);
    translator.declare_locals(&mut locals)?;
    translator.push_function(type_index);
    translator.poll_explicitly();

    let mut operators = OperatorsReader::new_with_allocs(locals.get_binary_reader(), allocations);
    while !operators.eof() {
        translator.builder.set_srcloc(SourceLoc::new(operators.original_position() as u32));
        operators.visit_operator(&mut translator).map_err(|e| unreadable(&e))??;
        translator.check_carried()?;
    }
    translator.poll_at_entry(entry, data.len());
    let Translator { builder, state, .. } = translator;
    builder.finalize(env.isa.frontend_config());
    state.reader = operators.into_allocations();
    Ok(())
}

impl<'a> Translator<'a> {
    pub(super) fn ins<'s>(&'s mut self) -> FuncInstBuilder<'s, 'a> {
        self.builder.ins()
    }

    fn func(&mut self) -> &mut Function {
        self.builder.func
    }

    fn carry(&mut self, operands: usize) {
        self.state.carried += operands as u64;
    }

    fn check_carried(&self) -> Result<()> {
        if self.state.carried <= MAX_CARRIED {
            return Ok(());
        }
        let name = &self.builder.func.name;
        let text = format!(
            "the calls and branches of the function {name} carry more than {MAX_CARRIED} operands, more than are allowed"
        );
        Err(Error::new(Phase::Compile, Kind::TooLarge, text))
    }

    /// The bits of an integer that is known while compiling.
    pub(in super::super) fn known_constant(&self, value: Value) -> Option<u64> {
        let dfg = &self.builder.func.dfg;
        let instruction = dfg.value_def(value).inst()?;
        match dfg.insts[instruction] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => {
                Some(imm.bits().cast_unsigned() & (u64::MAX >> (64 - dfg.value_type(value).bits())))
            }
            _ => None,
        }
    }

    /// `address`, or `instead` where `outside` holds: also for a processor that went on in spite of the check. The interpreter
    /// never goes on.
    fn guard(&mut self, outside: Value, instead: Value, address: Value) -> Value {
        if self.env.settings.interpreter {
            return address;
        }
        self.ins().select_spectre_guard(outside, instead, address)
    }

    fn push(&mut self, value: Value) {
        self.state.stack.push(value);
    }

    fn pop(&mut self) -> Value {
        self.state.stack.pop().expect("validation counts operands")
    }

    fn pop2(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    fn pop3(&mut self) -> (Value, Value, Value) {
        let third = self.pop();
        let (first, second) = self.pop2();
        (first, second, third)
    }

    /// Where the upper `count` operands begin.
    fn below(&self, count: usize) -> usize {
        self.state.stack.len() - count
    }

    /// Replaces the topmost operand.
    fn unary(&mut self, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value) -> Value) {
        let operand = self.pop();
        let result = make(self.ins(), operand);
        self.push(result);
    }

    /// Replaces the two topmost operands.
    fn binary(&mut self, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value, Value) -> Value) {
        let (left, right) = self.pop2();
        let result = make(self.ins(), left, right);
        self.push(result);
    }

    fn declare_parameters(&mut self, entry: ir::Block) {
        for (i, ty) in self.ty.params().iter().enumerate() {
            let variable = self.builder.declare_var(value_type(*ty));
            self.state.locals += 1;
            // Behind the contexts of callee and caller.
            let value = self.builder.block_params(entry)[i + 2];
            self.builder.def_var(variable, value);
        }
    }

    fn declare_locals(&mut self, locals: &mut LocalsReader<'_>) -> Result<()> {
        for _ in 0..locals.get_count() {
            let (count, ty) = locals.read().map_err(|e| unreadable(&e))?;
            let ty = val_type(ty)?;
            let zero = self.zero(ty);
            for _ in 0..count {
                let variable = self.builder.declare_var(value_type(ty));
                self.state.locals += 1;
                self.builder.def_var(variable, zero);
            }
        }
        Ok(())
    }
}

/// The parser's type as ours.
fn val_type(ty: wasmparser::ValType) -> Result<ValType> {
    control::single(ty).map(|types| types[0])
}
