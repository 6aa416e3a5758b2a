//! Branch hints: code that is unlikely to run is laid out behind all other code of its function.

use cranelift_codegen::ir::{Block, InstBuilder};

use super::Translator;

/// What the module says about the conditional branches of the function at hand.
pub(super) struct Hints<'a> {
    /// By offset from the beginning of the body, ascending, whether the branch is usually taken.
    hints: &'a [(u32, bool)],
    /// Where the body begins in the module.
    start: usize,
}

impl<'a> Hints<'a> {
    pub(super) const fn new(hints: &'a [(u32, bool)], start: usize) -> Self {
        Self { hints, start }
    }

    /// Whether the branch at this place of the module is usually taken, where the module says so.
    fn at(&self, position: u32) -> Option<bool> {
        let offset = u32::try_from((position as usize).checked_sub(self.start)?).ok()?;
        let found = self.hints.binary_search_by_key(&offset, |(at, _)| *at).ok()?;
        Some(self.hints[found].1)
    }
}

impl Translator<'_> {
    /// What is known of the conditional branch at hand.
    pub(super) fn hint(&self) -> Option<bool> {
        self.hints.at(self.builder.srcloc().bits())
    }

    /// Marks the unlikely one of two blocks that only the branch at hand leads to.
    pub(super) fn apply_hint(&mut self, taken: Block, not_taken: Block) {
        if let Some(likely) = self.hint() {
            self.builder.set_cold_block(if likely { not_taken } else { taken });
        }
    }

    /// Makes the block `way` do nothing but go on to `target` with the collected arguments, for a branch that is unlikely: the
    /// target itself may be where likely code goes on.
    pub(super) fn unlikely_way(&mut self, way: Block, target: Block) {
        self.builder.set_cold_block(way);
        self.builder.seal_block(way);
        self.builder.switch_to_block(way);
        self.builder.ins().jump(target, &self.state.branch_args);
    }
}
