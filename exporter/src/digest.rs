//! Hashes over canonical bytes.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The SHA-256 of a value's canonical JSON (RFC 8785), in hexadecimal.
pub(crate) fn sha256_of_canonical(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value).map(|bytes| sha256(&bytes))
}
