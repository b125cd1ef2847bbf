//! What an event is to the ledger: a name, a schema version, and a payload of exact bytes.

use std::collections::BTreeMap;

use schemars::Schema;

use crate::{Aggregate, AggregateVisitor, StreamType, SubjectId, personal::PersonalFields};

/// An event of some aggregate.
///
/// The ledger stores the name, the version and the payload in columns of their own; the payload is the JSON of
/// the variant's content alone. Serialised as a whole, an event is externally tagged: `{"TaskClosed": {...}}`.
pub trait Event: cqrs_es::DomainEvent + 'static {
    /// The name of every event of this aggregate.
    const NAMES: &'static [&'static str];

    /// The event's name, in the past tense.
    fn name(&self) -> &'static str;

    /// The version of the payload's schema, from 1.
    fn schema_version(&self) -> u16;

    /// The payload's JSON; fails if a personal field has not been sealed.
    fn payload(&self) -> Result<String, serde_json::Error>;

    /// Reads a stored event back.
    fn decode(name: &str, schema_version: u16, payload: &str) -> Result<Self, DecodeError>;

    /// The personal fields inside, to be sealed or opened.
    fn personal_fields(&mut self) -> PersonalFields<'_>;

    /// Whose media files it refers to: one entry a file that is somebody's.
    fn media_subjects(&self) -> Vec<SubjectId>;

    /// The JSON Schema of each event's payload, with its name and version.
    fn schemas() -> Vec<(&'static str, u16, Schema)>;
}

/// Why stored bytes could not be read as an event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The name and version are not known to this build: it is older than the ledger, or the row is foreign.
    #[error("no event `{name}` of schema version {schema_version} is known to this version of Stele")]
    Unknown {
        /// The event's stored name.
        name: String,
        /// The event's stored schema version.
        schema_version: u16,
    },
    /// The payload does not follow the schema that its name and version promise.
    #[error("the payload of `{name}` (schema version {schema_version}) does not follow its schema: {source}")]
    Malformed {
        /// The event's stored name.
        name: String,
        /// The event's stored schema version.
        schema_version: u16,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
}

/// The names of the events that a stream of this type may hold.
#[must_use]
pub fn names(stream: StreamType) -> &'static [&'static str] {
    struct Names;

    impl AggregateVisitor for Names {
        type Output = &'static [&'static str];

        fn visit<A: Aggregate>(self) -> Self::Output {
            A::Event::NAMES
        }
    }

    stream.visit(Names)
}

/// Whether some aggregate has an event of this name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    StreamType::ALL.into_iter().any(|stream| names(stream).contains(&name))
}

/// Whose personal fields and media files a stored event of `stream` holds, and how many of each.
pub fn subjects(
    stream: StreamType,
    name: &str,
    schema_version: u16,
    payload: &str,
) -> Result<BTreeMap<SubjectId, u32>, DecodeError> {
    struct Subjects<'a>(&'a str, u16, &'a str);

    impl AggregateVisitor for Subjects<'_> {
        type Output = Result<BTreeMap<SubjectId, u32>, DecodeError>;

        fn visit<A: Aggregate>(self) -> Self::Output {
            let mut event = A::Event::decode(self.0, self.1, self.2)?;
            let mut subjects = BTreeMap::new();
            let media = event.media_subjects();
            let personal = event.personal_fields().into_iter().map(|(_, field)| field.subject());
            personal.chain(media).for_each(|subject| *subjects.entry(subject).or_default() += 1);
            Ok(subjects)
        }
    }

    stream.visit(Subjects(name, schema_version, payload))
}

/// A payload with no personal fields and no media files says so by implementing this and nothing else.
pub(crate) trait Payload {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        Vec::new()
    }

    fn media_subjects(&self) -> Vec<SubjectId> {
        Vec::new()
    }
}

/// Declares an aggregate's event enum: a variant for each payload struct, named after it, with the version of its schema
/// that is written, and the oldest one that the same struct still reads.
macro_rules! events {
    ($(#[$doc:meta])* $enum:ident { $($(#[$variant_doc:meta])* $event:ident @ $version:literal $(since $oldest:literal)?,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $enum {
            $($(#[$variant_doc])* $event($event),)+
        }

        $(impl From<$event> for $enum {
            fn from(payload: $event) -> Self {
                Self::$event(payload)
            }
        })+

        impl $crate::Event for $enum {
            const NAMES: &'static [&'static str] = &[$(stringify!($event)),+];

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$event(_) => stringify!($event),)+
                }
            }

            fn schema_version(&self) -> u16 {
                match self {
                    $(Self::$event(_) => $version,)+
                }
            }

            fn payload(&self) -> Result<String, serde_json::Error> {
                match self {
                    $(Self::$event(payload) => serde_json::to_string(payload),)+
                }
            }

            fn decode(name: &str, schema_version: u16, payload: &str) -> Result<Self, $crate::DecodeError> {
                match (name, schema_version) {
                    $((stringify!($event), $($oldest ..=)? $version) => serde_json::from_str(payload).map(Self::$event),)+
                    _ => return Err($crate::DecodeError::Unknown { name: name.to_owned(), schema_version }),
                }
                .map_err(|source| $crate::DecodeError::Malformed { name: name.to_owned(), schema_version, source })
            }

            fn personal_fields(&mut self) -> $crate::personal::PersonalFields<'_> {
                match self {
                    $(Self::$event(payload) => $crate::event::Payload::personal_fields(payload),)+
                }
            }

            fn media_subjects(&self) -> Vec<$crate::SubjectId> {
                match self {
                    $(Self::$event(payload) => $crate::event::Payload::media_subjects(payload),)+
                }
            }

            fn schemas() -> Vec<(&'static str, u16, schemars::Schema)> {
                vec![$((stringify!($event), $version, schemars::SchemaGenerator::default().into_root_schema_for::<$event>()),)+]
            }
        }

        impl cqrs_es::DomainEvent for $enum {
            fn event_type(&self) -> String {
                $crate::Event::name(self).to_owned()
            }

            fn event_version(&self) -> String {
                $crate::Event::schema_version(self).to_string()
            }
        }
    };
}

pub(crate) use events;
