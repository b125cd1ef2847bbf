//! A request for a release of a dataset.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use stele_domain::{ParticipantId, Timestamp, dataset::RequestEnd};
use stele_projections::lineage::{RequestProgress, RequestRow};
use uuid::Uuid;

use crate::graphql::position::PositionScalar;

/// How long a worker is taken to be at work that has not been heard of, in seconds; it is heard of once a second.
const HEARD_WITHIN: u32 = 30;

/// How a request for a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ReleaseRequestStatus")]
pub(in crate::graphql) enum ReleaseRequestStatus {
    /// It waits for a worker.
    Pending,
    /// A worker makes the release.
    Running,
    /// The release is there.
    Met,
    /// It can't be had; `reason` tells why.
    Failed,
    /// It was taken back.
    Cancelled,
}

/// How far a worker has come that makes a release.
#[derive(SimpleObject)]
#[graphql(name = "ReleaseProgress")]
pub(in crate::graphql) struct ReleaseProgressObject {
    /// How many positions have been read.
    read: u64,
    /// How many are to be read in all, each of them twice; 0 as long as nobody knows.
    total: u64,
    /// When the worker was last heard of.
    updated_at: DateTime<Utc>,
}

/// A request for a release of a dataset.
#[derive(SimpleObject)]
#[graphql(name = "ReleaseRequest")]
pub(in crate::graphql) struct ReleaseRequestObject {
    /// The request.
    id: Uuid,
    /// The dataset.
    dataset_id: Uuid,
    /// What it is called.
    dataset: String,
    /// The project whose judgments the release is made of.
    project_id: Uuid,
    /// Where the event stands that tells of the request.
    position: PositionScalar,
    /// The recipe, in canonical JSON (RFC 8785).
    recipe: String,
    /// What the ledger is to have known: the position of the last event that counts.
    known_at: PositionScalar,
    /// Only judgments that are said to have happened by then count; null for all.
    happened_by: Option<DateTime<Utc>>,
    /// Who asked, or who made the plan that asked.
    requested_by: Option<Uuid>,
    /// Whether a plan asked.
    planned: bool,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// How it stands.
    status: ReleaseRequestStatus,
    /// The release that met it: `MAJOR.MINOR.PATCH`. One from before, where the rows are the same.
    version: Option<String>,
    /// Why it can't be met.
    reason: Option<String>,
    /// When it was met, failed or was cancelled.
    ended_at: Option<DateTime<Utc>>,
    /// How far the worker has come that is at it.
    progress: Option<ReleaseProgressObject>,
}

impl ReleaseRequestObject {
    /// The request as it stands at a time: a worker that has not been heard of for long is not at it.
    pub(in crate::graphql) fn at(row: RequestRow, now: Timestamp) -> Self {
        let is_heard_of = |progress: &RequestProgress| progress.updated_at.plus_seconds(HEARD_WITHIN) >= now;
        let progress = row.progress.filter(is_heard_of);
        let status = match row.end {
            Some(RequestEnd::Met) => ReleaseRequestStatus::Met,
            Some(RequestEnd::Failed) => ReleaseRequestStatus::Failed,
            Some(RequestEnd::Cancelled) => ReleaseRequestStatus::Cancelled,
            None if progress.is_some() => ReleaseRequestStatus::Running,
            None => ReleaseRequestStatus::Pending,
        };
        Self {
            id: row.request_id.uuid(),
            dataset_id: row.dataset_id.uuid(),
            dataset: row.dataset,
            project_id: row.project_id.uuid(),
            position: PositionScalar(row.position),
            recipe: row.recipe,
            known_at: PositionScalar(row.known_at),
            happened_by: row.happened_by.map(Timestamp::to_utc),
            requested_by: row.requested_by.map(ParticipantId::uuid),
            planned: row.is_planned,
            requested_at: row.requested_at.to_utc(),
            status,
            version: row.version,
            reason: row.reason,
            ended_at: row.ended_at.map(Timestamp::to_utc),
            progress: progress.map(Into::into),
        }
    }
}

impl From<RequestProgress> for ReleaseProgressObject {
    fn from(RequestProgress { read, total, updated_at }: RequestProgress) -> Self {
        Self { read, total, updated_at: updated_at.to_utc() }
    }
}
