//! The trait that a type has when it can cross between guest and host.

use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Elements, Travel};

/// A type that functions of the guest and of the host can take and return.
///
/// Structs and enums get it by `#[derive(EdgeType)]`; there is no need to implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between guest and host",
    label = "edge does not carry this type",
    note = "supported: bool, i8 to i64, u8 to u64, isize, usize, f32, f64, char, String, Vec<T>, [T; k], Option<T>, tuples, \
            BTreeMap, HashMap, Box<T>, and structs and enums with `#[derive(EdgeType)]`",
    note = "as parameters also &str, &[T] and &T; as the whole result of a function also Result<T, E>"
)]
pub trait EdgeType: Sized {
    /// The type, for the description.
    const SCHEMA: &'static Schema;

    /// Whether a value of the type may be nil in a document: [`MayBeNil`] or [`IsNeverNil`].
    #[doc(hidden)]
    type Nil;

    /// How a value travels by itself.
    #[doc(hidden)]
    type Travel: Travel<Self>;

    /// How `Vec<Self>`, `&[Self]` and `[Self; k]` travel.
    #[doc(hidden)]
    type Elements: Elements<Self>;

    /// Writes the value into a document.
    fn encode(&self, to: &mut Writer);

    /// Reads a value from a document.
    ///
    /// # Errors
    /// The document has something else at this place.
    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed>;

    /// What a struct's field of this type is when the document does not have the field.
    #[doc(hidden)]
    fn missing() -> Option<Self> {
        None
    }
}

/// The type has a value that is nil in a document.
#[derive(Debug)]
pub enum MayBeNil {}

/// No value of the type is nil in a document.
#[derive(Debug)]
pub enum IsNeverNil {}

/// What the [`EdgeType::Nil`] of an `Option`'s type must be: with two sorts of nil, `None` and `Some(None)` would be one.
#[diagnostic::on_unimplemented(
    message = "`Option` of a type that can be nil itself is not supported",
    label = "`None` could not be told apart from `Some` of that nil",
    note = "Option<Option<T>>, Option<()>, and Option of a unit struct or of a struct around such a type are refused",
    note = "supported: `Option<T>` of any other type; say what is meant by an enum with `#[derive(EdgeType)]`"
)]
pub trait NeverNil {}

impl NeverNil for IsNeverNil {}
