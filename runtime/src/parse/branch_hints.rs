//! The section `metadata.code.branch_hint`: which way conditional branches usually go. It is custom: one that cannot be read is
//! left out as a whole, never an error.

use std::collections::HashMap;

use wasmparser::BranchHintSectionReader;

/// What is known of the conditional branches of a module, by function index.
#[derive(Debug, Default)]
pub(crate) struct BranchHints(HashMap<u32, FunctionHints>);

/// What is known of the conditional branches of a function: offset of the operator from the beginning of the body, ascending,
/// and whether the branch is usually taken.
pub(crate) type FunctionHints = Vec<(u32, bool)>;

impl BranchHints {
    /// Those of function `index`.
    pub(crate) fn of(&self, index: u32) -> &[(u32, bool)] {
        self.0.get(&index).map_or(&[], Vec::as_slice)
    }
}

/// Hints for functions beyond the first `functions` are left out.
pub(super) fn read(section: BranchHintSectionReader<'_>, functions: usize) -> BranchHints {
    try_read(section, functions).unwrap_or_default()
}

fn try_read(section: BranchHintSectionReader<'_>, functions: usize) -> wasmparser::Result<BranchHints> {
    let mut all = HashMap::new();
    for function in section {
        let function = function?;
        let mut hints = FunctionHints::new();
        for hint in function.hints {
            let hint = hint?;
            hints.push((hint.func_offset, hint.taken));
        }
        if (function.func as usize) < functions && !hints.is_empty() {
            hints.sort_unstable_by_key(|(offset, _)| *offset);
            all.insert(function.func, hints);
        }
    }
    Ok(BranchHints(all))
}
