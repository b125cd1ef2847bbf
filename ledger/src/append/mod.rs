//! Appending: many callers, one writer, one round trip a batch.

mod batch;
mod plan;
mod sequencer;
mod store;

pub(crate) use sequencer::Sequencer;
pub(crate) use store::receipts;

use std::sync::Arc;

use stele_domain::Timestamp;
use uuid::Uuid;

use crate::{Fingerprint, IdempotencyKey, StreamKey, envelope::ContentHashes};

/// The most events that one append may hold.
pub const MAX_BATCH_EVENTS: usize = 1_000;

/// Events to be appended to one stream by one command: all of them, or none.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamKey,
    /// Where the stream must stand.
    pub expected: Expected,
    /// What has happened, in order.
    pub events: Vec<NewEvent>,
    /// The command's name.
    pub key: IdempotencyKey,
    /// What the command asked for.
    pub fingerprint: Fingerprint,
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
    metadata: String,
    occurred_at: Option<Timestamp>,
    occurred_text: Option<String>,
    hashes: ContentHashes,
}

impl NewEvent {
    /// An event with its exact payload and metadata, both JSON.
    ///
    /// `occurred_at` is when it is claimed to have happened; without it, that is when it is recorded.
    #[must_use]
    pub fn new(
        id: Uuid,
        name: impl Into<String>,
        schema_version: u16,
        payload: String,
        metadata: String,
        occurred_at: Option<Timestamp>,
    ) -> Self {
        // hashed and written out here, by whoever appends, and not by the one task that orders everybody's events
        let hashes = ContentHashes::of(&payload, &metadata);
        let occurred_text = occurred_at.map(|instant| instant.to_string());
        Self { id, name: name.into(), schema_version, payload, metadata, occurred_at, occurred_text, hashes }
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
    /// An event's log entry has no JSON form.
    #[error("an event's log entry can't be written: {0}")]
    Entry(Arc<serde_json::Error>),
    /// The process is shutting down.
    #[error("the ledger is closed")]
    Closed,
}

impl From<sqlx::Error> for AppendError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
