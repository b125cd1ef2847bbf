//! The stored counts.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use stele_domain::{ProjectId, form::QuestionKey};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::{
    counter::{Counter, digest},
    rows::{damaged, json, parse},
    statistics::Counts,
};
use crate::{ProjectionError, plans};

/// Adds changes to what is stored.
pub(super) async fn store(rows: &mut PgConnection, ledger_id: Uuid, changes: &Counts) -> Result<(), ProjectionError> {
    let mut altered = Vec::new();
    for ((project, question), counter, change) in changes.changes() {
        let (kind, key) = counter.stored();
        altered.push((*project, question.as_str(), kind, digest(kind, &key), json(&key)?, change));
    }
    if altered.is_empty() {
        return Ok(());
    }
    sqlx::query_file!(
        "src/quality/add_counts.sql",
        ledger_id,
        &altered.iter().map(|(project, ..)| *project).collect::<Vec<_>>(),
        &altered.iter().map(|(_, question, ..)| *question).collect::<Vec<_>>() as &[&str],
        &altered.iter().map(|(_, _, kind, ..)| *kind).collect::<Vec<_>>() as &[&str],
        &altered.iter().map(|(_, _, _, digest, ..)| *digest).collect::<Vec<_>>(),
        &altered.iter().map(|(.., key, _)| key.as_str()).collect::<Vec<_>>() as &[&str],
        &altered.iter().map(|(.., change)| *change).collect::<Vec<_>>()
    )
    .execute(&mut *rows)
    .await?;
    let lessened: Vec<_> = altered.iter().filter(|(.., change)| *change < 0).collect();
    if !lessened.is_empty() {
        // a count of nothing must not differ from one that never was
        sqlx::query!(
            "delete from quality_count as stored
            using unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) as lessened (project_id, question, kind, digest)
            where stored.ledger_id = $1 and stored.project_id = lessened.project_id
                and stored.question = lessened.question and stored.kind = lessened.kind
                and stored.digest = lessened.digest and stored.count = 0",
            ledger_id,
            &lessened.iter().map(|(project, ..)| *project).collect::<Vec<_>>(),
            &lessened.iter().map(|(_, question, ..)| *question).collect::<Vec<_>>() as &[&str],
            &lessened.iter().map(|(_, _, kind, ..)| *kind).collect::<Vec<_>>() as &[&str],
            &lessened.iter().map(|(_, _, _, digest, ..)| *digest).collect::<Vec<_>>()
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}

/// What is stored of some kinds, for one question of a project.
pub(super) async fn load(
    ledger: &Ledger,
    project: ProjectId,
    question: &QuestionKey,
    kinds: &[&str],
) -> Result<BTreeMap<Counter, i64>, ProjectionError> {
    // pairs may be nearly all that there is, and all the rest is next to nothing
    let mut reading = ledger.database().pool().begin_with(plans::MADE_ANEW).await?;
    let stored = sqlx::query!(
        r#"select kind, key::text as "key!", count from quality_count
        where ledger_id = $1 and project_id = $2 and question = $3 and kind = any($4)"#,
        ledger.id(),
        project.uuid(),
        question.as_str(),
        kinds as &[&str]
    )
    .fetch_all(&mut *reading)
    .await?;
    let mut counts = BTreeMap::new();
    for row in stored {
        let counter = Counter::read(&row.kind, parse(&row.key)?);
        let counter = counter.ok_or_else(|| damaged(format!("`{} {}` is not a counter", row.kind, row.key)))?;
        counts.insert(counter, row.count);
    }
    Ok(counts)
}
