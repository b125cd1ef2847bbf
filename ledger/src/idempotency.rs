//! What makes a retried command the same command.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use stele_tlog::Hash;

use crate::Mint;

/// A client's name for one command: 1 to 200 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

/// A text that can't name a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 200 characters, and no control characters")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdempotencyKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let length = text.chars().count();
        if (1..=200).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(IdempotencyKeyError)
        }
    }
}

impl From<Uuid> for IdempotencyKey {
    fn from(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a command asked for, hashed to 16 bytes: two commands under one key must have the same.
///
/// It is written as hexadecimal, in the metadata of the command's events. Half of a SHA-256 is as much as is needed:
/// whoever found two requests of one fingerprint could mistake nobody's commands but their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(#[serde(with = "hex::serde")] [u8; 16]);

impl Fingerprint {
    /// Its bytes, for storage.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The fingerprint of bytes that hold nothing personal: their SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::truncated(Sha256::digest(bytes).into())
    }

    /// The fingerprint of a request as its client sent it. It is keyed with the ledger's own key, as a request may
    /// hold personal text short enough to be guessed from a plain hash.
    pub fn of_request(mint: &Mint, operation: &str, request: &impl Serialize) -> Result<Self, serde_json::Error> {
        let request = serde_json::to_string(request)?;
        Ok(Self::truncated(mint.pseudonym("request", &[operation, &request])))
    }

    /// The first half of a hash (RFC 2104 §5).
    fn truncated(hash: Hash) -> Self {
        let (half, _) = hash.split_at(16);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(half);
        Self(bytes)
    }
}
