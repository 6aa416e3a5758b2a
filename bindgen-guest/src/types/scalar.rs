//! One wasm value, but no raw memory in sequences of the same width: `bool`, `char`, `isize`, `usize`; and `()`.

use super::{Converted, Documents};
use crate::EdgeType;
use crate::edge_type::{IsNeverNil, MayBeNil};
use crate::msgpack::{Malformed, Reader, Reason, Writer};
use crate::schema::Schema;
use crate::travel::{AsNothing, AsNumber, Scalar};

impl EdgeType for bool {
    const SCHEMA: &'static Schema = &Schema::Bool;
    type Nil = IsNeverNil;
    type Travel = AsNumber;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        to.bool(*self);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.bool()
    }
}

impl Scalar for bool {
    type Wire = u32;

    #[inline]
    fn to_wire(&self) -> u32 {
        u32::from(*self)
    }

    #[inline]
    fn from_wire(wire: u32) -> Self {
        wire != 0
    }
}

crate::__by_value!(bool);

impl EdgeType for char {
    const SCHEMA: &'static Schema = &Schema::Char;
    type Nil = IsNeverNil;
    type Travel = AsNumber;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        to.str(self.encode_utf8(&mut [0; 4]));
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut characters = from.str()?.chars();
        match (characters.next(), characters.count()) {
            (Some(only), 0) => Ok(only),
            (first, rest) => {
                let found = usize::from(first.is_some()) + rest;
                Err(from.malformed(Reason::Length { expected: 1, found }))
            }
        }
    }
}

impl Scalar for char {
    type Wire = u32;

    #[inline]
    fn to_wire(&self) -> u32 {
        u32::from(*self)
    }

    #[inline]
    fn from_wire(wire: u32) -> Self {
        char::from_u32(wire)
            .unwrap_or_else(|| panic!("the host broke edge's calling contract: {wire:#x} is no Unicode scalar value"))
    }
}

crate::__by_value!(char);

/// The host always sees 64 bits, so that one description fits guests of both widths.
macro_rules! pointer_sized {
    ($type:ident, $schema:ident, $wide:ident, $write:ident) => {
        impl EdgeType for $type {
            const SCHEMA: &'static Schema = &Schema::$schema;
            type Nil = IsNeverNil;
            type Travel = AsNumber;
            type Elements = Converted;

            fn encode(&self, to: &mut Writer) {
                to.$write(*self as $wide);
            }

            fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                from.int(stringify!($type))
            }
        }

        impl Scalar for $type {
            type Wire = u64;

            #[inline]
            fn to_wire(&self) -> u64 {
                *self as $wide as u64
            }

            #[inline]
            fn from_wire(wire: u64) -> Self {
                let wide = wire as $wide;
                $type::try_from(wide).unwrap_or_else(|_| {
                    panic!("{wide} does not fit {}, which has {} bits here", stringify!($type), $type::BITS)
                })
            }
        }

        crate::__by_value!($type);
    };
}

pointer_sized!(usize, Usize, u64, unsigned);
pointer_sized!(isize, Isize, i64, signed);

impl EdgeType for () {
    const SCHEMA: &'static Schema = &Schema::Unit;
    type Nil = MayBeNil;
    type Travel = AsNothing;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        to.nil();
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.nil()
    }
}
