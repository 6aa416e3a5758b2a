//! `Box<T>`, which is `T` to everybody else; it makes recursive types possible.

use super::sequence::Wide;
use crate::EdgeType;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Boxed, Elements};

impl<T: EdgeType> EdgeType for Box<T> {
    const SCHEMA: &'static Schema = T::SCHEMA;
    type Nil = T::Nil;
    type Travel = Boxed<T::Travel>;
    type Elements = <T::Elements as Elements<T>>::Boxed;

    fn encode(&self, to: &mut Writer) {
        T::encode(self, to);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        T::decode(from).map(Box::new)
    }

    fn missing() -> Option<Self> {
        T::missing().map(Box::new)
    }
}

crate::__by_value!(Box<T>, T: EdgeType);

impl<T: Wide> Wide for Box<T> {
    type Wire = T::Wire;

    fn widen(&self) -> T::Wire {
        T::widen(self)
    }

    fn narrow(wire: T::Wire) -> Self {
        Box::new(T::narrow(wire))
    }
}
