//! `Option<T>`: nil or the value.

use super::Documents;
use crate::EdgeType;
use crate::edge_type::{MayBeNil, NeverNil};
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Document, InMemory};

impl<T: EdgeType> EdgeType for Option<T>
where
    T::Nil: NeverNil,
{
    const SCHEMA: &'static Schema = &Schema::Option(T::SCHEMA);
    type Nil = MayBeNil;
    type Travel = InMemory<Document>;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        match self {
            Some(value) => value.encode(to),
            None => to.nil(),
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if from.take_nil()? { Ok(None) } else { T::decode(from).map(Some) }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

crate::__by_value!(Option<T>, T: EdgeType<Nil: NeverNil>);
