//! `Vec<T>`, `&[T]` and `[T; k]`, in the three ways that an item type can choose.

use super::Number;
use crate::EdgeType;
use crate::abi::{Extent, Held, Incoming, Slot};
use crate::edge_type::IsNeverNil;
use crate::msgpack::{Malformed, Reader, Reason, Writer};
use crate::schema::Schema;
use crate::travel::{Document, Elements, Form, InMemory, Scalar, Sequence, lend_document};

/// Reads an array item by item.
pub(super) fn decode_array<T: EdgeType>(from: &mut Reader<'_>) -> Result<Vec<T>, Malformed> {
    let count = from.array()?;
    // Every item has a byte at least, so a head that promises more does not make us allocate.
    let mut items = Vec::with_capacity(count.min(from.remaining()));
    for _ in 0..count {
        items.push(T::decode(from)?);
    }
    Ok(items)
}

/// Sequences of numbers: raw memory, used in place where it is only read.
#[derive(Debug)]
pub enum Raw {}

impl<N: Number> Elements<N> for Raw {
    const VEC: &'static Schema = N::VEC;
    type Boxed = Converted;
    type Held = Held<N>;
    type Sent = ();

    fn encode(items: &[N], to: &mut Writer) {
        N::encode_all(items, to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Vec<N>, Malformed> {
        N::decode_all(from)
    }

    fn open(incoming: Incoming) -> Vec<N> {
        incoming.vec()
    }

    #[inline]
    fn hold(incoming: Incoming) -> Held<N> {
        incoming.hold()
    }

    #[inline]
    fn view(held: &Held<N>) -> &[N] {
        held.as_slice()
    }

    #[inline]
    fn lend(items: &[N]) -> (Extent, ()) {
        (Extent::of(items), ())
    }

    fn keep(items: Vec<N>, slot: &mut Slot) -> Extent {
        slot.keep_vec(items)
    }
}

/// Sequences of everything else: one document.
#[derive(Debug)]
pub enum Documents {}

impl<T: EdgeType> Elements<T> for Documents {
    const VEC: &'static Schema = &Schema::Vec(T::SCHEMA);
    type Boxed = Documents;
    type Held = Vec<T>;
    type Sent = Vec<u8>;

    fn encode(items: &[T], to: &mut Writer) {
        to.array(items.len());
        for item in items {
            item.encode(to);
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Vec<T>, Malformed> {
        decode_array(from)
    }

    fn open(incoming: Incoming) -> Vec<T> {
        <Document as Form<Vec<T>>>::open(incoming)
    }

    fn hold(incoming: Incoming) -> Vec<T> {
        Self::open(incoming)
    }

    fn view(held: &Vec<T>) -> &[T] {
        held
    }

    fn lend(items: &[T]) -> (Extent, Vec<u8>) {
        lend_document(|to| Self::encode(items, to))
    }

    fn keep(items: Vec<T>, slot: &mut Slot) -> Extent {
        slot.keep_document(|to| Self::encode(&items, to))
    }
}

/// A type whose sequences are raw for the host but lie differently in guest memory.
pub trait Wide: Sized {
    /// The number that travels.
    type Wire: Number;
    /// To that number.
    fn widen(&self) -> Self::Wire;
    /// From that number.
    fn narrow(wire: Self::Wire) -> Self;
}

macro_rules! same_width {
    ($($type:ident)*) => { $(
        impl Wide for $type {
            type Wire = $type;

            fn widen(&self) -> $type {
                *self
            }

            fn narrow(wire: $type) -> $type {
                wire
            }
        }
    )* };
}

same_width!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);

impl Wide for usize {
    type Wire = u64;

    fn widen(&self) -> u64 {
        self.to_wire()
    }

    fn narrow(wire: u64) -> usize {
        usize::from_wire(wire)
    }
}

impl Wide for isize {
    type Wire = i64;

    fn widen(&self) -> i64 {
        *self as i64
    }

    fn narrow(wire: i64) -> isize {
        isize::from_wire(wire as u64)
    }
}

/// Sequences of `isize`, `usize` and boxed numbers: converted item by item.
#[derive(Debug)]
pub enum Converted {}

impl Converted {
    fn widen<T: Wide>(items: &[T]) -> Vec<T::Wire> {
        items.iter().map(Wide::widen).collect()
    }

    fn narrow<T: Wide>(items: Vec<T::Wire>) -> Vec<T> {
        items.into_iter().map(Wide::narrow).collect()
    }
}

impl<T: EdgeType + Wide> Elements<T> for Converted {
    const VEC: &'static Schema = match T::SCHEMA {
        Schema::U8 => &Schema::Bytes,
        _ => &Schema::Vec(T::SCHEMA),
    };
    type Boxed = Converted;
    type Held = Vec<T>;
    type Sent = Vec<T::Wire>;

    fn encode(items: &[T], to: &mut Writer) {
        T::Wire::encode_all(&Self::widen(items), to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Vec<T>, Malformed> {
        // Item by item through `T`, which checks the range of its own width.
        if from.is_bin()? { T::Wire::decode_all(from).map(Self::narrow) } else { decode_array(from) }
    }

    fn open(incoming: Incoming) -> Vec<T> {
        Self::narrow(incoming.vec())
    }

    fn hold(incoming: Incoming) -> Vec<T> {
        Self::open(incoming)
    }

    fn view(held: &Vec<T>) -> &[T] {
        held
    }

    fn lend(items: &[T]) -> (Extent, Vec<T::Wire>) {
        let wide = Self::widen(items);
        (Extent::of(&wide), wide)
    }

    fn keep(items: Vec<T>, slot: &mut Slot) -> Extent {
        slot.keep_vec(Self::widen(&items))
    }
}

impl<T: EdgeType> EdgeType for Vec<T> {
    const SCHEMA: &'static Schema = T::Elements::VEC;
    type Nil = IsNeverNil;
    type Travel = InMemory<Sequence<T::Elements>>;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        T::Elements::encode(self, to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        T::Elements::decode(from)
    }
}

crate::__by_value!(Vec<T>, T: EdgeType);

impl<T: EdgeType, const K: usize> EdgeType for [T; K] {
    const SCHEMA: &'static Schema = &Schema::Array(T::SCHEMA, K);
    type Nil = IsNeverNil;
    type Travel = InMemory<Sequence<T::Elements>>;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        T::Elements::encode(self, to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let items = T::Elements::decode(from)?;
        items.try_into().map_err(|items: Vec<T>| from.malformed(Reason::Length { expected: K, found: items.len() }))
    }
}

crate::__by_value!([T; K], T: EdgeType, const K: usize);
