//! What can stand as a parameter: every [`EdgeType`] by value, and what can be borrowed.

use crate::EdgeType;
use crate::abi::{Extent, Incoming};
use crate::msgpack::Writer;
use crate::schema::Schema;
use crate::travel::{Elements, Travel};

/// A type of parameter, of a guest function or of a host function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of an edge function",
    label = "edge does not carry this type as a parameter",
    note = "supported: bool, i8 to i64, u8 to u64, isize, usize, f32, f64, char, String, &str, Vec<T>, &[T], [T; k], Option<T>, \
            tuples, BTreeMap, HashMap, Box<T>, structs and enums with `#[derive(EdgeType)]`, and `&T` of any of these"
)]
pub trait Parameter {
    /// The type, for the description.
    const SCHEMA: &'static Schema;
    /// The first wasm parameter.
    type P0;
    /// The second wasm parameter, or `()`.
    type P1;
    /// What the shim holds on to while the function runs.
    type Held;
    /// What the function gets: borrowed from what is held, so that it cannot keep it beyond the call.
    type View<'h>
    where
        Self: 'h;
    /// Keeps what is sent to the host alive while the import runs.
    type Sent;

    /// Receives argument `index`.
    ///
    /// # Safety
    /// The parameters are those of the guest function's call in progress.
    unsafe fn receive(p0: Self::P0, p1: Self::P1, index: u32) -> Self::Held;

    /// What the function gets; called once.
    fn view<'h>(held: &'h mut Self::Held) -> Self::View<'h>
    where
        Self: 'h;

    /// The wasm parameters for a host function.
    fn send(&self) -> (Self::P0, Self::P1, Self::Sent);

    /// Writes the value into a document, for the stand-ins of host functions in native tests.
    fn encode(&self, to: &mut Writer);
}

/// Makes an [`EdgeType`] a [`Parameter`]. A blanket implementation would collide with the one for references, since another
/// crate may implement `EdgeType` for a reference to its type.
#[doc(hidden)]
#[macro_export]
macro_rules! __by_value {
    ($type:ty $(, $($bounds:tt)+)?) => {
        impl $(<$($bounds)+>)? $crate::__private::Parameter for $type {
            const SCHEMA: &'static $crate::__private::Schema = <$type as $crate::EdgeType>::SCHEMA;
            type P0 = <<$type as $crate::EdgeType>::Travel as $crate::__private::Travel<$type>>::P0;
            type P1 = <<$type as $crate::EdgeType>::Travel as $crate::__private::Travel<$type>>::P1;
            type Held = ::core::option::Option<$type>;
            type View<'h> = $type where Self: 'h;
            type Sent = <<$type as $crate::EdgeType>::Travel as $crate::__private::Travel<$type>>::Sent;

            #[inline]
            unsafe fn receive(p0: Self::P0, p1: Self::P1, index: u32) -> Self::Held {
                // SAFETY: the same condition.
                let value = unsafe {
                    <<$type as $crate::EdgeType>::Travel as $crate::__private::Travel<$type>>::receive(p0, p1, index)
                };
                ::core::option::Option::Some(value)
            }

            #[inline]
            fn view<'h>(held: &'h mut Self::Held) -> Self where Self: 'h {
                held.take().expect("an argument is viewed once")
            }

            #[inline]
            fn send(&self) -> (Self::P0, Self::P1, Self::Sent) {
                <<$type as $crate::EdgeType>::Travel as $crate::__private::Travel<$type>>::send(self)
            }

            fn encode(&self, to: &mut $crate::__private::Writer) {
                <$type as $crate::EdgeType>::encode(self, to)
            }
        }
    };
}

/// A type whose reference can be a parameter.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be a parameter of an edge function",
    label = "edge does not carry a reference to this type",
    note = "supported: &str, &[T], and `&T` of a type that edge carries: numbers, String, Vec, arrays, Option, tuples, maps, Box, \
            and structs and enums with `#[derive(EdgeType)]`"
)]
pub trait Borrowed {
    /// The type, for the description.
    const SCHEMA: &'static Schema;
    /// The first wasm parameter.
    type P0;
    /// The second wasm parameter, or `()`.
    type P1;
    /// What the shim holds on to.
    type Held;
    /// Keeps what is sent to the host alive.
    type Sent;

    /// Receives argument `index`.
    ///
    /// # Safety
    /// The parameters are those of the guest function's call in progress.
    unsafe fn receive(p0: Self::P0, p1: Self::P1, index: u32) -> Self::Held;

    /// What is held.
    fn view(held: &Self::Held) -> &Self;

    /// The wasm parameters for a host function.
    fn send(&self) -> (Self::P0, Self::P1, Self::Sent);

    /// Writes the value into a document.
    fn encode(&self, to: &mut Writer);
}

impl<T: Borrowed + ?Sized> Parameter for &T {
    const SCHEMA: &'static Schema = T::SCHEMA;
    type P0 = T::P0;
    type P1 = T::P1;
    type Held = T::Held;
    type View<'h>
        = &'h T
    where
        Self: 'h;
    type Sent = T::Sent;

    #[inline]
    unsafe fn receive(p0: T::P0, p1: T::P1, index: u32) -> T::Held {
        // SAFETY: the same condition.
        unsafe { T::receive(p0, p1, index) }
    }

    #[inline]
    fn view<'h>(held: &'h mut T::Held) -> &'h T
    where
        Self: 'h,
    {
        T::view(held)
    }

    #[inline]
    fn send(&self) -> (T::P0, T::P1, T::Sent) {
        T::send(self)
    }

    fn encode(&self, to: &mut Writer) {
        T::encode(self, to);
    }
}

impl<T: EdgeType> Borrowed for T {
    const SCHEMA: &'static Schema = <T as EdgeType>::SCHEMA;
    type P0 = <T::Travel as Travel<T>>::P0;
    type P1 = <T::Travel as Travel<T>>::P1;
    type Held = T;
    type Sent = <T::Travel as Travel<T>>::Sent;

    #[inline]
    unsafe fn receive(p0: Self::P0, p1: Self::P1, index: u32) -> T {
        // SAFETY: the same condition.
        unsafe { T::Travel::receive(p0, p1, index) }
    }

    #[inline]
    fn view(held: &T) -> &T {
        held
    }

    #[inline]
    fn send(&self) -> (Self::P0, Self::P1, Self::Sent) {
        T::Travel::send(self)
    }

    fn encode(&self, to: &mut Writer) {
        <T as EdgeType>::encode(self, to);
    }
}

/// A `&str` argument: where it lies, after it was found to be UTF-8.
#[derive(Debug)]
pub struct HeldText(crate::abi::Held<u8>);

impl Borrowed for str {
    const SCHEMA: &'static Schema = &Schema::String;
    type P0 = u32;
    type P1 = u32;
    type Held = HeldText;
    type Sent = ();

    #[inline]
    unsafe fn receive(p0: u32, p1: u32, index: u32) -> HeldText {
        // SAFETY: the same condition.
        let incoming = unsafe { Incoming::argument(p0, p1, index) };
        let what = incoming.describe();
        let held = incoming.hold();
        if let Err(error) = std::str::from_utf8(held.as_slice()) {
            what.violation(&error);
        }
        HeldText(held)
    }

    #[inline]
    fn view(held: &HeldText) -> &str {
        // SAFETY: `receive`, which alone makes the value, has checked these bytes.
        unsafe { std::str::from_utf8_unchecked(held.0.as_slice()) }
    }

    #[inline]
    fn send(&self) -> (u32, u32, ()) {
        let extent = Extent::of(self.as_bytes());
        (extent.address, extent.length, ())
    }

    fn encode(&self, to: &mut Writer) {
        to.str(self);
    }
}

impl<T: EdgeType> Borrowed for [T] {
    const SCHEMA: &'static Schema = T::Elements::VEC;
    type P0 = u32;
    type P1 = u32;
    type Held = <T::Elements as Elements<T>>::Held;
    type Sent = <T::Elements as Elements<T>>::Sent;

    #[inline]
    unsafe fn receive(p0: u32, p1: u32, index: u32) -> Self::Held {
        // SAFETY: the same condition.
        T::Elements::hold(unsafe { Incoming::argument(p0, p1, index) })
    }

    #[inline]
    fn view(held: &Self::Held) -> &[T] {
        T::Elements::view(held)
    }

    #[inline]
    fn send(&self) -> (u32, u32, Self::Sent) {
        let (extent, sent) = T::Elements::lend(self);
        (extent.address, extent.length, sent)
    }

    fn encode(&self, to: &mut Writer) {
        T::Elements::encode(self, to);
    }
}
