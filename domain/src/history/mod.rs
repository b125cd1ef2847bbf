//! A ledger's own history: when it was taken up again after it had been set back.

mod command;
mod event;
mod refusal;
#[cfg(test)]
mod tests;
mod tree_head;

pub use command::HistoryCommand;
pub use event::{HistoryEvent, LedgerRecovered};
pub use refusal::HistoryRefusal;
pub use tree_head::{MerkleRoot, TreeHead};

use serde::{Deserialize, Serialize};

use crate::{Aggregate, StreamType, aggregate::cqrs_aggregate};

/// The longest reason, in Unicode scalar values.
const MAX_REASON_LENGTH: usize = 1_000;

/// The state of a ledger's history as a whole. Its stream has the ledger's own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    epoch: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { epoch: 1 }
    }
}

impl History {
    /// Which continuation of the history this is: 1, and one more for each time it was taken up again.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Aggregate for History {
    const STREAM: StreamType = StreamType::Ledger;
    type Command = HistoryCommand;
    type Event = HistoryEvent;
    type Refusal = HistoryRefusal;

    fn decide(&self, command: &HistoryCommand) -> Result<Vec<HistoryEvent>, HistoryRefusal> {
        let HistoryCommand::Recover { reason, epoch, last_signed, found } = command;
        if *epoch != self.epoch + 1 {
            return Err(HistoryRefusal::Epoch { asked: *epoch, next: self.epoch + 1 });
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > MAX_REASON_LENGTH {
            return Err(HistoryRefusal::Reason);
        }
        let recovered =
            LedgerRecovered { reason: reason.to_owned(), epoch: *epoch, last_signed: *last_signed, found: *found };
        Ok(vec![recovered.into()])
    }

    fn apply(&mut self, event: &HistoryEvent) {
        match event {
            HistoryEvent::LedgerRecovered(recovered) => self.epoch = recovered.epoch,
        }
    }
}

cqrs_aggregate!(History);
