//! Every operator that the parser knows: its name in the text format and its place in a straight-line run.

/// What an operator means for the run that it stands in. See `docs/metering.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Executed; the run goes on.
    Step,
    /// Executed; costs more the more it moves. The run goes on.
    Bulk,
    /// Not executed, only read; the run goes on.
    Mark,
    /// Not executed; what is behind it may be reached from elsewhere, so the run ends.
    Border,
    /// Executed; what is behind it may be reached from elsewhere, or not at all, so the run ends.
    Leap,
}

use Class::{Border, Bulk, Leap, Mark, Step};

/// The rows, by the parser's name of the operator. One that has no row does not compile.
#[rustfmt::skip]
macro_rules! row {
    // mvp
    (Unreachable) => { ("unreachable", Leap) };
    (Nop) => { ("nop", Mark) };
    (Block) => { ("block", Mark) };
    (Loop) => { ("loop", Border) };
    (If) => { ("if", Leap) };
    (Else) => { ("else", Border) };
    (End) => { ("end", Border) };
    (Br) => { ("br", Leap) };
    (BrIf) => { ("br_if", Leap) };
    (BrTable) => { ("br_table", Leap) };
    (Return) => { ("return", Leap) };
    (Call) => { ("call", Leap) };
    (CallIndirect) => { ("call_indirect", Leap) };
    (Drop) => { ("drop", Step) };
    (Select) => { ("select", Step) };
    (LocalGet) => { ("local.get", Step) };
    (LocalSet) => { ("local.set", Step) };
    (LocalTee) => { ("local.tee", Step) };
    (GlobalGet) => { ("global.get", Step) };
    (GlobalSet) => { ("global.set", Step) };
    (I32Load) => { ("i32.load", Step) };
    (I64Load) => { ("i64.load", Step) };
    (F32Load) => { ("f32.load", Step) };
    (F64Load) => { ("f64.load", Step) };
    (I32Load8S) => { ("i32.load8_s", Step) };
    (I32Load8U) => { ("i32.load8_u", Step) };
    (I32Load16S) => { ("i32.load16_s", Step) };
    (I32Load16U) => { ("i32.load16_u", Step) };
    (I64Load8S) => { ("i64.load8_s", Step) };
    (I64Load8U) => { ("i64.load8_u", Step) };
    (I64Load16S) => { ("i64.load16_s", Step) };
    (I64Load16U) => { ("i64.load16_u", Step) };
    (I64Load32S) => { ("i64.load32_s", Step) };
    (I64Load32U) => { ("i64.load32_u", Step) };
    (I32Store) => { ("i32.store", Step) };
    (I64Store) => { ("i64.store", Step) };
    (F32Store) => { ("f32.store", Step) };
    (F64Store) => { ("f64.store", Step) };
    (I32Store8) => { ("i32.store8", Step) };
    (I32Store16) => { ("i32.store16", Step) };
    (I64Store8) => { ("i64.store8", Step) };
    (I64Store16) => { ("i64.store16", Step) };
    (I64Store32) => { ("i64.store32", Step) };
    (MemorySize) => { ("memory.size", Step) };
    (MemoryGrow) => { ("memory.grow", Step) };
    (I32Const) => { ("i32.const", Step) };
    (I64Const) => { ("i64.const", Step) };
    (F32Const) => { ("f32.const", Step) };
    (F64Const) => { ("f64.const", Step) };
    (I32Eqz) => { ("i32.eqz", Step) };
    (I32Eq) => { ("i32.eq", Step) };
    (I32Ne) => { ("i32.ne", Step) };
    (I32LtS) => { ("i32.lt_s", Step) };
    (I32LtU) => { ("i32.lt_u", Step) };
    (I32GtS) => { ("i32.gt_s", Step) };
    (I32GtU) => { ("i32.gt_u", Step) };
    (I32LeS) => { ("i32.le_s", Step) };
    (I32LeU) => { ("i32.le_u", Step) };
    (I32GeS) => { ("i32.ge_s", Step) };
    (I32GeU) => { ("i32.ge_u", Step) };
    (I64Eqz) => { ("i64.eqz", Step) };
    (I64Eq) => { ("i64.eq", Step) };
    (I64Ne) => { ("i64.ne", Step) };
    (I64LtS) => { ("i64.lt_s", Step) };
    (I64LtU) => { ("i64.lt_u", Step) };
    (I64GtS) => { ("i64.gt_s", Step) };
    (I64GtU) => { ("i64.gt_u", Step) };
    (I64LeS) => { ("i64.le_s", Step) };
    (I64LeU) => { ("i64.le_u", Step) };
    (I64GeS) => { ("i64.ge_s", Step) };
    (I64GeU) => { ("i64.ge_u", Step) };
    (F32Eq) => { ("f32.eq", Step) };
    (F32Ne) => { ("f32.ne", Step) };
    (F32Lt) => { ("f32.lt", Step) };
    (F32Gt) => { ("f32.gt", Step) };
    (F32Le) => { ("f32.le", Step) };
    (F32Ge) => { ("f32.ge", Step) };
    (F64Eq) => { ("f64.eq", Step) };
    (F64Ne) => { ("f64.ne", Step) };
    (F64Lt) => { ("f64.lt", Step) };
    (F64Gt) => { ("f64.gt", Step) };
    (F64Le) => { ("f64.le", Step) };
    (F64Ge) => { ("f64.ge", Step) };
    (I32Clz) => { ("i32.clz", Step) };
    (I32Ctz) => { ("i32.ctz", Step) };
    (I32Popcnt) => { ("i32.popcnt", Step) };
    (I32Add) => { ("i32.add", Step) };
    (I32Sub) => { ("i32.sub", Step) };
    (I32Mul) => { ("i32.mul", Step) };
    (I32DivS) => { ("i32.div_s", Step) };
    (I32DivU) => { ("i32.div_u", Step) };
    (I32RemS) => { ("i32.rem_s", Step) };
    (I32RemU) => { ("i32.rem_u", Step) };
    (I32And) => { ("i32.and", Step) };
    (I32Or) => { ("i32.or", Step) };
    (I32Xor) => { ("i32.xor", Step) };
    (I32Shl) => { ("i32.shl", Step) };
    (I32ShrS) => { ("i32.shr_s", Step) };
    (I32ShrU) => { ("i32.shr_u", Step) };
    (I32Rotl) => { ("i32.rotl", Step) };
    (I32Rotr) => { ("i32.rotr", Step) };
    (I64Clz) => { ("i64.clz", Step) };
    (I64Ctz) => { ("i64.ctz", Step) };
    (I64Popcnt) => { ("i64.popcnt", Step) };
    (I64Add) => { ("i64.add", Step) };
    (I64Sub) => { ("i64.sub", Step) };
    (I64Mul) => { ("i64.mul", Step) };
    (I64DivS) => { ("i64.div_s", Step) };
    (I64DivU) => { ("i64.div_u", Step) };
    (I64RemS) => { ("i64.rem_s", Step) };
    (I64RemU) => { ("i64.rem_u", Step) };
    (I64And) => { ("i64.and", Step) };
    (I64Or) => { ("i64.or", Step) };
    (I64Xor) => { ("i64.xor", Step) };
    (I64Shl) => { ("i64.shl", Step) };
    (I64ShrS) => { ("i64.shr_s", Step) };
    (I64ShrU) => { ("i64.shr_u", Step) };
    (I64Rotl) => { ("i64.rotl", Step) };
    (I64Rotr) => { ("i64.rotr", Step) };
    (F32Abs) => { ("f32.abs", Step) };
    (F32Neg) => { ("f32.neg", Step) };
    (F32Ceil) => { ("f32.ceil", Step) };
    (F32Floor) => { ("f32.floor", Step) };
    (F32Trunc) => { ("f32.trunc", Step) };
    (F32Nearest) => { ("f32.nearest", Step) };
    (F32Sqrt) => { ("f32.sqrt", Step) };
    (F32Add) => { ("f32.add", Step) };
    (F32Sub) => { ("f32.sub", Step) };
    (F32Mul) => { ("f32.mul", Step) };
    (F32Div) => { ("f32.div", Step) };
    (F32Min) => { ("f32.min", Step) };
    (F32Max) => { ("f32.max", Step) };
    (F32Copysign) => { ("f32.copysign", Step) };
    (F64Abs) => { ("f64.abs", Step) };
    (F64Neg) => { ("f64.neg", Step) };
    (F64Ceil) => { ("f64.ceil", Step) };
    (F64Floor) => { ("f64.floor", Step) };
    (F64Trunc) => { ("f64.trunc", Step) };
    (F64Nearest) => { ("f64.nearest", Step) };
    (F64Sqrt) => { ("f64.sqrt", Step) };
    (F64Add) => { ("f64.add", Step) };
    (F64Sub) => { ("f64.sub", Step) };
    (F64Mul) => { ("f64.mul", Step) };
    (F64Div) => { ("f64.div", Step) };
    (F64Min) => { ("f64.min", Step) };
    (F64Max) => { ("f64.max", Step) };
    (F64Copysign) => { ("f64.copysign", Step) };
    (I32WrapI64) => { ("i32.wrap_i64", Step) };
    (I32TruncF32S) => { ("i32.trunc_f32_s", Step) };
    (I32TruncF32U) => { ("i32.trunc_f32_u", Step) };
    (I32TruncF64S) => { ("i32.trunc_f64_s", Step) };
    (I32TruncF64U) => { ("i32.trunc_f64_u", Step) };
    (I64ExtendI32S) => { ("i64.extend_i32_s", Step) };
    (I64ExtendI32U) => { ("i64.extend_i32_u", Step) };
    (I64TruncF32S) => { ("i64.trunc_f32_s", Step) };
    (I64TruncF32U) => { ("i64.trunc_f32_u", Step) };
    (I64TruncF64S) => { ("i64.trunc_f64_s", Step) };
    (I64TruncF64U) => { ("i64.trunc_f64_u", Step) };
    (F32ConvertI32S) => { ("f32.convert_i32_s", Step) };
    (F32ConvertI32U) => { ("f32.convert_i32_u", Step) };
    (F32ConvertI64S) => { ("f32.convert_i64_s", Step) };
    (F32ConvertI64U) => { ("f32.convert_i64_u", Step) };
    (F32DemoteF64) => { ("f32.demote_f64", Step) };
    (F64ConvertI32S) => { ("f64.convert_i32_s", Step) };
    (F64ConvertI32U) => { ("f64.convert_i32_u", Step) };
    (F64ConvertI64S) => { ("f64.convert_i64_s", Step) };
    (F64ConvertI64U) => { ("f64.convert_i64_u", Step) };
    (F64PromoteF32) => { ("f64.promote_f32", Step) };
    (I32ReinterpretF32) => { ("i32.reinterpret_f32", Step) };
    (I64ReinterpretF64) => { ("i64.reinterpret_f64", Step) };
    (F32ReinterpretI32) => { ("f32.reinterpret_i32", Step) };
    (F64ReinterpretI64) => { ("f64.reinterpret_i64", Step) };

    // sign_extension
    (I32Extend8S) => { ("i32.extend8_s", Step) };
    (I32Extend16S) => { ("i32.extend16_s", Step) };
    (I64Extend8S) => { ("i64.extend8_s", Step) };
    (I64Extend16S) => { ("i64.extend16_s", Step) };
    (I64Extend32S) => { ("i64.extend32_s", Step) };

    // gc
    (RefEq) => { ("ref.eq", Step) };
    (StructNew) => { ("struct.new", Step) };
    (StructNewDefault) => { ("struct.new_default", Step) };
    (StructGet) => { ("struct.get", Step) };
    (StructGetS) => { ("struct.get_s", Step) };
    (StructGetU) => { ("struct.get_u", Step) };
    (StructSet) => { ("struct.set", Step) };
    (ArrayNew) => { ("array.new", Bulk) };
    (ArrayNewDefault) => { ("array.new_default", Bulk) };
    (ArrayNewFixed) => { ("array.new_fixed", Step) };
    (ArrayNewData) => { ("array.new_data", Bulk) };
    (ArrayNewElem) => { ("array.new_elem", Bulk) };
    (ArrayGet) => { ("array.get", Step) };
    (ArrayGetS) => { ("array.get_s", Step) };
    (ArrayGetU) => { ("array.get_u", Step) };
    (ArraySet) => { ("array.set", Step) };
    (ArrayLen) => { ("array.len", Step) };
    (ArrayFill) => { ("array.fill", Bulk) };
    (ArrayCopy) => { ("array.copy", Bulk) };
    (ArrayInitData) => { ("array.init_data", Bulk) };
    (ArrayInitElem) => { ("array.init_elem", Bulk) };
    (RefTestNonNull) => { ("ref.test", Step) };
    (RefTestNullable) => { ("ref.test", Step) };
    (RefCastNonNull) => { ("ref.cast", Step) };
    (RefCastNullable) => { ("ref.cast", Step) };
    (BrOnCast) => { ("br_on_cast", Leap) };
    (BrOnCastFail) => { ("br_on_cast_fail", Leap) };
    (AnyConvertExtern) => { ("any.convert_extern", Step) };
    (ExternConvertAny) => { ("extern.convert_any", Step) };
    (RefI31) => { ("ref.i31", Step) };
    (I31GetS) => { ("i31.get_s", Step) };
    (I31GetU) => { ("i31.get_u", Step) };

    // custom_descriptors
    (StructNewDesc) => { ("struct.new_desc", Step) };
    (StructNewDefaultDesc) => { ("struct.new_default_desc", Step) };
    (RefGetDesc) => { ("ref.get_desc", Step) };
    (RefCastDescEqNonNull) => { ("ref.cast_desc_eq", Step) };
    (RefCastDescEqNullable) => { ("ref.cast_desc_eq", Step) };
    (BrOnCastDescEq) => { ("br_on_cast_desc_eq", Leap) };
    (BrOnCastDescEqFail) => { ("br_on_cast_desc_eq_fail", Leap) };

    // saturating_float_to_int
    (I32TruncSatF32S) => { ("i32.trunc_sat_f32_s", Step) };
    (I32TruncSatF32U) => { ("i32.trunc_sat_f32_u", Step) };
    (I32TruncSatF64S) => { ("i32.trunc_sat_f64_s", Step) };
    (I32TruncSatF64U) => { ("i32.trunc_sat_f64_u", Step) };
    (I64TruncSatF32S) => { ("i64.trunc_sat_f32_s", Step) };
    (I64TruncSatF32U) => { ("i64.trunc_sat_f32_u", Step) };
    (I64TruncSatF64S) => { ("i64.trunc_sat_f64_s", Step) };
    (I64TruncSatF64U) => { ("i64.trunc_sat_f64_u", Step) };

    // bulk_memory
    (MemoryInit) => { ("memory.init", Bulk) };
    (DataDrop) => { ("data.drop", Step) };
    (MemoryCopy) => { ("memory.copy", Bulk) };
    (MemoryFill) => { ("memory.fill", Bulk) };
    (TableInit) => { ("table.init", Bulk) };
    (ElemDrop) => { ("elem.drop", Step) };
    (TableCopy) => { ("table.copy", Bulk) };

    // reference_types
    (TypedSelect) => { ("select", Step) };
    (TypedSelectMulti) => { ("select", Step) };
    (RefNull) => { ("ref.null", Step) };
    (RefIsNull) => { ("ref.is_null", Step) };
    (RefFunc) => { ("ref.func", Step) };
    (TableFill) => { ("table.fill", Bulk) };
    (TableGet) => { ("table.get", Step) };
    (TableSet) => { ("table.set", Step) };
    (TableGrow) => { ("table.grow", Bulk) };
    (TableSize) => { ("table.size", Step) };

    // tail_call
    (ReturnCall) => { ("return_call", Leap) };
    (ReturnCallIndirect) => { ("return_call_indirect", Leap) };

    // memory_control
    (MemoryDiscard) => { ("memory.discard", Step) };

    // threads
    (MemoryAtomicNotify) => { ("memory.atomic.notify", Step) };
    (MemoryAtomicWait32) => { ("memory.atomic.wait32", Step) };
    (MemoryAtomicWait64) => { ("memory.atomic.wait64", Step) };
    (AtomicFence) => { ("atomic.fence", Step) };
    (I32AtomicLoad) => { ("i32.atomic.load", Step) };
    (I64AtomicLoad) => { ("i64.atomic.load", Step) };
    (I32AtomicLoad8U) => { ("i32.atomic.load8_u", Step) };
    (I32AtomicLoad16U) => { ("i32.atomic.load16_u", Step) };
    (I64AtomicLoad8U) => { ("i64.atomic.load8_u", Step) };
    (I64AtomicLoad16U) => { ("i64.atomic.load16_u", Step) };
    (I64AtomicLoad32U) => { ("i64.atomic.load32_u", Step) };
    (I32AtomicStore) => { ("i32.atomic.store", Step) };
    (I64AtomicStore) => { ("i64.atomic.store", Step) };
    (I32AtomicStore8) => { ("i32.atomic.store8", Step) };
    (I32AtomicStore16) => { ("i32.atomic.store16", Step) };
    (I64AtomicStore8) => { ("i64.atomic.store8", Step) };
    (I64AtomicStore16) => { ("i64.atomic.store16", Step) };
    (I64AtomicStore32) => { ("i64.atomic.store32", Step) };
    (I32AtomicRmwAdd) => { ("i32.atomic.rmw.add", Step) };
    (I64AtomicRmwAdd) => { ("i64.atomic.rmw.add", Step) };
    (I32AtomicRmw8AddU) => { ("i32.atomic.rmw8.add_u", Step) };
    (I32AtomicRmw16AddU) => { ("i32.atomic.rmw16.add_u", Step) };
    (I64AtomicRmw8AddU) => { ("i64.atomic.rmw8.add_u", Step) };
    (I64AtomicRmw16AddU) => { ("i64.atomic.rmw16.add_u", Step) };
    (I64AtomicRmw32AddU) => { ("i64.atomic.rmw32.add_u", Step) };
    (I32AtomicRmwSub) => { ("i32.atomic.rmw.sub", Step) };
    (I64AtomicRmwSub) => { ("i64.atomic.rmw.sub", Step) };
    (I32AtomicRmw8SubU) => { ("i32.atomic.rmw8.sub_u", Step) };
    (I32AtomicRmw16SubU) => { ("i32.atomic.rmw16.sub_u", Step) };
    (I64AtomicRmw8SubU) => { ("i64.atomic.rmw8.sub_u", Step) };
    (I64AtomicRmw16SubU) => { ("i64.atomic.rmw16.sub_u", Step) };
    (I64AtomicRmw32SubU) => { ("i64.atomic.rmw32.sub_u", Step) };
    (I32AtomicRmwAnd) => { ("i32.atomic.rmw.and", Step) };
    (I64AtomicRmwAnd) => { ("i64.atomic.rmw.and", Step) };
    (I32AtomicRmw8AndU) => { ("i32.atomic.rmw8.and_u", Step) };
    (I32AtomicRmw16AndU) => { ("i32.atomic.rmw16.and_u", Step) };
    (I64AtomicRmw8AndU) => { ("i64.atomic.rmw8.and_u", Step) };
    (I64AtomicRmw16AndU) => { ("i64.atomic.rmw16.and_u", Step) };
    (I64AtomicRmw32AndU) => { ("i64.atomic.rmw32.and_u", Step) };
    (I32AtomicRmwOr) => { ("i32.atomic.rmw.or", Step) };
    (I64AtomicRmwOr) => { ("i64.atomic.rmw.or", Step) };
    (I32AtomicRmw8OrU) => { ("i32.atomic.rmw8.or_u", Step) };
    (I32AtomicRmw16OrU) => { ("i32.atomic.rmw16.or_u", Step) };
    (I64AtomicRmw8OrU) => { ("i64.atomic.rmw8.or_u", Step) };
    (I64AtomicRmw16OrU) => { ("i64.atomic.rmw16.or_u", Step) };
    (I64AtomicRmw32OrU) => { ("i64.atomic.rmw32.or_u", Step) };
    (I32AtomicRmwXor) => { ("i32.atomic.rmw.xor", Step) };
    (I64AtomicRmwXor) => { ("i64.atomic.rmw.xor", Step) };
    (I32AtomicRmw8XorU) => { ("i32.atomic.rmw8.xor_u", Step) };
    (I32AtomicRmw16XorU) => { ("i32.atomic.rmw16.xor_u", Step) };
    (I64AtomicRmw8XorU) => { ("i64.atomic.rmw8.xor_u", Step) };
    (I64AtomicRmw16XorU) => { ("i64.atomic.rmw16.xor_u", Step) };
    (I64AtomicRmw32XorU) => { ("i64.atomic.rmw32.xor_u", Step) };
    (I32AtomicRmwXchg) => { ("i32.atomic.rmw.xchg", Step) };
    (I64AtomicRmwXchg) => { ("i64.atomic.rmw.xchg", Step) };
    (I32AtomicRmw8XchgU) => { ("i32.atomic.rmw8.xchg_u", Step) };
    (I32AtomicRmw16XchgU) => { ("i32.atomic.rmw16.xchg_u", Step) };
    (I64AtomicRmw8XchgU) => { ("i64.atomic.rmw8.xchg_u", Step) };
    (I64AtomicRmw16XchgU) => { ("i64.atomic.rmw16.xchg_u", Step) };
    (I64AtomicRmw32XchgU) => { ("i64.atomic.rmw32.xchg_u", Step) };
    (I32AtomicRmwCmpxchg) => { ("i32.atomic.rmw.cmpxchg", Step) };
    (I64AtomicRmwCmpxchg) => { ("i64.atomic.rmw.cmpxchg", Step) };
    (I32AtomicRmw8CmpxchgU) => { ("i32.atomic.rmw8.cmpxchg_u", Step) };
    (I32AtomicRmw16CmpxchgU) => { ("i32.atomic.rmw16.cmpxchg_u", Step) };
    (I64AtomicRmw8CmpxchgU) => { ("i64.atomic.rmw8.cmpxchg_u", Step) };
    (I64AtomicRmw16CmpxchgU) => { ("i64.atomic.rmw16.cmpxchg_u", Step) };
    (I64AtomicRmw32CmpxchgU) => { ("i64.atomic.rmw32.cmpxchg_u", Step) };

    // simd
    (V128Load) => { ("v128.load", Step) };
    (V128Load8x8S) => { ("v128.load8x8_s", Step) };
    (V128Load8x8U) => { ("v128.load8x8_u", Step) };
    (V128Load16x4S) => { ("v128.load16x4_s", Step) };
    (V128Load16x4U) => { ("v128.load16x4_u", Step) };
    (V128Load32x2S) => { ("v128.load32x2_s", Step) };
    (V128Load32x2U) => { ("v128.load32x2_u", Step) };
    (V128Load8Splat) => { ("v128.load8_splat", Step) };
    (V128Load16Splat) => { ("v128.load16_splat", Step) };
    (V128Load32Splat) => { ("v128.load32_splat", Step) };
    (V128Load64Splat) => { ("v128.load64_splat", Step) };
    (V128Load32Zero) => { ("v128.load32_zero", Step) };
    (V128Load64Zero) => { ("v128.load64_zero", Step) };
    (V128Store) => { ("v128.store", Step) };
    (V128Load8Lane) => { ("v128.load8_lane", Step) };
    (V128Load16Lane) => { ("v128.load16_lane", Step) };
    (V128Load32Lane) => { ("v128.load32_lane", Step) };
    (V128Load64Lane) => { ("v128.load64_lane", Step) };
    (V128Store8Lane) => { ("v128.store8_lane", Step) };
    (V128Store16Lane) => { ("v128.store16_lane", Step) };
    (V128Store32Lane) => { ("v128.store32_lane", Step) };
    (V128Store64Lane) => { ("v128.store64_lane", Step) };
    (V128Const) => { ("v128.const", Step) };
    (I8x16Shuffle) => { ("i8x16.shuffle", Step) };
    (I8x16ExtractLaneS) => { ("i8x16.extract_lane_s", Step) };
    (I8x16ExtractLaneU) => { ("i8x16.extract_lane_u", Step) };
    (I8x16ReplaceLane) => { ("i8x16.replace_lane", Step) };
    (I16x8ExtractLaneS) => { ("i16x8.extract_lane_s", Step) };
    (I16x8ExtractLaneU) => { ("i16x8.extract_lane_u", Step) };
    (I16x8ReplaceLane) => { ("i16x8.replace_lane", Step) };
    (I32x4ExtractLane) => { ("i32x4.extract_lane", Step) };
    (I32x4ReplaceLane) => { ("i32x4.replace_lane", Step) };
    (I64x2ExtractLane) => { ("i64x2.extract_lane", Step) };
    (I64x2ReplaceLane) => { ("i64x2.replace_lane", Step) };
    (F32x4ExtractLane) => { ("f32x4.extract_lane", Step) };
    (F32x4ReplaceLane) => { ("f32x4.replace_lane", Step) };
    (F64x2ExtractLane) => { ("f64x2.extract_lane", Step) };
    (F64x2ReplaceLane) => { ("f64x2.replace_lane", Step) };
    (I8x16Swizzle) => { ("i8x16.swizzle", Step) };
    (I8x16Splat) => { ("i8x16.splat", Step) };
    (I16x8Splat) => { ("i16x8.splat", Step) };
    (I32x4Splat) => { ("i32x4.splat", Step) };
    (I64x2Splat) => { ("i64x2.splat", Step) };
    (F32x4Splat) => { ("f32x4.splat", Step) };
    (F64x2Splat) => { ("f64x2.splat", Step) };
    (I8x16Eq) => { ("i8x16.eq", Step) };
    (I8x16Ne) => { ("i8x16.ne", Step) };
    (I8x16LtS) => { ("i8x16.lt_s", Step) };
    (I8x16LtU) => { ("i8x16.lt_u", Step) };
    (I8x16GtS) => { ("i8x16.gt_s", Step) };
    (I8x16GtU) => { ("i8x16.gt_u", Step) };
    (I8x16LeS) => { ("i8x16.le_s", Step) };
    (I8x16LeU) => { ("i8x16.le_u", Step) };
    (I8x16GeS) => { ("i8x16.ge_s", Step) };
    (I8x16GeU) => { ("i8x16.ge_u", Step) };
    (I16x8Eq) => { ("i16x8.eq", Step) };
    (I16x8Ne) => { ("i16x8.ne", Step) };
    (I16x8LtS) => { ("i16x8.lt_s", Step) };
    (I16x8LtU) => { ("i16x8.lt_u", Step) };
    (I16x8GtS) => { ("i16x8.gt_s", Step) };
    (I16x8GtU) => { ("i16x8.gt_u", Step) };
    (I16x8LeS) => { ("i16x8.le_s", Step) };
    (I16x8LeU) => { ("i16x8.le_u", Step) };
    (I16x8GeS) => { ("i16x8.ge_s", Step) };
    (I16x8GeU) => { ("i16x8.ge_u", Step) };
    (I32x4Eq) => { ("i32x4.eq", Step) };
    (I32x4Ne) => { ("i32x4.ne", Step) };
    (I32x4LtS) => { ("i32x4.lt_s", Step) };
    (I32x4LtU) => { ("i32x4.lt_u", Step) };
    (I32x4GtS) => { ("i32x4.gt_s", Step) };
    (I32x4GtU) => { ("i32x4.gt_u", Step) };
    (I32x4LeS) => { ("i32x4.le_s", Step) };
    (I32x4LeU) => { ("i32x4.le_u", Step) };
    (I32x4GeS) => { ("i32x4.ge_s", Step) };
    (I32x4GeU) => { ("i32x4.ge_u", Step) };
    (I64x2Eq) => { ("i64x2.eq", Step) };
    (I64x2Ne) => { ("i64x2.ne", Step) };
    (I64x2LtS) => { ("i64x2.lt_s", Step) };
    (I64x2GtS) => { ("i64x2.gt_s", Step) };
    (I64x2LeS) => { ("i64x2.le_s", Step) };
    (I64x2GeS) => { ("i64x2.ge_s", Step) };
    (F32x4Eq) => { ("f32x4.eq", Step) };
    (F32x4Ne) => { ("f32x4.ne", Step) };
    (F32x4Lt) => { ("f32x4.lt", Step) };
    (F32x4Gt) => { ("f32x4.gt", Step) };
    (F32x4Le) => { ("f32x4.le", Step) };
    (F32x4Ge) => { ("f32x4.ge", Step) };
    (F64x2Eq) => { ("f64x2.eq", Step) };
    (F64x2Ne) => { ("f64x2.ne", Step) };
    (F64x2Lt) => { ("f64x2.lt", Step) };
    (F64x2Gt) => { ("f64x2.gt", Step) };
    (F64x2Le) => { ("f64x2.le", Step) };
    (F64x2Ge) => { ("f64x2.ge", Step) };
    (V128Not) => { ("v128.not", Step) };
    (V128And) => { ("v128.and", Step) };
    (V128AndNot) => { ("v128.andnot", Step) };
    (V128Or) => { ("v128.or", Step) };
    (V128Xor) => { ("v128.xor", Step) };
    (V128Bitselect) => { ("v128.bitselect", Step) };
    (V128AnyTrue) => { ("v128.any_true", Step) };
    (I8x16Abs) => { ("i8x16.abs", Step) };
    (I8x16Neg) => { ("i8x16.neg", Step) };
    (I8x16Popcnt) => { ("i8x16.popcnt", Step) };
    (I8x16AllTrue) => { ("i8x16.all_true", Step) };
    (I8x16Bitmask) => { ("i8x16.bitmask", Step) };
    (I8x16NarrowI16x8S) => { ("i8x16.narrow_i16x8_s", Step) };
    (I8x16NarrowI16x8U) => { ("i8x16.narrow_i16x8_u", Step) };
    (I8x16Shl) => { ("i8x16.shl", Step) };
    (I8x16ShrS) => { ("i8x16.shr_s", Step) };
    (I8x16ShrU) => { ("i8x16.shr_u", Step) };
    (I8x16Add) => { ("i8x16.add", Step) };
    (I8x16AddSatS) => { ("i8x16.add_sat_s", Step) };
    (I8x16AddSatU) => { ("i8x16.add_sat_u", Step) };
    (I8x16Sub) => { ("i8x16.sub", Step) };
    (I8x16SubSatS) => { ("i8x16.sub_sat_s", Step) };
    (I8x16SubSatU) => { ("i8x16.sub_sat_u", Step) };
    (I8x16MinS) => { ("i8x16.min_s", Step) };
    (I8x16MinU) => { ("i8x16.min_u", Step) };
    (I8x16MaxS) => { ("i8x16.max_s", Step) };
    (I8x16MaxU) => { ("i8x16.max_u", Step) };
    (I8x16AvgrU) => { ("i8x16.avgr_u", Step) };
    (I16x8ExtAddPairwiseI8x16S) => { ("i16x8.extadd_pairwise_i8x16_s", Step) };
    (I16x8ExtAddPairwiseI8x16U) => { ("i16x8.extadd_pairwise_i8x16_u", Step) };
    (I16x8Abs) => { ("i16x8.abs", Step) };
    (I16x8Neg) => { ("i16x8.neg", Step) };
    (I16x8Q15MulrSatS) => { ("i16x8.q15mulr_sat_s", Step) };
    (I16x8AllTrue) => { ("i16x8.all_true", Step) };
    (I16x8Bitmask) => { ("i16x8.bitmask", Step) };
    (I16x8NarrowI32x4S) => { ("i16x8.narrow_i32x4_s", Step) };
    (I16x8NarrowI32x4U) => { ("i16x8.narrow_i32x4_u", Step) };
    (I16x8ExtendLowI8x16S) => { ("i16x8.extend_low_i8x16_s", Step) };
    (I16x8ExtendHighI8x16S) => { ("i16x8.extend_high_i8x16_s", Step) };
    (I16x8ExtendLowI8x16U) => { ("i16x8.extend_low_i8x16_u", Step) };
    (I16x8ExtendHighI8x16U) => { ("i16x8.extend_high_i8x16_u", Step) };
    (I16x8Shl) => { ("i16x8.shl", Step) };
    (I16x8ShrS) => { ("i16x8.shr_s", Step) };
    (I16x8ShrU) => { ("i16x8.shr_u", Step) };
    (I16x8Add) => { ("i16x8.add", Step) };
    (I16x8AddSatS) => { ("i16x8.add_sat_s", Step) };
    (I16x8AddSatU) => { ("i16x8.add_sat_u", Step) };
    (I16x8Sub) => { ("i16x8.sub", Step) };
    (I16x8SubSatS) => { ("i16x8.sub_sat_s", Step) };
    (I16x8SubSatU) => { ("i16x8.sub_sat_u", Step) };
    (I16x8Mul) => { ("i16x8.mul", Step) };
    (I16x8MinS) => { ("i16x8.min_s", Step) };
    (I16x8MinU) => { ("i16x8.min_u", Step) };
    (I16x8MaxS) => { ("i16x8.max_s", Step) };
    (I16x8MaxU) => { ("i16x8.max_u", Step) };
    (I16x8AvgrU) => { ("i16x8.avgr_u", Step) };
    (I16x8ExtMulLowI8x16S) => { ("i16x8.extmul_low_i8x16_s", Step) };
    (I16x8ExtMulHighI8x16S) => { ("i16x8.extmul_high_i8x16_s", Step) };
    (I16x8ExtMulLowI8x16U) => { ("i16x8.extmul_low_i8x16_u", Step) };
    (I16x8ExtMulHighI8x16U) => { ("i16x8.extmul_high_i8x16_u", Step) };
    (I32x4ExtAddPairwiseI16x8S) => { ("i32x4.extadd_pairwise_i16x8_s", Step) };
    (I32x4ExtAddPairwiseI16x8U) => { ("i32x4.extadd_pairwise_i16x8_u", Step) };
    (I32x4Abs) => { ("i32x4.abs", Step) };
    (I32x4Neg) => { ("i32x4.neg", Step) };
    (I32x4AllTrue) => { ("i32x4.all_true", Step) };
    (I32x4Bitmask) => { ("i32x4.bitmask", Step) };
    (I32x4ExtendLowI16x8S) => { ("i32x4.extend_low_i16x8_s", Step) };
    (I32x4ExtendHighI16x8S) => { ("i32x4.extend_high_i16x8_s", Step) };
    (I32x4ExtendLowI16x8U) => { ("i32x4.extend_low_i16x8_u", Step) };
    (I32x4ExtendHighI16x8U) => { ("i32x4.extend_high_i16x8_u", Step) };
    (I32x4Shl) => { ("i32x4.shl", Step) };
    (I32x4ShrS) => { ("i32x4.shr_s", Step) };
    (I32x4ShrU) => { ("i32x4.shr_u", Step) };
    (I32x4Add) => { ("i32x4.add", Step) };
    (I32x4Sub) => { ("i32x4.sub", Step) };
    (I32x4Mul) => { ("i32x4.mul", Step) };
    (I32x4MinS) => { ("i32x4.min_s", Step) };
    (I32x4MinU) => { ("i32x4.min_u", Step) };
    (I32x4MaxS) => { ("i32x4.max_s", Step) };
    (I32x4MaxU) => { ("i32x4.max_u", Step) };
    (I32x4DotI16x8S) => { ("i32x4.dot_i16x8_s", Step) };
    (I32x4ExtMulLowI16x8S) => { ("i32x4.extmul_low_i16x8_s", Step) };
    (I32x4ExtMulHighI16x8S) => { ("i32x4.extmul_high_i16x8_s", Step) };
    (I32x4ExtMulLowI16x8U) => { ("i32x4.extmul_low_i16x8_u", Step) };
    (I32x4ExtMulHighI16x8U) => { ("i32x4.extmul_high_i16x8_u", Step) };
    (I64x2Abs) => { ("i64x2.abs", Step) };
    (I64x2Neg) => { ("i64x2.neg", Step) };
    (I64x2AllTrue) => { ("i64x2.all_true", Step) };
    (I64x2Bitmask) => { ("i64x2.bitmask", Step) };
    (I64x2ExtendLowI32x4S) => { ("i64x2.extend_low_i32x4_s", Step) };
    (I64x2ExtendHighI32x4S) => { ("i64x2.extend_high_i32x4_s", Step) };
    (I64x2ExtendLowI32x4U) => { ("i64x2.extend_low_i32x4_u", Step) };
    (I64x2ExtendHighI32x4U) => { ("i64x2.extend_high_i32x4_u", Step) };
    (I64x2Shl) => { ("i64x2.shl", Step) };
    (I64x2ShrS) => { ("i64x2.shr_s", Step) };
    (I64x2ShrU) => { ("i64x2.shr_u", Step) };
    (I64x2Add) => { ("i64x2.add", Step) };
    (I64x2Sub) => { ("i64x2.sub", Step) };
    (I64x2Mul) => { ("i64x2.mul", Step) };
    (I64x2ExtMulLowI32x4S) => { ("i64x2.extmul_low_i32x4_s", Step) };
    (I64x2ExtMulHighI32x4S) => { ("i64x2.extmul_high_i32x4_s", Step) };
    (I64x2ExtMulLowI32x4U) => { ("i64x2.extmul_low_i32x4_u", Step) };
    (I64x2ExtMulHighI32x4U) => { ("i64x2.extmul_high_i32x4_u", Step) };
    (F32x4Ceil) => { ("f32x4.ceil", Step) };
    (F32x4Floor) => { ("f32x4.floor", Step) };
    (F32x4Trunc) => { ("f32x4.trunc", Step) };
    (F32x4Nearest) => { ("f32x4.nearest", Step) };
    (F32x4Abs) => { ("f32x4.abs", Step) };
    (F32x4Neg) => { ("f32x4.neg", Step) };
    (F32x4Sqrt) => { ("f32x4.sqrt", Step) };
    (F32x4Add) => { ("f32x4.add", Step) };
    (F32x4Sub) => { ("f32x4.sub", Step) };
    (F32x4Mul) => { ("f32x4.mul", Step) };
    (F32x4Div) => { ("f32x4.div", Step) };
    (F32x4Min) => { ("f32x4.min", Step) };
    (F32x4Max) => { ("f32x4.max", Step) };
    (F32x4PMin) => { ("f32x4.pmin", Step) };
    (F32x4PMax) => { ("f32x4.pmax", Step) };
    (F64x2Ceil) => { ("f64x2.ceil", Step) };
    (F64x2Floor) => { ("f64x2.floor", Step) };
    (F64x2Trunc) => { ("f64x2.trunc", Step) };
    (F64x2Nearest) => { ("f64x2.nearest", Step) };
    (F64x2Abs) => { ("f64x2.abs", Step) };
    (F64x2Neg) => { ("f64x2.neg", Step) };
    (F64x2Sqrt) => { ("f64x2.sqrt", Step) };
    (F64x2Add) => { ("f64x2.add", Step) };
    (F64x2Sub) => { ("f64x2.sub", Step) };
    (F64x2Mul) => { ("f64x2.mul", Step) };
    (F64x2Div) => { ("f64x2.div", Step) };
    (F64x2Min) => { ("f64x2.min", Step) };
    (F64x2Max) => { ("f64x2.max", Step) };
    (F64x2PMin) => { ("f64x2.pmin", Step) };
    (F64x2PMax) => { ("f64x2.pmax", Step) };
    (I32x4TruncSatF32x4S) => { ("i32x4.trunc_sat_f32x4_s", Step) };
    (I32x4TruncSatF32x4U) => { ("i32x4.trunc_sat_f32x4_u", Step) };
    (F32x4ConvertI32x4S) => { ("f32x4.convert_i32x4_s", Step) };
    (F32x4ConvertI32x4U) => { ("f32x4.convert_i32x4_u", Step) };
    (I32x4TruncSatF64x2SZero) => { ("i32x4.trunc_sat_f64x2_s_zero", Step) };
    (I32x4TruncSatF64x2UZero) => { ("i32x4.trunc_sat_f64x2_u_zero", Step) };
    (F64x2ConvertLowI32x4S) => { ("f64x2.convert_low_i32x4_s", Step) };
    (F64x2ConvertLowI32x4U) => { ("f64x2.convert_low_i32x4_u", Step) };
    (F32x4DemoteF64x2Zero) => { ("f32x4.demote_f64x2_zero", Step) };
    (F64x2PromoteLowF32x4) => { ("f64x2.promote_low_f32x4", Step) };

    // relaxed_simd
    (I8x16RelaxedSwizzle) => { ("i8x16.relaxed_swizzle", Step) };
    (I32x4RelaxedTruncF32x4S) => { ("i32x4.relaxed_trunc_f32x4_s", Step) };
    (I32x4RelaxedTruncF32x4U) => { ("i32x4.relaxed_trunc_f32x4_u", Step) };
    (I32x4RelaxedTruncF64x2SZero) => { ("i32x4.relaxed_trunc_f64x2_s_zero", Step) };
    (I32x4RelaxedTruncF64x2UZero) => { ("i32x4.relaxed_trunc_f64x2_u_zero", Step) };
    (F32x4RelaxedMadd) => { ("f32x4.relaxed_madd", Step) };
    (F32x4RelaxedNmadd) => { ("f32x4.relaxed_nmadd", Step) };
    (F64x2RelaxedMadd) => { ("f64x2.relaxed_madd", Step) };
    (F64x2RelaxedNmadd) => { ("f64x2.relaxed_nmadd", Step) };
    (I8x16RelaxedLaneselect) => { ("i8x16.relaxed_laneselect", Step) };
    (I16x8RelaxedLaneselect) => { ("i16x8.relaxed_laneselect", Step) };
    (I32x4RelaxedLaneselect) => { ("i32x4.relaxed_laneselect", Step) };
    (I64x2RelaxedLaneselect) => { ("i64x2.relaxed_laneselect", Step) };
    (F32x4RelaxedMin) => { ("f32x4.relaxed_min", Step) };
    (F32x4RelaxedMax) => { ("f32x4.relaxed_max", Step) };
    (F64x2RelaxedMin) => { ("f64x2.relaxed_min", Step) };
    (F64x2RelaxedMax) => { ("f64x2.relaxed_max", Step) };
    (I16x8RelaxedQ15mulrS) => { ("i16x8.relaxed_q15mulr_s", Step) };
    (I16x8RelaxedDotI8x16I7x16S) => { ("i16x8.relaxed_dot_i8x16_i7x16_s", Step) };
    (I32x4RelaxedDotI8x16I7x16AddS) => { ("i32x4.relaxed_dot_i8x16_i7x16_add_s", Step) };

    // exceptions
    (TryTable) => { ("try_table", Border) };
    (Throw) => { ("throw", Leap) };
    (ThrowRef) => { ("throw_ref", Leap) };

    // legacy_exceptions
    (Try) => { ("try", Border) };
    (Catch) => { ("catch", Border) };
    (Rethrow) => { ("rethrow", Leap) };
    (Delegate) => { ("delegate", Border) };
    (CatchAll) => { ("catch_all", Border) };

    // shared_everything_threads
    (GlobalAtomicGet) => { ("global.atomic.get", Step) };
    (GlobalAtomicSet) => { ("global.atomic.set", Step) };
    (GlobalAtomicRmwAdd) => { ("global.atomic.rmw.add", Step) };
    (GlobalAtomicRmwSub) => { ("global.atomic.rmw.sub", Step) };
    (GlobalAtomicRmwAnd) => { ("global.atomic.rmw.and", Step) };
    (GlobalAtomicRmwOr) => { ("global.atomic.rmw.or", Step) };
    (GlobalAtomicRmwXor) => { ("global.atomic.rmw.xor", Step) };
    (GlobalAtomicRmwXchg) => { ("global.atomic.rmw.xchg", Step) };
    (GlobalAtomicRmwCmpxchg) => { ("global.atomic.rmw.cmpxchg", Step) };
    (TableAtomicGet) => { ("table.atomic.get", Step) };
    (TableAtomicSet) => { ("table.atomic.set", Step) };
    (TableAtomicRmwXchg) => { ("table.atomic.rmw.xchg", Step) };
    (TableAtomicRmwCmpxchg) => { ("table.atomic.rmw.cmpxchg", Step) };
    (StructAtomicGet) => { ("struct.atomic.get", Step) };
    (StructAtomicGetS) => { ("struct.atomic.get_s", Step) };
    (StructAtomicGetU) => { ("struct.atomic.get_u", Step) };
    (StructAtomicSet) => { ("struct.atomic.set", Step) };
    (StructAtomicRmwAdd) => { ("struct.atomic.rmw.add", Step) };
    (StructAtomicRmwSub) => { ("struct.atomic.rmw.sub", Step) };
    (StructAtomicRmwAnd) => { ("struct.atomic.rmw.and", Step) };
    (StructAtomicRmwOr) => { ("struct.atomic.rmw.or", Step) };
    (StructAtomicRmwXor) => { ("struct.atomic.rmw.xor", Step) };
    (StructAtomicRmwXchg) => { ("struct.atomic.rmw.xchg", Step) };
    (StructAtomicRmwCmpxchg) => { ("struct.atomic.rmw.cmpxchg", Step) };
    (ArrayAtomicGet) => { ("array.atomic.get", Step) };
    (ArrayAtomicGetS) => { ("array.atomic.get_s", Step) };
    (ArrayAtomicGetU) => { ("array.atomic.get_u", Step) };
    (ArrayAtomicSet) => { ("array.atomic.set", Step) };
    (ArrayAtomicRmwAdd) => { ("array.atomic.rmw.add", Step) };
    (ArrayAtomicRmwSub) => { ("array.atomic.rmw.sub", Step) };
    (ArrayAtomicRmwAnd) => { ("array.atomic.rmw.and", Step) };
    (ArrayAtomicRmwOr) => { ("array.atomic.rmw.or", Step) };
    (ArrayAtomicRmwXor) => { ("array.atomic.rmw.xor", Step) };
    (ArrayAtomicRmwXchg) => { ("array.atomic.rmw.xchg", Step) };
    (ArrayAtomicRmwCmpxchg) => { ("array.atomic.rmw.cmpxchg", Step) };
    (RefI31Shared) => { ("ref.i31_shared", Step) };

    // function_references
    (CallRef) => { ("call_ref", Leap) };
    (ReturnCallRef) => { ("return_call_ref", Leap) };
    (RefAsNonNull) => { ("ref.as_non_null", Step) };
    (BrOnNull) => { ("br_on_null", Leap) };
    (BrOnNonNull) => { ("br_on_non_null", Leap) };

    // stack_switching
    (ContNew) => { ("cont.new", Step) };
    (ContBind) => { ("cont.bind", Step) };
    (Suspend) => { ("suspend", Leap) };
    (Resume) => { ("resume", Leap) };
    (ResumeThrow) => { ("resume_throw", Leap) };
    (ResumeThrowRef) => { ("resume_throw_ref", Leap) };
    (Switch) => { ("switch", Leap) };

    // wide_arithmetic
    (I64Add128) => { ("i64.add128", Step) };
    (I64Sub128) => { ("i64.sub128", Step) };
    (I64MulWideS) => { ("i64.mul_wide_s", Step) };
    (I64MulWideU) => { ("i64.mul_wide_u", Step) };

    // acquire_release_atomics
    (Pause) => { ("pause", Step) };
}

macro_rules! opcodes {
    ($(@$proposal:ident $operator:ident $({ $($immediate:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// An operator without its immediates, under the parser's name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Opcode { $($operator,)* }

        const ROWS: &[(Opcode, &str, Class)] = &[$((Opcode::$operator, row!($operator).0, row!($operator).1),)*];
    };
}
wasmparser::for_each_operator!(opcodes);

impl Opcode {
    /// Every operator, in the order of their numbers.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|(opcode, ..)| *opcode)
    }

    /// Its name in the text format. Two operators that differ in their immediates only have one name.
    pub(crate) const fn name(self) -> &'static str {
        ROWS[self as usize].1
    }

    /// Its place in a run.
    pub(crate) const fn class(self) -> Class {
        ROWS[self as usize].2
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_stand_at_their_numbers() {
        for (index, opcode) in Opcode::all().enumerate() {
            assert_eq!(opcode as usize, index);
        }
        assert!(ROWS.len() > 600, "vectors, atomics and garbage collection included: {}", ROWS.len());
    }

    #[test]
    fn only_operators_that_differ_in_immediates_share_a_name() {
        let shared = ["select", "ref.test", "ref.cast", "ref.cast_desc_eq"];
        let mut seen = HashSet::new();
        for opcode in Opcode::all() {
            assert!(seen.insert(opcode.name()) || shared.contains(&opcode.name()), "{}", opcode.name());
        }
    }

    /// The name has the letters of the parser's, in another order where it is about atomics.
    #[test]
    fn names_belong_to_their_operators() {
        macro_rules! visitors {
            ($(@$proposal:ident $operator:ident $({ $($immediate:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
                [$((Opcode::$operator, stringify!($visit)),)*]
            };
        }
        let letters = |name: &str| {
            let mut letters: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
            letters.sort_unstable();
            letters
        };
        for (opcode, visitor) in wasmparser::for_each_operator!(visitors) {
            let visitor = visitor.trim_start_matches("visit_").trim_start_matches("typed_");
            let short = ["_multi", "_nullable", "_non_null"].iter().find_map(|end| visitor.strip_suffix(end));
            let fits = |name| letters(name) == letters(opcode.name());
            assert!(fits(visitor) || short.is_some_and(fits), "{visitor} is not {}", opcode.name());
        }
    }
}
