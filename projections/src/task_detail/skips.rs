//! Who would rather not do which task, and why.

use sqlx::PgConnection;
use stele_domain::{ParticipantId, Personal, TaskId, Timestamp, task::AssignmentEnded};
use stele_ledger::{Ledger, Recorded};
use uuid::Uuid;

use super::{query::read, rows::json};
use crate::ProjectionError;

/// Somebody would rather not do a task.
#[derive(Clone, Debug)]
pub struct Skip {
    /// Who.
    pub annotator: ParticipantId,
    /// Why, sealed; `None` where no reason was asked for yet.
    pub reason: Option<Personal<String>>,
    /// The event that the reason belongs to.
    pub event: Uuid,
    /// When.
    pub skipped_at: Timestamp,
}

/// Takes note of a lease that ended because its holder skipped the task.
pub(super) async fn store(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    ended: &AssignmentEnded,
) -> Result<(), ProjectionError> {
    let reason = ended.reason.as_ref().map(json).transpose()?;
    sqlx::query!(
        "insert into task_detail_skip
            (ledger_id, task_id, assignment_id, annotator_id, reason, skipped_event, skipped_position, skipped_at)
        values ($1, $2, $3, $4, $5::text::json, $6, $7, $8)",
        ledger_id,
        recorded.stream.id,
        ended.assignment.uuid(),
        ended.annotator.uuid(),
        reason,
        recorded.event_id,
        recorded.position.get().cast_signed(),
        recorded.occurred_at.to_utc()
    )
    .execute(rows)
    .await?;
    Ok(())
}

/// Who has skipped a task, in the order in which they did.
pub async fn skips(ledger: &Ledger, task: TaskId) -> Result<Vec<Skip>, ProjectionError> {
    let rows = sqlx::query!(
        "select annotator_id, reason, skipped_event, skipped_at from task_detail_skip
        where ledger_id = $1 and task_id = $2 order by skipped_position",
        ledger.id(),
        task.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let skips = rows.into_iter().map(|row| {
        Ok(Skip {
            annotator: row.annotator_id.into(),
            reason: row.reason.map(read).transpose()?,
            event: row.skipped_event,
            skipped_at: row.skipped_at.into(),
        })
    });
    skips.collect()
}
