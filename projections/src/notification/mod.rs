//! `notification`: what people are told of what happened to their work and to what they may do.
//!
//! A notification refers to an event and copies no text. Nobody is told of what they did themselves.

mod query;
mod rows;

pub use query::{NotificationKind, NotificationRow, mark_read, notifications, told_between, unread, unread_of};

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{
    Event, ParticipantId, StreamType,
    dataset::DatasetEvent,
    participant::{ParticipantEvent, Role},
    project::ProjectEvent,
    task::{AnnotationStatus, AssignmentEnd, TaskEvent},
};
use stele_ledger::{EventFilter, Metadata, Recorded};
use uuid::Uuid;

use self::rows::{Rows, Told};
use crate::{Pace, ProjectionError, View, ViewName, view::decode};

/// Who is told of releases.
const RELEASE_READERS: [Role; 2] = [Role::Manager, Role::Researcher];

/// The view of what people are told.
#[derive(Clone, Copy, Debug)]
pub struct Notification;

#[async_trait]
impl View for Notification {
    fn name(&self) -> ViewName {
        ViewName::Notification
    }

    fn fold_version(&self) -> i32 {
        1
    }

    fn pace(&self) -> Pace {
        Pace::Unhurried
    }

    fn filter(&self) -> EventFilter {
        let names = [
            TaskEvent::NAMES,
            ParticipantEvent::NAMES,
            &["GuidelinesRevised", "FormRevised"],
            &["DatasetReleased", "ReleaseWithdrawn"],
        ];
        EventFilter::named(&names.concat())
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        rows::clear(rows, ledger_id).await
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut rows = Rows::new(rows, ledger_id);
        for event in events {
            match event.stream.stream_type {
                StreamType::Task => fold_task(&mut rows, event, decode(event)?).await?,
                StreamType::Participant => fold_participant(&mut rows, event, decode(event)?).await?,
                StreamType::Project => fold_project(&mut rows, event, decode(event)?).await?,
                StreamType::Dataset => fold_dataset(&mut rows, event, decode(event)?).await?,
                _ => {}
            }
        }
        rows.store().await
    }
}

/// Who caused an event: they need not be told.
fn actor(event: &Recorded) -> Result<Option<ParticipantId>, ProjectionError> {
    let position = event.position.get();
    let metadata: Metadata =
        serde_json::from_str(&event.metadata).map_err(|source| ProjectionError::Metadata { position, source })?;
    Ok(metadata.actor)
}

async fn fold_task(rows: &mut Rows<'_>, recorded: &Recorded, event: TaskEvent) -> Result<(), ProjectionError> {
    match event {
        TaskEvent::AnnotationSubmitted(submitted) => {
            let annotator = submitted.annotator.uuid();
            rows.add_annotation(submitted.annotation.uuid(), annotator);
            rows.add_worker(submitted.project.uuid(), annotator);
        }
        TaskEvent::AnnotationReviewed(reviewed) => {
            let annotation_id = reviewed.annotation.uuid();
            let Some(annotator) = rows.annotator(annotation_id).await? else {
                let reason = format!("annotation {annotation_id} is missing");
                return Err(ProjectionError::Damaged { view: ViewName::Notification, reason });
            };
            let status: AnnotationStatus = reviewed.verdict.status();
            rows.tell(Told {
                detail: Some(status.as_str().to_owned()),
                project_id: Some(reviewed.project.uuid()),
                task_id: Some(recorded.stream.id),
                annotation_id: Some(annotation_id),
                ..Told::new(recorded, annotator, NotificationKind::AnnotationReviewed)
            })?;
        }
        TaskEvent::AnnotationSuperseded(superseded) => rows.tell(Told {
            project_id: Some(superseded.project.uuid()),
            task_id: Some(recorded.stream.id),
            annotation_id: Some(superseded.annotation.uuid()),
            ..Told::new(recorded, superseded.annotator.uuid(), NotificationKind::TaskRevised)
        })?,
        TaskEvent::AssignmentEnded(ended) => {
            let kind = match ended.end {
                AssignmentEnd::Expired => NotificationKind::LeaseExpired,
                AssignmentEnd::Superseded => NotificationKind::TaskRevised,
                // they did it themselves
                AssignmentEnd::Released | AssignmentEnd::Skipped => return Ok(()),
            };
            rows.tell(Told {
                project_id: Some(ended.project.uuid()),
                task_id: Some(recorded.stream.id),
                ..Told::new(recorded, ended.annotator.uuid(), kind)
            })?;
        }
        _ => {}
    }
    Ok(())
}

async fn fold_participant(
    rows: &mut Rows<'_>,
    recorded: &Recorded,
    event: ParticipantEvent,
) -> Result<(), ProjectionError> {
    let participant = recorded.stream.id;
    let (kind, detail) = match event {
        ParticipantEvent::RoleGranted(granted) => {
            if granted.project.is_none() && RELEASE_READERS.contains(&granted.role) {
                rows.set_role(participant, granted.role, true).await?;
            }
            (NotificationKind::RoleGranted, granted.role.as_str().to_owned())
        }
        ParticipantEvent::RoleRevoked(revoked) => {
            if revoked.project.is_none() && RELEASE_READERS.contains(&revoked.role) {
                rows.set_role(participant, revoked.role, false).await?;
            }
            (NotificationKind::RoleRevoked, revoked.role.as_str().to_owned())
        }
        ParticipantEvent::SkillGranted(granted) => (NotificationKind::SkillGranted, granted.skill.into()),
        ParticipantEvent::SkillRevoked(revoked) => (NotificationKind::SkillRevoked, revoked.skill.into()),
        // they are told nothing any more
        ParticipantEvent::ParticipantErased(_) => return rows.forget(participant).await,
        ParticipantEvent::ParticipantRegistered(_) => return Ok(()),
    };
    rows.tell(Told { detail: Some(detail), ..Told::new(recorded, participant, kind) })
}

async fn fold_project(rows: &mut Rows<'_>, recorded: &Recorded, event: ProjectEvent) -> Result<(), ProjectionError> {
    let (kind, version) = match event {
        ProjectEvent::GuidelinesRevised(revised) => {
            (NotificationKind::GuidelinesRevised, revised.guidelines.version.get())
        }
        ProjectEvent::FormRevised(revised) => (NotificationKind::FormRevised, revised.form.version.get()),
        _ => return Ok(()),
    };
    for worker in rows.workers(recorded.stream.id).await? {
        rows.tell(Told {
            detail: Some(version.to_string()),
            project_id: Some(recorded.stream.id),
            ..Told::new(recorded, worker, kind)
        })?;
    }
    Ok(())
}

async fn fold_dataset(rows: &mut Rows<'_>, recorded: &Recorded, event: DatasetEvent) -> Result<(), ProjectionError> {
    let (kind, version, project_id) = match event {
        DatasetEvent::DatasetReleased(released) => {
            (NotificationKind::DatasetReleased, released.version, Some(released.project.uuid()))
        }
        DatasetEvent::ReleaseWithdrawn(withdrawn) => (NotificationKind::ReleaseWithdrawn, withdrawn.version, None),
        // what is asked for is told to whoever asked, when they ask
        _ => return Ok(()),
    };
    for reader in rows.release_readers().await? {
        rows.tell(Told { detail: Some(version.to_string()), project_id, ..Told::new(recorded, reader, kind) })?;
    }
    Ok(())
}
