//! The log entry of an event: what of it is hashed into the Merkle tree.

use sha2::{Digest, Sha256};
use stele_tlog::{Hash, LogEntry};
use uuid::Uuid;

use crate::Recorded;

/// The leaf hash that an event must have, computed anew from what is stored.
#[must_use]
pub fn leaf_hash(ledger_id: Uuid, event: &Recorded) -> Hash {
    with_log_entry(ledger_id, event, |entry| entry.leaf_hash())
}

/// The bytes of an event's log entry: an outsider sees these, and no more of it.
pub(crate) fn log_entry(ledger_id: Uuid, event: &Recorded) -> Vec<u8> {
    with_log_entry(ledger_id, event, |entry| entry.to_bytes())
}

fn with_log_entry<T>(ledger_id: Uuid, event: &Recorded, then: impl FnOnce(LogEntry<'_>) -> T) -> T {
    then(LogEntry {
        event_id: event.event_id,
        ledger_id,
        metadata_sha256: Sha256::digest(&event.metadata).into(),
        name: &event.name,
        occurred_at: &event.occurred_at.to_string(),
        payload_sha256: Sha256::digest(&event.payload).into(),
        recorded_at: &event.recorded_at.to_string(),
        schema_version: event.schema_version,
        stream_id: event.stream.id,
        stream_type: event.stream.stream_type.as_str(),
        stream_version: event.stream_version,
    })
}
