//! `String`: raw by itself, a string in documents.

use super::Documents;
use crate::EdgeType;
use crate::edge_type::IsNeverNil;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{InMemory, Text};

impl EdgeType for String {
    const SCHEMA: &'static Schema = &Schema::String;
    type Nil = IsNeverNil;
    type Travel = InMemory<Text>;
    type Elements = Documents;

    fn encode(&self, to: &mut Writer) {
        to.str(self);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.str().map(str::to_owned)
    }
}

crate::__by_value!(String);
