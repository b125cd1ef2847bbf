//! `task_queue`: what may be claimed, and by whom not.
//!
//! The view proposes and the task decides: a claim that another annotator won in the meantime is refused by the
//! task itself, and the next candidate is tried.

mod open;
mod query;
mod shortlist;

pub use query::{Wanted, candidates, held_by, holds_any, open_tasks, open_tasks_of};
pub use shortlist::{Shortlist, Shortlists};

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use stele_domain::{
    Event, Skill, StreamType, Tag,
    task::{AssignmentEnd, Routing, TaskEvent, Verdict},
};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use crate::{ProjectionError, View, ViewName, view::decode};

/// The view of open work.
#[derive(Clone, Copy, Debug)]
pub struct TaskQueue;

#[async_trait]
impl View for TaskQueue {
    fn name(&self) -> ViewName {
        ViewName::TaskQueue
    }

    fn fold_version(&self) -> i32 {
        4
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(TaskEvent::NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from task_queue where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from task_queue_open_tasks where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from task_queue_holder where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from task_queue_skip where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut changes = Changes::default();
        for event in events.iter().filter(|event| event.stream.stream_type == StreamType::Task) {
            changes.fold(event, decode(event)?);
        }
        let opened_or_closed = changes.may_open_or_close();
        let before = open::by_project(&mut *rows, ledger_id, &opened_or_closed).await?;
        changes.store(&mut *rows, ledger_id).await?;
        let after = open::by_project(&mut *rows, ledger_id, &opened_or_closed).await?;
        open::store(rows, ledger_id, &before, &after).await
    }
}

/// What a batch of events changes: every change is a plain sum or a replacement, so no row need be read first.
#[derive(Default)]
struct Changes {
    created: Vec<Created>,
    routed: Vec<(Uuid, Routing)>,
    skipped: Vec<(Uuid, Uuid)>,
    closed: Vec<Uuid>,
    /// Each task's last number of places for annotators, of those that changed.
    annotators: BTreeMap<Uuid, i32>,
    /// Whether each task needs no more annotators, of those where that changed.
    settled: BTreeMap<Uuid, bool>,
    /// Whether each task is gold, of those where that changed.
    gold: BTreeMap<Uuid, bool>,
    /// By how much each task's count of current annotations changes.
    done: BTreeMap<Uuid, i32>,
    /// Each holding's last state in the batch: `None` if it has ended.
    holdings: BTreeMap<(Uuid, Uuid), Option<Holding>>,
}

struct Created {
    task_id: Uuid,
    project_id: Uuid,
    redundancy: i32,
    annotators: i32,
    position: i64,
    routing: Routing,
}

struct Holding {
    annotator_id: Uuid,
    expires_at: Option<DateTime<Utc>>,
}

impl Changes {
    fn fold(&mut self, recorded: &Recorded, event: TaskEvent) {
        let task_id = recorded.stream.id;
        match event {
            TaskEvent::TaskCreated(created) => self.created.push(Created {
                task_id,
                project_id: created.project.uuid(),
                redundancy: created.redundancy.get().into(),
                annotators: created.starts_with.unwrap_or(created.redundancy).get().into(),
                position: recorded.position.get().cast_signed(),
                routing: created.routing,
            }),
            TaskEvent::TaskRouted(routed) => self.routed.push((task_id, routed.routing)),
            TaskEvent::TaskClaimed(claimed) => {
                let expires_at = Some(claimed.expires_at.to_utc());
                let holding = Holding { annotator_id: claimed.annotator.uuid(), expires_at };
                self.holdings.insert((task_id, claimed.assignment.uuid()), Some(holding));
            }
            TaskEvent::LeaseExtended(extended) => {
                let expires_at = Some(extended.expires_at.to_utc());
                let holding = Holding { annotator_id: extended.annotator.uuid(), expires_at };
                self.holdings.insert((task_id, extended.assignment.uuid()), Some(holding));
            }
            TaskEvent::AssignmentEnded(ended) => {
                if ended.end == AssignmentEnd::Skipped {
                    self.skipped.push((task_id, ended.annotator.uuid()));
                }
                self.holdings.insert((task_id, ended.assignment.uuid()), None);
            }
            TaskEvent::AnnotationSubmitted(submitted) => {
                if let Some(assignment) = submitted.assignment {
                    self.holdings.insert((task_id, assignment.uuid()), None);
                }
                let holding = Holding { annotator_id: submitted.annotator.uuid(), expires_at: None };
                self.holdings.insert((task_id, submitted.annotation.uuid()), Some(holding));
                *self.done.entry(task_id).or_default() += 1;
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => self.no_longer_counts(task_id, withdrawn.annotation.uuid()),
            TaskEvent::AnnotationSuperseded(superseded) => {
                self.no_longer_counts(task_id, superseded.annotation.uuid());
            }
            TaskEvent::AnnotationReviewed(reviewed) if reviewed.verdict == Verdict::Rejected => {
                self.no_longer_counts(task_id, reviewed.annotation.uuid());
            }
            TaskEvent::TaskClosed(_) => self.closed.push(task_id),
            TaskEvent::AnnotatorAdded(added) => {
                self.annotators.insert(task_id, added.annotators.get().into());
            }
            TaskEvent::ConsensusReached(_) | TaskEvent::TaskDisputed(_) | TaskEvent::TaskAdjudicated(_) => {
                self.settled.insert(task_id, true);
            }
            TaskEvent::TaskReopened(_) | TaskEvent::AdjudicationReversed(_) => {
                self.settled.insert(task_id, false);
            }
            TaskEvent::GoldAnswersSet(_) => {
                self.gold.insert(task_id, true);
            }
            TaskEvent::GoldAnswersRemoved(_) => {
                self.gold.insert(task_id, false);
            }
            TaskEvent::AnnotationReviewed(_)
            | TaskEvent::AnnotationRevised(_)
            | TaskEvent::TaskRevised(_)
            | TaskEvent::ReviewRequested(_)
            | TaskEvent::PreferenceLabelled(_) => {}
        }
    }

    fn no_longer_counts(&mut self, task_id: Uuid, annotation: Uuid) {
        self.holdings.insert((task_id, annotation), None);
        *self.done.entry(task_id).or_default() -= 1;
    }

    /// The tasks that may begin or cease to need annotators.
    fn may_open_or_close(&self) -> Vec<Uuid> {
        let changed =
            self.annotators.keys().chain(self.settled.keys()).chain(self.gold.keys()).chain(self.done.keys());
        let created = self.created.iter().map(|task| &task.task_id);
        changed.chain(created).chain(&self.closed).copied().collect::<BTreeSet<_>>().into_iter().collect()
    }

    async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let created = &self.created;
        if !created.is_empty() {
            sqlx::query!(
                "insert into task_queue (ledger_id, task_id, project_id, redundancy, done, closed, created_position,
                    priority, tags, skills, annotators, settled, gold)
                select $1, task_id, project_id, redundancy, 0, false, position, 0, '{}', '{}', annotators, false, false
                from unnest($2::uuid[], $3::uuid[], $4::int[], $5::bigint[], $6::int[])
                    as created (task_id, project_id, redundancy, position, annotators)",
                ledger_id,
                &created.iter().map(|task| task.task_id).collect::<Vec<_>>(),
                &created.iter().map(|task| task.project_id).collect::<Vec<_>>(),
                &created.iter().map(|task| task.redundancy).collect::<Vec<_>>(),
                &created.iter().map(|task| task.position).collect::<Vec<_>>(),
                &created.iter().map(|task| task.annotators).collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        let special = created.iter().filter(|task| !task.routing.is_default());
        for (task_id, routing) in
            special.map(|task| (task.task_id, &task.routing)).chain(self.routed.iter().map(|(id, it)| (*id, it)))
        {
            route(rows, ledger_id, task_id, routing).await?;
        }
        if !self.done.is_empty() {
            sqlx::query!(
                "update task_queue set done = task_queue.done + change.done
                from unnest($2::uuid[], $3::int[]) as change (task_id, done)
                where task_queue.ledger_id = $1 and task_queue.task_id = change.task_id",
                ledger_id,
                &self.done.keys().copied().collect::<Vec<_>>(),
                &self.done.values().copied().collect::<Vec<_>>()
            )
            .execute(&mut *rows)
            .await?;
        }
        self.store_settled(rows, ledger_id).await?;
        store_holdings(rows, ledger_id, &self.holdings).await?;
        if !self.skipped.is_empty() {
            let (tasks, annotators): (Vec<Uuid>, Vec<Uuid>) = self.skipped.iter().copied().unzip();
            sqlx::query!(
                "insert into task_queue_skip (ledger_id, task_id, annotator_id)
                select $1, * from unnest($2::uuid[], $3::uuid[])
                on conflict do nothing",
                ledger_id,
                &tasks,
                &annotators
            )
            .execute(&mut *rows)
            .await?;
        }
        if !self.closed.is_empty() {
            sqlx::query!(
                "update task_queue set closed = true where ledger_id = $1 and task_id = any($2)",
                ledger_id,
                &self.closed
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }
}

impl Changes {
    async fn store_settled(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let touched: BTreeSet<Uuid> =
            self.annotators.keys().chain(self.settled.keys()).chain(self.gold.keys()).copied().collect();
        if touched.is_empty() {
            return Ok(());
        }
        let of = |task: &Uuid| (self.annotators.get(task), self.settled.get(task), self.gold.get(task));
        sqlx::query!(
            "update task_queue set
                annotators = coalesce(change.annotators, task_queue.annotators),
                settled = coalesce(change.settled, task_queue.settled),
                gold = coalesce(change.gold, task_queue.gold)
            from unnest($2::uuid[], $3::int[], $4::bool[], $5::bool[]) as change (task_id, annotators, settled, gold)
            where task_queue.ledger_id = $1 and task_queue.task_id = change.task_id",
            ledger_id,
            &touched.iter().copied().collect::<Vec<_>>(),
            &touched.iter().map(|task| of(task).0.copied()).collect::<Vec<_>>() as &[Option<i32>],
            &touched.iter().map(|task| of(task).1.copied()).collect::<Vec<_>>() as &[Option<bool>],
            &touched.iter().map(|task| of(task).2.copied()).collect::<Vec<_>>() as &[Option<bool>]
        )
        .execute(rows)
        .await?;
        Ok(())
    }
}

async fn route(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    task_id: Uuid,
    routing: &Routing,
) -> Result<(), ProjectionError> {
    let tags: Vec<&str> = routing.tags.iter().map(Tag::as_str).collect();
    let skills: Vec<&str> = routing.skills.iter().map(Skill::as_str).collect();
    sqlx::query!(
        "update task_queue set priority = $3, tags = $4, skills = $5 where ledger_id = $1 and task_id = $2",
        ledger_id,
        task_id,
        routing.priority,
        &tags as &[&str],
        &skills as &[&str]
    )
    .execute(rows)
    .await?;
    Ok(())
}

async fn store_holdings(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    holdings: &BTreeMap<(Uuid, Uuid), Option<Holding>>,
) -> Result<(), ProjectionError> {
    let ended: Vec<_> = holdings.iter().filter(|(_, holding)| holding.is_none()).map(|(key, _)| *key).collect();
    if !ended.is_empty() {
        sqlx::query!(
            "delete from task_queue_holder using unnest($2::uuid[], $3::uuid[]) as ended (task_id, holding_id)
            where task_queue_holder.ledger_id = $1 and task_queue_holder.task_id = ended.task_id
                and task_queue_holder.holding_id = ended.holding_id",
            ledger_id,
            &ended.iter().map(|(task_id, _)| *task_id).collect::<Vec<_>>(),
            &ended.iter().map(|(_, holding_id)| *holding_id).collect::<Vec<_>>()
        )
        .execute(&mut *rows)
        .await?;
    }
    let held: Vec<_> = holdings.iter().filter_map(|(key, holding)| Some((*key, holding.as_ref()?))).collect();
    if !held.is_empty() {
        sqlx::query!(
            "insert into task_queue_holder (ledger_id, task_id, holding_id, annotator_id, expires_at)
            select $1, task_id, holding_id, annotator_id, expires_at
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
                as held (task_id, holding_id, annotator_id, expires_at)
            on conflict (ledger_id, task_id, holding_id) do update set expires_at = excluded.expires_at",
            ledger_id,
            &held.iter().map(|((task_id, _), _)| *task_id).collect::<Vec<_>>(),
            &held.iter().map(|((_, holding_id), _)| *holding_id).collect::<Vec<_>>(),
            &held.iter().map(|(_, holding)| holding.annotator_id).collect::<Vec<_>>(),
            &held.iter().map(|(_, holding)| holding.expires_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>]
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}
