//! `task_detail`: each task with its annotations and their reviews.

mod earlier;
mod query;
mod rows;
mod skips;

pub use earlier::{EarlierVersion, earlier_versions};
pub use query::{AnnotationView, Counts, TaskView, Tasks, annotation, annotations_of, counts, tasks};
pub use skips::{Skip, skips};

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{
    Event, StreamType,
    task::{AnnotationStatus, AssignmentEnd, TaskEvent},
};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use self::rows::{AnnotationRow, Annotations, TaskRow};
use crate::{ProjectionError, View, ViewName, view::decode};

/// The view of tasks and annotations.
#[derive(Clone, Copy, Debug)]
pub struct TaskDetail;

#[async_trait]
impl View for TaskDetail {
    fn name(&self) -> ViewName {
        ViewName::TaskDetail
    }

    fn fold_version(&self) -> i32 {
        6
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(TaskEvent::NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from task_detail where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from task_detail_annotation where ledger_id = $1", ledger_id)
            .execute(&mut *rows)
            .await?;
        sqlx::query!("delete from task_detail_earlier where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from task_detail_skip where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut decoded = Vec::with_capacity(events.len());
        for event in events.iter().filter(|event| event.stream.stream_type == StreamType::Task) {
            decoded.push((event, decode::<TaskEvent>(event)?));
        }
        let touched: Vec<Uuid> = decoded.iter().filter_map(|(_, event)| changed_annotation(event)).collect();
        let mut annotations = Annotations::load(rows, ledger_id, &touched).await?;
        let (mut created, mut revised) = (Vec::new(), Vec::new());
        let (mut routed, mut closed) = (Vec::new(), Vec::new());
        for (recorded, event) in decoded {
            match event {
                TaskEvent::TaskCreated(task) => created.push(TaskRow::new(recorded, &task)?),
                TaskEvent::TaskRevised(task) => revised.push((recorded, task)),
                TaskEvent::TaskRouted(task) => routed.push((recorded.stream.id, task.routing)),
                TaskEvent::TaskClosed(_) => closed.push(recorded.stream.id),
                TaskEvent::AssignmentEnded(ended) if ended.end == AssignmentEnd::Skipped => {
                    skips::store(rows, ledger_id, recorded, &ended).await?;
                }
                other => fold(&mut annotations, recorded, other)?,
            }
        }
        rows::insert_tasks(rows, ledger_id, &created).await?;
        for (recorded, revision) in &revised {
            earlier::revise(rows, ledger_id, recorded, revision).await?;
        }
        rows::route_tasks(rows, ledger_id, &routed).await?;
        rows::close_tasks(rows, ledger_id, &closed).await?;
        annotations.store(rows, ledger_id).await
    }
}

/// The annotation that an event changes, if it must have existed before.
fn changed_annotation(event: &TaskEvent) -> Option<Uuid> {
    match event {
        TaskEvent::AnnotationRevised(revised) => Some(revised.annotation.uuid()),
        TaskEvent::AnnotationWithdrawn(withdrawn) => Some(withdrawn.annotation.uuid()),
        TaskEvent::AnnotationSuperseded(superseded) => Some(superseded.annotation.uuid()),
        TaskEvent::AnnotationReviewed(reviewed) => Some(reviewed.annotation.uuid()),
        _ => None,
    }
}

fn fold(annotations: &mut Annotations, recorded: &Recorded, event: TaskEvent) -> Result<(), ProjectionError> {
    match event {
        TaskEvent::AnnotationSubmitted(submitted) => {
            annotations.insert(AnnotationRow::new(recorded, &submitted)?);
        }
        TaskEvent::AnnotationRevised(revised) => {
            let row = annotations.get(revised.annotation)?;
            row.revision += 1;
            row.status = AnnotationStatus::Submitted.as_str().into();
            row.form_version = revised.form_version.get().cast_signed();
            row.task_version = revised.task_version.get().cast_signed();
            row.guidelines_version = revised.guidelines_version.map(|version| version.get().cast_signed());
            row.set_answers(recorded, &revised.answers)?;
        }
        TaskEvent::AnnotationWithdrawn(withdrawn) => {
            annotations.get(withdrawn.annotation)?.status = AnnotationStatus::Withdrawn.as_str().into();
        }
        TaskEvent::AnnotationSuperseded(superseded) => {
            annotations.get(superseded.annotation)?.status = AnnotationStatus::Superseded.as_str().into();
        }
        TaskEvent::AnnotationReviewed(reviewed) => {
            let comment = reviewed.comment.as_ref().map(rows::json).transpose()?;
            let correction = reviewed.correction.as_ref().map(rows::json).transpose()?;
            let row = annotations.get(reviewed.annotation)?;
            row.status = reviewed.verdict.status().as_str().into();
            row.reviewer_id = Some(reviewed.reviewer.uuid());
            row.review_comment = comment;
            row.review_correction = correction;
            row.review_event = Some(recorded.event_id);
        }
        // what becomes of the task and its leases is no part of an annotation
        _ => {}
    }
    Ok(())
}
