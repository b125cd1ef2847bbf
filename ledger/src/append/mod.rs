//! Appending: many callers, one writer, one round trip a batch.

mod alone;
mod batch;
mod plan;
mod sequencer;
mod store;

pub(crate) use alone::append_within;
pub(crate) use sequencer::Sequencer;
pub(crate) use store::receipts;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use stele_domain::Timestamp;
use uuid::Uuid;

use stele_tlog::Hash;

use crate::{Fingerprint, IdempotencyKey, Metadata, StreamKey};

/// The most events that one append may hold.
pub const MAX_BATCH_EVENTS: usize = 1_000;

/// Events to be appended to one stream by one command: all of them, or none.
#[derive(Clone, Debug)]
pub struct Append {
    stream: StreamKey,
    expected: Expected,
    events: Vec<NewEvent>,
    key: IdempotencyKey,
    fingerprint: Option<Fingerprint>,
    /// The exact metadata of every one of the events.
    metadata: String,
    metadata_hash: Hash,
}

impl Append {
    /// The events, in order, that a command adds to a stream, which must stand where it is expected to.
    pub fn new(
        stream: StreamKey,
        expected: Expected,
        command: &Metadata,
        events: Vec<NewEvent>,
    ) -> Result<Self, serde_json::Error> {
        let metadata = serde_json::to_string(command)?;
        // hashed here, by whoever appends, and not by the one task that orders everybody's events
        let metadata_hash = Sha256::digest(&metadata).into();
        let (key, fingerprint) = (command.command_id.clone(), command.fingerprint);
        Ok(Self { stream, expected, events, key, fingerprint, metadata, metadata_hash })
    }
}

/// Where a stream must stand for an append to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// At this version exactly; 0 if the stream must not exist.
    Exactly(u64),
}

/// An event that has not been recorded yet.
#[derive(Clone, Debug)]
pub struct NewEvent {
    id: Uuid,
    name: String,
    schema_version: u16,
    payload: String,
    payload_hash: Hash,
    occurred_at: Option<Timestamp>,
    occurred_text: Option<String>,
}

impl NewEvent {
    /// An event with its exact payload, which is JSON.
    ///
    /// `occurred_at` is when it is claimed to have happened; without it, that is when it is recorded.
    #[must_use]
    pub fn new(
        id: Uuid,
        name: impl Into<String>,
        schema_version: u16,
        payload: String,
        occurred_at: Option<Timestamp>,
    ) -> Self {
        let payload_hash = Sha256::digest(&payload).into();
        let occurred_text = occurred_at.map(|instant| instant.to_string());
        Self { id, name: name.into(), schema_version, payload, payload_hash, occurred_at, occurred_text }
    }
}

/// Why an append was not recorded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream is not where the append expected it.
    #[error("stream {stream} is at version {actual}, not at {expected}")]
    Conflict {
        /// The stream.
        stream: StreamKey,
        /// The version expected.
        expected: u64,
        /// The version found.
        actual: u64,
    },
    /// The idempotency key was used for a command with other content.
    #[error("the idempotency key was used before, for a command with other content")]
    KeyReused,
    /// There is nothing to append, or more than one append may hold.
    #[error("an append has 1 to {MAX_BATCH_EVENTS} events, not {0}")]
    EventCount(usize),
    /// PostgreSQL refused the events, or could not be reached. In the second case they may have been recorded:
    /// the same command under the same key tells.
    #[error("the ledger's database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// The ledger's head is damaged.
    #[error("{0}")]
    Head(Arc<crate::DatabaseError>),
    /// The process is shutting down.
    #[error("the ledger is closed")]
    Closed,
}

impl From<sqlx::Error> for AppendError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
