//! References: pointer-sized, null is zero.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};

use super::super::signature::POINTER;
use super::{Translator, not_validated};
use crate::types::{Result, Trap};

impl Translator<'_> {
    pub(super) fn ref_null(&mut self) {
        let null = self.ins().iconst(POINTER, 0);
        self.push(null);
    }

    pub(super) fn ref_is_null(&mut self) {
        let reference = self.pop();
        let null = self.ins().icmp_imm_u(IntCC::Equal, reference, 0);
        let null = self.ins().uextend(types::I32, null);
        self.push(null);
    }

    pub(super) fn ref_as_non_null(&mut self) {
        let reference = self.pop();
        self.trap_unless(reference, Trap::NullReference);
        self.push(reference);
    }

    /// The references of all functions that escape lie in the context, ready made.
    pub(super) fn ref_func(&mut self, function: u32) -> Result<()> {
        let escape = self.env.info.escapes.get(&function);
        let escape = *escape.ok_or_else(|| not_validated("ref.func of a function that is not declared"))?;
        let (context, at) = (self.context, self.env.layout.func_ref(escape));
        let reference = self.ins().iadd_imm_u(context, i64::from(at));
        self.push(reference);
        Ok(())
    }
}
