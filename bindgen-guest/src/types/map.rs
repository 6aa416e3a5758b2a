//! `BTreeMap` and `HashMap`.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::Documents;
use crate::EdgeType;
use crate::edge_type::IsNeverNil;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::schema::Schema;
use crate::travel::{Document, InMemory};

macro_rules! map {
    ([$($bounds:tt)*] $type:ty) => {
        impl<$($bounds)*> EdgeType for $type {
            const SCHEMA: &'static Schema = &Schema::Map(K::SCHEMA, V::SCHEMA);
            type Nil = IsNeverNil;
            type Travel = InMemory<Document>;
            type Elements = Documents;

            fn encode(&self, to: &mut Writer) {
                to.map(self.len());
                for (key, value) in self {
                    key.encode(to);
                    value.encode(to);
                }
            }

            fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                let count = from.map()?;
                let mut map = Self::default();
                for _ in 0..count {
                    map.insert(K::decode(from)?, V::decode(from)?);
                }
                Ok(map)
            }
        }

        crate::__by_value!($type, $($bounds)*);
    };
}

map!([K: EdgeType + Ord, V: EdgeType] BTreeMap<K, V>);
map!([K: EdgeType + Eq + Hash, V: EdgeType, S: BuildHasher + Default] HashMap<K, V, S>);
