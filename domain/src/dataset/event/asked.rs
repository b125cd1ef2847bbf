//! What may have happened to wishes for releases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ReleaseVersion;
use crate::{ParticipantId, ProjectId, ReleaseRequestId, Timestamp, event::Payload};

/// A release was asked for. What the ledger knew is fixed when it is asked for, whenever it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequested {
    /// The request.
    pub request: ReleaseRequestId,
    /// What the dataset is called.
    pub name: String,
    /// The project whose judgments it is to be made of.
    pub project: ProjectId,
    /// The recipe in canonical JSON (RFC 8785).
    pub recipe: String,
    /// The position of the last event that is to count.
    pub known_at: u64,
    /// Only judgments that are said to have happened by then are to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_by: Option<Timestamp>,
    /// Who asked, or who made the plan that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<ParticipantId>,
    /// Whether a plan asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub plan: bool,
}

/// Serde hands the member over as a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The release that was asked for is there: it is on record, and its files are in their folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequestMet {
    /// The request.
    pub request: ReleaseRequestId,
    /// The project whose judgments it is made of.
    pub project: ProjectId,
    /// The release; one from before where the rows are the same.
    pub version: ReleaseVersion,
}

/// What was asked for can't be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequestFailed {
    /// The request.
    pub request: ReleaseRequestId,
    /// The project that it was about.
    pub project: ProjectId,
    /// Why, for a person.
    pub reason: String,
}

/// A request was taken back before it was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequestCancelled {
    /// The request.
    pub request: ReleaseRequestId,
    /// The project that it was about.
    pub project: ProjectId,
    /// Who took it back.
    pub cancelled_by: ParticipantId,
}

/// Releases will be asked for again and again, until the plan is ended or there is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasePlanned {
    /// What the dataset is called.
    pub name: String,
    /// The project whose judgments the releases are to be made of.
    pub project: ProjectId,
    /// The recipe in canonical JSON (RFC 8785).
    pub recipe: String,
    /// When one is asked for.
    pub when: ReleaseTrigger,
    /// Who planned it.
    pub planned_by: ParticipantId,
}

/// When a plan asks for a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseTrigger {
    /// When so many annotations of the project have been approved since it last asked, at least 1.
    EveryApproved(u32),
    /// When so many hours have passed since it last asked, 1 to 8,760.
    EveryHours(u32),
}

impl ReleaseTrigger {
    /// Whether its number is in range.
    #[must_use]
    pub fn is_possible(self) -> bool {
        match self {
            Self::EveryApproved(count) => count > 0,
            Self::EveryHours(hours) => (1..=8_760).contains(&hours),
        }
    }
}

/// No more releases are asked for by a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasePlanEnded {
    /// The project that it was about.
    pub project: ProjectId,
    /// Who ended it.
    pub ended_by: ParticipantId,
}

impl Payload for ReleaseRequested {}
impl Payload for ReleaseRequestMet {}
impl Payload for ReleaseRequestFailed {}
impl Payload for ReleaseRequestCancelled {}
impl Payload for ReleasePlanned {}
impl Payload for ReleasePlanEnded {}
