//! Asking for work.

use std::collections::{BTreeMap, BTreeSet};

use stele_domain::{AssignmentId, ParticipantId, ProjectId, Skill, Tag, TaskId, Timestamp};
use stele_ledger::Ledger;
use uuid::Uuid;

use crate::ProjectionError;

/// Who asks for work, and for which.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The project.
    pub project: ProjectId,
    /// Who asks.
    pub annotator: ParticipantId,
    /// What they are able to do.
    pub skills: &'a BTreeSet<Skill>,
    /// Only tasks that have all of these.
    pub tags: &'a BTreeSet<Tag>,
    /// Whether gold tasks are wanted, or the others.
    pub gold: bool,
}

/// Tasks that an annotator could claim at `now`, at most `limit`: those of a higher priority first, and among equals the
/// older ones.
///
/// Each is gold or not, as wanted, has a free place (a gold task has one for everybody), and asks for no skill that the annotator lacks; the annotator neither holds nor has done nor
/// skipped it.
pub async fn candidates(
    ledger: &Ledger,
    wanted: Wanted<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<TaskId>, ProjectionError> {
    let skills: Vec<&str> = wanted.skills.iter().map(Skill::as_str).collect();
    let tags: Vec<&str> = wanted.tags.iter().map(Tag::as_str).collect();
    let ids = sqlx::query_scalar!(
        "select task_id
        from task_queue as task
        where ledger_id = $1 and project_id = $2 and gold = $8
            and not closed and (gold or (not settled and done < annotators))
            and skills <@ $6 and tags @> $7
            and not exists (
                select from task_queue_holder as holder
                where holder.ledger_id = $1 and holder.task_id = task.task_id and holder.annotator_id = $3
                    and (holder.expires_at is null or holder.expires_at > $4)
            )
            and not exists (
                select from task_queue_skip as skip
                where skip.ledger_id = $1 and skip.task_id = task.task_id and skip.annotator_id = $3
            )
            and (gold or annotators > (
                select count(*) from task_queue_holder as holder
                where holder.ledger_id = $1 and holder.task_id = task.task_id
                    and (holder.expires_at is null or holder.expires_at > $4)
            ))
        order by priority desc, created_position
        limit $5",
        ledger.id(),
        wanted.project.uuid(),
        wanted.annotator.uuid(),
        now.to_utc(),
        limit,
        &skills as &[&str],
        &tags as &[&str],
        wanted.gold
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(ids.into_iter().map(Into::into).collect())
}

/// Whether an annotator holds a lease in a project at `now`, as far as the view knows.
pub async fn holds_any(
    ledger: &Ledger,
    project: ProjectId,
    annotator: ParticipantId,
    now: Timestamp,
) -> Result<bool, ProjectionError> {
    let holds = sqlx::query_scalar!(
        r#"select exists (
            select from task_queue_holder as holder join task_queue as task using (ledger_id, task_id)
            where ledger_id = $1 and holder.annotator_id = $3 and holder.expires_at > $4 and task.project_id = $2
        ) as "exists!""#,
        ledger.id(),
        project.uuid(),
        annotator.uuid(),
        now.to_utc()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(holds)
}

/// The leases that an annotator holds at `now`, as task and assignment, the one that lapses first in front.
pub async fn held_by(
    ledger: &Ledger,
    annotator: ParticipantId,
    now: Timestamp,
) -> Result<Vec<(TaskId, AssignmentId)>, ProjectionError> {
    let rows = sqlx::query!(
        "select task_id, holding_id from task_queue_holder
        where ledger_id = $1 and annotator_id = $2 and expires_at > $3
        order by expires_at, holding_id",
        ledger.id(),
        annotator.uuid(),
        now.to_utc()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(|row| (row.task_id.into(), row.holding_id.into())).collect())
}

/// How many tasks of a project still need annotations.
pub async fn open_tasks(ledger: &Ledger, project: ProjectId) -> Result<u64, ProjectionError> {
    Ok(open_tasks_of(ledger, &[project]).await?.get(&project).copied().unwrap_or(0))
}

/// How many tasks of each of some projects still need annotations; a project with none is left out.
pub async fn open_tasks_of(
    ledger: &Ledger,
    projects: &[ProjectId],
) -> Result<BTreeMap<ProjectId, u64>, ProjectionError> {
    let ids: Vec<Uuid> = projects.iter().copied().map(ProjectId::uuid).collect();
    let rows = sqlx::query!(
        "select project_id, open_tasks from task_queue_open_tasks where ledger_id = $1 and project_id = any($2)",
        ledger.id(),
        &ids
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(|row| (row.project_id.into(), row.open_tasks.cast_unsigned())).collect())
}
