//! How many tasks of each project need annotators: counted as they change, since a large project has too many to count
//! whenever somebody looks.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::ProjectionError;

/// How many of these tasks need annotators, by project.
pub(super) async fn by_project(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<BTreeMap<Uuid, i64>, ProjectionError> {
    if tasks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counts = sqlx::query!(
        r#"select project_id, count(*) as "count!" from task_queue
        where ledger_id = $1 and task_id = any($2)
            and not gold and not closed and not settled and done < annotators
        group by project_id"#,
        ledger_id,
        tasks
    )
    .fetch_all(rows)
    .await?;
    Ok(counts.into_iter().map(|row| (row.project_id, row.count)).collect())
}

/// Adds what has changed to the stored counts.
pub(super) async fn store(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    before: &BTreeMap<Uuid, i64>,
    after: &BTreeMap<Uuid, i64>,
) -> Result<(), ProjectionError> {
    let of = |counts: &BTreeMap<Uuid, i64>, project: &Uuid| counts.get(project).copied().unwrap_or(0);
    let projects: BTreeSet<&Uuid> = before.keys().chain(after.keys()).collect();
    let (projects, changes): (Vec<Uuid>, Vec<i64>) = projects
        .into_iter()
        .map(|project| (*project, of(after, project) - of(before, project)))
        .filter(|(_, change)| *change != 0)
        .unzip();
    if projects.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into task_queue_open_tasks (ledger_id, project_id, open_tasks)
        select $1, * from unnest($2::uuid[], $3::bigint[])
        on conflict (ledger_id, project_id)
            do update set open_tasks = task_queue_open_tasks.open_tasks + excluded.open_tasks",
        ledger_id,
        &projects,
        &changes
    )
    .execute(&mut *rows)
    .await?;
    // a project whose tasks are all done must not differ from one that never had any
    sqlx::query!(
        "delete from task_queue_open_tasks where ledger_id = $1 and project_id = any($2) and open_tasks = 0",
        ledger_id,
        &projects
    )
    .execute(rows)
    .await?;
    Ok(())
}
