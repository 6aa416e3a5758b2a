//! What becomes of every operator, as one table. An operator that the parser learns and that has no row here does not
//! compile; neither does one of a proposal that is not listed.

use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I8, I16, I32, I64};
use wasmparser::{VisitOperator, VisitSimdOperator};

use super::{Translator, not_validated};
use crate::types::layout::{AtomicAccess, Builtin};
use crate::types::{Opcode, Result, Trap};

/// The rows: an operator with its immediates, and what the translator does where the operator can be reached.
#[rustfmt::skip]
macro_rules! operator {
    // Control
    ($t:ident Unreachable) => { $t.trap(Trap::Unreachable) };
    ($t:ident Nop) => { () };
    ($t:ident Br $depth:ident) => { $t.br($depth)? };
    ($t:ident BrIf $depth:ident) => { $t.br_if($depth)? };
    ($t:ident BrTable $targets:ident) => { $t.br_table(&$targets)? };
    ($t:ident BrOnNull $depth:ident) => { $t.br_on_null($depth)? };
    ($t:ident BrOnNonNull $depth:ident) => { $t.br_on_non_null($depth)? };
    ($t:ident Return) => { $t.return_() };
    ($t:ident Drop) => { _ = $t.pop() };
    ($t:ident Select) => { $t.select() };
    ($t:ident TypedSelect $ty:ident) => { { _ = $ty; $t.select() } };
    ($t:ident TypedSelectMulti $tys:ident) => { { _ = $tys; return Err(not_validated("select of several values")) } };

    // Exceptions
    ($t:ident Throw $tag:ident) => { $t.throw($tag)? };
    ($t:ident ThrowRef) => { $t.throw_ref()? };
    ($t:ident Rethrow $depth:ident) => { $t.rethrow($depth)? };

    // Calls
    ($t:ident Call $function:ident) => { $t.call($function) };
    ($t:ident CallIndirect $ty:ident $table:ident) => { $t.call_indirect($ty, $table) };
    ($t:ident CallRef $ty:ident) => { $t.call_ref($ty) };
    ($t:ident ReturnCall $function:ident) => { $t.return_call($function) };
    ($t:ident ReturnCallIndirect $ty:ident $table:ident) => { $t.return_call_indirect($ty, $table) };
    ($t:ident ReturnCallRef $ty:ident) => { $t.return_call_ref($ty) };

    // Variables and constants
    ($t:ident LocalGet $index:ident) => { $t.local_get($index) };
    ($t:ident LocalSet $index:ident) => { $t.local_set($index) };
    ($t:ident LocalTee $index:ident) => { $t.local_tee($index) };
    ($t:ident GlobalGet $index:ident) => { $t.global_get($index) };
    ($t:ident GlobalSet $index:ident) => { $t.global_set($index) };
    ($t:ident I32Const $value:ident) => { $t.i32_const($value) };
    ($t:ident I64Const $value:ident) => { $t.i64_const($value) };
    ($t:ident F32Const $value:ident) => { $t.f32_const($value.bits()) };
    ($t:ident F64Const $value:ident) => { $t.f64_const($value.bits()) };

    // Memories
    ($t:ident I32Load $at:ident) => { $t.load(&$at, 4, |b, f, p, o| b.load(I32, f, p, o))? };
    ($t:ident I64Load $at:ident) => { $t.load(&$at, 8, |b, f, p, o| b.load(I64, f, p, o))? };
    ($t:ident F32Load $at:ident) => { $t.load(&$at, 4, |b, f, p, o| b.load(F32, f, p, o))? };
    ($t:ident F64Load $at:ident) => { $t.load(&$at, 8, |b, f, p, o| b.load(F64, f, p, o))? };
    ($t:ident I32Load8S $at:ident) => { $t.load(&$at, 1, |b, f, p, o| b.sload8(I32, f, p, o))? };
    ($t:ident I32Load8U $at:ident) => { $t.load(&$at, 1, |b, f, p, o| b.uload8(I32, f, p, o))? };
    ($t:ident I32Load16S $at:ident) => { $t.load(&$at, 2, |b, f, p, o| b.sload16(I32, f, p, o))? };
    ($t:ident I32Load16U $at:ident) => { $t.load(&$at, 2, |b, f, p, o| b.uload16(I32, f, p, o))? };
    ($t:ident I64Load8S $at:ident) => { $t.load(&$at, 1, |b, f, p, o| b.sload8(I64, f, p, o))? };
    ($t:ident I64Load8U $at:ident) => { $t.load(&$at, 1, |b, f, p, o| b.uload8(I64, f, p, o))? };
    ($t:ident I64Load16S $at:ident) => { $t.load(&$at, 2, |b, f, p, o| b.sload16(I64, f, p, o))? };
    ($t:ident I64Load16U $at:ident) => { $t.load(&$at, 2, |b, f, p, o| b.uload16(I64, f, p, o))? };
    ($t:ident I64Load32S $at:ident) => { $t.load(&$at, 4, |b, f, p, o| b.sload32(f, p, o))? };
    ($t:ident I64Load32U $at:ident) => { $t.load(&$at, 4, |b, f, p, o| b.uload32(f, p, o))? };
    ($t:ident I32Store $at:ident) => { $t.store(&$at, 4, |b, f, v, p, o| _ = b.store(f, v, p, o))? };
    ($t:ident I64Store $at:ident) => { $t.store(&$at, 8, |b, f, v, p, o| _ = b.store(f, v, p, o))? };
    ($t:ident F32Store $at:ident) => { $t.store(&$at, 4, |b, f, v, p, o| _ = b.store(f, v, p, o))? };
    ($t:ident F64Store $at:ident) => { $t.store(&$at, 8, |b, f, v, p, o| _ = b.store(f, v, p, o))? };
    ($t:ident I32Store8 $at:ident) => { $t.store(&$at, 1, |b, f, v, p, o| _ = b.istore8(f, v, p, o))? };
    ($t:ident I32Store16 $at:ident) => { $t.store(&$at, 2, |b, f, v, p, o| _ = b.istore16(f, v, p, o))? };
    ($t:ident I64Store8 $at:ident) => { $t.store(&$at, 1, |b, f, v, p, o| _ = b.istore8(f, v, p, o))? };
    ($t:ident I64Store16 $at:ident) => { $t.store(&$at, 2, |b, f, v, p, o| _ = b.istore16(f, v, p, o))? };
    ($t:ident I64Store32 $at:ident) => { $t.store(&$at, 4, |b, f, v, p, o| _ = b.istore32(f, v, p, o))? };
    ($t:ident MemorySize $memory:ident) => { $t.memory_size($memory) };
    ($t:ident MemoryGrow $memory:ident) => { $t.memory_grow($memory) };
    ($t:ident MemoryInit $segment:ident $memory:ident) => { $t.memory_init($segment, $memory) };
    ($t:ident DataDrop $segment:ident) => { $t.data_drop($segment) };
    ($t:ident MemoryCopy $dst:ident $src:ident) => { $t.memory_copy($dst, $src) };
    ($t:ident MemoryFill $memory:ident) => { $t.memory_fill($memory) };

    // Tables and references
    ($t:ident TableInit $segment:ident $table:ident) => { $t.table_init($segment, $table) };
    ($t:ident ElemDrop $segment:ident) => { $t.elem_drop($segment) };
    ($t:ident TableCopy $dst:ident $src:ident) => { $t.table_copy($dst, $src) };
    ($t:ident TableFill $table:ident) => { $t.table_fill($table) };
    ($t:ident TableGet $table:ident) => { $t.table_get($table) };
    ($t:ident TableSet $table:ident) => { $t.table_set($table) };
    ($t:ident TableGrow $table:ident) => { $t.table_grow($table) };
    ($t:ident TableSize $table:ident) => { $t.table_size($table) };
    ($t:ident RefNull $ty:ident) => { { _ = $ty; $t.ref_null() } };
    ($t:ident RefIsNull) => { $t.ref_is_null() };
    ($t:ident RefAsNonNull) => { $t.ref_as_non_null() };
    ($t:ident RefFunc $function:ident) => { $t.ref_func($function)? };

    // Integers
    ($t:ident I32Eqz) => { $t.eqz() };
    ($t:ident I32Eq) => { $t.compare(IntCC::Equal) };
    ($t:ident I32Ne) => { $t.compare(IntCC::NotEqual) };
    ($t:ident I32LtS) => { $t.compare(IntCC::SignedLessThan) };
    ($t:ident I32LtU) => { $t.compare(IntCC::UnsignedLessThan) };
    ($t:ident I32GtS) => { $t.compare(IntCC::SignedGreaterThan) };
    ($t:ident I32GtU) => { $t.compare(IntCC::UnsignedGreaterThan) };
    ($t:ident I32LeS) => { $t.compare(IntCC::SignedLessThanOrEqual) };
    ($t:ident I32LeU) => { $t.compare(IntCC::UnsignedLessThanOrEqual) };
    ($t:ident I32GeS) => { $t.compare(IntCC::SignedGreaterThanOrEqual) };
    ($t:ident I32GeU) => { $t.compare(IntCC::UnsignedGreaterThanOrEqual) };
    ($t:ident I32Clz) => { $t.unary(|b, x| b.clz(x)) };
    ($t:ident I32Ctz) => { $t.unary(|b, x| b.ctz(x)) };
    ($t:ident I32Popcnt) => { $t.unary(|b, x| b.popcnt(x)) };
    ($t:ident I32Add) => { $t.binary(|b, x, y| b.iadd(x, y)) };
    ($t:ident I32Sub) => { $t.binary(|b, x, y| b.isub(x, y)) };
    ($t:ident I32Mul) => { $t.binary(|b, x, y| b.imul(x, y)) };
    ($t:ident I32DivS) => { $t.divide(true) };
    ($t:ident I32DivU) => { $t.divide(false) };
    ($t:ident I32RemS) => { $t.remainder(true) };
    ($t:ident I32RemU) => { $t.remainder(false) };
    ($t:ident I32And) => { $t.binary(|b, x, y| b.band(x, y)) };
    ($t:ident I32Or) => { $t.binary(|b, x, y| b.bor(x, y)) };
    ($t:ident I32Xor) => { $t.binary(|b, x, y| b.bxor(x, y)) };
    ($t:ident I32Shl) => { $t.binary(|b, x, y| b.ishl(x, y)) };
    ($t:ident I32ShrS) => { $t.binary(|b, x, y| b.sshr(x, y)) };
    ($t:ident I32ShrU) => { $t.binary(|b, x, y| b.ushr(x, y)) };
    ($t:ident I32Rotl) => { $t.binary(|b, x, y| b.rotl(x, y)) };
    ($t:ident I32Rotr) => { $t.binary(|b, x, y| b.rotr(x, y)) };
    ($t:ident I32Extend8S) => { $t.extend_part(I32, I8) };
    ($t:ident I32Extend16S) => { $t.extend_part(I32, I16) };
    ($t:ident I64Eqz) => { $t.eqz() };
    ($t:ident I64Eq) => { $t.compare(IntCC::Equal) };
    ($t:ident I64Ne) => { $t.compare(IntCC::NotEqual) };
    ($t:ident I64LtS) => { $t.compare(IntCC::SignedLessThan) };
    ($t:ident I64LtU) => { $t.compare(IntCC::UnsignedLessThan) };
    ($t:ident I64GtS) => { $t.compare(IntCC::SignedGreaterThan) };
    ($t:ident I64GtU) => { $t.compare(IntCC::UnsignedGreaterThan) };
    ($t:ident I64LeS) => { $t.compare(IntCC::SignedLessThanOrEqual) };
    ($t:ident I64LeU) => { $t.compare(IntCC::UnsignedLessThanOrEqual) };
    ($t:ident I64GeS) => { $t.compare(IntCC::SignedGreaterThanOrEqual) };
    ($t:ident I64GeU) => { $t.compare(IntCC::UnsignedGreaterThanOrEqual) };
    ($t:ident I64Clz) => { $t.unary(|b, x| b.clz(x)) };
    ($t:ident I64Ctz) => { $t.unary(|b, x| b.ctz(x)) };
    ($t:ident I64Popcnt) => { $t.unary(|b, x| b.popcnt(x)) };
    ($t:ident I64Add) => { $t.binary(|b, x, y| b.iadd(x, y)) };
    ($t:ident I64Sub) => { $t.binary(|b, x, y| b.isub(x, y)) };
    ($t:ident I64Mul) => { $t.binary(|b, x, y| b.imul(x, y)) };
    ($t:ident I64DivS) => { $t.divide(true) };
    ($t:ident I64DivU) => { $t.divide(false) };
    ($t:ident I64RemS) => { $t.remainder(true) };
    ($t:ident I64RemU) => { $t.remainder(false) };
    ($t:ident I64And) => { $t.binary(|b, x, y| b.band(x, y)) };
    ($t:ident I64Or) => { $t.binary(|b, x, y| b.bor(x, y)) };
    ($t:ident I64Xor) => { $t.binary(|b, x, y| b.bxor(x, y)) };
    ($t:ident I64Shl) => { $t.binary(|b, x, y| b.ishl(x, y)) };
    ($t:ident I64ShrS) => { $t.binary(|b, x, y| b.sshr(x, y)) };
    ($t:ident I64ShrU) => { $t.binary(|b, x, y| b.ushr(x, y)) };
    ($t:ident I64Rotl) => { $t.binary(|b, x, y| b.rotl(x, y)) };
    ($t:ident I64Rotr) => { $t.binary(|b, x, y| b.rotr(x, y)) };
    ($t:ident I64Extend8S) => { $t.extend_part(I64, I8) };
    ($t:ident I64Extend16S) => { $t.extend_part(I64, I16) };
    ($t:ident I64Extend32S) => { $t.extend_part(I64, I32) };

    // Floats
    ($t:ident F32Eq) => { $t.compare_floats(FloatCC::Equal) };
    ($t:ident F32Ne) => { $t.compare_floats(FloatCC::NotEqual) };
    ($t:ident F32Lt) => { $t.compare_floats(FloatCC::LessThan) };
    ($t:ident F32Gt) => { $t.compare_floats(FloatCC::GreaterThan) };
    ($t:ident F32Le) => { $t.compare_floats(FloatCC::LessThanOrEqual) };
    ($t:ident F32Ge) => { $t.compare_floats(FloatCC::GreaterThanOrEqual) };
    ($t:ident F32Abs) => { $t.unary(|b, x| b.fabs(x)) };
    ($t:ident F32Neg) => { $t.unary(|b, x| b.fneg(x)) };
    ($t:ident F32Ceil) => { $t.unary(|b, x| b.ceil(x)) };
    ($t:ident F32Floor) => { $t.unary(|b, x| b.floor(x)) };
    ($t:ident F32Trunc) => { $t.unary(|b, x| b.trunc(x)) };
    ($t:ident F32Nearest) => { $t.unary(|b, x| b.nearest(x)) };
    ($t:ident F32Sqrt) => { $t.unary(|b, x| b.sqrt(x)) };
    ($t:ident F32Add) => { $t.binary(|b, x, y| b.fadd(x, y)) };
    ($t:ident F32Sub) => { $t.binary(|b, x, y| b.fsub(x, y)) };
    ($t:ident F32Mul) => { $t.binary(|b, x, y| b.fmul(x, y)) };
    ($t:ident F32Div) => { $t.binary(|b, x, y| b.fdiv(x, y)) };
    ($t:ident F32Min) => { $t.binary(|b, x, y| b.fmin(x, y)) };
    ($t:ident F32Max) => { $t.binary(|b, x, y| b.fmax(x, y)) };
    ($t:ident F32Copysign) => { $t.binary(|b, x, y| b.fcopysign(x, y)) };
    ($t:ident F64Eq) => { $t.compare_floats(FloatCC::Equal) };
    ($t:ident F64Ne) => { $t.compare_floats(FloatCC::NotEqual) };
    ($t:ident F64Lt) => { $t.compare_floats(FloatCC::LessThan) };
    ($t:ident F64Gt) => { $t.compare_floats(FloatCC::GreaterThan) };
    ($t:ident F64Le) => { $t.compare_floats(FloatCC::LessThanOrEqual) };
    ($t:ident F64Ge) => { $t.compare_floats(FloatCC::GreaterThanOrEqual) };
    ($t:ident F64Abs) => { $t.unary(|b, x| b.fabs(x)) };
    ($t:ident F64Neg) => { $t.unary(|b, x| b.fneg(x)) };
    ($t:ident F64Ceil) => { $t.unary(|b, x| b.ceil(x)) };
    ($t:ident F64Floor) => { $t.unary(|b, x| b.floor(x)) };
    ($t:ident F64Trunc) => { $t.unary(|b, x| b.trunc(x)) };
    ($t:ident F64Nearest) => { $t.unary(|b, x| b.nearest(x)) };
    ($t:ident F64Sqrt) => { $t.unary(|b, x| b.sqrt(x)) };
    ($t:ident F64Add) => { $t.binary(|b, x, y| b.fadd(x, y)) };
    ($t:ident F64Sub) => { $t.binary(|b, x, y| b.fsub(x, y)) };
    ($t:ident F64Mul) => { $t.binary(|b, x, y| b.fmul(x, y)) };
    ($t:ident F64Div) => { $t.binary(|b, x, y| b.fdiv(x, y)) };
    ($t:ident F64Min) => { $t.binary(|b, x, y| b.fmin(x, y)) };
    ($t:ident F64Max) => { $t.binary(|b, x, y| b.fmax(x, y)) };
    ($t:ident F64Copysign) => { $t.binary(|b, x, y| b.fcopysign(x, y)) };

    // Conversions
    ($t:ident I32WrapI64) => { $t.unary(|b, x| b.ireduce(I32, x)) };
    ($t:ident I64ExtendI32S) => { $t.unary(|b, x| b.sextend(I64, x)) };
    ($t:ident I64ExtendI32U) => { $t.unary(|b, x| b.uextend(I64, x)) };
    ($t:ident I32TruncF32S) => { $t.truncate(I32, true) };
    ($t:ident I32TruncF32U) => { $t.truncate(I32, false) };
    ($t:ident I32TruncF64S) => { $t.truncate(I32, true) };
    ($t:ident I32TruncF64U) => { $t.truncate(I32, false) };
    ($t:ident I64TruncF32S) => { $t.truncate(I64, true) };
    ($t:ident I64TruncF32U) => { $t.truncate(I64, false) };
    ($t:ident I64TruncF64S) => { $t.truncate(I64, true) };
    ($t:ident I64TruncF64U) => { $t.truncate(I64, false) };
    ($t:ident I32TruncSatF32S) => { $t.truncate_saturating(I32, true) };
    ($t:ident I32TruncSatF32U) => { $t.truncate_saturating(I32, false) };
    ($t:ident I32TruncSatF64S) => { $t.truncate_saturating(I32, true) };
    ($t:ident I32TruncSatF64U) => { $t.truncate_saturating(I32, false) };
    ($t:ident I64TruncSatF32S) => { $t.truncate_saturating(I64, true) };
    ($t:ident I64TruncSatF32U) => { $t.truncate_saturating(I64, false) };
    ($t:ident I64TruncSatF64S) => { $t.truncate_saturating(I64, true) };
    ($t:ident I64TruncSatF64U) => { $t.truncate_saturating(I64, false) };
    ($t:ident F32ConvertI32S) => { $t.convert(F32, true) };
    ($t:ident F32ConvertI32U) => { $t.convert(F32, false) };
    ($t:ident F32ConvertI64S) => { $t.convert(F32, true) };
    ($t:ident F32ConvertI64U) => { $t.convert(F32, false) };
    ($t:ident F64ConvertI32S) => { $t.convert(F64, true) };
    ($t:ident F64ConvertI32U) => { $t.convert(F64, false) };
    ($t:ident F64ConvertI64S) => { $t.convert(F64, true) };
    ($t:ident F64ConvertI64U) => { $t.convert(F64, false) };
    ($t:ident F32DemoteF64) => { $t.unary(|b, x| b.fdemote(F32, x)) };
    ($t:ident F64PromoteF32) => { $t.unary(|b, x| b.fpromote(F64, x)) };
    ($t:ident I32ReinterpretF32) => { $t.reinterpret(I32) };
    ($t:ident I64ReinterpretF64) => { $t.reinterpret(I64) };
    ($t:ident F32ReinterpretI32) => { $t.reinterpret(F32) };
    ($t:ident F64ReinterpretI64) => { $t.reinterpret(F64) };

    // Wide arithmetic
    ($t:ident I64Add128) => { $t.wide_binary(|b, x, y| b.iadd(x, y)) };
    ($t:ident I64Sub128) => { $t.wide_binary(|b, x, y| b.isub(x, y)) };
    ($t:ident I64MulWideS) => { $t.wide_multiply(true) };
    ($t:ident I64MulWideU) => { $t.wide_multiply(false) };

    // Atomics
    ($t:ident AtomicFence $order:ident) => { { _ = $order; $t.atomic_fence() } };
    ($t:ident MemoryAtomicNotify $at:ident) => { $t.atomic_notify(&$at)? };
    ($t:ident MemoryAtomicWait32 $at:ident) => { $t.atomic_wait(&$at, Builtin::atomic_wait32)? };
    ($t:ident MemoryAtomicWait64 $at:ident) => { $t.atomic_wait(&$at, Builtin::atomic_wait64)? };
    ($t:ident I32AtomicLoad $at:ident) => { $t.atomic_load(&$at, I32, I32)? };
    ($t:ident I64AtomicLoad $at:ident) => { $t.atomic_load(&$at, I64, I64)? };
    ($t:ident I32AtomicLoad8U $at:ident) => { $t.atomic_load(&$at, I32, I8)? };
    ($t:ident I32AtomicLoad16U $at:ident) => { $t.atomic_load(&$at, I32, I16)? };
    ($t:ident I64AtomicLoad8U $at:ident) => { $t.atomic_load(&$at, I64, I8)? };
    ($t:ident I64AtomicLoad16U $at:ident) => { $t.atomic_load(&$at, I64, I16)? };
    ($t:ident I64AtomicLoad32U $at:ident) => { $t.atomic_load(&$at, I64, I32)? };
    ($t:ident I32AtomicStore $at:ident) => { $t.atomic_store(&$at, I32, I32)? };
    ($t:ident I64AtomicStore $at:ident) => { $t.atomic_store(&$at, I64, I64)? };
    ($t:ident I32AtomicStore8 $at:ident) => { $t.atomic_store(&$at, I32, I8)? };
    ($t:ident I32AtomicStore16 $at:ident) => { $t.atomic_store(&$at, I32, I16)? };
    ($t:ident I64AtomicStore8 $at:ident) => { $t.atomic_store(&$at, I64, I8)? };
    ($t:ident I64AtomicStore16 $at:ident) => { $t.atomic_store(&$at, I64, I16)? };
    ($t:ident I64AtomicStore32 $at:ident) => { $t.atomic_store(&$at, I64, I32)? };
    ($t:ident I32AtomicRmwAdd $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I32, I32)? };
    ($t:ident I64AtomicRmwAdd $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I64, I64)? };
    ($t:ident I32AtomicRmw8AddU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I32, I8)? };
    ($t:ident I32AtomicRmw16AddU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I32, I16)? };
    ($t:ident I64AtomicRmw8AddU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I64, I8)? };
    ($t:ident I64AtomicRmw16AddU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I64, I16)? };
    ($t:ident I64AtomicRmw32AddU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Add, I64, I32)? };
    ($t:ident I32AtomicRmwSub $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I32, I32)? };
    ($t:ident I64AtomicRmwSub $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I64, I64)? };
    ($t:ident I32AtomicRmw8SubU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I32, I8)? };
    ($t:ident I32AtomicRmw16SubU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I32, I16)? };
    ($t:ident I64AtomicRmw8SubU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I64, I8)? };
    ($t:ident I64AtomicRmw16SubU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I64, I16)? };
    ($t:ident I64AtomicRmw32SubU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Sub, I64, I32)? };
    ($t:ident I32AtomicRmwAnd $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I32, I32)? };
    ($t:ident I64AtomicRmwAnd $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I64, I64)? };
    ($t:ident I32AtomicRmw8AndU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I32, I8)? };
    ($t:ident I32AtomicRmw16AndU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I32, I16)? };
    ($t:ident I64AtomicRmw8AndU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I64, I8)? };
    ($t:ident I64AtomicRmw16AndU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I64, I16)? };
    ($t:ident I64AtomicRmw32AndU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::And, I64, I32)? };
    ($t:ident I32AtomicRmwOr $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I32, I32)? };
    ($t:ident I64AtomicRmwOr $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I64, I64)? };
    ($t:ident I32AtomicRmw8OrU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I32, I8)? };
    ($t:ident I32AtomicRmw16OrU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I32, I16)? };
    ($t:ident I64AtomicRmw8OrU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I64, I8)? };
    ($t:ident I64AtomicRmw16OrU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I64, I16)? };
    ($t:ident I64AtomicRmw32OrU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Or, I64, I32)? };
    ($t:ident I32AtomicRmwXor $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I32, I32)? };
    ($t:ident I64AtomicRmwXor $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I64, I64)? };
    ($t:ident I32AtomicRmw8XorU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I32, I8)? };
    ($t:ident I32AtomicRmw16XorU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I32, I16)? };
    ($t:ident I64AtomicRmw8XorU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I64, I8)? };
    ($t:ident I64AtomicRmw16XorU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I64, I16)? };
    ($t:ident I64AtomicRmw32XorU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Xor, I64, I32)? };
    ($t:ident I32AtomicRmwXchg $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I32, I32)? };
    ($t:ident I64AtomicRmwXchg $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I64, I64)? };
    ($t:ident I32AtomicRmw8XchgU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I32, I8)? };
    ($t:ident I32AtomicRmw16XchgU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I32, I16)? };
    ($t:ident I64AtomicRmw8XchgU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I64, I8)? };
    ($t:ident I64AtomicRmw16XchgU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I64, I16)? };
    ($t:ident I64AtomicRmw32XchgU $at:ident) => { $t.atomic_rmw(&$at, AtomicAccess::Exchange, I64, I32)? };
    ($t:ident I32AtomicRmwCmpxchg $at:ident) => { $t.atomic_cmpxchg(&$at, I32, I32)? };
    ($t:ident I64AtomicRmwCmpxchg $at:ident) => { $t.atomic_cmpxchg(&$at, I64, I64)? };
    ($t:ident I32AtomicRmw8CmpxchgU $at:ident) => { $t.atomic_cmpxchg(&$at, I32, I8)? };
    ($t:ident I32AtomicRmw16CmpxchgU $at:ident) => { $t.atomic_cmpxchg(&$at, I32, I16)? };
    ($t:ident I64AtomicRmw8CmpxchgU $at:ident) => { $t.atomic_cmpxchg(&$at, I64, I8)? };
    ($t:ident I64AtomicRmw16CmpxchgU $at:ident) => { $t.atomic_cmpxchg(&$at, I64, I16)? };
    ($t:ident I64AtomicRmw32CmpxchgU $at:ident) => { $t.atomic_cmpxchg(&$at, I64, I32)? };
}

/// Blocks are counted even where they cannot be reached; all other operators are skipped there.
macro_rules! structure {
    ($t:ident Block $ty:ident) => { $t.block($ty) };
    ($t:ident Loop $ty:ident) => { $t.loop_($ty) };
    ($t:ident If $ty:ident) => { $t.if_($ty) };
    ($t:ident Else) => { $t.else_()? };
    ($t:ident TryTable $table:ident) => { $t.try_table(&$table)? };
    ($t:ident Try $ty:ident) => { $t.try_($ty)? };
    ($t:ident Catch $tag:ident) => { { _ = $tag; $t.catch()? } };
    ($t:ident CatchAll) => { $t.catch()? };
    ($t:ident Delegate $depth:ident) => { { _ = $depth; $t.end()? } };
    ($t:ident End) => { $t.end()? };
    ($t:ident $($operator:tt)+) => { if $t.reachable { operator!($t $($operator)+) } };
}

/// By proposal: those that are on are translated, those that are off do not pass validation.
macro_rules! proposal {
    ($t:ident mvp $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident sign_extension $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident saturating_float_to_int $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident bulk_memory $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident reference_types $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident wide_arithmetic $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident acquire_release_atomics $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident custom_descriptors $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident exceptions $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident function_references $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident gc $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident legacy_exceptions $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident memory_control $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident shared_everything_threads $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident stack_switching $($operator:tt)+) => { off!($($operator)+) };
    ($t:ident tail_call $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
    ($t:ident threads $($operator:tt)+) => {{ structure!($t $($operator)+); Ok(()) }};
}

macro_rules! off {
    ($operator:ident $($immediate:ident)*) => {{
        $(_ = $immediate;)*
        Err(not_validated(concat!("the operator ", stringify!($operator))))
    }};
}

macro_rules! visit {
    ($(@$proposal:ident $operator:ident $({ $($immediate:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        $(fn $visit(&mut self $($(, $immediate: $ty)*)?) -> Self::Output {
            self.meter(Opcode::$operator);
            proposal!(self $proposal $operator $($($immediate)*)?)
        })*
    };
}

/// Vector operators have [a table of their own](super::simd).
impl<'a> VisitOperator<'a> for Translator<'_> {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(visit);
}
