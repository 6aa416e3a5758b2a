//! Tuples of one to twelve values: arrays.

use super::Documents;
use crate::EdgeType;
use crate::edge_type::IsNeverNil;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Document, InMemory};

macro_rules! tuple {
    ($count:literal $($name:ident)*) => {
        impl<$($name: EdgeType),*> EdgeType for ($($name,)*) {
            const SCHEMA: &'static Schema = &Schema::Tuple(&[$($name::SCHEMA),*]);
            type Nil = IsNeverNil;
            type Travel = InMemory<Document>;
            type Elements = Documents;

            fn encode(&self, to: &mut Writer) {
                #[allow(non_snake_case, reason = "a value is named like its type")]
                let ($($name,)*) = self;
                to.array($count);
                $($name.encode(to);)*
            }

            fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                from.array_of($count)?;
                Ok(($($name::decode(from)?,)*))
            }
        }

        crate::__by_value!(($($name,)*), $($name: EdgeType),*);
    };
}

tuple!(1 A);
tuple!(2 A B);
tuple!(3 A B C);
tuple!(4 A B C D);
tuple!(5 A B C D E);
tuple!(6 A B C D E F);
tuple!(7 A B C D E F G);
tuple!(8 A B C D E F G H);
tuple!(9 A B C D E F G H I);
tuple!(10 A B C D E F G H I J);
tuple!(11 A B C D E F G H I J K);
tuple!(12 A B C D E F G H I J K L);
