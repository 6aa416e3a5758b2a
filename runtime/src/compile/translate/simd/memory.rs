//! Loads and stores of vectors and lanes. How many bytes an access touches is what it is checked for: a lane's bytes, not a
//! vector's.

use cranelift_codegen::ir::immediates::Offset32;
use cranelift_codegen::ir::types::I8X16;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FuncInstBuilder;
use wasmparser::MemArg;

use super::super::Translator;
use crate::types::Result;

impl Translator<'_> {
    pub(super) fn load_vector(&mut self, at: &MemArg) -> Result<()> {
        self.load(at, 16, |b, flags, base, offset| b.load(I8X16, flags, base, offset))
    }

    pub(super) fn store_vector(&mut self, at: &MemArg) -> Result<()> {
        self.store(at, 16, |b, flags, value, base, offset| _ = b.store(flags, value, base, offset))
    }

    /// Eight bytes as lanes of half the width, widened by the instruction that `make` inserts.
    pub(super) fn load_extend(
        &mut self,
        at: &MemArg,
        make: impl FnOnce(FuncInstBuilder<'_, '_>, MemFlagsData, Value, Offset32) -> Value,
    ) -> Result<()> {
        self.load(at, 8, make)?;
        self.with_loaded(|_, vector| vector);
        Ok(())
    }

    /// One lane of memory in all lanes of `ty`.
    pub(super) fn load_splat(&mut self, at: &MemArg, ty: Type) -> Result<()> {
        self.load_scalar(at, ty)?;
        self.with_loaded(|t, scalar| t.ins().splat(ty, scalar));
        Ok(())
    }

    /// One lane of memory in lane 0 of `ty`, zero in the others.
    pub(super) fn load_zero(&mut self, at: &MemArg, ty: Type) -> Result<()> {
        self.load_scalar(at, ty)?;
        self.with_loaded(|t, scalar| t.ins().scalar_to_vector(ty, scalar));
        Ok(())
    }

    /// One lane of memory in lane `lane` of the operand.
    pub(super) fn load_lane(&mut self, at: &MemArg, ty: Type, lane: u8) -> Result<()> {
        let vector = self.pop_vector(ty);
        self.load_scalar(at, ty)?;
        self.with_loaded(|t, scalar| t.ins().insertlane(vector, scalar, lane));
        Ok(())
    }

    pub(super) fn store_lane(&mut self, at: &MemArg, ty: Type, lane: u8) -> Result<()> {
        let vector = self.pop_vector(ty);
        let scalar = self.ins().extractlane(vector, lane);
        self.push(scalar);
        let size = u64::from(ty.lane_type().bytes());
        self.store(at, size, |b, flags, value, base, offset| _ = b.store(flags, value, base, offset))
    }

    fn load_scalar(&mut self, at: &MemArg, ty: Type) -> Result<()> {
        let lane = ty.lane_type();
        self.load(at, u64::from(lane.bytes()), |b, flags, base, offset| b.load(lane, flags, base, offset))
    }

    /// Replaces what was loaded by a vector; an access that always traps has loaded nothing.
    fn with_loaded(&mut self, make: impl FnOnce(&mut Self, Value) -> Value) {
        if self.reachable {
            let loaded = self.pop();
            let vector = make(self, loaded);
            self.push_vector(vector);
        }
    }
}
