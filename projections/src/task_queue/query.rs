//! Asking for work.

use stele_domain::{ParticipantId, ProjectId, TaskId, Timestamp};
use stele_ledger::Ledger;

use crate::ProjectionError;

/// Tasks of a project that an annotator could claim at `now`, oldest first, at most `limit`.
///
/// Each has a free place, and is neither held nor done by the annotator.
pub async fn candidates(
    ledger: &Ledger,
    project: ProjectId,
    annotator: ParticipantId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<TaskId>, ProjectionError> {
    let ids = sqlx::query_scalar!(
        "select task_id
        from task_queue as task
        where ledger_id = $1 and project_id = $2 and not closed and done < redundancy
            and not exists (
                select from task_queue_holder as holder
                where holder.ledger_id = $1 and holder.task_id = task.task_id and holder.annotator_id = $3
                    and (holder.expires_at is null or holder.expires_at > $4)
            )
            and redundancy > (
                select count(*) from task_queue_holder as holder
                where holder.ledger_id = $1 and holder.task_id = task.task_id
                    and (holder.expires_at is null or holder.expires_at > $4)
            )
        order by created_position
        limit $5",
        ledger.id(),
        project.uuid(),
        annotator.uuid(),
        now.to_utc(),
        limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(ids.into_iter().map(Into::into).collect())
}

/// How many tasks of a project still need annotations.
pub async fn open_tasks(ledger: &Ledger, project: ProjectId) -> Result<u64, ProjectionError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from task_queue
        where ledger_id = $1 and project_id = $2 and not closed and done < redundancy"#,
        ledger.id(),
        project.uuid()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(count.cast_unsigned())
}
