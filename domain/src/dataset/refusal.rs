//! Why a dataset refuses a command.

use super::{MAX_NAME_LENGTH, MAX_PENDING, MAX_REASON_LENGTH, MAX_SUBJECTS, ReleaseVersion, RequestEnd};
use crate::ReleaseRequestId;

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
    /// Releases of another project are under this name.
    #[error("the dataset of this name is made of another project's judgments")]
    OtherProject,
    /// There is such a request already.
    #[error("there is a request {0} already")]
    RequestExists(ReleaseRequestId),
    /// As many requests wait as may.
    #[error("{MAX_PENDING} requests for releases of the dataset wait already")]
    TooManyRequests,
    /// There is no such request.
    #[error("the dataset has no request {0}")]
    NoSuchRequest(ReleaseRequestId),
    /// The request waits no longer.
    #[error("the request has been {end} already")]
    RequestEnded {
        /// What became of it.
        end: RequestEnd,
    },
    /// The numbers of a plan are out of range.
    #[error("a plan asks after 1 annotation or more, or after 1 to 8,760 hours")]
    Trigger,
    /// Nothing is planned.
    #[error("no releases of the dataset are planned")]
    NoPlan,
}
