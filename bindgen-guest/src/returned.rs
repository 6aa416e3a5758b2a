//! What can stand as a result: every [`EdgeType`], and `Result` of two of them.

use crate::EdgeType;
use crate::abi::{Call, Incoming, header};
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Document, Form, Travel};

/// A type of result, of a guest function or of a host function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of an edge function",
    label = "edge does not carry this type as a result",
    note = "supported: (), bool, i8 to i64, u8 to u64, isize, usize, f32, f64, char, String, Vec<T>, [T; k], Option<T>, tuples, \
            BTreeMap, HashMap, Box<T>, structs and enums with `#[derive(EdgeType)]`, and Result<T, E> of these"
)]
pub trait Returned: Sized {
    /// The type, for the description.
    const SCHEMA: &'static Schema;
    /// The wasm result.
    type Back;
    /// Whether something stays in guest memory after the return.
    const KEEPS: bool;

    /// The wasm result of a guest function.
    fn give(self, call: &mut Call) -> Self::Back;

    /// Makes the value that a host function returned.
    ///
    /// # Safety
    /// The result is that of the host function that has just returned.
    unsafe fn take(back: Self::Back) -> Self;

    /// Writes the value into a document, for the stand-ins of host functions in native tests.
    fn encode(&self, to: &mut Writer);

    /// Reads what `encode` wrote.
    ///
    /// # Errors
    /// The stand-in returned another type.
    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed>;
}

impl<T: EdgeType> Returned for T {
    const SCHEMA: &'static Schema = <T as EdgeType>::SCHEMA;
    type Back = <T::Travel as Travel<T>>::Back;
    const KEEPS: bool = <T::Travel as Travel<T>>::KEEPS;

    #[inline]
    fn give(self, call: &mut Call) -> Self::Back {
        T::Travel::give(self, call.slot())
    }

    #[inline]
    unsafe fn take(back: Self::Back) -> T {
        // SAFETY: the same condition.
        unsafe { T::Travel::take(back) }
    }

    fn encode(&self, to: &mut Writer) {
        <T as EdgeType>::encode(self, to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<T, Malformed> {
        <T as EdgeType>::decode(from)
    }
}

impl<T: EdgeType, E: EdgeType> Returned for Result<T, E> {
    const SCHEMA: &'static Schema = &Schema::Result(<T as EdgeType>::SCHEMA, <E as EdgeType>::SCHEMA);
    type Back = <T::Travel as Travel<T>>::Back;
    // The document of an error stays.
    const KEEPS: bool = true;

    #[inline]
    fn give(self, call: &mut Call) -> Self::Back {
        match self {
            Ok(value) => {
                header::set_ok();
                T::Travel::give(value, call.slot())
            }
            Err(error) => {
                let extent = call.slot().keep_document(|to| <E as EdgeType>::encode(&error, to));
                header::set_err(extent);
                Self::Back::default()
            }
        }
    }

    #[inline]
    unsafe fn take(back: Self::Back) -> Self {
        match header::error() {
            // SAFETY: the same condition.
            None => Ok(unsafe { T::Travel::take(back) }),
            // SAFETY: the host wrote the header for the function that has just returned.
            Some(extent) => Err(Document::open(unsafe { Incoming::result(extent) })),
        }
    }

    fn encode(&self, to: &mut Writer) {
        to.map(1);
        match self {
            Ok(value) => {
                to.str("Ok");
                <T as EdgeType>::encode(value, to);
            }
            Err(error) => {
                to.str("Err");
                <E as EdgeType>::encode(error, to);
            }
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (name, _) = from.variant()?;
        if name == "Ok" { T::decode(from).map(Ok) } else { E::decode(from).map(Err) }
    }
}
