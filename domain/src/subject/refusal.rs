//! Why a command about a data subject is refused.

use super::MAX_NOTE;

/// Why a command about a data subject is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectRefusal {
    /// They have been erased.
    #[error("the subject has been erased")]
    Erased,
    /// Basis or reference is empty, too long, or no single line.
    #[error("the {field} of an erasure has 1 to {MAX_NOTE} characters, on one line")]
    Note {
        /// Which of the two.
        field: &'static str,
    },
    /// There is nothing to note.
    #[error("nothing was disclosed")]
    NothingDisclosed,
}
