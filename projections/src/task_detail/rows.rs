//! The rows of `task_detail`, read and written a batch at a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use stele_domain::{
    AnnotationId,
    form::Answers,
    task::{AnnotationStatus, AnnotationSubmitted, Routing, TaskCreated},
};
use stele_ledger::Recorded;
use uuid::Uuid;

use crate::{ProjectionError, ViewName};

pub(super) struct TaskRow {
    task_id: Uuid,
    project_id: Uuid,
    external_key: Option<String>,
    content: String,
    responses: String,
    redundancy: i32,
    routing: String,
    created_position: i64,
    content_event: Uuid,
}

impl TaskRow {
    pub(super) fn new(recorded: &Recorded, created: &TaskCreated) -> Result<Self, ProjectionError> {
        Ok(Self {
            task_id: recorded.stream.id,
            project_id: created.project.uuid(),
            external_key: created.external_key.clone(),
            content: json(&created.content)?,
            responses: json(&created.responses)?,
            redundancy: created.redundancy.get().into(),
            routing: json(&created.routing)?,
            created_position: recorded.position.get().cast_signed(),
            content_event: recorded.event_id,
        })
    }
}

pub(super) async fn insert_tasks(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[TaskRow],
) -> Result<(), ProjectionError> {
    if tasks.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = tasks.iter().map(|task| task.task_id).collect();
    let projects: Vec<_> = tasks.iter().map(|task| task.project_id).collect();
    let keys: Vec<_> = tasks.iter().map(|task| task.external_key.as_deref()).collect();
    let contents: Vec<_> = tasks.iter().map(|task| task.content.as_str()).collect();
    let responses: Vec<_> = tasks.iter().map(|task| task.responses.as_str()).collect();
    let redundancies: Vec<_> = tasks.iter().map(|task| task.redundancy).collect();
    let routings: Vec<_> = tasks.iter().map(|task| task.routing.as_str()).collect();
    let positions: Vec<_> = tasks.iter().map(|task| task.created_position).collect();
    let events: Vec<_> = tasks.iter().map(|task| task.content_event).collect();
    sqlx::query!(
        "insert into task_detail
            (ledger_id, task_id, project_id, external_key, content, responses, redundancy, closed, created_position,
            content_event, routing, version)
        select $1, id, project, key, content::json, responses::json, redundancy, false, position, event, routing::json, 1
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[], $9::uuid[],
            $10::text[]) as incoming (id, project, key, content, responses, redundancy, position, event, routing)",
        ledger_id,
        &ids,
        &projects,
        &keys as &[Option<&str>],
        &contents as &[&str],
        &responses as &[&str],
        &redundancies,
        &positions,
        &events,
        &routings as &[&str]
    )
    .execute(rows)
    .await?;
    Ok(())
}

pub(super) async fn route_tasks(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[(Uuid, Routing)],
) -> Result<(), ProjectionError> {
    for (task_id, routing) in tasks {
        sqlx::query!(
            "update task_detail set routing = $3 where ledger_id = $1 and task_id = $2",
            ledger_id,
            task_id,
            serde_json::to_value(routing)
                .map_err(|source| ProjectionError::Json { view: ViewName::TaskDetail, source })?
        )
        .execute(&mut *rows)
        .await?;
    }
    Ok(())
}

pub(super) async fn close_tasks(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    tasks: &[Uuid],
) -> Result<(), ProjectionError> {
    if !tasks.is_empty() {
        sqlx::query!(
            "update task_detail set closed = true where ledger_id = $1 and task_id = any($2)",
            ledger_id,
            tasks
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}

pub(super) struct AnnotationRow {
    annotation_id: Uuid,
    task_id: Uuid,
    project_id: Uuid,
    annotator_id: Uuid,
    pub(super) status: String,
    pub(super) form_version: i32,
    pub(super) task_version: i32,
    pub(super) guidelines_version: Option<i32>,
    pub(super) revision: i32,
    answers: String,
    answers_event: Uuid,
    answers_position: i64,
    answered_at: DateTime<Utc>,
    pub(super) reviewer_id: Option<Uuid>,
    pub(super) review_comment: Option<String>,
    pub(super) review_correction: Option<String>,
    pub(super) review_event: Option<Uuid>,
}

impl AnnotationRow {
    pub(super) fn new(recorded: &Recorded, submitted: &AnnotationSubmitted) -> Result<Self, ProjectionError> {
        Ok(Self {
            annotation_id: submitted.annotation.uuid(),
            task_id: recorded.stream.id,
            project_id: submitted.project.uuid(),
            annotator_id: submitted.annotator.uuid(),
            status: AnnotationStatus::Submitted.as_str().to_owned(),
            form_version: submitted.form_version.get().cast_signed(),
            task_version: submitted.task_version.get().cast_signed(),
            guidelines_version: submitted.guidelines_version.map(|version| version.get().cast_signed()),
            revision: 0,
            answers: json(&submitted.answers)?,
            answers_event: recorded.event_id,
            answers_position: recorded.position.get().cast_signed(),
            answered_at: recorded.occurred_at.to_utc(),
            reviewer_id: None,
            review_comment: None,
            review_correction: None,
            review_event: None,
        })
    }

    pub(super) fn set_answers(&mut self, recorded: &Recorded, answers: &Answers) -> Result<(), ProjectionError> {
        self.answers = json(answers)?;
        self.answers_event = recorded.event_id;
        self.answers_position = recorded.position.get().cast_signed();
        self.answered_at = recorded.occurred_at.to_utc();
        Ok(())
    }
}

/// The annotations that a batch of events touches.
#[derive(Default)]
pub(super) struct Annotations {
    touched: BTreeMap<Uuid, AnnotationRow>,
}

impl Annotations {
    pub(super) async fn load(
        rows: &mut PgConnection,
        ledger_id: Uuid,
        ids: &[Uuid],
    ) -> Result<Self, ProjectionError> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let stored = sqlx::query_as!(
            AnnotationRow,
            r#"select annotation_id, task_id, project_id, annotator_id, status, form_version, task_version,
                guidelines_version, revision, answers::text as "answers!", answers_event, answers_position, answered_at,
                reviewer_id, review_comment::text, review_correction::text, review_event
            from task_detail_annotation where ledger_id = $1 and annotation_id = any($2)"#,
            ledger_id,
            ids
        )
        .fetch_all(rows)
        .await?;
        Ok(Self { touched: stored.into_iter().map(|row| (row.annotation_id, row)).collect() })
    }

    pub(super) fn insert(&mut self, row: AnnotationRow) {
        self.touched.insert(row.annotation_id, row);
    }

    pub(super) fn get(&mut self, id: AnnotationId) -> Result<&mut AnnotationRow, ProjectionError> {
        self.touched.get_mut(&id.uuid()).ok_or_else(|| ProjectionError::Damaged {
            view: ViewName::TaskDetail,
            reason: format!("annotation {id} is missing"),
        })
    }

    pub(super) async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        if self.touched.is_empty() {
            return Ok(());
        }
        let touched: Vec<_> = self.touched.into_values().collect();
        sqlx::query_file!(
            "src/task_detail/store_annotations.sql",
            ledger_id,
            &touched.iter().map(|row| row.annotation_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.task_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.project_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.annotator_id).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.status.as_str()).collect::<Vec<_>>() as &[&str],
            &touched.iter().map(|row| row.form_version).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.revision).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.answers.as_str()).collect::<Vec<_>>() as &[&str],
            &touched.iter().map(|row| row.answers_event).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.answers_position).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.answered_at).collect::<Vec<_>>(),
            &touched.iter().map(|row| row.reviewer_id).collect::<Vec<_>>() as &[Option<Uuid>],
            &touched.iter().map(|row| row.review_comment.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.review_event).collect::<Vec<_>>() as &[Option<Uuid>],
            &touched.iter().map(|row| row.guidelines_version).collect::<Vec<_>>() as &[Option<i32>],
            &touched.iter().map(|row| row.review_correction.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &touched.iter().map(|row| row.task_version).collect::<Vec<_>>(),
        )
        .execute(rows)
        .await?;
        Ok(())
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, ProjectionError> {
    serde_json::to_string(value).map_err(|source| ProjectionError::Json { view: ViewName::TaskDetail, source })
}
