//! Numbers of 128 bits as two of 64: the lower half lies below the upper half on the stack.

use cranelift_codegen::ir::types::I128;
use cranelift_codegen::ir::{InstBuilder, Value};
use cranelift_frontend::FuncInstBuilder;

use super::Translator;

impl Translator<'_> {
    /// 128 bits out of two operands of 128 bits.
    pub(super) fn wide_binary(&mut self, make: impl FnOnce(FuncInstBuilder<'_, '_>, Value, Value) -> Value) {
        let right = self.pop_wide();
        let left = self.pop_wide();
        let result = make(self.ins(), left, right);
        self.push_wide(result);
    }

    /// All 128 bits of the product of two operands of 64 bits.
    pub(super) fn wide_multiply(&mut self, signed: bool) {
        let (left, right) = self.pop2();
        let [left, right] =
            [left, right].map(|x| if signed { self.ins().sextend(I128, x) } else { self.ins().uextend(I128, x) });
        let product = self.ins().imul(left, right);
        self.push_wide(product);
    }

    fn pop_wide(&mut self) -> Value {
        let (low, high) = self.pop2();
        self.ins().iconcat(low, high)
    }

    fn push_wide(&mut self, value: Value) {
        let (low, high) = self.ins().isplit(value);
        self.push(low);
        self.push(high);
    }
}
