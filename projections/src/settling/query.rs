//! Asking where tasks stand, and what waits for a reviewer.

use serde::de::DeserializeOwned;
use stele_domain::{AnnotationId, ParticipantId, Personal, ProjectId, TaskId, form::Answers};
use stele_ledger::{Ledger, Position};
use uuid::Uuid;

use crate::{ProjectionError, ViewName, directory::PageRequest};

/// Where a task stands as a whole.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Where: see [`Standing`](stele_domain::task::Standing).
    pub standing: String,
    /// What its annotators agree on, while they do.
    pub answer: Option<String>,
    /// How probable it is that this is right: 0 to 1.
    pub posterior: Option<f64>,
    /// What was decided over it, if that holds.
    pub adjudication: Option<Adjudication>,
    /// The answers that are known to be right, if it is a gold task.
    pub gold: Option<Gold>,
}

/// What was decided over a task.
#[derive(Clone, Debug)]
pub struct Adjudication {
    /// Who decided.
    pub adjudicator: ParticipantId,
    /// The form version that was answered.
    pub form_version: u32,
    /// The answers, with the personal fields sealed.
    pub answers: Answers,
    /// Why, sealed.
    pub comment: Option<Personal<String>>,
    /// The event that the sealed fields belong to.
    pub event: Uuid,
}

/// The answers that are known to be right.
#[derive(Clone, Debug)]
pub struct Gold {
    /// The form version that they answer.
    pub form_version: u32,
    /// The answers, with the personal fields sealed.
    pub answers: Answers,
    /// The event that the sealed fields belong to.
    pub event: Uuid,
}

/// An annotation that waits for a reviewer.
#[derive(Clone, Copy, Debug)]
pub struct AwaitingReview {
    /// The annotation.
    pub annotation: AnnotationId,
    /// The task it answers.
    pub task: TaskId,
    /// Since when.
    pub requested: Position,
}

/// How many of a project's tasks stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Their annotators agree well enough.
    pub agreed: u64,
    /// They wait for somebody to adjudicate.
    pub disputed: u64,
    /// Somebody has.
    pub adjudicated: u64,
    /// How many annotations wait for a reviewer.
    pub awaiting_review: u64,
}

/// Where a task stands; `None` if nothing has been settled about it.
pub async fn settlement(ledger: &Ledger, task: TaskId) -> Result<Option<Settlement>, ProjectionError> {
    let row = sqlx::query!(
        "select standing, answer, posterior, adjudicator_id, adjudication, adjudication_form, adjudication_comment,
            adjudication_event, gold, gold_form, gold_event
        from settling_task where ledger_id = $1 and task_id = $2",
        ledger.id(),
        task.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let adjudicated = row.adjudicator_id.zip(row.adjudication).zip(row.adjudication_form.zip(row.adjudication_event));
    let adjudication = adjudicated.map(|((adjudicator, answers), (form, event))| {
        Ok::<_, ProjectionError>(Adjudication {
            adjudicator: adjudicator.into(),
            form_version: form.cast_unsigned(),
            answers: read(answers)?,
            comment: row.adjudication_comment.map(read).transpose()?,
            event,
        })
    });
    let gold = row.gold.zip(row.gold_form.zip(row.gold_event)).map(|(answers, (form, event))| {
        Ok::<_, ProjectionError>(Gold { form_version: form.cast_unsigned(), answers: read(answers)?, event })
    });
    Ok(Some(Settlement {
        standing: row.standing,
        answer: row.answer,
        posterior: row.posterior,
        adjudication: adjudication.transpose()?,
        gold: gold.transpose()?,
    }))
}

/// The tasks of a project that wait for somebody to adjudicate, those that have waited longest first.
pub async fn disputed(
    ledger: &Ledger,
    project: ProjectId,
    page: PageRequest,
) -> Result<Vec<(Position, TaskId)>, ProjectionError> {
    let rows = sqlx::query!(
        "select task_id, standing_position from settling_task
        where ledger_id = $1 and project_id = $2 and standing = 'disputed' and standing_position > $3
        order by standing_position limit $4",
        ledger.id(),
        project.uuid(),
        page.after.get().cast_signed(),
        page.limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(|row| (row.standing_position.cast_unsigned().into(), row.task_id.into())).collect())
}

/// The annotations of a project that wait for a reviewer other than their annotator, those that have waited longest first.
pub async fn awaiting_review(
    ledger: &Ledger,
    project: ProjectId,
    reviewer: ParticipantId,
    page: PageRequest,
) -> Result<Vec<AwaitingReview>, ProjectionError> {
    let rows = sqlx::query!(
        "select annotation_id, task_id, requested_position from settling_review as review
        where ledger_id = $1 and project_id = $2 and requested_position > $3
            and not exists (
                select from task_detail_annotation as annotation
                where annotation.ledger_id = $1 and annotation.annotation_id = review.annotation_id
                    and annotation.annotator_id = $5
            )
        order by requested_position limit $4",
        ledger.id(),
        project.uuid(),
        page.after.get().cast_signed(),
        page.limit,
        reviewer.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let awaiting = rows.into_iter().map(|row| AwaitingReview {
        annotation: row.annotation_id.into(),
        task: row.task_id.into(),
        requested: row.requested_position.cast_unsigned().into(),
    });
    Ok(awaiting.collect())
}

/// How many of a project's tasks stand where.
pub async fn standings(ledger: &Ledger, project: ProjectId) -> Result<Standings, ProjectionError> {
    let row = sqlx::query!(
        r#"select
            count(*) filter (where standing = 'agreed') as "agreed!",
            count(*) filter (where standing = 'disputed') as "disputed!",
            count(*) filter (where standing = 'adjudicated') as "adjudicated!",
            (select count(*) from settling_review where ledger_id = $1 and project_id = $2) as "awaiting_review!"
        from settling_task where ledger_id = $1 and project_id = $2"#,
        ledger.id(),
        project.uuid()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(Standings {
        agreed: row.agreed.cast_unsigned(),
        disputed: row.disputed.cast_unsigned(),
        adjudicated: row.adjudicated.cast_unsigned(),
        awaiting_review: row.awaiting_review.cast_unsigned(),
    })
}

fn read<T: DeserializeOwned>(json: serde_json::Value) -> Result<T, ProjectionError> {
    serde_json::from_value(json).map_err(|source| ProjectionError::Json { view: ViewName::Settling, source })
}
