//! An event as the ledger holds it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use stele_domain::{DecodeError, Event, ParticipantId, StreamType, Timestamp, UnknownStreamType};
use uuid::Uuid;

use stele_tlog::Hash;

use crate::{Fingerprint, IdempotencyKey, Position};

/// Which stream: what kind of thing, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// What kind of thing the stream is about.
    pub stream_type: StreamType,
    /// Which one.
    pub id: Uuid,
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stream_type, self.id)
    }
}

/// A text that names no stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamKeyError {
    /// It is not two parts with a slash between them.
    #[error("a stream is TYPE/UUID, such as task/0193a0b1-0000-7000-8000-000000000001")]
    Shape,
    /// The first part is no stream type.
    #[error(transparent)]
    Type(#[from] UnknownStreamType),
    /// The second part is no UUID.
    #[error("`{0}` is not a UUID")]
    Id(String),
}

impl FromStr for StreamKey {
    type Err = StreamKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stream_type, id) = text.split_once('/').ok_or(StreamKeyError::Shape)?;
        let stream_type = stream_type.parse()?;
        Ok(Self { stream_type, id: id.parse().map_err(|_| StreamKeyError::Id(id.to_owned()))? })
    }
}

/// Who caused an event, and by which command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Who asked; absent where the system itself acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<ParticipantId>,
    /// The idempotency key of the command.
    pub command_id: IdempotencyKey,
    /// What the command asked for; absent where the history is older than this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The event that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    /// What ties this event to others of the same undertaking, such as one import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Uuid>,
}

impl Metadata {
    /// The metadata of a command that nobody is known to have caused.
    #[must_use]
    pub const fn of(command_id: IdempotencyKey, fingerprint: Fingerprint) -> Self {
        Self { actor: None, command_id, fingerprint: Some(fingerprint), causation_id: None, correlation_id: None }
    }
}

/// An event as the ledger holds it. Payload and metadata are the exact bytes that were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where it stands.
    pub position: Position,
    /// Its id.
    pub event_id: Uuid,
    /// The stream it belongs to.
    pub stream: StreamKey,
    /// Its place in the stream, from 1.
    pub stream_version: u64,
    /// Its name, such as `TaskCreated`.
    pub name: String,
    /// The version of its payload's schema.
    pub schema_version: u16,
    /// Its content, as JSON.
    pub payload: String,
    /// Who caused it and how ([`Metadata`]), as JSON.
    pub metadata: String,
    /// When it is claimed to have happened.
    pub occurred_at: Timestamp,
    /// When the ledger took it in.
    pub recorded_at: Timestamp,
    /// Its Merkle leaf hash.
    pub leaf_hash: Hash,
}

impl Recorded {
    /// Reads the payload as one of an aggregate's events.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(&self.name, self.schema_version, &self.payload)
    }
}
