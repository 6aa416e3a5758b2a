//! Polls: where a guest can be interrupted.
//!
//! A guest runs for long only in a cycle of its code: around a loop, whose head polls, or through calls, where every function
//! that calls polls at its entry. What lies between two polls is bounded: straight code of one function, at most [`CALLS`]
//! calls, each of a function that calls nothing, has no loop and is [short](SHORT), or of a host function.
//!
//! A poll is one load from a page of the thread, which faults when the thread is asked to look up; where code must not rely
//! on faults, it is a load from a word of the thread, a comparison, and a call that is rarely made. The load is an atomic one,
//! since the optimiser takes any other away; on x86-64 that is an ordinary `mov`.

use std::mem::offset_of;

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, types};

use super::super::environment::offset;
use super::super::regions::constant;
use super::super::signature::POINTER;
use super::super::trap_codes::code_of;
use super::Translator;
use crate::types::Trap;
use crate::types::layout::{Builtin, InstanceContext, StoreContext};

/// Calls of one function between two polls.
const CALLS: u32 = 256;
/// Bytes of a body that is not worth a poll if it calls nothing.
const SHORT: usize = 1024;

impl Translator<'_> {
    /// At the head of a loop.
    pub(super) fn poll(&mut self) {
        if !self.env.settings.interruptible {
            return;
        }
        let store = self.context_field(offset_of!(InstanceContext, store));
        let place = self.ins().load(POINTER, constant(), store, offset(offset_of!(StoreContext, poll)));
        if !self.env.settings.no_faults() {
            self.ins().atomic_load(types::I32, may_fault(), place);
            return;
        }
        // The interpreter has no atomic loads. Its own is not taken away: between two polls lies the call below.
        let word = match self.env.settings.interpreter {
            true => self.ins().load(types::I32, MemFlagsData::trusted(), place, 0),
            false => self.ins().atomic_load(types::I32, MemFlagsData::trusted(), place),
        };
        let (asked, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(asked);
        self.ins().brif(word, asked, &[], next, &[]);
        self.builder.seal_block(asked);
        self.builder.switch_to_block(asked);
        self.call_builtin(Builtin::interrupt, &[]);
        self.ins().jump(next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// At the entry, where it is not known yet what the function calls: with faults, [`Translator::poll_at_entry`] knows better.
    pub(super) fn poll_explicitly(&mut self) {
        if self.env.settings.no_faults() {
            self.poll();
        }
    }

    /// Puts a poll at the beginning of a function, all of which is known now, if its callers and its loops alone do not bound how
    /// long it runs. `size` is that of its body.
    pub(super) fn poll_at_entry(&mut self, entry: Block, size: usize) {
        let settings = self.env.settings;
        let bounded = self.state.calls == 0 && size <= SHORT;
        if bounded || settings.no_faults() || !settings.interruptible {
            return;
        }
        let mut at = FuncCursor::new(self.builder.func).at_first_insertion_point(entry);
        let store = at.ins().load(POINTER, constant(), self.context, offset(offset_of!(InstanceContext, store)));
        let place = at.ins().load(POINTER, constant(), store, offset(offset_of!(StoreContext, poll)));
        at.ins().atomic_load(types::I32, may_fault(), place);
    }

    /// Before every call.
    pub(super) fn count_call(&mut self) {
        self.state.calls += 1;
        if self.state.calls.is_multiple_of(CALLS) {
            self.poll();
        }
    }
}

/// Flags of a load that faults when the thread is asked to look up.
fn may_fault() -> MemFlagsData {
    MemFlagsData::new().with_aligned().with_trap_code(Some(code_of(Trap::Interrupt)))
}
