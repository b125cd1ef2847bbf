//! What may be asked of a history.

use super::TreeHead;

/// What may be asked of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryCommand {
    /// Take it up again where it stands, although it does not continue what was signed.
    Recover {
        /// Why it was set back; nothing personal.
        reason: String,
        /// Which continuation this begins.
        epoch: u64,
        /// The last tree that was signed, if that is known.
        last_signed: Option<TreeHead>,
        /// The tree as it is.
        found: TreeHead,
    },
}
