//! What becomes of every vector operator, as one table: the continuation of [`operators`](super::super::operators) for the
//! operators that the parser hands to a visitor of their own. It is as exhaustive.

use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2};
use wasmparser::VisitSimdOperator;

use super::super::Translator;
use super::integer::Half;
use crate::types::Opcode;

/// The rows: an operator with its immediates, and what the translator does where the operator can be reached.
#[rustfmt::skip]
macro_rules! operator {
    // Memories
    ($t:ident V128Load $at:ident) => { $t.load_vector(&$at)? };
    ($t:ident V128Load8x8S $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.sload8x8(f, p, o))? };
    ($t:ident V128Load8x8U $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.uload8x8(f, p, o))? };
    ($t:ident V128Load16x4S $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.sload16x4(f, p, o))? };
    ($t:ident V128Load16x4U $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.uload16x4(f, p, o))? };
    ($t:ident V128Load32x2S $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.sload32x2(f, p, o))? };
    ($t:ident V128Load32x2U $at:ident) => { $t.load_extend(&$at, |b, f, p, o| b.uload32x2(f, p, o))? };
    ($t:ident V128Load8Splat $at:ident) => { $t.load_splat(&$at, I8X16)? };
    ($t:ident V128Load16Splat $at:ident) => { $t.load_splat(&$at, I16X8)? };
    ($t:ident V128Load32Splat $at:ident) => { $t.load_splat(&$at, I32X4)? };
    ($t:ident V128Load64Splat $at:ident) => { $t.load_splat(&$at, I64X2)? };
    ($t:ident V128Load32Zero $at:ident) => { $t.load_zero(&$at, I32X4)? };
    ($t:ident V128Load64Zero $at:ident) => { $t.load_zero(&$at, I64X2)? };
    ($t:ident V128Load8Lane $at:ident $lane:ident) => { $t.load_lane(&$at, I8X16, $lane)? };
    ($t:ident V128Load16Lane $at:ident $lane:ident) => { $t.load_lane(&$at, I16X8, $lane)? };
    ($t:ident V128Load32Lane $at:ident $lane:ident) => { $t.load_lane(&$at, I32X4, $lane)? };
    ($t:ident V128Load64Lane $at:ident $lane:ident) => { $t.load_lane(&$at, I64X2, $lane)? };
    ($t:ident V128Store $at:ident) => { $t.store_vector(&$at)? };
    ($t:ident V128Store8Lane $at:ident $lane:ident) => { $t.store_lane(&$at, I8X16, $lane)? };
    ($t:ident V128Store16Lane $at:ident $lane:ident) => { $t.store_lane(&$at, I16X8, $lane)? };
    ($t:ident V128Store32Lane $at:ident $lane:ident) => { $t.store_lane(&$at, I32X4, $lane)? };
    ($t:ident V128Store64Lane $at:ident $lane:ident) => { $t.store_lane(&$at, I64X2, $lane)? };

    // Constants and lanes
    ($t:ident V128Const $value:ident) => { $t.v128_const($value.bytes()) };
    ($t:ident I8x16Shuffle $lanes:ident) => { $t.shuffle(&$lanes) };
    ($t:ident I8x16Swizzle) => { $t.lanes_binary(I8X16, |b, x, y| b.swizzle(x, y)) };
    ($t:ident I8x16Splat) => { $t.splat(I8X16) };
    ($t:ident I16x8Splat) => { $t.splat(I16X8) };
    ($t:ident I32x4Splat) => { $t.splat(I32X4) };
    ($t:ident I64x2Splat) => { $t.splat(I64X2) };
    ($t:ident F32x4Splat) => { $t.splat(F32X4) };
    ($t:ident F64x2Splat) => { $t.splat(F64X2) };
    ($t:ident I8x16ExtractLaneS $lane:ident) => { $t.extract_narrow_lane(I8X16, $lane, true) };
    ($t:ident I8x16ExtractLaneU $lane:ident) => { $t.extract_narrow_lane(I8X16, $lane, false) };
    ($t:ident I16x8ExtractLaneS $lane:ident) => { $t.extract_narrow_lane(I16X8, $lane, true) };
    ($t:ident I16x8ExtractLaneU $lane:ident) => { $t.extract_narrow_lane(I16X8, $lane, false) };
    ($t:ident I32x4ExtractLane $lane:ident) => { $t.extract_lane(I32X4, $lane) };
    ($t:ident I64x2ExtractLane $lane:ident) => { $t.extract_lane(I64X2, $lane) };
    ($t:ident F32x4ExtractLane $lane:ident) => { $t.extract_lane(F32X4, $lane) };
    ($t:ident F64x2ExtractLane $lane:ident) => { $t.extract_lane(F64X2, $lane) };
    ($t:ident I8x16ReplaceLane $lane:ident) => { $t.replace_lane(I8X16, $lane) };
    ($t:ident I16x8ReplaceLane $lane:ident) => { $t.replace_lane(I16X8, $lane) };
    ($t:ident I32x4ReplaceLane $lane:ident) => { $t.replace_lane(I32X4, $lane) };
    ($t:ident I64x2ReplaceLane $lane:ident) => { $t.replace_lane(I64X2, $lane) };
    ($t:ident F32x4ReplaceLane $lane:ident) => { $t.replace_lane(F32X4, $lane) };
    ($t:ident F64x2ReplaceLane $lane:ident) => { $t.replace_lane(F64X2, $lane) };

    // Bits
    ($t:ident V128Not) => { $t.lanes_unary(I8X16, |b, x| b.bnot(x)) };
    ($t:ident V128And) => { $t.lanes_binary(I8X16, |b, x, y| b.band(x, y)) };
    ($t:ident V128AndNot) => { $t.lanes_binary(I8X16, |b, x, y| b.band_not(x, y)) };
    ($t:ident V128Or) => { $t.lanes_binary(I8X16, |b, x, y| b.bor(x, y)) };
    ($t:ident V128Xor) => { $t.lanes_binary(I8X16, |b, x, y| b.bxor(x, y)) };
    ($t:ident V128Bitselect) => { $t.bitselect() };
    ($t:ident V128AnyTrue) => { $t.any_true() };

    // 16 bytes
    ($t:ident I8x16Eq) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::Equal, x, y)) };
    ($t:ident I8x16Ne) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::NotEqual, x, y)) };
    ($t:ident I8x16LtS) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::SignedLessThan, x, y)) };
    ($t:ident I8x16LtU) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::UnsignedLessThan, x, y)) };
    ($t:ident I8x16GtS) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::SignedGreaterThan, x, y)) };
    ($t:ident I8x16GtU) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::UnsignedGreaterThan, x, y)) };
    ($t:ident I8x16LeS) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::SignedLessThanOrEqual, x, y)) };
    ($t:ident I8x16LeU) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::UnsignedLessThanOrEqual, x, y)) };
    ($t:ident I8x16GeS) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::SignedGreaterThanOrEqual, x, y)) };
    ($t:ident I8x16GeU) => { $t.lanes_binary(I8X16, |b, x, y| b.icmp(IntCC::UnsignedGreaterThanOrEqual, x, y)) };
    ($t:ident I8x16Abs) => { $t.lanes_unary(I8X16, |b, x| b.iabs(x)) };
    ($t:ident I8x16Neg) => { $t.lanes_unary(I8X16, |b, x| b.ineg(x)) };
    ($t:ident I8x16Popcnt) => { $t.lanes_unary(I8X16, |b, x| b.popcnt(x)) };
    ($t:ident I8x16AllTrue) => { $t.all_true(I8X16) };
    ($t:ident I8x16Bitmask) => { $t.bitmask(I8X16) };
    ($t:ident I8x16NarrowI16x8S) => { $t.lanes_binary(I16X8, |b, x, y| b.snarrow(x, y)) };
    ($t:ident I8x16NarrowI16x8U) => { $t.lanes_binary(I16X8, |b, x, y| b.unarrow(x, y)) };
    ($t:ident I8x16Shl) => { $t.shift_lanes(I8X16, |b, x, n| b.ishl(x, n)) };
    ($t:ident I8x16ShrS) => { $t.shift_lanes(I8X16, |b, x, n| b.sshr(x, n)) };
    ($t:ident I8x16ShrU) => { $t.shift_lanes(I8X16, |b, x, n| b.ushr(x, n)) };
    ($t:ident I8x16Add) => { $t.lanes_binary(I8X16, |b, x, y| b.iadd(x, y)) };
    ($t:ident I8x16AddSatS) => { $t.lanes_binary(I8X16, |b, x, y| b.sadd_sat(x, y)) };
    ($t:ident I8x16AddSatU) => { $t.lanes_binary(I8X16, |b, x, y| b.uadd_sat(x, y)) };
    ($t:ident I8x16Sub) => { $t.lanes_binary(I8X16, |b, x, y| b.isub(x, y)) };
    ($t:ident I8x16SubSatS) => { $t.lanes_binary(I8X16, |b, x, y| b.ssub_sat(x, y)) };
    ($t:ident I8x16SubSatU) => { $t.lanes_binary(I8X16, |b, x, y| b.usub_sat(x, y)) };
    ($t:ident I8x16MinS) => { $t.lanes_binary(I8X16, |b, x, y| b.smin(x, y)) };
    ($t:ident I8x16MinU) => { $t.lanes_binary(I8X16, |b, x, y| b.umin(x, y)) };
    ($t:ident I8x16MaxS) => { $t.lanes_binary(I8X16, |b, x, y| b.smax(x, y)) };
    ($t:ident I8x16MaxU) => { $t.lanes_binary(I8X16, |b, x, y| b.umax(x, y)) };
    ($t:ident I8x16AvgrU) => { $t.lanes_binary(I8X16, |b, x, y| b.avg_round(x, y)) };

    // 8 lanes of 16 bits
    ($t:ident I16x8Eq) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::Equal, x, y)) };
    ($t:ident I16x8Ne) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::NotEqual, x, y)) };
    ($t:ident I16x8LtS) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::SignedLessThan, x, y)) };
    ($t:ident I16x8LtU) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::UnsignedLessThan, x, y)) };
    ($t:ident I16x8GtS) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::SignedGreaterThan, x, y)) };
    ($t:ident I16x8GtU) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::UnsignedGreaterThan, x, y)) };
    ($t:ident I16x8LeS) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::SignedLessThanOrEqual, x, y)) };
    ($t:ident I16x8LeU) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::UnsignedLessThanOrEqual, x, y)) };
    ($t:ident I16x8GeS) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::SignedGreaterThanOrEqual, x, y)) };
    ($t:ident I16x8GeU) => { $t.lanes_binary(I16X8, |b, x, y| b.icmp(IntCC::UnsignedGreaterThanOrEqual, x, y)) };
    ($t:ident I16x8Abs) => { $t.lanes_unary(I16X8, |b, x| b.iabs(x)) };
    ($t:ident I16x8Neg) => { $t.lanes_unary(I16X8, |b, x| b.ineg(x)) };
    ($t:ident I16x8AllTrue) => { $t.all_true(I16X8) };
    ($t:ident I16x8Bitmask) => { $t.bitmask(I16X8) };
    ($t:ident I16x8NarrowI32x4S) => { $t.lanes_binary(I32X4, |b, x, y| b.snarrow(x, y)) };
    ($t:ident I16x8NarrowI32x4U) => { $t.lanes_binary(I32X4, |b, x, y| b.unarrow(x, y)) };
    ($t:ident I16x8ExtendLowI8x16S) => { $t.extend_half(I8X16, Half::LowSigned) };
    ($t:ident I16x8ExtendLowI8x16U) => { $t.extend_half(I8X16, Half::LowUnsigned) };
    ($t:ident I16x8ExtendHighI8x16S) => { $t.extend_half(I8X16, Half::HighSigned) };
    ($t:ident I16x8ExtendHighI8x16U) => { $t.extend_half(I8X16, Half::HighUnsigned) };
    ($t:ident I16x8Shl) => { $t.shift_lanes(I16X8, |b, x, n| b.ishl(x, n)) };
    ($t:ident I16x8ShrS) => { $t.shift_lanes(I16X8, |b, x, n| b.sshr(x, n)) };
    ($t:ident I16x8ShrU) => { $t.shift_lanes(I16X8, |b, x, n| b.ushr(x, n)) };
    ($t:ident I16x8Add) => { $t.lanes_binary(I16X8, |b, x, y| b.iadd(x, y)) };
    ($t:ident I16x8AddSatS) => { $t.lanes_binary(I16X8, |b, x, y| b.sadd_sat(x, y)) };
    ($t:ident I16x8AddSatU) => { $t.lanes_binary(I16X8, |b, x, y| b.uadd_sat(x, y)) };
    ($t:ident I16x8Sub) => { $t.lanes_binary(I16X8, |b, x, y| b.isub(x, y)) };
    ($t:ident I16x8SubSatS) => { $t.lanes_binary(I16X8, |b, x, y| b.ssub_sat(x, y)) };
    ($t:ident I16x8SubSatU) => { $t.lanes_binary(I16X8, |b, x, y| b.usub_sat(x, y)) };
    ($t:ident I16x8Mul) => { $t.lanes_binary(I16X8, |b, x, y| b.imul(x, y)) };
    ($t:ident I16x8MinS) => { $t.lanes_binary(I16X8, |b, x, y| b.smin(x, y)) };
    ($t:ident I16x8MinU) => { $t.lanes_binary(I16X8, |b, x, y| b.umin(x, y)) };
    ($t:ident I16x8MaxS) => { $t.lanes_binary(I16X8, |b, x, y| b.smax(x, y)) };
    ($t:ident I16x8MaxU) => { $t.lanes_binary(I16X8, |b, x, y| b.umax(x, y)) };
    ($t:ident I16x8AvgrU) => { $t.lanes_binary(I16X8, |b, x, y| b.avg_round(x, y)) };
    ($t:ident I16x8Q15MulrSatS) => { $t.lanes_binary(I16X8, |b, x, y| b.sqmul_round_sat(x, y)) };
    ($t:ident I16x8ExtAddPairwiseI8x16S) => { $t.add_pairs(I8X16, true) };
    ($t:ident I16x8ExtAddPairwiseI8x16U) => { $t.add_pairs(I8X16, false) };
    ($t:ident I16x8ExtMulLowI8x16S) => { $t.multiply_half(I8X16, Half::LowSigned) };
    ($t:ident I16x8ExtMulLowI8x16U) => { $t.multiply_half(I8X16, Half::LowUnsigned) };
    ($t:ident I16x8ExtMulHighI8x16S) => { $t.multiply_half(I8X16, Half::HighSigned) };
    ($t:ident I16x8ExtMulHighI8x16U) => { $t.multiply_half(I8X16, Half::HighUnsigned) };

    // 4 lanes of 32 bits
    ($t:ident I32x4Eq) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::Equal, x, y)) };
    ($t:ident I32x4Ne) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::NotEqual, x, y)) };
    ($t:ident I32x4LtS) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::SignedLessThan, x, y)) };
    ($t:ident I32x4LtU) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::UnsignedLessThan, x, y)) };
    ($t:ident I32x4GtS) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::SignedGreaterThan, x, y)) };
    ($t:ident I32x4GtU) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::UnsignedGreaterThan, x, y)) };
    ($t:ident I32x4LeS) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::SignedLessThanOrEqual, x, y)) };
    ($t:ident I32x4LeU) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::UnsignedLessThanOrEqual, x, y)) };
    ($t:ident I32x4GeS) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::SignedGreaterThanOrEqual, x, y)) };
    ($t:ident I32x4GeU) => { $t.lanes_binary(I32X4, |b, x, y| b.icmp(IntCC::UnsignedGreaterThanOrEqual, x, y)) };
    ($t:ident I32x4Abs) => { $t.lanes_unary(I32X4, |b, x| b.iabs(x)) };
    ($t:ident I32x4Neg) => { $t.lanes_unary(I32X4, |b, x| b.ineg(x)) };
    ($t:ident I32x4AllTrue) => { $t.all_true(I32X4) };
    ($t:ident I32x4Bitmask) => { $t.bitmask(I32X4) };
    ($t:ident I32x4ExtendLowI16x8S) => { $t.extend_half(I16X8, Half::LowSigned) };
    ($t:ident I32x4ExtendLowI16x8U) => { $t.extend_half(I16X8, Half::LowUnsigned) };
    ($t:ident I32x4ExtendHighI16x8S) => { $t.extend_half(I16X8, Half::HighSigned) };
    ($t:ident I32x4ExtendHighI16x8U) => { $t.extend_half(I16X8, Half::HighUnsigned) };
    ($t:ident I32x4Shl) => { $t.shift_lanes(I32X4, |b, x, n| b.ishl(x, n)) };
    ($t:ident I32x4ShrS) => { $t.shift_lanes(I32X4, |b, x, n| b.sshr(x, n)) };
    ($t:ident I32x4ShrU) => { $t.shift_lanes(I32X4, |b, x, n| b.ushr(x, n)) };
    ($t:ident I32x4Add) => { $t.lanes_binary(I32X4, |b, x, y| b.iadd(x, y)) };
    ($t:ident I32x4Sub) => { $t.lanes_binary(I32X4, |b, x, y| b.isub(x, y)) };
    ($t:ident I32x4Mul) => { $t.lanes_binary(I32X4, |b, x, y| b.imul(x, y)) };
    ($t:ident I32x4MinS) => { $t.lanes_binary(I32X4, |b, x, y| b.smin(x, y)) };
    ($t:ident I32x4MinU) => { $t.lanes_binary(I32X4, |b, x, y| b.umin(x, y)) };
    ($t:ident I32x4MaxS) => { $t.lanes_binary(I32X4, |b, x, y| b.smax(x, y)) };
    ($t:ident I32x4MaxU) => { $t.lanes_binary(I32X4, |b, x, y| b.umax(x, y)) };
    ($t:ident I32x4ExtAddPairwiseI16x8S) => { $t.add_pairs(I16X8, true) };
    ($t:ident I32x4ExtAddPairwiseI16x8U) => { $t.add_pairs(I16X8, false) };
    ($t:ident I32x4ExtMulLowI16x8S) => { $t.multiply_half(I16X8, Half::LowSigned) };
    ($t:ident I32x4ExtMulLowI16x8U) => { $t.multiply_half(I16X8, Half::LowUnsigned) };
    ($t:ident I32x4ExtMulHighI16x8S) => { $t.multiply_half(I16X8, Half::HighSigned) };
    ($t:ident I32x4ExtMulHighI16x8U) => { $t.multiply_half(I16X8, Half::HighUnsigned) };
    ($t:ident I32x4DotI16x8S) => { $t.dot_product(I16X8) };

    // 2 lanes of 64 bits
    ($t:ident I64x2Eq) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::Equal, x, y)) };
    ($t:ident I64x2Ne) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::NotEqual, x, y)) };
    ($t:ident I64x2LtS) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::SignedLessThan, x, y)) };
    ($t:ident I64x2GtS) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::SignedGreaterThan, x, y)) };
    ($t:ident I64x2LeS) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::SignedLessThanOrEqual, x, y)) };
    ($t:ident I64x2GeS) => { $t.lanes_binary(I64X2, |b, x, y| b.icmp(IntCC::SignedGreaterThanOrEqual, x, y)) };
    ($t:ident I64x2Abs) => { $t.lanes_unary(I64X2, |b, x| b.iabs(x)) };
    ($t:ident I64x2Neg) => { $t.lanes_unary(I64X2, |b, x| b.ineg(x)) };
    ($t:ident I64x2AllTrue) => { $t.all_true(I64X2) };
    ($t:ident I64x2Bitmask) => { $t.bitmask(I64X2) };
    ($t:ident I64x2ExtendLowI32x4S) => { $t.extend_half(I32X4, Half::LowSigned) };
    ($t:ident I64x2ExtendLowI32x4U) => { $t.extend_half(I32X4, Half::LowUnsigned) };
    ($t:ident I64x2ExtendHighI32x4S) => { $t.extend_half(I32X4, Half::HighSigned) };
    ($t:ident I64x2ExtendHighI32x4U) => { $t.extend_half(I32X4, Half::HighUnsigned) };
    ($t:ident I64x2Shl) => { $t.shift_lanes(I64X2, |b, x, n| b.ishl(x, n)) };
    ($t:ident I64x2ShrS) => { $t.shift_lanes(I64X2, |b, x, n| b.sshr(x, n)) };
    ($t:ident I64x2ShrU) => { $t.shift_lanes(I64X2, |b, x, n| b.ushr(x, n)) };
    ($t:ident I64x2Add) => { $t.lanes_binary(I64X2, |b, x, y| b.iadd(x, y)) };
    ($t:ident I64x2Sub) => { $t.lanes_binary(I64X2, |b, x, y| b.isub(x, y)) };
    ($t:ident I64x2Mul) => { $t.lanes_binary(I64X2, |b, x, y| b.imul(x, y)) };
    ($t:ident I64x2ExtMulLowI32x4S) => { $t.multiply_half(I32X4, Half::LowSigned) };
    ($t:ident I64x2ExtMulLowI32x4U) => { $t.multiply_half(I32X4, Half::LowUnsigned) };
    ($t:ident I64x2ExtMulHighI32x4S) => { $t.multiply_half(I32X4, Half::HighSigned) };
    ($t:ident I64x2ExtMulHighI32x4U) => { $t.multiply_half(I32X4, Half::HighUnsigned) };

    // Floats
    ($t:ident F32x4Eq) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::Equal, x, y)) };
    ($t:ident F32x4Ne) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::NotEqual, x, y)) };
    ($t:ident F32x4Lt) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::LessThan, x, y)) };
    ($t:ident F32x4Gt) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::GreaterThan, x, y)) };
    ($t:ident F32x4Le) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::LessThanOrEqual, x, y)) };
    ($t:ident F32x4Ge) => { $t.lanes_binary(F32X4, |b, x, y| b.fcmp(FloatCC::GreaterThanOrEqual, x, y)) };
    ($t:ident F32x4Ceil) => { $t.lanes_unary(F32X4, |b, x| b.ceil(x)) };
    ($t:ident F32x4Floor) => { $t.lanes_unary(F32X4, |b, x| b.floor(x)) };
    ($t:ident F32x4Trunc) => { $t.lanes_unary(F32X4, |b, x| b.trunc(x)) };
    ($t:ident F32x4Nearest) => { $t.lanes_unary(F32X4, |b, x| b.nearest(x)) };
    ($t:ident F32x4Abs) => { $t.lanes_unary(F32X4, |b, x| b.fabs(x)) };
    ($t:ident F32x4Neg) => { $t.lanes_unary(F32X4, |b, x| b.fneg(x)) };
    ($t:ident F32x4Sqrt) => { $t.lanes_unary(F32X4, |b, x| b.sqrt(x)) };
    ($t:ident F32x4Add) => { $t.lanes_binary(F32X4, |b, x, y| b.fadd(x, y)) };
    ($t:ident F32x4Sub) => { $t.lanes_binary(F32X4, |b, x, y| b.fsub(x, y)) };
    ($t:ident F32x4Mul) => { $t.lanes_binary(F32X4, |b, x, y| b.fmul(x, y)) };
    ($t:ident F32x4Div) => { $t.lanes_binary(F32X4, |b, x, y| b.fdiv(x, y)) };
    ($t:ident F32x4Min) => { $t.lanes_binary(F32X4, |b, x, y| b.fmin(x, y)) };
    ($t:ident F32x4Max) => { $t.lanes_binary(F32X4, |b, x, y| b.fmax(x, y)) };
    ($t:ident F32x4PMin) => { $t.pseudo_min(F32X4) };
    ($t:ident F32x4PMax) => { $t.pseudo_max(F32X4) };
    ($t:ident F64x2Eq) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::Equal, x, y)) };
    ($t:ident F64x2Ne) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::NotEqual, x, y)) };
    ($t:ident F64x2Lt) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::LessThan, x, y)) };
    ($t:ident F64x2Gt) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::GreaterThan, x, y)) };
    ($t:ident F64x2Le) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::LessThanOrEqual, x, y)) };
    ($t:ident F64x2Ge) => { $t.lanes_binary(F64X2, |b, x, y| b.fcmp(FloatCC::GreaterThanOrEqual, x, y)) };
    ($t:ident F64x2Ceil) => { $t.lanes_unary(F64X2, |b, x| b.ceil(x)) };
    ($t:ident F64x2Floor) => { $t.lanes_unary(F64X2, |b, x| b.floor(x)) };
    ($t:ident F64x2Trunc) => { $t.lanes_unary(F64X2, |b, x| b.trunc(x)) };
    ($t:ident F64x2Nearest) => { $t.lanes_unary(F64X2, |b, x| b.nearest(x)) };
    ($t:ident F64x2Abs) => { $t.lanes_unary(F64X2, |b, x| b.fabs(x)) };
    ($t:ident F64x2Neg) => { $t.lanes_unary(F64X2, |b, x| b.fneg(x)) };
    ($t:ident F64x2Sqrt) => { $t.lanes_unary(F64X2, |b, x| b.sqrt(x)) };
    ($t:ident F64x2Add) => { $t.lanes_binary(F64X2, |b, x, y| b.fadd(x, y)) };
    ($t:ident F64x2Sub) => { $t.lanes_binary(F64X2, |b, x, y| b.fsub(x, y)) };
    ($t:ident F64x2Mul) => { $t.lanes_binary(F64X2, |b, x, y| b.fmul(x, y)) };
    ($t:ident F64x2Div) => { $t.lanes_binary(F64X2, |b, x, y| b.fdiv(x, y)) };
    ($t:ident F64x2Min) => { $t.lanes_binary(F64X2, |b, x, y| b.fmin(x, y)) };
    ($t:ident F64x2Max) => { $t.lanes_binary(F64X2, |b, x, y| b.fmax(x, y)) };
    ($t:ident F64x2PMin) => { $t.pseudo_min(F64X2) };
    ($t:ident F64x2PMax) => { $t.pseudo_max(F64X2) };

    // Conversions
    ($t:ident I32x4TruncSatF32x4S) => { $t.lanes_unary(F32X4, |b, x| b.fcvt_to_sint_sat(I32X4, x)) };
    ($t:ident I32x4TruncSatF32x4U) => { $t.lanes_unary(F32X4, |b, x| b.fcvt_to_uint_sat(I32X4, x)) };
    ($t:ident I32x4TruncSatF64x2SZero) => { $t.truncate_saturating_low(true) };
    ($t:ident I32x4TruncSatF64x2UZero) => { $t.truncate_saturating_low(false) };
    ($t:ident F32x4ConvertI32x4S) => { $t.lanes_unary(I32X4, |b, x| b.fcvt_from_sint(F32X4, x)) };
    ($t:ident F32x4ConvertI32x4U) => { $t.lanes_unary(I32X4, |b, x| b.fcvt_from_uint(F32X4, x)) };
    ($t:ident F64x2ConvertLowI32x4S) => { $t.convert_low(true) };
    ($t:ident F64x2ConvertLowI32x4U) => { $t.convert_low(false) };
    ($t:ident F32x4DemoteF64x2Zero) => { $t.lanes_unary(F64X2, |b, x| b.fvdemote(x)) };
    ($t:ident F64x2PromoteLowF32x4) => { $t.lanes_unary(F32X4, |b, x| b.fvpromote_low(x)) };

    // Relaxed
    ($t:ident I8x16RelaxedSwizzle) => { $t.relaxed_swizzle() };
    ($t:ident I32x4RelaxedTruncF32x4S) => { $t.relaxed_truncate(true) };
    ($t:ident I32x4RelaxedTruncF32x4U) => { $t.relaxed_truncate(false) };
    ($t:ident I32x4RelaxedTruncF64x2SZero) => { $t.relaxed_truncate_low(true) };
    ($t:ident I32x4RelaxedTruncF64x2UZero) => { $t.relaxed_truncate_low(false) };
    ($t:ident F32x4RelaxedMadd) => { $t.relaxed_multiply_add(F32X4, false) };
    ($t:ident F32x4RelaxedNmadd) => { $t.relaxed_multiply_add(F32X4, true) };
    ($t:ident F64x2RelaxedMadd) => { $t.relaxed_multiply_add(F64X2, false) };
    ($t:ident F64x2RelaxedNmadd) => { $t.relaxed_multiply_add(F64X2, true) };
    ($t:ident I8x16RelaxedLaneselect) => { $t.relaxed_lane_select(I8X16) };
    ($t:ident I16x8RelaxedLaneselect) => { $t.relaxed_lane_select(I16X8) };
    ($t:ident I32x4RelaxedLaneselect) => { $t.relaxed_lane_select(I32X4) };
    ($t:ident I64x2RelaxedLaneselect) => { $t.relaxed_lane_select(I64X2) };
    ($t:ident F32x4RelaxedMin) => { $t.relaxed_min(F32X4) };
    ($t:ident F32x4RelaxedMax) => { $t.relaxed_max(F32X4) };
    ($t:ident F64x2RelaxedMin) => { $t.relaxed_min(F64X2) };
    ($t:ident F64x2RelaxedMax) => { $t.relaxed_max(F64X2) };
    ($t:ident I16x8RelaxedQ15mulrS) => { $t.relaxed_multiply_q15() };
    ($t:ident I16x8RelaxedDotI8x16I7x16S) => { $t.relaxed_dot_product() };
    ($t:ident I32x4RelaxedDotI8x16I7x16AddS) => { $t.relaxed_dot_product_add() };
}

macro_rules! visit {
    ($(@$proposal:ident $operator:ident $({ $($immediate:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        $(fn $visit(&mut self $($(, $immediate: $ty)*)?) -> Self::Output {
            self.meter(Opcode::$operator);
            if self.reachable {
                self.check_vectors()?;
                operator!(self $operator $($($immediate)*)?);
            }
            Ok(())
        })*
    };
}

impl<'a> VisitSimdOperator<'a> for Translator<'_> {
    wasmparser::for_each_visit_simd_operator!(visit);
}
