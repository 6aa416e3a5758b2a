//! How a value travels, resolved by the compiler: every [`EdgeType`] names its way as an associated type, so aliases and
//! types of other crates need no guessing from what stands in the source.
//!
//! - [`AsNumber`] is one wasm value,
//! - [`AsNothing`] is that of `()`,
//! - [`InMemory`] is an [`Extent`] of memory in one of the forms [`Document`], [`Text`] and [`Sequence`],
//! - [`Boxed`] is that of what is in the box.

use std::marker::PhantomData;

use crate::EdgeType;
use crate::abi::{Extent, Incoming, Slot};
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;

/// A way to travel for values of the type `T`.
pub trait Travel<T> {
    /// The first wasm parameter.
    type P0;
    /// The second wasm parameter; `()`, which is no parameter, if one is enough.
    type P1;
    /// The wasm result. Its default is what an `Err` returns.
    type Back: Default;
    /// Keeps what is sent to the host alive while the import runs.
    type Sent;
    /// Whether a result stays in guest memory after the return.
    const KEEPS: bool;

    /// Makes the value of argument `index` from its wasm parameters.
    ///
    /// # Safety
    /// The parameters are those of the guest function's call in progress.
    unsafe fn receive(p0: Self::P0, p1: Self::P1, index: u32) -> T;

    /// The wasm parameters for a host function.
    fn send(value: &T) -> (Self::P0, Self::P1, Self::Sent);

    /// The wasm result of a guest function.
    fn give(value: T, slot: &mut Slot) -> Self::Back;

    /// Makes the value that a host function returned.
    ///
    /// # Safety
    /// The result is that of the host function that has just returned.
    unsafe fn take(back: Self::Back) -> T;
}

/// A type that travels as one wasm value.
pub trait Scalar: Sized {
    /// The wasm value.
    type Wire: Default;
    /// To the wasm value.
    fn to_wire(&self) -> Self::Wire;
    /// From the wasm value; panics if it is none of this type's, which only a host that breaks the contract sends.
    fn from_wire(wire: Self::Wire) -> Self;
}

/// The way of numbers, `bool` and `char`.
#[derive(Debug)]
pub enum AsNumber {}

impl<T: Scalar> Travel<T> for AsNumber {
    type P0 = T::Wire;
    type P1 = ();
    type Back = T::Wire;
    type Sent = ();
    const KEEPS: bool = false;

    #[inline]
    unsafe fn receive(p0: T::Wire, (): (), _index: u32) -> T {
        T::from_wire(p0)
    }

    #[inline]
    fn send(value: &T) -> (T::Wire, (), ()) {
        (value.to_wire(), (), ())
    }

    #[inline]
    fn give(value: T, _slot: &mut Slot) -> T::Wire {
        value.to_wire()
    }

    #[inline]
    unsafe fn take(back: T::Wire) -> T {
        T::from_wire(back)
    }
}

/// The way of `()`, which is only a result.
#[derive(Debug)]
pub enum AsNothing {}

impl Travel<()> for AsNothing {
    type P0 = ();
    type P1 = ();
    type Back = ();
    type Sent = ();
    const KEEPS: bool = false;

    unsafe fn receive((): (), (): (), _index: u32) {}

    fn send((): &()) -> ((), (), ()) {
        ((), (), ())
    }

    fn give((): (), _slot: &mut Slot) {}

    unsafe fn take((): ()) {}
}

/// The way of a box: that of its content.
#[derive(Debug)]
pub struct Boxed<W>(PhantomData<W>);

impl<T, W: Travel<T>> Travel<Box<T>> for Boxed<W> {
    type P0 = W::P0;
    type P1 = W::P1;
    type Back = W::Back;
    type Sent = W::Sent;
    const KEEPS: bool = W::KEEPS;

    #[inline]
    unsafe fn receive(p0: W::P0, p1: W::P1, index: u32) -> Box<T> {
        // SAFETY: the same condition.
        Box::new(unsafe { W::receive(p0, p1, index) })
    }

    #[inline]
    fn send(value: &Box<T>) -> (W::P0, W::P1, W::Sent) {
        W::send(value)
    }

    #[inline]
    fn give(value: Box<T>, slot: &mut Slot) -> W::Back {
        W::give(*value, slot)
    }

    #[inline]
    unsafe fn take(back: W::Back) -> Box<T> {
        // SAFETY: the same condition.
        Box::new(unsafe { W::take(back) })
    }
}

/// What lies in memory when a value travels.
pub trait Form<T> {
    /// Keeps what is lent to the host alive.
    type Sent;
    /// Makes the value from what came in.
    fn open(incoming: Incoming) -> T;
    /// Lends the value to the host.
    fn lend(value: &T) -> (Extent, Self::Sent);
    /// Puts the value where the host finds it after the return.
    fn keep(value: T, slot: &mut Slot) -> Extent;
}

/// The way of everything that is not a number: an extent of memory with the form `F`.
#[derive(Debug)]
pub struct InMemory<F>(PhantomData<F>);

impl<T, F: Form<T>> Travel<T> for InMemory<F> {
    type P0 = u32;
    type P1 = u32;
    type Back = u64;
    type Sent = F::Sent;
    const KEEPS: bool = true;

    #[inline]
    unsafe fn receive(p0: u32, p1: u32, index: u32) -> T {
        // SAFETY: the same condition.
        F::open(unsafe { Incoming::argument(p0, p1, index) })
    }

    #[inline]
    fn send(value: &T) -> (u32, u32, F::Sent) {
        let (extent, sent) = F::lend(value);
        (extent.address, extent.length, sent)
    }

    #[inline]
    fn give(value: T, slot: &mut Slot) -> u64 {
        F::keep(value, slot).pack()
    }

    #[inline]
    unsafe fn take(back: u64) -> T {
        // SAFETY: the same condition.
        F::open(unsafe { Incoming::result(Extent::unpack(back)) })
    }
}

/// The form of composite values: one MessagePack document.
#[derive(Debug)]
pub enum Document {}

impl<T: EdgeType> Form<T> for Document {
    type Sent = Vec<u8>;

    fn open(incoming: Incoming) -> T {
        let what = incoming.describe();
        let held = incoming.hold::<u8>();
        read_document(held.as_slice()).unwrap_or_else(|error| what.violation(&error))
    }

    fn lend(value: &T) -> (Extent, Vec<u8>) {
        lend_document(|to| value.encode(to))
    }

    fn keep(value: T, slot: &mut Slot) -> Extent {
        slot.keep_document(|to| value.encode(to))
    }
}

/// Reads a document that is one value of the type `T`.
pub(crate) fn read_document<T: EdgeType>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// Writes a document and lends it to the host.
pub(crate) fn lend_document(write: impl FnOnce(&mut Writer)) -> (Extent, Vec<u8>) {
    let mut to = Writer::default();
    write(&mut to);
    let bytes = to.into_bytes();
    (Extent::of(&bytes), bytes)
}

/// The form of `String`: its UTF-8.
#[derive(Debug)]
pub enum Text {}

impl Form<String> for Text {
    type Sent = ();

    fn open(incoming: Incoming) -> String {
        let what = incoming.describe();
        String::from_utf8(incoming.vec()).unwrap_or_else(|error| what.violation(&error.utf8_error()))
    }

    fn lend(value: &String) -> (Extent, ()) {
        (Extent::of(value.as_bytes()), ())
    }

    fn keep(value: String, slot: &mut Slot) -> Extent {
        slot.keep_vec(value.into_bytes())
    }
}

/// How sequences of `T` travel: raw or as documents. Chosen by the item type, so that a `Vec<T>` of any `T` knows its way.
pub trait Elements<T> {
    /// The schema of a `Vec<T>`.
    const VEC: &'static Schema;
    /// The same choice for `Box<T>`.
    type Boxed: Elements<Box<T>>;
    /// What carries a `&[T]` that came in.
    type Held;
    /// Keeps what is lent to the host alive.
    type Sent;

    /// Writes the items into a document.
    fn encode(items: &[T], to: &mut Writer);

    /// Reads the items from a document.
    ///
    /// # Errors
    /// The document has something else at this place.
    fn decode(from: &mut Reader<'_>) -> Result<Vec<T>, Malformed>;

    /// Makes the items from what came in.
    fn open(incoming: Incoming) -> Vec<T>;

    /// Holds on to what came in, in place if it can stay there.
    fn hold(incoming: Incoming) -> Self::Held;

    /// The items that are held.
    fn view(held: &Self::Held) -> &[T];

    /// Lends the items to the host.
    fn lend(items: &[T]) -> (Extent, Self::Sent);

    /// Puts the items where the host finds them after the return.
    fn keep(items: Vec<T>, slot: &mut Slot) -> Extent;
}

/// The form of `Vec<T>` and `[T; k]`, as their items' `E` says.
#[derive(Debug)]
pub struct Sequence<E>(PhantomData<E>);

impl<T, E: Elements<T>> Form<Vec<T>> for Sequence<E> {
    type Sent = E::Sent;

    #[inline]
    fn open(incoming: Incoming) -> Vec<T> {
        E::open(incoming)
    }

    #[inline]
    fn lend(value: &Vec<T>) -> (Extent, E::Sent) {
        E::lend(value)
    }

    #[inline]
    fn keep(value: Vec<T>, slot: &mut Slot) -> Extent {
        E::keep(value, slot)
    }
}

impl<T, E: Elements<T>, const K: usize> Form<[T; K]> for Sequence<E> {
    type Sent = E::Sent;

    fn open(incoming: Incoming) -> [T; K] {
        let what = incoming.describe();
        let items = E::open(incoming);
        items
            .try_into()
            .unwrap_or_else(|items: Vec<T>| what.violation(&format_args!("expected {K} items, found {}", items.len())))
    }

    fn lend(value: &[T; K]) -> (Extent, E::Sent) {
        E::lend(value)
    }

    fn keep(value: [T; K], slot: &mut Slot) -> Extent {
        E::keep(Vec::from(value), slot)
    }
}
