//! What may be asked of a dataset.

use super::{
    DatasetFormat, DatasetReleased, Made, ReleasePlanned, ReleaseRequested, ReleaseVersion, ReleasedFile, RowsDigest,
    SubjectRows,
};
use crate::{ParticipantId, ProjectId, ReleaseRequestId, Timestamp, history::TreeHead};

/// What may be asked of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum DatasetCommand {
    /// Record a release; the first one begins the dataset.
    Release(Box<Release>),
    /// Take a release back.
    Withdraw {
        /// Which one.
        version: ReleaseVersion,
        /// Why.
        reason: String,
    },
    /// Ask for a release; it is made later.
    Request(Box<ReleaseRequested>),
    /// Record that a request is met.
    Meet {
        /// Which one.
        request: ReleaseRequestId,
        /// The release that meets it.
        version: ReleaseVersion,
    },
    /// Record that a request can't be met.
    Fail {
        /// Which one.
        request: ReleaseRequestId,
        /// Why; as much of it is kept as a reason may have.
        reason: String,
    },
    /// Take a request back.
    Cancel {
        /// Which one.
        request: ReleaseRequestId,
        /// The project that it is about.
        project: ProjectId,
        /// Who takes it back.
        by: ParticipantId,
    },
    /// Have releases asked for again and again, in place of what was planned before.
    Plan(Box<ReleasePlanned>),
    /// End what was planned.
    EndPlan {
        /// The project that the plan is about.
        project: ProjectId,
        /// Who ends it.
        by: ParticipantId,
    },
}

/// A release to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// What the dataset is called: the same for all its releases.
    pub name: String,
    /// Which rows it has.
    pub format: DatasetFormat,
    /// The project whose judgments it is made of.
    pub project: ProjectId,
    /// The recipe in canonical JSON (RFC 8785), with every default filled in.
    pub recipe: String,
    /// What the ledger knew.
    pub known_at: TreeHead,
    /// Only judgments that are said to have happened by then count.
    pub happened_by: Option<Timestamp>,
    /// How many rows there are.
    pub rows: u64,
    /// What the rows are, hashed.
    pub rows_digest: RowsDigest,
    /// The files that hold them.
    pub files: Vec<ReleasedFile>,
    /// Whose personal text the rows hold, in the order of the subjects' ids.
    pub subjects: Vec<SubjectRows>,
}

impl Release {
    pub(super) fn made(&self) -> Made {
        let (format, project, happened_by) = (self.format, self.project, self.happened_by);
        Made { format, project, recipe: self.recipe.clone(), happened_by }
    }

    pub(super) fn event(&self, version: ReleaseVersion) -> DatasetReleased {
        DatasetReleased {
            name: self.name.clone(),
            version,
            format: self.format,
            project: self.project,
            recipe: self.recipe.clone(),
            known_at: self.known_at,
            happened_by: self.happened_by,
            rows: self.rows,
            rows_digest: self.rows_digest,
            files: self.files.clone(),
        }
    }
}
