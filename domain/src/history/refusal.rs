//! Why a history refuses a command.

use super::MAX_REASON_LENGTH;

/// Why a history refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryRefusal {
    /// No reason was given, or too long a one.
    #[error("a reason has 1 to {MAX_REASON_LENGTH} characters")]
    Reason,
    /// Epochs are counted without gaps, and an event tells of each but the first.
    #[error("the events say that epoch {next} comes next, and the head says {asked}")]
    Epoch {
        /// The epoch asked for.
        asked: u64,
        /// The one that comes next.
        next: u64,
    },
}
