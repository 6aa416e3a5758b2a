//! Numbers: one wasm value by themselves, raw memory in sequences.

use super::Raw;
use super::sequence::Wide;
use crate::EdgeType;
use crate::edge_type::IsNeverNil;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{AsNumber, Scalar};

/// A number that lies in memory as the contract's raw sequences have it.
///
/// # Safety
/// Every pattern of bits is a value, and there is no padding.
pub unsafe trait Number: EdgeType + Wide<Wire = Self> + Copy + 'static {
    /// The schema of a vector of it.
    const VEC: &'static Schema;

    /// Writes a sequence into a document.
    fn encode_all(items: &[Self], to: &mut Writer) {
        to.array(items.len());
        for item in items {
            item.encode(to);
        }
    }

    /// Reads a sequence from a document.
    ///
    /// # Errors
    /// The document has something else at this place.
    fn decode_all(from: &mut Reader<'_>) -> Result<Vec<Self>, Malformed> {
        super::sequence::decode_array(from)
    }
}

/// An integer or a float: type, schema, wasm value, how it becomes that and how it is written and read.
macro_rules! number {
    ($type:ident, $schema:ident, $wire:ty, $to_wire:expr, $write:expr, $read:expr) => {
        impl EdgeType for $type {
            const SCHEMA: &'static Schema = &Schema::$schema;
            type Nil = IsNeverNil;
            type Travel = AsNumber;
            type Elements = Raw;

            #[inline]
            fn encode(&self, to: &mut Writer) {
                let write: fn(&mut Writer, $type) = $write;
                write(to, *self)
            }

            #[inline]
            fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                let read: fn(&mut Reader<'_>) -> Result<$type, Malformed> = $read;
                read(from)
            }
        }

        impl Scalar for $type {
            type Wire = $wire;

            #[inline]
            fn to_wire(&self) -> $wire {
                let to_wire: fn($type) -> $wire = $to_wire;
                to_wire(*self)
            }

            #[inline]
            fn from_wire(wire: $wire) -> Self {
                wire as $type
            }
        }

        crate::__by_value!($type);
    };
}

number!(u8, U8, u32, u32::from, |to, value| to.unsigned(value.into()), |from| from.int("u8"));
number!(u16, U16, u32, u32::from, |to, value| to.unsigned(value.into()), |from| from.int("u16"));
number!(u32, U32, u32, |value| value, |to, value| to.unsigned(value.into()), |from| from.int("u32"));
number!(u64, U64, u64, |value| value, |to, value| to.unsigned(value), |from| from.int("u64"));
// Signed ones are sign-extended to the 32 bits of the wasm value.
number!(i8, I8, u32, |value| value as u32, |to, value| to.signed(value.into()), |from| from.int("i8"));
number!(i16, I16, u32, |value| value as u32, |to, value| to.signed(value.into()), |from| from.int("i16"));
number!(i32, I32, u32, |value| value as u32, |to, value| to.signed(value.into()), |from| from.int("i32"));
number!(i64, I64, u64, |value| value as u64, |to, value| to.signed(value), |from| from.int("i64"));
number!(f32, F32, f32, |value| value, |to, value| to.f32(value), |from| from.f32());
number!(f64, F64, f64, |value| value, |to, value| to.f64(value), |from| from.f64());

macro_rules! in_memory {
    ($($type:ident $schema:ident),*) => { $(
        // SAFETY: a primitive number.
        unsafe impl Number for $type {
            const VEC: &'static Schema = &Schema::Vec(&Schema::$schema);
        }
    )* };
}

in_memory!(u16 U16, u32 U32, u64 U64, i8 I8, i16 I16, i32 I32, i64 I64, f32 F32, f64 F64);

// SAFETY: a primitive number.
unsafe impl Number for u8 {
    const VEC: &'static Schema = &Schema::Bytes;

    fn encode_all(items: &[u8], to: &mut Writer) {
        to.bin(items);
    }

    fn decode_all(from: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
        if from.is_bin()? { from.bin().map(<[u8]>::to_vec) } else { super::sequence::decode_array(from) }
    }
}
