//! What is asked for, and what became of it.

use std::collections::HashMap;

use sqlx::PgConnection;
use stele_domain::{
    DatasetId, ParticipantId, ProjectId, ReleaseRequestId, Timestamp,
    dataset::{ReleaseRequested, RequestEnd},
};
use stele_ledger::{Ledger, Position, Recorded};
use uuid::Uuid;

use crate::{
    ProjectionError, ViewName,
    directory::{PageRequest, Within},
};

/// A request for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// The request.
    pub request_id: ReleaseRequestId,
    /// The dataset.
    pub dataset_id: DatasetId,
    /// What it is called.
    pub dataset: String,
    /// The project whose judgments it is to be made of.
    pub project_id: ProjectId,
    /// Where the event stands that tells of it; pages are ordered by it.
    pub position: Position,
    /// The recipe, in canonical JSON.
    pub recipe: String,
    /// What the ledger is to have known.
    pub known_at: Position,
    /// Only judgments that are said to have happened by then are to count.
    pub happened_by: Option<Timestamp>,
    /// Who asked.
    pub requested_by: Option<ParticipantId>,
    /// Whether a plan asked.
    pub is_planned: bool,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What became of it; `None` while it waits.
    pub end: Option<RequestEnd>,
    /// The release that met it.
    pub version: Option<String>,
    /// Why it can't be met.
    pub reason: Option<String>,
    /// When it was met, failed or was cancelled.
    pub ended_at: Option<Timestamp>,
    /// How far the worker has come that makes it; not of the view, and `None` where no worker has begun.
    pub progress: Option<RequestProgress>,
}

/// How far a worker has come that makes a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestProgress {
    /// How many positions have been read.
    pub read: u64,
    /// How many are to be read in all.
    pub total: u64,
    /// When the worker was last heard of.
    pub updated_at: Timestamp,
}

/// A row of a query for requests as a [`RequestRow`].
macro_rules! request {
    ($row:expr) => {{
        let row = $row;
        let progress = match (row.read, row.total, row.updated_at) {
            (Some(read), Some(total), Some(updated_at)) => Some(RequestProgress {
                read: read.cast_unsigned(),
                total: total.cast_unsigned(),
                updated_at: updated_at.into(),
            }),
            _ => None,
        };
        let end = end_of(&row.status)?;
        Ok(RequestRow {
            request_id: row.request_id.into(),
            dataset_id: row.dataset_id.into(),
            dataset: row.dataset,
            project_id: row.project_id.into(),
            position: row.position.cast_unsigned().into(),
            recipe: row.recipe,
            known_at: row.known_at.cast_unsigned().into(),
            happened_by: row.happened_by.map(Into::into),
            requested_by: row.requested_by.map(Into::into),
            is_planned: row.planned,
            requested_at: row.requested_at.into(),
            end,
            version: row.version,
            reason: row.reason,
            ended_at: row.ended_at.map(Into::into),
            // what a worker left behind is of no interest once the request has ended
            progress: progress.filter(|_| end.is_none()),
        })
    }};
}

/// Requests for releases, in the order in which they were made.
pub async fn requests(
    ledger: &Ledger,
    within: &Within,
    page: PageRequest,
) -> Result<Vec<RequestRow>, ProjectionError> {
    let projects = within.ids();
    let rows = sqlx::query!(
        r#"select r.request_id, r.dataset_id, r.dataset, r.project_id, r.position, r.recipe, r.known_at, r.happened_by,
            r.requested_by, r.planned, r.requested_at, r.status, r.version, r.reason, r.ended_at,
            p.read as "read?", p.total as "total?", p.updated_at as "updated_at?"
        from lineage_request r
        left join release_progress p using (ledger_id, request_id)
        where r.ledger_id = $1 and r.position > $2 and ($4::uuid[] is null or r.project_id = any($4))
        order by r.position
        limit $3"#,
        ledger.id(),
        page.after.get().cast_signed(),
        page.limit,
        projects.as_deref()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(|row| request!(row)).collect()
}

/// The requests of these ids that there are.
pub async fn find_requests(
    ledger: &Ledger,
    ids: &[ReleaseRequestId],
) -> Result<HashMap<ReleaseRequestId, RequestRow>, ProjectionError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select r.request_id, r.dataset_id, r.dataset, r.project_id, r.position, r.recipe, r.known_at, r.happened_by,
            r.requested_by, r.planned, r.requested_at, r.status, r.version, r.reason, r.ended_at,
            p.read as "read?", p.total as "total?", p.updated_at as "updated_at?"
        from lineage_request r
        left join release_progress p using (ledger_id, request_id)
        where r.ledger_id = $1 and r.request_id = any($2)"#,
        ledger.id(),
        &ids
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let found: Vec<RequestRow> = rows.into_iter().map(|row| request!(row)).collect::<Result<_, ProjectionError>>()?;
    Ok(found.into_iter().map(|row| (row.request_id, row)).collect())
}

fn end_of(status: &str) -> Result<Option<RequestEnd>, ProjectionError> {
    if status == "pending" {
        return Ok(None);
    }
    let ends = [RequestEnd::Met, RequestEnd::Failed, RequestEnd::Cancelled];
    let found = ends.into_iter().find(|end| end.as_str() == status);
    found.map(Some).ok_or_else(|| ProjectionError::Damaged {
        view: ViewName::Lineage,
        reason: format!("`{status}` is not what may become of a request"),
    })
}

pub(super) async fn store(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    asked: &ReleaseRequested,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "insert into lineage_request (ledger_id, dataset_id, request_id, position, dataset, project_id, recipe, known_at,
            happened_by, requested_by, planned, requested_at, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending')",
        ledger_id,
        recorded.stream.id,
        asked.request.uuid(),
        recorded.position.get().cast_signed(),
        asked.name,
        asked.project.uuid(),
        asked.recipe,
        asked.known_at.cast_signed(),
        asked.happened_by.map(Timestamp::to_utc),
        asked.requested_by.map(ParticipantId::uuid),
        asked.plan,
        recorded.recorded_at.to_utc()
    )
    .execute(rows)
    .await?;
    Ok(())
}

/// What became of a request.
pub(super) struct Ended<'a> {
    pub(super) end: RequestEnd,
    pub(super) version: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
}

pub(super) async fn end(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    request: ReleaseRequestId,
    ended: Ended<'_>,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "update lineage_request set status = $4, version = $5, reason = $6, ended_at = $7
        where ledger_id = $1 and request_id = $2 and dataset_id = $3",
        ledger_id,
        request.uuid(),
        recorded.stream.id,
        ended.end.as_str(),
        ended.version,
        ended.reason,
        recorded.recorded_at.to_utc()
    )
    .execute(rows)
    .await?;
    Ok(())
}
