//! Proof that a command took effect, once.

use crate::{Fingerprint, IdempotencyKey, Ledger, Position, ReadError, StreamKey, append};

/// What a recorded command gets, and gets again at every retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The stream that its events belong to.
    pub stream: StreamKey,
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event.
    pub last: Position,
    /// Whether the command had been recorded before, under the same key.
    pub replayed: bool,
}

impl Ledger {
    /// The receipt recorded under a key, with the fingerprint of what its command asked for.
    pub async fn receipt(&self, key: &IdempotencyKey) -> Result<Option<(Receipt, Fingerprint)>, ReadError> {
        let mut found = append::receipts(self.database().pool(), self.id(), &[key.as_str()]).await?;
        Ok(found.remove(key.as_str()).map(|stored| (stored.receipt, stored.fingerprint)))
    }
}
