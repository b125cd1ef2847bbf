//! What makes a retried command the same command.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Mint;

/// A client's name for one command: 1 to 200 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a command asked for, hashed: two commands under one key must have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    /// The fingerprint of bytes that hold nothing personal: their SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The fingerprint of a request as its client sent it. It is keyed with the ledger's own key, as a request may
    /// hold personal text short enough to be guessed from a plain hash.
    pub fn of_request(mint: &Mint, operation: &str, request: &impl Serialize) -> Result<Self, serde_json::Error> {
        let request = serde_json::to_string(request)?;
        Ok(Self(mint.pseudonym("request", &[operation, &request])))
    }
}
