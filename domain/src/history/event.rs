//! What may have happened to a history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TreeHead;
use crate::event::{Payload, events};

events! {
    /// What may have happened to a history.
    HistoryEvent {
        /// It was taken up again after it had been set back.
        LedgerRecovered @ 1,
    }
}

/// A history was taken up again after it had been set back, by restoring a backup, for example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerRecovered {
    /// Why it was set back, in the operator's words.
    pub reason: String,
    /// Which continuation of the history begins here: 1 for the first, so 2 or more.
    pub epoch: u64,
    /// The last tree that was signed before, which this history does not continue; absent if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_signed: Option<TreeHead>,
    /// The tree that was there, before this event.
    pub found: TreeHead,
}

impl Payload for LedgerRecovered {}
