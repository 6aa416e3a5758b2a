//! Blocks and branches.
//!
//! A label's block is made when something first branches to it; a block that nobody leaves early needs none. Below its
//! `height`, a frame never touches the stack, so what was left there by code that is skipped is cut off at its end.

use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, JumpTableData, Value};
use wasmparser::{BlockType, BrTable};

use super::super::signature::value_type;
use super::{Translator, not_validated, unreadable};
use crate::types::{RefType, Result, ValType};

/// What a target of a `br_table` counts as in operands: the code generator makes an edge of each.
const PER_TARGET: usize = 4;

/// A structured block that is not closed yet.
pub(super) struct Frame {
    pub(super) kind: FrameKind,
    pub(super) ty: BlockType,
    /// Operands below its parameters.
    pub(super) height: usize,
    /// Where its end is, once somebody branches there. A loop's end is never branched to.
    exit: Option<Block>,
    /// The `try` that has the first say in what is thrown inside.
    pub(super) handlers: Option<usize>,
}

pub(super) enum FrameKind {
    /// A block, the `else` part of an `if`, or the function itself.
    Block,
    Loop {
        header: Block,
    },
    /// The first part of an `if`. Its parameters lie twice on the stack, for this part and for the other.
    If {
        other: Block,
    },
    /// `try_table`, whose handlers are written at its end.
    TryTable(usize),
    /// `try`, of which this many handlers have begun, the last one with this exception.
    Try {
        index: usize,
        begun: usize,
        exception: Option<Value>,
    },
    /// Any block inside code that is skipped.
    Skipped,
}

/// The list with this single type, as far as it matters to how values are held: of references only the hierarchy.
fn is_exception(ty: wasmparser::RefType) -> bool {
    use wasmparser::{AbstractHeapType, HeapType};
    matches!(ty.heap_type(), HeapType::Abstract { ty: AbstractHeapType::Exn | AbstractHeapType::NoExn, .. })
}

pub(super) fn single(ty: wasmparser::ValType) -> Result<&'static [ValType]> {
    Ok(match ty {
        wasmparser::ValType::I32 => &[ValType::I32],
        wasmparser::ValType::I64 => &[ValType::I64],
        wasmparser::ValType::F32 => &[ValType::F32],
        wasmparser::ValType::F64 => &[ValType::F64],
        wasmparser::ValType::Ref(ty) if ty.is_extern_ref() => &[ValType::Ref(RefType::EXTERNREF)],
        wasmparser::ValType::Ref(ty) if is_exception(ty) => &[ValType::Ref(RefType::EXNREF)],
        wasmparser::ValType::Ref(_) => &[ValType::Ref(RefType::FUNCREF)],
        wasmparser::ValType::V128 => &[ValType::V128],
    })
}

impl<'a> Translator<'a> {
    pub(super) fn params(&self, ty: BlockType) -> &'a [ValType] {
        match ty {
            BlockType::Empty | BlockType::Type(_) => &[],
            BlockType::FuncType(index) => self.env.info.types[index as usize].params(),
        }
    }

    fn results(&self, ty: BlockType) -> Result<&'a [ValType]> {
        match ty {
            BlockType::Empty => Ok(&[]),
            BlockType::Type(ty) => single(ty),
            BlockType::FuncType(index) => Ok(self.env.info.types[index as usize].results()),
        }
    }

    pub(super) fn block_of(&mut self, params: &[ValType]) -> Block {
        let block = self.builder.create_block();
        self.carry(params.len());
        for ty in params {
            self.builder.append_block_param(block, value_type(*ty));
        }
        block
    }

    /// Fills the scratch list with the topmost `count` operands and leaves them where they are.
    fn collect_args(&mut self, count: usize) {
        let from = self.below(count);
        self.carry(count);
        self.state.branch_args.clear();
        self.state.branch_args.extend(self.state.stack[from..].iter().map(|value| BlockArg::Value(*value)));
    }

    pub(super) fn jump(&mut self, block: Block, count: usize) {
        self.collect_args(count);
        self.builder.ins().jump(block, &self.state.branch_args);
    }

    pub(super) fn push_block_params(&mut self, block: Block) {
        self.state.stack.extend_from_slice(self.builder.block_params(block));
    }

    pub(super) fn push_frame(&mut self, kind: FrameKind, ty: BlockType, height: usize) {
        let handlers = self.state.frames.last().and_then(|around| around.handlers);
        self.state.frames.push(Frame { kind, ty, height, exit: None, handlers });
    }

    /// The frame of the function's body.
    pub(super) fn push_function(&mut self, type_index: u32) {
        self.push_frame(FrameKind::Block, BlockType::FuncType(type_index), 0);
    }

    pub(super) fn skip(&mut self, ty: BlockType) {
        self.push_frame(FrameKind::Skipped, ty, self.state.stack.len());
    }

    pub(super) fn block(&mut self, ty: BlockType) {
        if !self.reachable {
            return self.skip(ty);
        }
        let height = self.below(self.params(ty).len());
        self.push_frame(FrameKind::Block, ty, height);
    }

    pub(super) fn loop_(&mut self, ty: BlockType) {
        if !self.reachable {
            return self.skip(ty);
        }
        let params = self.params(ty);
        let header = self.block_of(params);
        self.state.loops += 1;
        if self.state.loops > super::DEEP {
            self.carry(self.state.locals);
        }
        self.jump(header, params.len());
        let height = self.below(params.len());
        self.state.stack.truncate(height);
        // Sealed at the end, when all branches back are known.
        self.builder.switch_to_block(header);
        self.push_block_params(header);
        self.push_frame(FrameKind::Loop { header }, ty, height);
        self.poll();
    }

    pub(super) fn if_(&mut self, ty: BlockType) {
        if !self.reachable {
            return self.skip(ty);
        }
        let condition = self.pop();
        let (then, other) = (self.builder.create_block(), self.builder.create_block());
        self.apply_hint(then, other);
        self.ins().brif(condition, then, &[], other, &[]);
        self.builder.seal_block(then);
        self.builder.seal_block(other);
        self.builder.switch_to_block(then);
        let height = self.below(self.params(ty).len());
        self.state.stack.extend_from_within(height..);
        self.push_frame(FrameKind::If { other }, ty, height);
    }

    pub(super) fn else_(&mut self) -> Result<()> {
        let frame = self.state.frames.last().ok_or_else(|| not_validated("else without if"))?;
        let (ty, height) = (frame.ty, frame.height);
        match frame.kind {
            FrameKind::If { other } => {
                if self.reachable {
                    self.jump_to_exit(0)?;
                }
                self.start_other_part(other, ty, height);
                self.frame(0).kind = FrameKind::Block;
                Ok(())
            }
            FrameKind::Skipped => Ok(()),
            FrameKind::Block | FrameKind::Loop { .. } | FrameKind::TryTable(_) | FrameKind::Try { .. } => {
                Err(not_validated("else without if"))
            }
        }
    }

    fn start_other_part(&mut self, other: Block, ty: BlockType, height: usize) {
        let params = self.params(ty).len();
        self.state.stack.truncate(height + params);
        self.builder.switch_to_block(other);
        self.reachable = true;
    }

    pub(super) fn end(&mut self) -> Result<()> {
        let last = self.state.frames.last().ok_or_else(|| not_validated("end without a block"))?;
        let (ty, height) = (last.ty, last.height);
        match last.kind {
            FrameKind::Skipped => {
                self.state.frames.pop();
                return Ok(());
            }
            // Without `else` the parameters are the results.
            FrameKind::If { other } => {
                if self.reachable {
                    self.jump_to_exit(0)?;
                }
                self.start_other_part(other, ty, height);
            }
            FrameKind::Loop { header } => {
                self.state.loops -= 1;
                self.builder.seal_block(header);
            }
            FrameKind::TryTable(index) => self.end_try_table(index)?,
            FrameKind::Block | FrameKind::Try { .. } => {}
        }
        let results = self.results(ty)?.len();
        let exit = self.frame(0).exit;
        self.state.frames.pop();
        match exit {
            Some(exit) => {
                if self.reachable {
                    self.jump(exit, results);
                }
                self.state.stack.truncate(height);
                self.builder.seal_block(exit);
                self.builder.switch_to_block(exit);
                self.push_block_params(exit);
                self.reachable = true;
            }
            None if self.reachable => {
                let from = self.below(results);
                self.state.stack.drain(height..from);
            }
            None => self.state.stack.truncate(height),
        }
        if self.state.frames.is_empty() && self.reachable {
            self.return_();
        }
        Ok(())
    }

    pub(super) fn frame(&mut self, depth: u32) -> &mut Frame {
        let index = self.state.frames.len() - 1 - depth as usize;
        &mut self.state.frames[index]
    }

    /// The block that a branch to `depth` goes to, and how many operands it takes along.
    pub(super) fn target(&mut self, depth: u32) -> Result<(Block, usize)> {
        let frame = self.frame(depth);
        let (ty, exit) = (frame.ty, frame.exit);
        if let FrameKind::Loop { header } = frame.kind {
            return Ok((header, self.params(ty).len()));
        }
        let results = self.results(ty)?;
        let block = match exit {
            Some(block) => block,
            None => {
                let block = self.block_of(results);
                self.frame(depth).exit = Some(block);
                block
            }
        };
        Ok((block, results.len()))
    }

    /// To the end of an `if` or block, also where a branch of that depth would repeat a loop.
    pub(super) fn jump_to_exit(&mut self, depth: u32) -> Result<()> {
        let (exit, count) = self.target(depth)?;
        self.jump(exit, count);
        Ok(())
    }

    pub(super) fn br(&mut self, depth: u32) -> Result<()> {
        let (block, count) = self.target(depth)?;
        self.jump(block, count);
        self.reachable = false;
        Ok(())
    }

    pub(super) fn br_if(&mut self, depth: u32) -> Result<()> {
        let condition = self.pop();
        let (block, count) = self.target(depth)?;
        let next = self.builder.create_block();
        self.collect_args(count);
        self.branch_if(condition, block, next);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        Ok(())
    }

    /// Branches to `block` with the collected arguments, or goes on at `next`.
    fn branch_if(&mut self, condition: Value, block: Block, next: Block) {
        match self.hint() {
            Some(false) => {
                let way = self.builder.create_block();
                self.builder.ins().brif(condition, way, &[], next, &[]);
                self.unlikely_way(way, block);
            }
            hint => {
                if hint == Some(true) {
                    self.builder.set_cold_block(next);
                }
                self.builder.ins().brif(condition, block, &self.state.branch_args, next, &[]);
            }
        }
    }

    /// Branches without the reference on top of the stack where that is null; else goes on with it.
    pub(super) fn br_on_null(&mut self, depth: u32) -> Result<()> {
        let reference = self.pop();
        let (block, count) = self.target(depth)?;
        let next = self.builder.create_block();
        self.collect_args(count);
        self.builder.ins().brif(reference, next, &[], block, &self.state.branch_args);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        self.push(reference);
        Ok(())
    }

    /// Branches with the reference on top of the stack where that is not null; else goes on without it.
    pub(super) fn br_on_non_null(&mut self, depth: u32) -> Result<()> {
        let (block, count) = self.target(depth)?;
        let next = self.builder.create_block();
        self.collect_args(count);
        let reference = self.pop();
        self.builder.ins().brif(reference, block, &self.state.branch_args, next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        Ok(())
    }

    pub(super) fn br_table(&mut self, table: &BrTable<'_>) -> Result<()> {
        let index = self.pop();
        self.state.targets.clear();
        for depth in table.targets() {
            let target = self.block_call(depth.map_err(|e| unreadable(&e))?)?;
            self.state.targets.push(target);
            self.check_carried()?;
        }
        let default = self.block_call(table.default())?;
        let table = self.builder.create_jump_table(JumpTableData::new(default, &self.state.targets));
        self.ins().br_table(index, table);
        self.reachable = false;
        Ok(())
    }

    fn block_call(&mut self, depth: u32) -> Result<cranelift_codegen::ir::BlockCall> {
        let (block, count) = self.target(depth)?;
        self.carry(PER_TARGET);
        self.collect_args(count);
        Ok(self.builder.func.dfg.block_call(block, &self.state.branch_args))
    }

    pub(super) fn return_(&mut self) {
        let from = self.below(self.ty.results().len());
        self.carry(self.ty.results().len());
        let results: &[Value] = &self.state.stack[from..];
        self.builder.ins().return_(results);
        self.reachable = false;
    }

    pub(super) fn select(&mut self) {
        let (first, second, condition) = self.pop3();
        let value = self.ins().select(condition, first, second);
        self.push(value);
    }
}
