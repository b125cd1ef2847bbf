//! An event exactly as it is stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::instant::Instant;

/// A row of the table `event` without its ledger; nothing about it has been checked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// Where it stands.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// What kind of thing its stream is about.
    pub stream_type: String,
    /// Its stream.
    pub stream_id: Uuid,
    /// Its place in its stream.
    pub stream_version: i64,
    /// Its name.
    pub name: String,
    /// The version of its payload's schema.
    pub schema_version: i32,
    /// Its payload's exact text.
    pub payload: String,
    /// Its metadata's exact text.
    pub metadata: String,
    /// When it is claimed to have happened.
    pub occurred_at: Instant,
    /// When the ledger took it in.
    pub recorded_at: Instant,
    /// Its leaf in the Merkle tree.
    #[serde(with = "hex::serde")]
    pub leaf_hash: Vec<u8>,
    /// Its command, on the command's first event.
    pub idempotency_key: Option<String>,
    /// How many events the command led to, on the first of them.
    pub command_events: Option<i32>,
}
