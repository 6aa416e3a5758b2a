//! Floats. Cranelift's instructions have wasm's semantics, NaNs and signed zeros included; only comparisons need a second
//! step.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, types};

use super::Translator;

impl Translator<'_> {
    pub(super) fn compare_floats(&mut self, condition: FloatCC) {
        self.binary(|b, left, right| b.fcmp(condition, left, right));
        self.unary(|b, truth| b.uextend(types::I32, truth));
    }
}
