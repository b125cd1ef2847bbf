//! The outline of a mapping's YAML: what holds what, and on which line. It gives an error its line and field.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::Flaw;

/// Where each field of a mapping stands; made only to explain an error.
#[derive(Default)]
pub(super) struct Outline(Vec<Field>);

struct Field {
    path: String,
    parent: String,
    /// Line and column of its key, or of itself in a list.
    key: (u64, u64),
    /// Line and column of its value.
    value: (u64, u64),
}

/// The outline of a YAML text; empty if it can't be read at all.
pub(super) fn outline(yaml: &str) -> Outline {
    let mut outline = Outline::default();
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins };
    if let Ok(root) = serde_saphyr::from_str_with_options::<Spanned<Node>>(yaml, options) {
        outline.add("", "", None, &root);
    }
    outline
}

impl Outline {
    fn add(&mut self, path: &str, parent: &str, key: Option<(u64, u64)>, node: &Spanned<Node>) {
        let value = (node.referenced.line(), node.referenced.column());
        self.0.push(Field { path: path.to_owned(), parent: parent.to_owned(), key: key.unwrap_or(value), value });
        for (index, item) in node.value.items.iter().enumerate() {
            self.add(&format!("{path}[{index}]"), path, None, item);
        }
        for (key, item) in &node.value.fields {
            let place = (key.referenced.line(), key.referenced.column());
            let name = if path.is_empty() { key.value.clone() } else { format!("{path}.{}", key.value) };
            self.add(&name, path, Some(place), item);
        }
    }

    /// The line of a field, or else of the nearest one around it.
    pub(super) fn line_of(&self, field: &str) -> u64 {
        let around = self.0.iter().filter(|known| field.starts_with(&known.path));
        around.max_by_key(|known| known.path.len()).map_or(1, |known| known.key.0)
    }

    /// The line, field and reason of a YAML error.
    pub(super) fn explain(&self, error: &serde_saphyr::Error) -> (u64, Flaw) {
        let place = error.location().map_or((1, 1), |location| (location.line(), location.column()));
        let text = error.without_snippet().render_with_formatter(&serde_saphyr::UserMessageFormatter);
        let suffix = format!(" at line {}, column {}", place.0, place.1);
        let reason = text.strip_suffix(&suffix).unwrap_or(&text);
        let reason = match reason.strip_prefix("invalid ") {
            Some(number @ ("i32" | "u8" | "u16" | "u32" | "usize")) => {
                format!("it should be a whole number in range ({number})")
            }
            _ => reason.to_owned(),
        };
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| reason.starts_with(beginning));
        let value = self.0.iter().find(|known| known.value == place).map(|known| &known.path);
        let keyed = self.0.iter().find(|known| known.key == place);
        let field = if begins(&["unknown field", "missing field", "duplicate"]) {
            // It names the field itself, so what is told is where that stands.
            value.or(keyed.map(|known| &known.parent))
        } else if begins(&["invalid type"]) {
            // It is placed at the key of the value that is meant.
            keyed.map(|known| &known.path).or(value)
        } else {
            value.or(keyed.map(|known| &known.path))
        };
        (place.0, Flaw::new(field.cloned().unwrap_or_default(), reason))
    }
}

/// Any piece of YAML, reduced to what holds what.
#[derive(Default)]
struct Node {
    items: Vec<Spanned<Node>>,
    fields: Vec<(Spanned<String>, Spanned<Node>)>,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut node = Node::default();
                while let Some(item) = seq.next_element()? {
                    node.items.push(item);
                }
                Ok(node)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut node = Node::default();
                while let Some(field) = map.next_entry()? {
                    node.fields.push(field);
                }
                Ok(node)
            }
        }

        deserializer.deserialize_any(Anything)
    }
}
