//! An event exactly as it is stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::instant::Instant;

/// A row of the table `event` without its ledger; nothing about it has been checked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredEvent {
    /// Where it stands.
    pub(crate) position: i64,
    /// Its id.
    pub(crate) event_id: Uuid,
    /// What kind of thing its stream is about.
    pub(crate) stream_type: String,
    /// Its stream.
    pub(crate) stream_id: Uuid,
    /// Its place in its stream.
    pub(crate) stream_version: i64,
    /// Its name.
    pub(crate) name: String,
    /// The version of its payload's schema.
    pub(crate) schema_version: i32,
    /// Its payload's exact text.
    pub(crate) payload: String,
    /// Its metadata's exact text.
    pub(crate) metadata: String,
    /// When it is claimed to have happened.
    pub(crate) occurred_at: Instant,
    /// When the ledger took it in.
    pub(crate) recorded_at: Instant,
    /// Its leaf in the Merkle tree.
    #[serde(with = "hex::serde")]
    pub(crate) leaf_hash: Vec<u8>,
    /// Its command, on the command's first event.
    pub(crate) idempotency_key: Option<String>,
    /// How many events the command led to, on the first of them.
    pub(crate) command_events: Option<i32>,
}
