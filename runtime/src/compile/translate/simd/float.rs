//! Float lanes, where one instruction of Cranelift is not enough.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Type, Value};

use super::super::Translator;

impl Translator<'_> {
    /// `pmin` is `right < left ? right : left`, whatever NaNs and zeros there are; `pmax` likewise with `left < right`.
    pub(super) fn pseudo_min(&mut self, ty: Type) {
        let (left, right) = self.pop_vectors2(ty);
        self.choose_where_less(right, left, right, left);
    }

    pub(super) fn pseudo_max(&mut self, ty: Type) {
        let (left, right) = self.pop_vectors2(ty);
        self.choose_where_less(left, right, right, left);
    }

    /// Pushes `yes` in the lanes where `small` is less than `large`, `no` in the others.
    fn choose_where_less(&mut self, small: Value, large: Value, yes: Value, no: Value) {
        let ty = self.func().dfg.value_type(yes);
        let less = self.ins().fcmp(FloatCC::LessThan, small, large);
        let less = self.cast_vector(less, ty);
        let chosen = self.ins().bitselect(less, yes, no);
        self.push_vector(chosen);
    }
}
