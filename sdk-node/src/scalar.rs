//! The cheapest way to call: numbers go from JavaScript straight into the slots of the call, and back.
//!
//! Nothing here has a message. Whatever does not fit goes the general way, which has them.

use edge_runtime::Function;
use edge_runtime::bindgen::{self, Scalar};
use edge_runtime::types::layout::RawValue;
use smallvec::SmallVec;

use crate::errors::Fail;
use crate::js::{BigInt, Env, Js};

/// A function all of whose parameters and whose result travel as numbers.
#[derive(Debug)]
pub(crate) struct ScalarSignature(bindgen::ScalarSignature);

impl ScalarSignature {
    pub(crate) fn of(function: &Function) -> Option<Self> {
        function.scalar_signature().map(Self)
    }

    /// The slots of a call, if every argument fits.
    #[inline]
    pub(crate) fn slots<'e>(&self, env: Env<'e>, args: &[Js<'e>]) -> Option<SmallVec<[RawValue; 8]>> {
        if args.len() != self.0.params().len() {
            return None;
        }
        let mut slots = SmallVec::new();
        for (scalar, arg) in self.0.params().iter().zip(args) {
            slots.push(slot(*scalar, env, *arg)?);
        }
        if slots.is_empty() {
            slots.push(RawValue::default());
        }
        Some(slots)
    }

    /// The value of a result.
    ///
    /// # Safety
    ///
    /// The slot holds the result of a call of this signature.
    #[inline]
    pub(crate) unsafe fn result<'e>(&self, env: Env<'e>, slot: RawValue) -> Result<Js<'e>, Fail> {
        // SAFETY: the slot holds the type that is read, by the caller's promise. Narrow integers are cut to their width here,
        // since a guest's word is not believed.
        unsafe {
            match self.0.result() {
                Scalar::Unit => env.null(),
                Scalar::Bool => env.boolean(slot.i32 != 0),
                Scalar::I8 => env.int((slot.i32 as i8).into()),
                Scalar::I16 => env.int((slot.i32 as i16).into()),
                Scalar::I32 => env.int(slot.i32),
                Scalar::I64 => env.bigint(slot.i64),
                Scalar::U8 => env.uint((slot.i32 as u8).into()),
                Scalar::U16 => env.uint((slot.i32 as u16).into()),
                Scalar::U32 => env.uint(slot.i32 as u32),
                Scalar::U64 => env.unsigned_bigint(slot.i64 as u64),
                Scalar::F32 => env.number(f32::from_bits(slot.f32).into()),
                Scalar::F64 => env.number(f64::from_bits(slot.f64)),
            }
        }
    }
}

#[inline]
fn slot<'e>(scalar: Scalar, env: Env<'e>, value: Js<'e>) -> Option<RawValue> {
    let int = |least: f64, greatest: f64| {
        let number = env.get_number(value).ok()?;
        // Not a number fails the first comparison.
        (least <= number && number <= greatest && number.trunc() == number).then_some(number)
    };
    Some(match scalar {
        Scalar::I32 => RawValue { i32: int(i32::MIN.into(), i32::MAX.into())? as i32 },
        Scalar::F64 => RawValue { f64: env.get_number(value).ok()?.to_bits() },
        Scalar::F32 => RawValue { f32: (env.get_number(value).ok()? as f32).to_bits() },
        Scalar::U32 => RawValue { i32: int(0.0, u32::MAX.into())? as u32 as i32 },
        Scalar::I64 => match env.get_bigint(value).ok()? {
            BigInt::Signed(integer) => RawValue { i64: integer },
            _ => return None,
        },
        Scalar::U64 => match env.get_bigint(value).ok()? {
            BigInt::Signed(integer) if integer >= 0 => RawValue { i64: integer },
            BigInt::Unsigned(integer) => RawValue { i64: integer as i64 },
            _ => return None,
        },
        Scalar::I8 => RawValue { i32: int(i8::MIN.into(), i8::MAX.into())? as i32 },
        Scalar::I16 => RawValue { i32: int(i16::MIN.into(), i16::MAX.into())? as i32 },
        Scalar::U8 => RawValue { i32: int(0.0, u8::MAX.into())? as i32 },
        Scalar::U16 => RawValue { i32: int(0.0, u16::MAX.into())? as i32 },
        Scalar::Bool => RawValue { i32: env.get_boolean(value).ok()?.into() },
        Scalar::Unit => return None,
    })
}
