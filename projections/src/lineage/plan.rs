//! What is asked for again and again.

use sqlx::PgConnection;
use stele_domain::{
    DatasetId, ParticipantId, ProjectId, Timestamp,
    dataset::{ReleasePlanned, ReleaseTrigger},
};
use stele_ledger::{Ledger, Position, Recorded};
use uuid::Uuid;

use crate::{
    ProjectionError, ViewName,
    directory::{PageRequest, Within},
};

/// A plan that holds: at most one a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// What it is called.
    pub dataset: String,
    /// The project whose judgments the releases are made of.
    pub project_id: ProjectId,
    /// Where the event stands that tells of it; pages are ordered by it.
    pub position: Position,
    /// The recipe, in canonical JSON.
    pub recipe: String,
    /// When a release is asked for.
    pub when: ReleaseTrigger,
    /// Who planned it.
    pub planned_by: ParticipantId,
    /// When it was planned.
    pub planned_at: Timestamp,
}

/// The plans that hold, in the order in which they were made.
pub async fn plans(ledger: &Ledger, within: &Within, page: PageRequest) -> Result<Vec<PlanRow>, ProjectionError> {
    let projects = within.ids();
    let rows = sqlx::query!(
        "select dataset_id, dataset, project_id, position, recipe, every_approved, every_hours, planned_by, planned_at
        from lineage_plan
        where ledger_id = $1 and position > $2 and ($4::uuid[] is null or project_id = any($4))
        order by position
        limit $3",
        ledger.id(),
        page.after.get().cast_signed(),
        page.limit,
        projects.as_deref()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PlanRow {
                dataset_id: row.dataset_id.into(),
                dataset: row.dataset,
                project_id: row.project_id.into(),
                position: row.position.cast_unsigned().into(),
                recipe: row.recipe,
                when: trigger(row.every_approved, row.every_hours)?,
                planned_by: row.planned_by.into(),
                planned_at: row.planned_at.into(),
            })
        })
        .collect()
}

fn trigger(every_approved: Option<i64>, every_hours: Option<i64>) -> Result<ReleaseTrigger, ProjectionError> {
    let number = |number: i64| u32::try_from(number).ok();
    let found = match (every_approved, every_hours) {
        (Some(count), None) => number(count).map(ReleaseTrigger::EveryApproved),
        (None, Some(hours)) => number(hours).map(ReleaseTrigger::EveryHours),
        _ => None,
    };
    let reason = "a plan asks at no time, or at two".to_owned();
    found.ok_or(ProjectionError::Damaged { view: ViewName::Lineage, reason })
}

pub(super) async fn store(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    planned: &ReleasePlanned,
) -> Result<(), ProjectionError> {
    end(rows, ledger_id, recorded.stream.id).await?;
    let (every_approved, every_hours) = match planned.when {
        ReleaseTrigger::EveryApproved(count) => (Some(i64::from(count)), None),
        ReleaseTrigger::EveryHours(hours) => (None, Some(i64::from(hours))),
    };
    sqlx::query!(
        "insert into lineage_plan (ledger_id, dataset_id, position, dataset, project_id, recipe, every_approved,
            every_hours, planned_by, planned_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ledger_id,
        recorded.stream.id,
        recorded.position.get().cast_signed(),
        planned.name,
        planned.project.uuid(),
        planned.recipe,
        every_approved,
        every_hours,
        planned.planned_by.uuid(),
        recorded.recorded_at.to_utc()
    )
    .execute(rows)
    .await?;
    Ok(())
}

pub(super) async fn end(rows: &mut PgConnection, ledger_id: Uuid, dataset_id: Uuid) -> Result<(), ProjectionError> {
    sqlx::query!("delete from lineage_plan where ledger_id = $1 and dataset_id = $2", ledger_id, dataset_id)
        .execute(rows)
        .await?;
    Ok(())
}
