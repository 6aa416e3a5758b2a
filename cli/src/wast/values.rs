//! Values in scripts: arguments in, expected results beside what came out.

use edge_runtime::{ExternRef, Val};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// What a `ref.extern N` of a script is in the host.
#[derive(Debug, PartialEq, Eq)]
struct ScriptRef(u32);

/// The value of an argument, or what is not supported about it.
pub(super) fn argument(arg: &WastArg<'_>) -> Result<Val, String> {
    let WastArg::Core(arg) = arg else { return Err(format!("argument {arg:?} is not supported")) };
    Ok(match arg {
        WastArgCore::I32(v) => Val::I32(*v),
        WastArgCore::I64(v) => Val::I64(*v),
        WastArgCore::F32(v) => Val::F32(v.bits),
        WastArgCore::F64(v) => Val::F64(v.bits),
        WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func | AbstractHeapType::NoFunc, .. }) => {
            Val::FuncRef(None)
        }
        WastArgCore::RefNull(HeapType::Abstract {
            ty: AbstractHeapType::Extern | AbstractHeapType::NoExtern, ..
        }) => Val::ExternRef(None),
        WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Exn | AbstractHeapType::NoExn, .. }) => {
            Val::ExnRef(None)
        }
        WastArgCore::RefExtern(n) => Val::ExternRef(Some(ExternRef::new(ScriptRef(*n)))),
        WastArgCore::V128(v) => Val::V128(u128::from_le_bytes(v.to_le_bytes())),
        WastArgCore::RefNull(_) | WastArgCore::RefHost(_) => {
            return Err(format!("argument {arg:?} is not supported"));
        }
    })
}

/// Whether a result is what the script expects.
pub(super) fn matches(actual: &Val, expected: &WastRet<'_>) -> bool {
    match expected {
        WastRet::Core(expected) => matches_core(actual, expected),
        _ => false,
    }
}

fn matches_core(actual: &Val, expected: &WastRetCore<'_>) -> bool {
    match (actual, expected) {
        (Val::I32(a), WastRetCore::I32(e)) => a == e,
        (Val::I64(a), WastRetCore::I64(e)) => a == e,
        (Val::F32(a), WastRetCore::F32(e)) => matches_f32(*a, e),
        (Val::F64(a), WastRetCore::F64(e)) => matches_f64(*a, e),
        (Val::V128(a), WastRetCore::V128(e)) => matches_v128(*a, e),
        (Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None), WastRetCore::RefNull(None)) => true,
        (Val::FuncRef(None), WastRetCore::RefNull(Some(HeapType::Abstract { ty, .. }))) => {
            matches!(ty, AbstractHeapType::Func | AbstractHeapType::NoFunc)
        }
        // Types with a number are types of functions, and of all of them null is the same.
        (Val::FuncRef(None), WastRetCore::RefNull(Some(HeapType::Concrete(_)))) => true,
        (Val::ExternRef(None), WastRetCore::RefNull(Some(HeapType::Abstract { ty, .. }))) => {
            matches!(ty, AbstractHeapType::Extern | AbstractHeapType::NoExtern)
        }
        (Val::ExnRef(None), WastRetCore::RefNull(Some(HeapType::Abstract { ty, .. }))) => {
            matches!(ty, AbstractHeapType::Exn | AbstractHeapType::NoExn)
        }
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(None)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(a)), WastRetCore::RefExtern(Some(e))) => a.downcast_ref() == Some(&ScriptRef(*e)),
        (_, WastRetCore::Either(choices)) => choices.iter().any(|choice| matches_core(actual, choice)),
        _ => false,
    }
}

fn matches_f32(actual: u32, expected: &NanPattern<F32>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => actual & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(e) => actual == e.bits,
    }
}

fn matches_f64(actual: u64, expected: &NanPattern<F64>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => actual & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(e) => actual == e.bits,
    }
}

/// Lane by lane, as the expectation divides the vector.
fn matches_v128(actual: u128, expected: &V128Pattern) -> bool {
    let mut rest = actual;
    // The next lane in the lowest bits; whatever lies above it is cut off by who asks.
    let mut next = |bits: u32| {
        let lane = rest;
        rest = rest.rotate_right(bits);
        lane
    };
    match expected {
        V128Pattern::I8x16(e) => e.iter().all(|e| next(8) as i8 == *e),
        V128Pattern::I16x8(e) => e.iter().all(|e| next(16) as i16 == *e),
        V128Pattern::I32x4(e) => e.iter().all(|e| next(32) as i32 == *e),
        V128Pattern::I64x2(e) => e.iter().all(|e| next(64) as i64 == *e),
        V128Pattern::F32x4(e) => e.iter().all(|e| matches_f32(next(32) as u32, e)),
        V128Pattern::F64x2(e) => e.iter().all(|e| matches_f64(next(64) as u64, e)),
    }
}
