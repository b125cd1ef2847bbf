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

/// A receipt as the ledger keeps it, with what its command asked for.
#[derive(Clone, Copy, Debug)]
pub struct StoredReceipt {
    pub(crate) receipt: Receipt,
    /// Absent where the history is older than this member of the metadata; such a command can't be told from another.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl StoredReceipt {
    /// The receipt, unless another command is asked for than the one that it was given to.
    #[must_use]
    pub fn answer(&self, asked: Option<Fingerprint>) -> Option<Receipt> {
        self.fingerprint.is_none_or(|recorded| asked == Some(recorded)).then_some(self.receipt)
    }
}

impl Ledger {
    /// The receipt recorded under a key.
    pub async fn receipt(&self, key: &IdempotencyKey) -> Result<Option<StoredReceipt>, ReadError> {
        let mut found = append::receipts(self.database().pool(), self.id(), &[key.as_str()]).await?;
        Ok(found.remove(key))
    }
}
