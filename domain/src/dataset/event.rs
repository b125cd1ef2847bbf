//! What may have happened to a dataset.

mod asked;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::asked::{
    ReleasePlanEnded, ReleasePlanned, ReleaseRequestCancelled, ReleaseRequestFailed, ReleaseRequestMet,
    ReleaseRequested, ReleaseTrigger,
};
use super::ReleaseVersion;
use crate::{
    ProjectId, SubjectId, Timestamp,
    digest::digests,
    event::{Payload, events},
    history::TreeHead,
};

events! {
    /// What may have happened to a dataset.
    DatasetEvent {
        /// A release was made.
        DatasetReleased @ 1,
        /// Personal text left the ledger in a release.
        SubjectsReleased @ 1,
        /// A release was taken back.
        ReleaseWithdrawn @ 1,
        /// A release was asked for.
        ReleaseRequested @ 1,
        /// The release that was asked for is there.
        ReleaseRequestMet @ 1,
        /// What was asked for can't be had.
        ReleaseRequestFailed @ 1,
        /// It is not wanted any more.
        ReleaseRequestCancelled @ 1,
        /// Releases will be asked for again and again.
        ReleasePlanned @ 1,
        /// They will not.
        ReleasePlanEnded @ 1,
    }
}

digests! {
    /// The SHA-256 over a dataset's rows in canonical JSON (RFC 8785), each followed by a line feed, in hexadecimal.
    RowsDigest;
    /// The SHA-256 of the bytes of a file or text, in hexadecimal.
    Sha256Digest;
}

/// What a dataset's rows are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetFormat {
    /// Pairs for direct preference optimisation: prompt, chosen, rejected.
    #[default]
    Dpo,
    /// Pairs for a reward model, each with a margin.
    Reward,
    /// Responses that are desirable or not, each by itself (Kahneman-Tversky optimisation).
    Kto,
    /// Lists of responses, each with its rank.
    Ranking,
    /// The best response to each prompt, for supervised fine-tuning.
    Sft,
    /// Prompts alone.
    Prompts,
    /// The steps of responses, each correct or not (process reward models).
    Steps,
    /// Every judgment by itself.
    Judgments,
    /// Texts and the categories that they belong to.
    Classification,
    /// Numbers that single annotators gave responses or tasks, each by itself.
    Scores,
    /// Texts and what single annotators marked in them.
    Spans,
    /// Images and the boxes that single annotators drew in them.
    Boxes,
}

impl DatasetFormat {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Dpo,
        Self::Reward,
        Self::Kto,
        Self::Ranking,
        Self::Sft,
        Self::Prompts,
        Self::Steps,
        Self::Judgments,
        Self::Classification,
        Self::Scores,
        Self::Spans,
        Self::Boxes,
    ];

    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dpo => "dpo",
            Self::Reward => "reward",
            Self::Kto => "kto",
            Self::Ranking => "ranking",
            Self::Sft => "sft",
            Self::Prompts => "prompts",
            Self::Steps => "steps",
            Self::Judgments => "judgments",
            Self::Classification => "classification",
            Self::Scores => "scores",
            Self::Spans => "spans",
            Self::Boxes => "boxes",
        }
    }
}

/// A release of a dataset was made. Recipe, position, and the keys alive then determine its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetReleased {
    /// What the dataset is called.
    pub name: String,
    /// Which release of it this is.
    pub version: ReleaseVersion,
    /// Which rows it has.
    pub format: DatasetFormat,
    /// The project whose judgments it is made of.
    pub project: ProjectId,
    /// The recipe in canonical JSON (RFC 8785), with every default filled in.
    pub recipe: String,
    /// What the ledger knew: its size is the position of the last event that counts.
    pub known_at: TreeHead,
    /// Only judgments that are said to have happened by then count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_by: Option<Timestamp>,
    /// How many rows there are.
    pub rows: u64,
    /// What the rows are, hashed.
    pub rows_digest: RowsDigest,
    /// The files that hold them.
    pub files: Vec<ReleasedFile>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasedFile {
    /// Its path within the dataset's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What it holds, hashed.
    pub sha256: Sha256Digest,
}

/// Personal text left the ledger in a release. A release with the text of many is followed by several such events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectsReleased {
    /// The release.
    pub version: ReleaseVersion,
    /// Whose text, in the order of their ids.
    pub subjects: Vec<SubjectRows>,
}

/// How much of a release is about someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRows {
    /// Whom.
    pub subject: SubjectId,
    /// How many rows hold personal text of theirs.
    pub rows: u64,
}

/// A release was taken back: it is not to be used any more. It stays on record, as copies of it may exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseWithdrawn {
    /// Which one.
    pub version: ReleaseVersion,
    /// Why.
    pub reason: String,
}

impl Payload for DatasetReleased {}
impl Payload for SubjectsReleased {}
impl Payload for ReleaseWithdrawn {}
