//! `directory`: which projects there are, and who takes part.

mod query;
mod roles;
mod within;

pub use query::{
    PageRequest, ParticipantRow, ProjectRow, holders_of, participant, participants, project, project_named, projects,
};
pub use within::Within;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{
    Event, StreamType,
    participant::{HeldRole, ParticipantEvent, ParticipantKind, RoleGranted, RoleRevoked},
    project::{GuidelinesVersion, ProjectEvent},
};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use crate::{ProjectionError, View, ViewName, view::decode};

/// The view of projects and participants.
#[derive(Clone, Copy, Debug)]
pub struct Directory;

#[async_trait]
impl View for Directory {
    fn name(&self) -> ViewName {
        ViewName::Directory
    }

    fn fold_version(&self) -> i32 {
        5
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(&[ProjectEvent::NAMES, ParticipantEvent::NAMES].concat())
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from directory_project where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from directory_project_role where ledger_id = $1", ledger_id)
            .execute(&mut *rows)
            .await?;
        sqlx::query!("delete from directory_participant where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        for event in events {
            match event.stream.stream_type {
                StreamType::Project => fold_project(rows, ledger_id, event, decode(event)?).await?,
                StreamType::Participant => fold_participant(rows, ledger_id, event, decode(event)?).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

async fn fold_project(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    event: ProjectEvent,
) -> Result<(), ProjectionError> {
    let project_id = recorded.stream.id;
    match event {
        ProjectEvent::ProjectCreated(created) => {
            sqlx::query!(
                "insert into directory_project
                    (ledger_id, project_id, name, guidelines, guidelines_version, form, redundancy, created_position,
                    workflow)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                ledger_id,
                project_id,
                created.name,
                created.guidelines,
                created.guidelines.as_ref().map(|_| GuidelinesVersion::FIRST.get().cast_signed()),
                json(&created.form)?,
                i32::from(created.redundancy.get()),
                recorded.position.get().cast_signed(),
                json(&created.workflow)?
            )
            .execute(rows)
            .await?;
        }
        ProjectEvent::FormRevised(revised) => {
            sqlx::query!(
                "update directory_project set form = $3 where ledger_id = $1 and project_id = $2",
                ledger_id,
                project_id,
                json(&revised.form)?
            )
            .execute(rows)
            .await?;
        }
        ProjectEvent::GuidelinesRevised(revised) => {
            sqlx::query!(
                "update directory_project set guidelines = $3, guidelines_version = $4
                where ledger_id = $1 and project_id = $2",
                ledger_id,
                project_id,
                revised.guidelines.text,
                revised.guidelines.version.get().cast_signed()
            )
            .execute(rows)
            .await?;
        }
        ProjectEvent::RedundancyChanged(changed) => {
            sqlx::query!(
                "update directory_project set redundancy = $3 where ledger_id = $1 and project_id = $2",
                ledger_id,
                project_id,
                i32::from(changed.redundancy.get())
            )
            .execute(rows)
            .await?;
        }
        ProjectEvent::WorkflowChanged(changed) => {
            sqlx::query!(
                "update directory_project set workflow = $3 where ledger_id = $1 and project_id = $2",
                ledger_id,
                project_id,
                json(&changed.workflow)?
            )
            .execute(rows)
            .await?;
        }
    }
    Ok(())
}

async fn fold_participant(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    event: ParticipantEvent,
) -> Result<(), ProjectionError> {
    let participant_id = recorded.stream.id;
    match event {
        ParticipantEvent::ParticipantRegistered(registered) => {
            let kind = match registered.kind {
                ParticipantKind::Human => "human",
                ParticipantKind::Machine => "machine",
            };
            sqlx::query!(
                "insert into directory_participant
                    (ledger_id, participant_id, kind, registered_event, name, email, roles, skills, registered_position)
                values ($1, $2, $3, $4, $5, $6, '{}', '{}', $7)",
                ledger_id,
                participant_id,
                kind,
                recorded.event_id,
                json(&registered.name)?,
                registered.email.as_ref().map(json).transpose()?,
                recorded.position.get().cast_signed()
            )
            .execute(rows)
            .await?;
        }
        ParticipantEvent::RoleGranted(RoleGranted { role, project }) => {
            roles::grant(rows, ledger_id, participant_id, HeldRole { role, project }).await?;
        }
        ParticipantEvent::RoleRevoked(RoleRevoked { role, project }) => {
            roles::revoke(rows, ledger_id, participant_id, HeldRole { role, project }).await?;
        }
        ParticipantEvent::SkillGranted(granted) => {
            sqlx::query!(
                "update directory_participant
                set skills = array(select distinct skill from unnest(skills || $3::text) as skill order by skill)
                where ledger_id = $1 and participant_id = $2",
                ledger_id,
                participant_id,
                granted.skill.as_str()
            )
            .execute(rows)
            .await?;
        }
        ParticipantEvent::SkillRevoked(revoked) => {
            sqlx::query!(
                "update directory_participant set skills = array_remove(skills, $3)
                where ledger_id = $1 and participant_id = $2",
                ledger_id,
                participant_id,
                revoked.skill.as_str()
            )
            .execute(rows)
            .await?;
        }
        // the personal fields stay as they are: their key is gone
        ParticipantEvent::ParticipantErased(_) => {
            sqlx::query!(
                "update directory_participant set roles = '{}', skills = '{}'
                where ledger_id = $1 and participant_id = $2",
                ledger_id,
                participant_id
            )
            .execute(&mut *rows)
            .await?;
            roles::forget(rows, ledger_id, participant_id).await?;
        }
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, ProjectionError> {
    serde_json::to_value(value).map_err(|source| ProjectionError::Json { view: ViewName::Directory, source })
}
