//! Why a dataset refuses a command.

use super::{MAX_NAME_LENGTH, MAX_REASON_LENGTH, MAX_SUBJECTS, ReleaseVersion};

/// Why a dataset refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatasetRefusal {
    /// The name can't be one.
    #[error(
        "a dataset's name has 1 to {MAX_NAME_LENGTH} of the characters a-z, A-Z, 0-9, `-`, `_` and `.`, and begins with \
         a letter or digit"
    )]
    Name,
    /// The last release has the same rows, made in the same way.
    #[error("release {version} has the same rows, made in the same way")]
    Unchanged {
        /// The last release.
        version: ReleaseVersion,
        /// The position that it was made at.
        known_at: u64,
    },
    /// More people's text than a release may hold.
    #[error("a release holds the personal text of at most {MAX_SUBJECTS} people, not {0}")]
    TooManySubjects(usize),
    /// There is no such release.
    #[error("the dataset has no release {version}")]
    NoSuchRelease {
        /// What was asked for.
        version: ReleaseVersion,
    },
    /// The release has been taken back already.
    #[error("release {version} has been withdrawn already")]
    Withdrawn {
        /// Which one.
        version: ReleaseVersion,
    },
    /// No reason was given, too long a one, or no single line.
    #[error("a reason has 1 to {MAX_REASON_LENGTH} characters, on one line")]
    Reason,
}
