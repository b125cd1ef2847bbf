//! Asking about tasks and annotations.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use stele_domain::{
    AnnotationId, ParticipantId, Personal, ProjectId, TaskId, Timestamp,
    form::Answers,
    task::{ContentField, Response, Routing},
};
use stele_ledger::{Ledger, Position, Statement};
use uuid::Uuid;

use crate::{ProjectionError, ViewName, directory::PageRequest};

/// A task as the view has it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Its id.
    pub id: TaskId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its name in the source it came from.
    pub external_key: Option<String>,
    /// What it shows, with the personal fields sealed.
    pub content: Vec<ContentField>,
    /// The responses to judge.
    pub responses: Vec<Response>,
    /// How many annotators it gets.
    pub redundancy: u16,
    /// Whether it takes no more annotations.
    pub closed: bool,
    /// Where it was created; pages are ordered by it.
    pub created: Position,
    /// The event that created or last revised it, which its sealed content belongs to.
    pub content_event: Uuid,
    /// Which version of its content this is, from 1.
    pub version: u32,
    /// When its turn comes, and who may do it.
    pub routing: Routing,
}

/// An annotation as the view has it.
#[derive(Clone, Debug)]
pub struct AnnotationView {
    /// Its id.
    pub id: AnnotationId,
    /// The task it answers.
    pub task: TaskId,
    /// Whose it is.
    pub annotator: ParticipantId,
    /// What has become of it: see [`AnnotationStatus`](stele_domain::task::AnnotationStatus).
    pub status: String,
    /// The form version it answers.
    pub form_version: u32,
    /// The version of the task that it answers.
    pub task_version: u32,
    /// The version of the guidelines that were in force, if there were any.
    pub guidelines_version: Option<u32>,
    /// How often it was revised.
    pub revision: u32,
    /// The present answers, with the personal fields sealed.
    pub answers: Answers,
    /// The event that the answers' sealed fields belong to.
    pub answers_event: Uuid,
    /// When the present answers were given.
    pub answered_at: Timestamp,
    /// Who reviewed it last.
    pub reviewer: Option<ParticipantId>,
    /// What the reviewer had to say, sealed.
    pub review_comment: Option<Personal<String>>,
    /// The answers that the reviewer proposes, with the personal fields sealed.
    pub review_correction: Option<Answers>,
    /// The event that the comment and the correction belong to.
    pub review_event: Option<Uuid>,
}

/// How much there is in a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks created.
    pub tasks: u64,
    /// Annotations that count.
    pub annotations: u64,
    /// People and models whose annotations count.
    pub annotators: u64,
}

#[derive(Clone)]
struct RawTask {
    task_id: Uuid,
    project_id: Uuid,
    external_key: Option<String>,
    content: serde_json::Value,
    responses: serde_json::Value,
    redundancy: i32,
    closed: bool,
    created_position: i64,
    content_event: Uuid,
    version: i32,
    routing: serde_json::Value,
}

impl TryFrom<RawTask> for TaskView {
    type Error = ProjectionError;

    fn try_from(raw: RawTask) -> Result<Self, ProjectionError> {
        let out_of_range = |_| ProjectionError::Damaged {
            view: ViewName::TaskDetail,
            reason: format!("the redundancy of task {} is out of range", raw.task_id),
        };
        Ok(Self {
            id: raw.task_id.into(),
            project: raw.project_id.into(),
            external_key: raw.external_key,
            content: read(raw.content)?,
            responses: read(raw.responses)?,
            redundancy: raw.redundancy.try_into().map_err(out_of_range)?,
            closed: raw.closed,
            created: raw.created_position.cast_unsigned().into(),
            content_event: raw.content_event,
            version: raw.version.cast_unsigned(),
            routing: read(raw.routing)?,
        })
    }
}

/// Asks for single tasks.
pub struct Tasks {
    ledger_id: Uuid,
}

impl Tasks {
    /// Tasks of a ledger.
    #[must_use]
    pub fn of(ledger: &Ledger) -> Self {
        Self { ledger_id: ledger.id() }
    }
}

impl Statement for Tasks {
    type Input = TaskId;
    type Output = Option<Result<TaskView, ProjectionError>>;

    async fn run(
        &self,
        connection: &mut PgConnection,
        keys: &[TaskId],
    ) -> Result<Vec<Option<Result<TaskView, ProjectionError>>>, sqlx::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|id| id.uuid()).collect();
        let rows = sqlx::query_as!(
            RawTask,
            "select task_id, project_id, external_key, content, responses, redundancy, closed, created_position,
                content_event, version, routing
            from task_detail where ledger_id = $1 and task_id = any($2)",
            self.ledger_id,
            &ids
        )
        .fetch_all(connection)
        .await?;
        let found: HashMap<Uuid, RawTask> = rows.into_iter().map(|row| (row.task_id, row)).collect();
        Ok(ids.iter().map(|id| found.get(id).cloned().map(TryInto::try_into)).collect())
    }
}

/// The tasks of a project, in the order of their creation.
pub async fn tasks(ledger: &Ledger, project: ProjectId, page: PageRequest) -> Result<Vec<TaskView>, ProjectionError> {
    let rows = sqlx::query_as!(
        RawTask,
        "select task_id, project_id, external_key, content, responses, redundancy, closed, created_position,
            content_event, version, routing
        from task_detail
        where ledger_id = $1 and project_id = $2 and created_position > $3
        order by created_position limit $4",
        ledger.id(),
        project.uuid(),
        page.after.get().cast_signed(),
        page.limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

struct RawAnnotation {
    annotation_id: Uuid,
    task_id: Uuid,
    annotator_id: Uuid,
    status: String,
    form_version: i32,
    task_version: i32,
    guidelines_version: Option<i32>,
    revision: i32,
    answers: serde_json::Value,
    answers_event: Uuid,
    answered_at: DateTime<Utc>,
    reviewer_id: Option<Uuid>,
    review_comment: Option<serde_json::Value>,
    review_correction: Option<serde_json::Value>,
    review_event: Option<Uuid>,
}

impl TryFrom<RawAnnotation> for AnnotationView {
    type Error = ProjectionError;

    fn try_from(raw: RawAnnotation) -> Result<Self, ProjectionError> {
        Ok(Self {
            id: raw.annotation_id.into(),
            task: raw.task_id.into(),
            annotator: raw.annotator_id.into(),
            status: raw.status,
            form_version: raw.form_version.cast_unsigned(),
            task_version: raw.task_version.cast_unsigned(),
            guidelines_version: raw.guidelines_version.map(i32::cast_unsigned),
            revision: raw.revision.cast_unsigned(),
            answers: read(raw.answers)?,
            answers_event: raw.answers_event,
            answered_at: raw.answered_at.into(),
            reviewer: raw.reviewer_id.map(Into::into),
            review_comment: raw.review_comment.map(read).transpose()?,
            review_correction: raw.review_correction.map(read).transpose()?,
            review_event: raw.review_event,
        })
    }
}

/// The annotations of a task, in the order of their ids, which is that of their making.
pub async fn annotations_of(ledger: &Ledger, task: TaskId) -> Result<Vec<AnnotationView>, ProjectionError> {
    let rows = sqlx::query_as!(
        RawAnnotation,
        "select annotation_id, task_id, annotator_id, status, form_version, task_version, guidelines_version, revision,
            answers, answers_event, answered_at, reviewer_id, review_comment, review_correction, review_event
        from task_detail_annotation where ledger_id = $1 and task_id = $2 order by annotation_id",
        ledger.id(),
        task.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One annotation.
pub async fn annotation(ledger: &Ledger, id: AnnotationId) -> Result<Option<AnnotationView>, ProjectionError> {
    let row = sqlx::query_as!(
        RawAnnotation,
        "select annotation_id, task_id, annotator_id, status, form_version, task_version, guidelines_version, revision,
            answers, answers_event, answered_at, reviewer_id, review_comment, review_correction, review_event
        from task_detail_annotation where ledger_id = $1 and annotation_id = $2",
        ledger.id(),
        id.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// How much there is in a project.
pub async fn counts(ledger: &Ledger, project: ProjectId) -> Result<Counts, ProjectionError> {
    let row = sqlx::query!(
        r#"select
            (select count(*) from task_detail where ledger_id = $1 and project_id = $2) as "tasks!",
            count(*) as "annotations!",
            count(distinct annotator_id) as "annotators!"
        from task_detail_annotation
        where ledger_id = $1 and project_id = $2 and status in ('submitted', 'changes_requested', 'approved')"#,
        ledger.id(),
        project.uuid()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(Counts {
        tasks: row.tasks.cast_unsigned(),
        annotations: row.annotations.cast_unsigned(),
        annotators: row.annotators.cast_unsigned(),
    })
}

pub(super) fn read<T: DeserializeOwned>(json: serde_json::Value) -> Result<T, ProjectionError> {
    serde_json::from_value(json).map_err(|source| ProjectionError::Json { view: ViewName::TaskDetail, source })
}
