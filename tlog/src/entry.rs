//! The log entry: what of an event is hashed into the Merkle tree.

use uuid::Uuid;

use crate::hash::{Hash, hash_leaf};

/// What an entry usually fits in; growing step by step would cost more than writing it.
const USUAL_SIZE: usize = 768;

/// Everything about an event but its position, with payload and metadata as hashes of their exact bytes.
///
/// Its bytes are JSON in the canonical form of RFC 8785: the members in the order of their names, no white space,
/// and texts escaped only where they must be. They are written by hand because a verifier writes every event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEntry<'a> {
    /// The event's id.
    pub event_id: Uuid,
    /// The ledger that it belongs to.
    pub ledger_id: Uuid,
    /// The SHA-256 of its metadata, exactly as stored.
    pub metadata_sha256: Hash,
    /// The event's name.
    pub name: &'a str,
    /// When it is claimed to have happened: RFC 3339, in UTC, with six decimals and a `Z`.
    pub occurred_at: &'a str,
    /// The SHA-256 of its payload, exactly as stored.
    pub payload_sha256: Hash,
    /// When the ledger took it in, written likewise.
    pub recorded_at: &'a str,
    /// The version of its payload's schema.
    pub schema_version: u16,
    /// The stream that it belongs to.
    pub stream_id: Uuid,
    /// What kind of thing its stream is about.
    pub stream_type: &'a str,
    /// Its place in its stream; below 2^53, as RFC 8785 has no exact form for larger numbers.
    pub stream_version: u64,
}

impl LogEntry<'_> {
    /// The entry's bytes, which the log serves and the leaf hash covers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL_SIZE);
        self.write_to(&mut bytes);
        bytes
    }

    /// Appends the entry's bytes.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        write_uuid(bytes, r#"{"event_id":""#, self.event_id);
        write_uuid(bytes, r#"","ledger_id":""#, self.ledger_id);
        write_hash(bytes, r#"","metadata_sha256":""#, &self.metadata_sha256);
        write_text(bytes, r#"","name":""#, self.name);
        write_text(bytes, r#"","occurred_at":""#, self.occurred_at);
        write_hash(bytes, r#"","payload_sha256":""#, &self.payload_sha256);
        write_text(bytes, r#"","recorded_at":""#, self.recorded_at);
        write_number(bytes, r#"","schema_version":"#, u64::from(self.schema_version));
        write_uuid(bytes, r#","stream_id":""#, self.stream_id);
        write_text(bytes, r#"","stream_type":""#, self.stream_type);
        write_number(bytes, r#"","stream_version":"#, self.stream_version);
        bytes.push(b'}');
    }

    /// The hash of the entry as a leaf of the tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        self.leaf_hash_in(&mut Vec::with_capacity(USUAL_SIZE))
    }

    /// The same, written in a buffer whose content is replaced; so that many hashes need one allocation.
    #[must_use]
    pub fn leaf_hash_in(&self, buffer: &mut Vec<u8>) -> Hash {
        buffer.clear();
        self.write_to(buffer);
        hash_leaf(buffer)
    }
}

fn write_uuid(bytes: &mut Vec<u8>, before: &str, uuid: Uuid) {
    bytes.extend_from_slice(before.as_bytes());
    bytes.extend_from_slice(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
}

fn write_hash(bytes: &mut Vec<u8>, before: &str, hash: &Hash) {
    bytes.extend_from_slice(before.as_bytes());
    let mut digits = [[0; 2]; 32];
    for (digits, byte) in digits.iter_mut().zip(hash) {
        *digits = hexadecimal(*byte);
    }
    bytes.extend_from_slice(digits.as_flattened());
}

fn write_number(bytes: &mut Vec<u8>, before: &str, number: u64) {
    bytes.extend_from_slice(before.as_bytes());
    let mut divisor = 10_u64.pow(number.checked_ilog10().unwrap_or(0));
    while divisor > 0 {
        bytes.push(digit(number / divisor % 10));
        divisor /= 10;
    }
}

fn write_text(bytes: &mut Vec<u8>, before: &str, text: &str) {
    bytes.extend_from_slice(before.as_bytes());
    if text.bytes().all(is_plain) {
        bytes.extend_from_slice(text.as_bytes());
    } else {
        text.bytes().for_each(|byte| write_escaped(bytes, byte));
    }
}

const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// A byte of a text with the escapes of RFC 8785 §3.2.2.2.
fn write_escaped(bytes: &mut Vec<u8>, byte: u8) {
    match byte {
        0x08 => bytes.extend_from_slice(b"\\b"),
        b'\t' => bytes.extend_from_slice(b"\\t"),
        b'\n' => bytes.extend_from_slice(b"\\n"),
        0x0c => bytes.extend_from_slice(b"\\f"),
        b'\r' => bytes.extend_from_slice(b"\\r"),
        b'"' | b'\\' => bytes.extend_from_slice(&[b'\\', byte]),
        _ if is_plain(byte) => bytes.push(byte),
        _ => {
            bytes.extend_from_slice(b"\\u00");
            bytes.extend_from_slice(&hexadecimal(byte));
        }
    }
}

const fn hexadecimal(byte: u8) -> [u8; 2] {
    [digit((byte >> 4) as u64), digit((byte & 15) as u64)]
}

/// A digit up to `f`.
const fn digit(value: u64) -> u8 {
    b"0123456789abcdef"[(value & 15) as usize]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    fn entry<'a>() -> LogEntry<'a> {
        LogEntry {
            event_id: Uuid::from_u128(3),
            ledger_id: Uuid::from_u128(1),
            metadata_sha256: Sha256::digest("{}").into(),
            name: "TaskClosed",
            occurred_at: "2026-01-01T00:00:00.000001Z",
            payload_sha256: Sha256::digest(r#"{"project":"ä"}"#).into(),
            recorded_at: "2026-01-01T00:00:00.000001Z",
            schema_version: 1,
            stream_id: Uuid::from_u128(2),
            stream_type: "task",
            stream_version: 9,
        }
    }

    fn canonical(entry: &LogEntry) -> String {
        let value = serde_json::json!({
            "event_id": entry.event_id.to_string(),
            "ledger_id": entry.ledger_id.to_string(),
            "metadata_sha256": hex::encode(entry.metadata_sha256),
            "name": entry.name,
            "occurred_at": entry.occurred_at,
            "payload_sha256": hex::encode(entry.payload_sha256),
            "recorded_at": entry.recorded_at,
            "schema_version": entry.schema_version,
            "stream_id": entry.stream_id.to_string(),
            "stream_type": entry.stream_type,
            "stream_version": entry.stream_version,
        });
        serde_json_canonicalizer::to_string(&value).expect("canonicalises")
    }

    #[test]
    fn the_entry_is_canonical_json() {
        assert_eq!(
            String::from_utf8(entry().to_bytes()).expect("text"),
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

    #[test]
    fn a_leaf_is_the_hash_of_the_bytes() {
        let mut buffer = b"of an earlier entry".to_vec();
        assert_eq!(entry().leaf_hash(), hash_leaf(&entry().to_bytes()));
        assert_eq!(entry().leaf_hash_in(&mut buffer), entry().leaf_hash());
    }

    #[test]
    fn every_ascii_character_is_escaped_as_the_rfc_says() {
        let name: String = (0..=0x7f_u8).map(char::from).collect();
        let entry = LogEntry { name: &name, ..entry() };
        assert_eq!(String::from_utf8(entry.to_bytes()).expect("text"), canonical(&entry));
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[A-Za-z]{0,40}", any::<String>(), "[\\x00-\\x7f]{0,10}"]
    }

    proptest! {
        #[test]
        fn the_entry_is_what_a_full_implementation_of_rfc_8785_writes(
            ids in any::<[u128; 3]>(), hashes in any::<[Hash; 2]>(), texts in [text(), text(), text(), text()],
            schema_version in any::<u16>(), stream_version in 0..1_u64 << 53, bits in 0..53,
        ) {
            let [event_id, ledger_id, stream_id] = ids.map(Uuid::from_u128);
            let [metadata_sha256, payload_sha256] = hashes;
            let [name, occurred_at, recorded_at, stream_type] = texts.each_ref().map(String::as_str);
            let stream_version = stream_version >> bits;
            let entry = LogEntry {
                event_id, ledger_id, metadata_sha256, name, occurred_at, payload_sha256, recorded_at,
                schema_version, stream_id, stream_type, stream_version,
            };
            prop_assert_eq!(String::from_utf8(entry.to_bytes()).expect("text"), canonical(&entry));
        }
    }
}
