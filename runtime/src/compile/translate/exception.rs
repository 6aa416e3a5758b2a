//! Exceptions: `throw`, and what catches.
//!
//! A call inside of a `try` ends its block, with an edge to every handler that may get what is thrown inside; at run time the
//! unwinder compares tags and goes to the handler ([`CallSite`](crate::compile::CallSite)). A handler is a block with one
//! parameter, the exception, which is made when the first call names it: what nothing can reach is never written.
//!
//! The handlers that an operator is under are a list, innermost first, which begins at `handlers` of the frame around it and
//! goes on through [`Try::outer`]. A `return_call` leaves its frame, so no handler of it sees what the callee throws.

use std::mem::offset_of;

use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExceptionTableData, ExceptionTableItem, ExceptionTag, InstBuilder, MemFlagsData, SigRef,
    Signature, Value,
};
use cranelift_codegen::isa::CallConv;
use wasmparser::{BlockType, Catch, FunctionBody, Operator, TryTable};

use super::super::environment::offset;
use super::super::regions::{Region, constant};
use super::super::signature::{POINTER, value_type};
use super::super::trap_codes::code_of;
use super::call::{CallTarget, HostCallee};
use super::control::FrameKind;
use super::{Translator, not_validated, unreadable};
use crate::types::layout::{Builtin, EXCEPTION_VALUES, InstanceContext, RawValue, StoreContext};
use crate::types::{Result, Trap, ValType};

/// What a handler of a call counts as in operands: the code generator makes an edge of each.
const PER_HANDLER: usize = 4;

/// A `try_table`, or a `try`, with at least one handler.
pub(super) struct Try {
    clauses: Vec<Clause>,
    /// The one that is asked next.
    outer: Option<usize>,
}

/// One handler.
struct Clause {
    /// The tag that it catches; `None` catches all.
    tag: Option<u32>,
    /// What becomes of it, in a `try_table`: the frame of the label, from the outermost on, and whether it takes the reference.
    label: Option<(usize, bool)>,
    /// Where it begins, once some call may get there.
    pad: Option<Block>,
}

/// What stands at the end of a `try`, in order of their beginnings.
pub(super) enum LegacyTry {
    /// The tags of its `catch`es; `None` is `catch_all`.
    Catches(Vec<Option<u32>>),
    /// `delegate`.
    Delegate(u32),
}

impl Translator<'_> {
    /// The tag's values off the stack into a new exception, and away.
    pub(super) fn throw(&mut self, tag: u32) -> Result<()> {
        let number = self.index_const(tag);
        let exception = self.call_builtin(Builtin::exception_new, &[number]);
        let exception = exception.ok_or_else(|| not_validated("an exception without a value"))?;
        self.raise_unless(exception);
        let count = self.env.info.tag_type(tag).params().len();
        let from = self.below(count);
        self.carry(count);
        for position in 0..count {
            let (value, flags) = (self.state.stack[from + position], Region::Exceptions.trusted(self.func()));
            self.ins().store(flags, value, exception, value_at(position));
        }
        self.state.stack.truncate(from);
        self.throw_exception(exception);
        Ok(())
    }

    pub(super) fn throw_ref(&mut self) -> Result<()> {
        let exception = self.pop();
        self.trap_unless(exception, Trap::NullReference);
        self.throw_exception(exception);
        Ok(())
    }

    /// Throws again what the `catch` of this depth caught.
    pub(super) fn rethrow(&mut self, depth: u32) -> Result<()> {
        let FrameKind::Try { exception: Some(exception), .. } = self.frame(depth).kind else {
            return Err(not_validated("rethrow outside of a catch"));
        };
        self.throw_exception(exception);
        Ok(())
    }

    fn throw_exception(&mut self, exception: Value) {
        let store = self.context_field(offset_of!(InstanceContext, store));
        let at = offset(offset_of!(StoreContext, thrown));
        self.ins().store(MemFlagsData::trusted(), exception, store, at);
        let (target, signature) = self.throw_target();
        self.state.call_args.clear();
        self.state.call_args.push(self.context);
        if self.is_caught() {
            self.try_call(&target, signature, &[]);
        } else {
            self.plain_call(&target, signature);
        }
        // Nothing comes back.
        self.ins().trap(code_of(Trap::Raised));
        self.reachable = false;
    }

    /// `raise`, as what throws calls it. That it never returns matters to bytecode: there Cranelift 0.135 forgets the jump behind a
    /// `try_call` of the host.
    fn throw_target(&mut self) -> (CallTarget, SigRef) {
        if let HostCallee::Request(raise) = self.host_callee(Builtin::raise) {
            return (CallTarget::Direct(raise), self.func().dfg.ext_funcs[raise].signature);
        }
        let builtins = self.context_field(offset_of!(InstanceContext, builtins));
        let code = self.ins().load(POINTER, constant(), builtins, offset(Builtin::raise.offset()));
        (CallTarget::Pointer { code, context: self.context }, self.throw_signature())
    }

    /// `raise` looks at no argument; in this convention no register survives when something is caught, which is what the
    /// unwinder counts on. In bytecode none does in any convention.
    fn throw_signature(&mut self) -> SigRef {
        if let Some(signature) = self.state.throw {
            return signature;
        }
        let mut signature = Signature::new(CallConv::Tail);
        signature.params.push(AbiParam::new(POINTER));
        *self.state.throw.insert(self.builder.import_signature(signature))
    }

    /// Whether something in this function catches what is thrown here.
    pub(super) fn is_caught(&self) -> bool {
        self.state.frames.last().is_some_and(|frame| frame.handlers.is_some())
    }

    /// Calls with the arguments of the scratch list under the handlers of this place, and pushes the results.
    pub(super) fn try_call(&mut self, target: &CallTarget, signature: SigRef, results: &[ValType]) {
        let items = self.handlers();
        let next = self.block_of(results);
        let results: Vec<BlockArg> = (0..results.len() as u32).map(BlockArg::TryCallRet).collect();
        let dfg = &mut self.builder.func.dfg;
        let normal = dfg.block_call(next, &results);
        let table = dfg.exception_tables.push(ExceptionTableData::new(signature, normal, items));
        let args = &self.state.call_args;
        match target {
            CallTarget::Direct(function) => self.builder.ins().try_call(*function, args, table),
            CallTarget::Pointer { code, .. } => self.builder.ins().try_call_indirect(*code, args, table),
        };
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        self.push_block_params(next);
    }

    /// The handlers of this place, innermost first, up to one that catches all. The tag that Cranelift is told is where the
    /// instance has it; the instance is the context, which the frame keeps for the unwinder.
    fn handlers(&mut self) -> Vec<ExceptionTableItem> {
        let mut items = vec![ExceptionTableItem::Context(self.context)];
        let mut next = self.state.frames.last().and_then(|frame| frame.handlers);
        // A function that asks for too much is refused behind this operator, so that the list may end here.
        while let Some(index) = next.filter(|_| self.check_carried().is_ok()) {
            for position in 0..self.state.tries[index].clauses.len() {
                self.carry(PER_HANDLER);
                let pad = self.pad(index, position);
                let exception = [BlockArg::TryCallExn(0)];
                let target = self.builder.func.dfg.block_call(pad, &exception);
                match self.state.tries[index].clauses[position].tag {
                    Some(tag) => {
                        items.push(ExceptionTableItem::Tag(ExceptionTag::from_u32(self.env.layout.tag(tag)), target))
                    }
                    None => {
                        items.push(ExceptionTableItem::Default(target));
                        return items;
                    }
                }
            }
            next = self.state.tries[index].outer;
        }
        items
    }

    fn pad(&mut self, index: usize, position: usize) -> Block {
        if let Some(pad) = self.state.tries[index].clauses[position].pad {
            return pad;
        }
        let pad = self.builder.create_block();
        self.builder.append_block_param(pad, POINTER);
        self.builder.set_cold_block(pad);
        *self.state.tries[index].clauses[position].pad.insert(pad)
    }

    /// Begins a handler that is complete: no further call will name it. Gives the exception; `None` when no call did.
    fn begin_handler(&mut self, index: usize, position: usize) -> Option<Value> {
        let pad = self.state.tries[index].clauses[position].pad?;
        self.builder.seal_block(pad);
        self.builder.switch_to_block(pad);
        self.reachable = true;
        let exception = self.builder.block_params(pad)[0];
        if let Some(tag) = self.state.tries[index].clauses[position].tag {
            self.push_values(tag, exception);
        }
        Some(exception)
    }

    fn push_values(&mut self, tag: u32, exception: Value) {
        let types = self.env.info.tag_type(tag).params();
        self.carry(types.len());
        for (position, ty) in types.iter().enumerate() {
            let flags = Region::Exceptions.trusted(self.func());
            let value = self.ins().load(value_type(*ty), flags, exception, value_at(position));
            self.push(value);
        }
    }

    fn push_try(&mut self, clauses: Vec<Clause>) -> usize {
        let outer = self.state.frames.last().and_then(|frame| frame.handlers);
        self.state.tries.push(Try { clauses, outer });
        self.state.tries.len() - 1
    }

    pub(super) fn try_table(&mut self, table: &TryTable) -> Result<()> {
        if !self.reachable {
            self.skip(table.ty);
            return Ok(());
        }
        let height = self.below(self.params(table.ty).len());
        if table.catches.is_empty() {
            self.push_frame(FrameKind::Block, table.ty, height);
            return Ok(());
        }
        self.carry(PER_HANDLER * table.catches.len());
        let innermost = self.state.frames.len() - 1;
        let clause = |catch: &Catch| {
            let (tag, label, by_reference) = match *catch {
                Catch::One { tag, label } => (Some(tag), label, false),
                Catch::OneRef { tag, label } => (Some(tag), label, true),
                Catch::All { label } => (None, label, false),
                Catch::AllRef { label } => (None, label, true),
            };
            Clause { tag, label: Some((innermost - label as usize, by_reference)), pad: None }
        };
        let index = self.push_try(table.catches.iter().map(clause).collect());
        self.push_frame(FrameKind::TryTable(index), table.ty, height);
        self.frame(0).handlers = Some(index);
        Ok(())
    }

    /// Writes the handlers of a `try_table`: each is a branch with the exception's values. Behind it, only its exit goes on.
    pub(super) fn end_try_table(&mut self, index: usize) -> Result<()> {
        if self.state.tries[index].clauses.iter().all(|clause| clause.pad.is_none()) {
            return Ok(());
        }
        if self.reachable {
            self.jump_to_exit(0)?;
        }
        let height = self.frame(0).height;
        for position in 0..self.state.tries[index].clauses.len() {
            self.state.stack.truncate(height);
            let Some(exception) = self.begin_handler(index, position) else { continue };
            let label = self.state.tries[index].clauses[position].label;
            let (frame, by_reference) = label.ok_or_else(|| not_validated("a catch without a label"))?;
            if by_reference {
                self.push(exception);
            }
            let depth = self.state.frames.len() - 1 - frame;
            self.br(depth as u32)?;
        }
        self.state.stack.truncate(height);
        self.reachable = false;
        Ok(())
    }

    pub(super) fn try_(&mut self, ty: BlockType) -> Result<()> {
        let handlers = self.next_legacy_try()?;
        if !self.reachable {
            self.skip(ty);
            return Ok(());
        }
        let height = self.below(self.params(ty).len());
        let caught = match handlers {
            LegacyTry::Delegate(depth) => {
                let handlers = self.frame(depth).handlers;
                self.push_frame(FrameKind::Block, ty, height);
                handlers
            }
            LegacyTry::Catches(tags) if tags.is_empty() => {
                self.push_frame(FrameKind::Block, ty, height);
                return Ok(());
            }
            LegacyTry::Catches(tags) => {
                let clauses = tags.into_iter().map(|tag| Clause { tag, label: None, pad: None }).collect();
                let index = self.push_try(clauses);
                self.push_frame(FrameKind::Try { index, begun: 0, exception: None }, ty, height);
                Some(index)
            }
        };
        self.frame(0).handlers = caught;
        Ok(())
    }

    /// `catch` and `catch_all`: the next handler of the innermost `try`, which ends the body or the handler before.
    pub(super) fn catch(&mut self) -> Result<()> {
        let frame = self.frame(0);
        let height = frame.height;
        let (index, position) = match frame.kind {
            FrameKind::Try { index, begun, .. } => (index, begun),
            FrameKind::Skipped => return Ok(()),
            FrameKind::Block | FrameKind::Loop { .. } | FrameKind::If { .. } | FrameKind::TryTable(_) => {
                return Err(not_validated("catch without try"));
            }
        };
        if self.reachable {
            self.jump_to_exit(0)?;
        }
        self.reachable = false;
        self.state.stack.truncate(height);
        let outer = self.state.tries[index].outer;
        let exception = self.begin_handler(index, position);
        let frame = self.frame(0);
        frame.kind = FrameKind::Try { index, begun: position + 1, exception };
        frame.handlers = outer;
        Ok(())
    }

    /// What stands at the end of the `try` at hand. Calls in its body have to know, so the first `try` of a function reads the
    /// function once through.
    fn next_legacy_try(&mut self) -> Result<LegacyTry> {
        let list = match &mut self.state.legacy {
            Some(list) => list,
            none => none.insert(legacy_tries(self.body)?.into_iter()),
        };
        list.next().ok_or_else(|| not_validated("a try that was not there before"))
    }
}

/// Where the value at this position lies in an exception.
fn value_at(position: usize) -> i32 {
    offset(EXCEPTION_VALUES + position * size_of::<RawValue>())
}

/// All `try`s of a function, in order.
fn legacy_tries(body: &FunctionBody<'_>) -> Result<Vec<LegacyTry>> {
    let mut tries = Vec::new();
    // For every open block its position among the `try`s, if it is one.
    let mut open: Vec<Option<usize>> = vec![None];
    let mut operators = body.get_operators_reader().map_err(|e| unreadable(&e))?;
    while !operators.eof() {
        let catch = match operators.read().map_err(|e| unreadable(&e))? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                open.push(None);
                continue;
            }
            Operator::Try { .. } => {
                open.push(Some(tries.len()));
                tries.push(LegacyTry::Catches(Vec::new()));
                continue;
            }
            Operator::End => {
                open.pop();
                continue;
            }
            Operator::Delegate { relative_depth } => {
                let index = open.pop().flatten().ok_or_else(|| not_validated("delegate without try"))?;
                tries[index] = LegacyTry::Delegate(relative_depth);
                continue;
            }
            Operator::Catch { tag_index } => Some(tag_index),
            Operator::CatchAll => None,
            // Whatever else there is neither opens nor closes a block.
            _ => continue,
        };
        match open.last().copied().flatten().map(|index| &mut tries[index]) {
            Some(LegacyTry::Catches(tags)) => tags.push(catch),
            Some(LegacyTry::Delegate(_)) | None => return Err(not_validated("catch without try")),
        }
    }
    Ok(tries)
}
