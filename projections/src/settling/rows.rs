//! The rows of `settling`, read and written a batch at a time.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::PgConnection;
use stele_domain::{
    ProjectId,
    task::{ReviewRequested, Standing, TaskEvent},
};
use stele_ledger::Recorded;
use uuid::Uuid;

use crate::{ProjectionError, ViewName};

pub(super) struct TaskRow {
    task_id: Uuid,
    project_id: Uuid,
    standing: String,
    standing_position: i64,
    pub(super) answer: Option<String>,
    pub(super) posterior: Option<f64>,
    pub(super) adjudicator_id: Option<Uuid>,
    pub(super) adjudication: Option<String>,
    pub(super) adjudication_form: Option<i32>,
    pub(super) adjudication_comment: Option<String>,
    pub(super) adjudication_event: Option<Uuid>,
    pub(super) gold: Option<String>,
    pub(super) gold_form: Option<i32>,
    pub(super) gold_event: Option<Uuid>,
}

/// The tasks that a batch of events settles, or makes gold.
#[derive(Default)]
pub(super) struct Tasks {
    touched: BTreeMap<Uuid, TaskRow>,
}

impl Tasks {
    pub(super) async fn load(
        rows: &mut PgConnection,
        ledger_id: Uuid,
        ids: &[Uuid],
    ) -> Result<Self, ProjectionError> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let stored = sqlx::query_as!(
            TaskRow,
            "select task_id, project_id, standing, standing_position, answer, posterior, adjudicator_id,
                adjudication::text, adjudication_form, adjudication_comment::text, adjudication_event, gold::text,
                gold_form, gold_event
            from settling_task where ledger_id = $1 and task_id = any($2)",
            ledger_id,
            ids
        )
        .fetch_all(rows)
        .await?;
        Ok(Self { touched: stored.into_iter().map(|row| (row.task_id, row)).collect() })
    }

    /// The task's row, which may be a new one.
    pub(super) fn row(&mut self, recorded: &Recorded, project: ProjectId) -> &mut TaskRow {
        let task_id = recorded.stream.id;
        self.touched.entry(task_id).or_insert_with(|| TaskRow {
            task_id,
            project_id: project.uuid(),
            standing: Standing::Open.as_str().to_owned(),
            standing_position: recorded.position.get().cast_signed(),
            answer: None,
            posterior: None,
            adjudicator_id: None,
            adjudication: None,
            adjudication_form: None,
            adjudication_comment: None,
            adjudication_event: None,
            gold: None,
            gold_form: None,
            gold_event: None,
        })
    }

    /// The same, with its standing changed by this event.
    pub(super) fn stands(&mut self, recorded: &Recorded, project: ProjectId, standing: &Standing) -> &mut TaskRow {
        let row = self.row(recorded, project);
        standing.as_str().clone_into(&mut row.standing);
        row.standing_position = recorded.position.get().cast_signed();
        row.answer = None;
        row.posterior = None;
        row
    }

    pub(super) async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        if self.touched.is_empty() {
            return Ok(());
        }
        let touched: Vec<_> = self.touched.into_values().collect();
        sqlx::query_file!(
            "src/settling/store_tasks.sql",
            ledger_id,
            &touched.iter().map(|row| row.task_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.project_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.standing.as_str()).collect::<Vec<_>>() as &[&str],
            &touched.iter().map(|row| row.standing_position).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.answer.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.posterior).collect::<Vec<_>>() as &[Option<f64>],
            &touched.iter().map(|row| row.adjudicator_id).collect::<Vec<_>>() as &[Option<Uuid>],
            &touched.iter().map(|row| row.adjudication.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.adjudication_form).collect::<Vec<_>>() as &[Option<i32>],
            &touched.iter().map(|row| row.adjudication_comment.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.adjudication_event).collect::<Vec<_>>() as &[Option<Uuid>],
            &touched.iter().map(|row| row.gold.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.gold_form).collect::<Vec<_>>() as &[Option<i32>],
            &touched.iter().map(|row| row.gold_event).collect::<Vec<_>>() as &[Option<Uuid>],
        )
        .execute(rows)
        .await?;
        Ok(())
    }
}

/// What a batch of events does to the annotations that wait for a reviewer: each one's last state in the batch, `None` if
/// it waits no longer.
#[derive(Default)]
pub(super) struct Reviews {
    changed: BTreeMap<Uuid, Option<Awaiting>>,
}

struct Awaiting {
    task_id: Uuid,
    project_id: Uuid,
    reason: &'static str,
    position: i64,
}

impl Reviews {
    pub(super) fn fold(&mut self, recorded: &Recorded, event: &TaskEvent) {
        match event {
            TaskEvent::ReviewRequested(ReviewRequested { project, annotation, reason }) => {
                let awaiting = Awaiting {
                    task_id: recorded.stream.id,
                    project_id: project.uuid(),
                    reason: reason.as_str(),
                    position: recorded.position.get().cast_signed(),
                };
                self.changed.insert(annotation.uuid(), Some(awaiting));
            }
            TaskEvent::AnnotationReviewed(reviewed) => {
                self.changed.insert(reviewed.annotation.uuid(), None);
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => {
                self.changed.insert(withdrawn.annotation.uuid(), None);
            }
            TaskEvent::AnnotationSuperseded(superseded) => {
                self.changed.insert(superseded.annotation.uuid(), None);
            }
            _ => {}
        }
    }

    pub(super) async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        if self.changed.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "delete from settling_review where ledger_id = $1 and annotation_id = any($2)",
            ledger_id,
            &self.changed.keys().copied().collect::<Vec<_>>()
        )
        .execute(&mut *rows)
        .await?;
        let awaiting: Vec<_> = self.changed.iter().filter_map(|(id, review)| Some((*id, review.as_ref()?))).collect();
        if !awaiting.is_empty() {
            sqlx::query!(
                "insert into settling_review
                    (ledger_id, annotation_id, task_id, project_id, reason, requested_position)
                select $1, annotation_id, task_id, project_id, reason, position
                from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[])
                    as awaiting (annotation_id, task_id, project_id, reason, position)",
                ledger_id,
                &awaiting.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &awaiting.iter().map(|(_, review)| review.task_id).collect::<Vec<_>>(),
                &awaiting.iter().map(|(_, review)| review.project_id).collect::<Vec<_>>(),
                &awaiting.iter().map(|(_, review)| review.reason).collect::<Vec<_>>() as &[&str],
                &awaiting.iter().map(|(_, review)| review.position).collect::<Vec<_>>()
            )
            .execute(rows)
            .await?;
        }
        Ok(())
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, ProjectionError> {
    serde_json::to_string(value).map_err(|source| ProjectionError::Json { view: ViewName::Settling, source })
}
