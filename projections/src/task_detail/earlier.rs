//! What tasks showed before they were revised.

use sqlx::PgConnection;
use stele_domain::{
    Personal, TaskId, Timestamp,
    task::{ContentField, Response, TaskRevised},
};
use stele_ledger::{Ledger, Recorded};
use uuid::Uuid;

use super::{query::read, rows::json};
use crate::ProjectionError;

/// What a task showed until it was revised.
#[derive(Clone, Debug)]
pub struct EarlierVersion {
    /// Which version it was.
    pub version: u32,
    /// What the task showed, with the personal fields sealed.
    pub content: Vec<ContentField>,
    /// The responses to judge.
    pub responses: Vec<Response>,
    /// The event that its sealed content belongs to.
    pub content_event: Uuid,
    /// What became of the annotations by then: see [`EarlierAnnotations`](stele_domain::task::EarlierAnnotations).
    pub annotations: String,
    /// Why it was revised, sealed.
    pub reason: Personal<String>,
    /// The event that revised it, which the reason belongs to.
    pub revised_event: Uuid,
    /// When it was revised.
    pub revised_at: Timestamp,
}

/// Keeps what a task showed, and has it show what it does from now on.
pub(super) async fn revise(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    revised: &TaskRevised,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "insert into task_detail_earlier
            (ledger_id, task_id, version, content, responses, content_event, annotations, reason, revised_event,
            revised_at)
        select ledger_id, task_id, version, content, responses, content_event, $3, $4::text::json, $5, $6
        from task_detail where ledger_id = $1 and task_id = $2",
        ledger_id,
        recorded.stream.id,
        revised.annotations.as_str(),
        json(&revised.reason)?,
        recorded.event_id,
        recorded.occurred_at.to_utc()
    )
    .execute(&mut *rows)
    .await?;
    sqlx::query!(
        "update task_detail set version = $3, content = $4::text::json, responses = $5::text::json, content_event = $6
        where ledger_id = $1 and task_id = $2",
        ledger_id,
        recorded.stream.id,
        revised.version.get().cast_signed(),
        json(&revised.content)?,
        json(&revised.responses)?,
        recorded.event_id
    )
    .execute(rows)
    .await?;
    Ok(())
}

/// The versions of a task before the present one, the first first.
pub async fn earlier_versions(ledger: &Ledger, task: TaskId) -> Result<Vec<EarlierVersion>, ProjectionError> {
    let rows = sqlx::query!(
        "select version, content, responses, content_event, annotations, reason, revised_event, revised_at
        from task_detail_earlier where ledger_id = $1 and task_id = $2 order by version",
        ledger.id(),
        task.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let earlier = rows.into_iter().map(|row| {
        Ok(EarlierVersion {
            version: row.version.cast_unsigned(),
            content: read(row.content)?,
            responses: read(row.responses)?,
            content_event: row.content_event,
            annotations: row.annotations,
            reason: read(row.reason)?,
            revised_event: row.revised_event,
            revised_at: row.revised_at.into(),
        })
    });
    earlier.collect()
}
