//! A history of any length, made up event by event: commands of one event each, eight in a stream.

use sha2::{Digest, Sha256};
use stele_tlog::{Frontier, LogEntry};
use stele_verify::{Instant, StoredEvent, StoredHead};
use uuid::Uuid;

pub(crate) const LEDGER: Uuid = Uuid::from_u128(1);

/// The event at a position, with a payload of this length.
pub(crate) fn event(position: u64, payload: usize) -> StoredEvent {
    let number = position.cast_signed();
    let key = Uuid::from_u128(u128::from(position)).to_string();
    let metadata = format!(
        r#"{{"actor":"{}","command_id":"{key}","fingerprint":"000102030405060708090a0b0c0d0e0f"}}"#,
        Uuid::from_u128(2)
    );
    let mut event = StoredEvent {
        position: number,
        event_id: Uuid::from_u128(u128::from(position)),
        stream_type: "task".into(),
        stream_id: Uuid::from_u128(u128::from(position / 8)),
        stream_version: if position < 8 { number } else { number % 8 + 1 },
        name: "AnnotationSubmitted".into(),
        schema_version: 1,
        payload: format!(r#"{{"text":"{}"}}"#, "x".repeat(payload - 11)),
        metadata,
        occurred_at: Instant::from_micros(number * 40),
        recorded_at: Instant::from_micros(number / 16 * 700),
        leaf_hash: Vec::new(),
        idempotency_key: Some(key),
        command_events: Some(1),
    };
    event.leaf_hash = leaf(&event).to_vec();
    event
}

/// The leaf hash that an event's columns give.
fn leaf(event: &StoredEvent) -> [u8; 32] {
    LogEntry {
        event_id: event.event_id,
        ledger_id: LEDGER,
        metadata_sha256: Sha256::digest(&event.metadata).into(),
        name: &event.name,
        occurred_at: &event.occurred_at.to_text().unwrap_or_default(),
        payload_sha256: Sha256::digest(&event.payload).into(),
        recorded_at: &event.recorded_at.to_text().unwrap_or_default(),
        schema_version: 1,
        stream_id: event.stream_id,
        stream_type: &event.stream_type,
        stream_version: event.stream_version.cast_unsigned(),
    }
    .leaf_hash()
}

/// The head that these leaves lead to.
pub(crate) fn head(frontier: &Frontier) -> StoredHead {
    let size = frontier.size().cast_signed();
    let recorded_at = Instant::from_micros(size / 16 * 700);
    StoredHead { size, epoch: 1, recorded_at, frontier: frontier.to_bytes() }
}
