//! The stored past and present of tasks, read and written a batch at a time.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    task::{Label, LabelKey, Lease, Seen, Task, Traits, UnitKey},
    timeline::{Held, Timeline},
};
use crate::{ProjectionError, ViewName};

/// The tasks that a batch of events touches.
#[derive(Clone, Debug)]
pub(super) struct Tasks(pub(super) BTreeMap<Uuid, Task>);

type Present<K, V> = BTreeMap<Uuid, Vec<(K, Held<V>)>>;

impl Tasks {
    /// What is stored of these tasks, of a view that includes all positions up to `stored_through`.
    pub(super) async fn load(
        rows: &mut PgConnection,
        ledger_id: Uuid,
        tasks: &[Uuid],
        stored_through: i64,
    ) -> Result<Self, ProjectionError> {
        let mut traits = traits(rows, ledger_id, tasks).await?;
        let mut labels = labels(rows, ledger_id, tasks).await?;
        let mut gold = gold(rows, ledger_id, tasks).await?;
        let mut leases = leases(rows, ledger_id, tasks).await?;
        let tasks = tasks.iter().map(|id| {
            let task = Task {
                traits: Timeline::stored(traits.remove(id).unwrap_or_default(), stored_through),
                labels: Timeline::stored(labels.remove(id).unwrap_or_default(), stored_through),
                gold: Timeline::stored(gold.remove(id).unwrap_or_default(), stored_through),
                leases: leases.remove(id).unwrap_or_default(),
            };
            (*id, task)
        });
        Ok(Self(tasks.collect()))
    }

    pub(super) async fn store(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        self.store_traits(rows, ledger_id).await?;
        self.store_labels(rows, ledger_id).await?;
        self.store_gold(rows, ledger_id).await?;
        self.store_leases(rows, ledger_id).await
    }

    async fn store_traits(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let ended: Vec<_> =
            self.0.iter().flat_map(|(id, task)| task.traits.ended().map(move |end| (*id, end))).collect();
        if !ended.is_empty() {
            sqlx::query!(
                "update quality_task as task set known_until = ended.known_until
                from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as ended (task_id, known_from, known_until)
                where task.ledger_id = $1 and task.task_id = ended.task_id and task.known_from = ended.known_from",
                ledger_id,
                &ended.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &ended.iter().map(|(_, ((), from, _))| *from).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (.., until))| *until).collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        let new: Vec<_> =
            self.0.iter().flat_map(|(id, task)| task.traits.unstored().map(move |new| (*id, new))).collect();
        if !new.is_empty() {
            let models =
                new.iter().map(|(_, ((), held, _))| json(&held.value.models)).collect::<Result<Vec<_>, _>>()?;
            let tags = new.iter().map(|(_, ((), held, _))| json(&held.value.tags)).collect::<Result<Vec<_>, _>>()?;
            sqlx::query!(
                "insert into quality_task
                    (ledger_id, task_id, project_id, models, tags, words, content, known_from, known_until)
                select $1, task_id, project_id, models::jsonb, tags::jsonb, words, content, known_from, known_until
                from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::uuid[], $8::bigint[],
                    $9::bigint[]) as new (task_id, project_id, models, tags, words, content, known_from, known_until)",
                ledger_id,
                &new.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &new.iter().map(|(_, ((), held, _))| held.value.project).collect::<Vec<_>>(),
                &models,
                &tags,
                &new.iter().map(|(_, ((), held, _))| held.value.words).collect::<Vec<_>>(),
                &new.iter().map(|(_, ((), held, _))| held.value.content).collect::<Vec<_>>(),
                &new.iter().map(|(_, ((), held, _))| held.from).collect::<Vec<_>>(),
                &new.iter().map(|(_, (.., until))| *until).collect::<Vec<_>>() as &[Option<i64>]
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }

    async fn store_labels(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let ended: Vec<_> =
            self.0.iter().flat_map(|(id, task)| task.labels.ended().map(move |end| (*id, end))).collect();
        if !ended.is_empty() {
            sqlx::query_file!(
                "src/quality/end_labels.sql",
                ledger_id,
                &ended.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (key, ..))| key.annotation).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (key, ..))| key.unit.question.as_str()).collect::<Vec<_>>() as &[&str],
                &ended.iter().map(|(_, (key, ..))| key.unit.part.to_string()).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (_, from, _))| *from).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (.., until))| *until).collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        let new: Vec<_> = self
            .0
            .iter()
            .flat_map(|(id, task)| {
                // a task that nobody has begun has no annotations
                let project = task.traits.get(&()).map_or_else(Uuid::nil, |traits| traits.project);
                task.labels.unstored().map(move |new| (*id, project, new))
            })
            .collect();
        if !new.is_empty() {
            let order = |label: &Label| label.seen.order.as_ref().map(json).transpose();
            let orders = new.iter().map(|(.., (_, held, _))| order(&held.value)).collect::<Result<Vec<_>, _>>()?;
            sqlx::query_file!(
                "src/quality/add_labels.sql",
                ledger_id,
                &new.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
                &new.iter().map(|(_, project, _)| *project).collect::<Vec<_>>(),
                &new.iter().map(|(.., (key, ..))| key.annotation).collect::<Vec<_>>(),
                &new.iter().map(|(.., (key, ..))| key.unit.question.as_str()).collect::<Vec<_>>() as &[&str],
                &new.iter().map(|(.., (key, ..))| key.unit.part.to_string()).collect::<Vec<_>>(),
                &new.iter().map(|(.., (_, held, _))| held.value.annotator).collect::<Vec<_>>(),
                &new.iter().map(|(.., (_, held, _))| held.value.category.as_str()).collect::<Vec<_>>() as &[&str],
                &new.iter().map(|(.., (_, held, _))| held.value.form_version).collect::<Vec<_>>(),
                &new.iter().map(|(.., (_, held, _))| held.value.said_at).collect::<Vec<_>>(),
                &orders as &[Option<String>],
                &new.iter().map(|(.., (_, held, _))| held.value.seen.took).collect::<Vec<_>>() as &[Option<i64>],
                &new.iter().map(|(.., (_, held, _))| held.from).collect::<Vec<_>>(),
                &new.iter().map(|(.., (.., until))| *until).collect::<Vec<_>>() as &[Option<i64>]
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }

    async fn store_gold(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let ended: Vec<_> =
            self.0.iter().flat_map(|(id, task)| task.gold.ended().map(move |end| (*id, end))).collect();
        if !ended.is_empty() {
            sqlx::query!(
                "update quality_gold as gold set known_until = ended.known_until
                from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
                    as ended (task_id, question, part, known_from, known_until)
                where gold.ledger_id = $1 and gold.task_id = ended.task_id and gold.question = ended.question
                    and gold.part = ended.part and gold.known_from = ended.known_from",
                ledger_id,
                &ended.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (unit, ..))| unit.question.as_str()).collect::<Vec<_>>() as &[&str],
                &ended.iter().map(|(_, (unit, ..))| unit.part.to_string()).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (_, from, _))| *from).collect::<Vec<_>>(),
                &ended.iter().map(|(_, (.., until))| *until).collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        let new: Vec<_> =
            self.0.iter().flat_map(|(id, task)| task.gold.unstored().map(move |new| (*id, new))).collect();
        if !new.is_empty() {
            sqlx::query!(
                "insert into quality_gold (ledger_id, task_id, question, part, category, known_from, known_until)
                select $1, task_id, question, part, category, known_from, known_until
                from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
                    as new (task_id, question, part, category, known_from, known_until)",
                ledger_id,
                &new.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &new.iter().map(|(_, (unit, ..))| unit.question.as_str()).collect::<Vec<_>>() as &[&str],
                &new.iter().map(|(_, (unit, ..))| unit.part.to_string()).collect::<Vec<_>>(),
                &new.iter().map(|(_, (_, held, _))| held.value.as_str()).collect::<Vec<_>>() as &[&str],
                &new.iter().map(|(_, (_, held, _))| held.from).collect::<Vec<_>>(),
                &new.iter().map(|(_, (.., until))| *until).collect::<Vec<_>>() as &[Option<i64>]
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }

    async fn store_leases(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let leases =
            self.0.iter().flat_map(|(id, task)| task.leases.iter().map(move |(lease, state)| (*id, *lease, state)));
        let (held, ended): (Vec<_>, Vec<_>) = leases.partition(|(.., state)| state.is_some());
        if !ended.is_empty() {
            sqlx::query!(
                "delete from quality_lease where ledger_id = $1 and assignment_id = any($2)",
                ledger_id,
                &ended.iter().map(|(_, lease, _)| *lease).collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        let held: Vec<_> =
            held.into_iter().filter_map(|(id, lease, state)| Some((id, lease, state.as_ref()?))).collect();
        if !held.is_empty() {
            let order = |lease: &Lease| lease.order.as_ref().map(json).transpose();
            let orders = held.iter().map(|(.., lease)| order(lease)).collect::<Result<Vec<_>, _>>()?;
            sqlx::query!(
                "insert into quality_lease (ledger_id, assignment_id, task_id, claimed_at, response_order)
                select $1, assignment_id, task_id, claimed_at, response_order::json
                from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[])
                    as held (assignment_id, task_id, claimed_at, response_order)
                on conflict do nothing",
                ledger_id,
                &held.iter().map(|(_, lease, _)| *lease).collect::<Vec<_>>(),
                &held.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
                &held.iter().map(|(.., lease)| lease.claimed_at).collect::<Vec<_>>(),
                &orders as &[Option<String>]
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }
}

async fn traits(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<Present<(), Traits>, ProjectionError> {
    let stored = sqlx::query!(
        r#"select task_id, project_id, models::text as "models!", tags::text as "tags!", words, content, known_from
        from quality_task
        where ledger_id = $1 and task_id = any($2) and known_until is null"#,
        ledger_id,
        tasks
    )
    .fetch_all(rows)
    .await?;
    let mut present: Present<(), Traits> = BTreeMap::new();
    for row in stored {
        let value = Traits {
            project: row.project_id,
            models: parse(&row.models)?,
            tags: parse(&row.tags)?,
            words: row.words,
            content: row.content,
        };
        present.entry(row.task_id).or_default().push(((), Held { from: row.known_from, value }));
    }
    Ok(present)
}

async fn labels(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<Present<LabelKey, Label>, ProjectionError> {
    let stored = sqlx::query!(
        "select task_id, annotation_id, question, part, annotator_id, category, form_version, said_at,
            response_order::text, took_milliseconds, known_from
        from quality_label where ledger_id = $1 and task_id = any($2) and known_until is null",
        ledger_id,
        tasks
    )
    .fetch_all(rows)
    .await?;
    let mut present: Present<LabelKey, Label> = BTreeMap::new();
    for row in stored {
        let unit = UnitKey { part: part(&row.part)?, question: row.question };
        let value = Label {
            annotator: row.annotator_id,
            category: row.category,
            form_version: row.form_version,
            said_at: row.said_at,
            seen: seen(row.response_order.as_deref(), row.took_milliseconds)?,
        };
        let key = LabelKey { unit, annotation: row.annotation_id };
        present.entry(row.task_id).or_default().push((key, Held { from: row.known_from, value }));
    }
    Ok(present)
}

async fn gold(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<Present<UnitKey, String>, ProjectionError> {
    let stored = sqlx::query!(
        "select task_id, question, part, category, known_from from quality_gold
        where ledger_id = $1 and task_id = any($2) and known_until is null",
        ledger_id,
        tasks
    )
    .fetch_all(rows)
    .await?;
    let mut present: Present<UnitKey, String> = BTreeMap::new();
    for row in stored {
        let unit = UnitKey { part: part(&row.part)?, question: row.question };
        present.entry(row.task_id).or_default().push((unit, Held { from: row.known_from, value: row.category }));
    }
    Ok(present)
}

async fn leases(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<BTreeMap<Uuid, BTreeMap<Uuid, Option<Lease>>>, ProjectionError> {
    let stored = sqlx::query!(
        "select task_id, assignment_id, claimed_at, response_order::text from quality_lease
        where ledger_id = $1 and task_id = any($2)",
        ledger_id,
        tasks
    )
    .fetch_all(rows)
    .await?;
    let mut leases: BTreeMap<Uuid, BTreeMap<Uuid, Option<Lease>>> = BTreeMap::new();
    for row in stored {
        let lease =
            Lease { claimed_at: row.claimed_at, order: row.response_order.as_deref().map(parse).transpose()? };
        leases.entry(row.task_id).or_default().insert(row.assignment_id, Some(lease));
    }
    Ok(leases)
}

pub(super) fn seen(order: Option<&str>, took: Option<i64>) -> Result<Seen, ProjectionError> {
    Ok(Seen { order: order.map(parse).transpose()?, took })
}

pub(super) fn part(text: &str) -> Result<stele_domain::form::Part, ProjectionError> {
    text.parse().map_err(|error: stele_domain::form::UnknownPart| damaged(error.to_string()))
}

pub(super) const fn damaged(reason: String) -> ProjectionError {
    ProjectionError::Damaged { view: ViewName::Quality, reason }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, ProjectionError> {
    serde_json::to_string(value).map_err(|source| ProjectionError::Json { view: ViewName::Quality, source })
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ProjectionError> {
    serde_json::from_str(text).map_err(|source| ProjectionError::Json { view: ViewName::Quality, source })
}
