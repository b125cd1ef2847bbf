//! The log entry: what of an event is hashed into the Merkle tree.

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Hash, StreamKey, merkle::hash_leaf};

/// Everything about an event but its position, with payload and metadata as hashes of their exact bytes.
///
/// Its entry is JSON in the canonical form of RFC 8785. Every member's value is an ASCII text that needs no escape,
/// or a whole number below 2^53, and the members are declared in the order of their names; so the canonical form is
/// what `serde_json` writes, which a test holds against a full implementation of the RFC.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LogEntry<'a> {
    /// The event's id.
    pub event_id: Uuid,
    /// The ledger that it belongs to.
    pub ledger_id: Uuid,
    #[serde(serialize_with = "hexadecimal")]
    metadata_sha256: Hash,
    /// The event's name.
    pub name: &'a str,
    /// When it is claimed to have happened.
    pub occurred_at: &'a str,
    #[serde(serialize_with = "hexadecimal")]
    payload_sha256: Hash,
    /// When the ledger took it in.
    pub recorded_at: &'a str,
    /// The version of its payload's schema.
    pub schema_version: u16,
    stream_id: Uuid,
    stream_type: &'static str,
    /// Its place in its stream.
    pub stream_version: u64,
}

/// The SHA-256 hashes of an event's exact payload and metadata.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContentHashes {
    pub(crate) payload: Hash,
    pub(crate) metadata: Hash,
}

impl ContentHashes {
    pub(crate) fn of(payload: &str, metadata: &str) -> Self {
        Self { payload: Sha256::digest(payload).into(), metadata: Sha256::digest(metadata).into() }
    }
}

/// What of an event is neither its content nor its stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heading<'a> {
    pub(crate) event_id: Uuid,
    pub(crate) name: &'a str,
    pub(crate) schema_version: u16,
    pub(crate) stream_version: u64,
    /// As [`stele_domain::Timestamp`] writes it.
    pub(crate) occurred_at: &'a str,
    /// Likewise.
    pub(crate) recorded_at: &'a str,
}

impl<'a> LogEntry<'a> {
    pub(crate) fn new(ledger_id: Uuid, stream: StreamKey, heading: Heading<'a>, hashes: ContentHashes) -> Self {
        Self {
            event_id: heading.event_id,
            ledger_id,
            metadata_sha256: hashes.metadata,
            name: heading.name,
            occurred_at: heading.occurred_at,
            payload_sha256: hashes.payload,
            recorded_at: heading.recorded_at,
            schema_version: heading.schema_version,
            stream_id: stream.id,
            stream_type: stream.stream_type.as_str(),
            stream_version: heading.stream_version,
        }
    }

    pub(crate) fn leaf_hash(&self) -> Result<Hash, serde_json::Error> {
        // about 600 bytes; growing step by step would cost more than the hashing
        let mut entry = Vec::with_capacity(1024);
        serde_json::to_writer(&mut entry, self)?;
        Ok(hash_leaf(&entry))
    }
}

/// The leaf hash that an event must have, computed anew from what is stored.
pub fn leaf_hash(ledger_id: Uuid, event: &crate::Recorded) -> Result<Hash, serde_json::Error> {
    let (occurred_at, recorded_at) = (event.occurred_at.to_string(), event.recorded_at.to_string());
    let heading = Heading {
        event_id: event.event_id,
        name: &event.name,
        schema_version: event.schema_version,
        stream_version: event.stream_version,
        occurred_at: &occurred_at,
        recorded_at: &recorded_at,
    };
    LogEntry::new(ledger_id, event.stream, heading, ContentHashes::of(&event.payload, &event.metadata)).leaf_hash()
}

fn hexadecimal<S: serde::Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = [0; 64];
    let written = hex::encode_to_slice(hash, &mut text).map_err(serde::ser::Error::custom);
    written
        .and_then(|()| std::str::from_utf8(&text).map_err(serde::ser::Error::custom))
        .and_then(|text| serializer.serialize_str(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_canonical_json() {
        let stream = StreamKey { stream_type: stele_domain::StreamType::Task, id: Uuid::from_u128(2) };
        let at = "2026-01-01T00:00:00.000001Z";
        let heading = Heading {
            event_id: Uuid::from_u128(3),
            name: "TaskClosed",
            schema_version: 1,
            stream_version: 9,
            occurred_at: at,
            recorded_at: at,
        };
        let hashes = ContentHashes::of(r#"{"project":"ä"}"#, "{}");
        let entry = LogEntry::new(Uuid::from_u128(1), stream, heading, hashes);
        let written = serde_json::to_string(&entry).expect("serialises");
        let canonical = serde_json_canonicalizer::to_string(&entry).expect("canonicalises");
        assert_eq!(written, canonical);
        assert_eq!(
            written,
            concat!(
                r#"{"event_id":"00000000-0000-0000-0000-000000000003","ledger_id":"00000000-0000-0000-0000-000000000001","#,
                r#""metadata_sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","#,
                r#""name":"TaskClosed","occurred_at":"2026-01-01T00:00:00.000001Z","#,
                r#""payload_sha256":"162593d034e664c58fbfcdf864958b5b5bcaff149db0424a43affeeed1544c38","#,
                r#""recorded_at":"2026-01-01T00:00:00.000001Z","schema_version":1,"#,
                r#""stream_id":"00000000-0000-0000-0000-000000000002","stream_type":"task","stream_version":9}"#
            )
        );
    }
}
