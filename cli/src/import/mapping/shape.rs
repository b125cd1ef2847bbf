//! The shapes of a mapping's fields: a short form beside a longer one, and pairs that keep their order.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value},
};

/// A text, a mapping or a list: several fields take a short form and a longer one.
pub(in crate::import) enum Shape<M, L> {
    /// A text.
    Text(String),
    /// A mapping.
    Mapping(M),
    /// A list.
    List(Vec<L>),
}

impl<'de, M: Deserialize<'de>, L: Deserialize<'de>> Deserialize<'de> for Shape<M, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<M, L>(PhantomData<(M, L)>);

        impl<'de, M: Deserialize<'de>, L: Deserialize<'de>> Visitor<'de> for Any<M, L> {
            type Value = Shape<M, L>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (in quotes if it looks like something else), a mapping or a list")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Shape::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(value::MapAccessDeserializer::new(map)).map(Shape::Mapping)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(seq)).map(Shape::List)
            }
        }

        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// A mapping's keys and values, in the order written. A key that stands twice is refused by the YAML reader.
pub(in crate::import) struct Pairs<T>(pub(in crate::import) Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder(PhantomData))
    }
}
