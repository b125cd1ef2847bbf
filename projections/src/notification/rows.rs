//! The rows of `notification`, written a batch at a time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use stele_domain::participant::Role;
use stele_ledger::Recorded;
use uuid::Uuid;

use super::{NotificationKind, actor};
use crate::ProjectionError;

/// Something that someone is told.
pub(super) struct Told<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) participant_id: Uuid,
    pub(super) kind: NotificationKind,
    pub(super) detail: Option<String>,
    pub(super) project_id: Option<Uuid>,
    pub(super) task_id: Option<Uuid>,
    pub(super) annotation_id: Option<Uuid>,
}

impl<'a> Told<'a> {
    pub(super) const fn new(recorded: &'a Recorded, participant_id: Uuid, kind: NotificationKind) -> Self {
        Self { recorded, participant_id, kind, detail: None, project_id: None, task_id: None, annotation_id: None }
    }
}

/// The rows that a batch of events adds, and those that it asks for.
pub(super) struct Rows<'a> {
    connection: &'a mut PgConnection,
    ledger_id: Uuid,
    annotations: BTreeMap<Uuid, Uuid>,
    workers: BTreeSet<(Uuid, Uuid)>,
    told: Columns,
}

/// Notifications, column by column.
#[derive(Default)]
struct Columns {
    participants: Vec<Uuid>,
    positions: Vec<i64>,
    kinds: Vec<&'static str>,
    details: Vec<Option<String>>,
    projects: Vec<Option<Uuid>>,
    tasks: Vec<Option<Uuid>>,
    annotations: Vec<Option<Uuid>>,
    recorded_ats: Vec<DateTime<Utc>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(connection: &'a mut PgConnection, ledger_id: Uuid) -> Self {
        let (annotations, workers, told) = (BTreeMap::new(), BTreeSet::new(), Columns::default());
        Self { connection, ledger_id, annotations, workers, told }
    }

    pub(super) fn add_annotation(&mut self, annotation: Uuid, annotator: Uuid) {
        self.annotations.insert(annotation, annotator);
    }

    pub(super) fn add_worker(&mut self, project: Uuid, participant: Uuid) {
        self.workers.insert((project, participant));
    }

    /// Tells someone, unless it was they who did it.
    pub(super) fn tell(&mut self, told: Told<'_>) -> Result<(), ProjectionError> {
        if actor(told.recorded)?.is_some_and(|actor| actor.uuid() == told.participant_id) {
            return Ok(());
        }
        self.told.participants.push(told.participant_id);
        self.told.positions.push(told.recorded.position.get().cast_signed());
        self.told.kinds.push(told.kind.as_str());
        self.told.details.push(told.detail);
        self.told.projects.push(told.project_id);
        self.told.tasks.push(told.task_id);
        self.told.annotations.push(told.annotation_id);
        self.told.recorded_ats.push(told.recorded.recorded_at.to_utc());
        Ok(())
    }

    /// Whose an annotation is.
    pub(super) async fn annotator(&mut self, annotation: Uuid) -> Result<Option<Uuid>, ProjectionError> {
        if let Some(annotator) = self.annotations.get(&annotation) {
            return Ok(Some(*annotator));
        }
        let stored = sqlx::query_scalar!(
            "select annotator_id from notification_annotation where ledger_id = $1 and annotation_id = $2",
            self.ledger_id,
            annotation
        );
        Ok(stored.fetch_optional(&mut *self.connection).await?)
    }

    /// Everyone who has worked in a project so far, in the order of their ids.
    pub(super) async fn workers(&mut self, project: Uuid) -> Result<BTreeSet<Uuid>, ProjectionError> {
        let stored = sqlx::query_scalar!(
            "select participant_id from notification_worker where ledger_id = $1 and project_id = $2",
            self.ledger_id,
            project
        );
        let mut workers: BTreeSet<Uuid> = stored.fetch_all(&mut *self.connection).await?.into_iter().collect();
        workers.extend(self.workers.iter().filter(|(of, _)| *of == project).map(|(_, worker)| *worker));
        Ok(workers)
    }

    /// Everyone who is told of releases, in the order of their ids.
    pub(super) async fn release_readers(&mut self) -> Result<Vec<Uuid>, ProjectionError> {
        let stored = sqlx::query_scalar!(
            "select distinct participant_id from notification_role where ledger_id = $1 order by participant_id",
            self.ledger_id
        );
        Ok(stored.fetch_all(&mut *self.connection).await?)
    }

    /// Takes note that someone has a role, or no longer has it.
    pub(super) async fn set_role(&mut self, of: Uuid, role: Role, has: bool) -> Result<(), ProjectionError> {
        let (ledger_id, role) = (self.ledger_id, role.as_str());
        if has {
            sqlx::query!(
                "insert into notification_role (ledger_id, participant_id, role) values ($1, $2, $3)
                on conflict do nothing",
                ledger_id,
                of,
                role
            )
            .execute(&mut *self.connection)
            .await?;
        } else {
            sqlx::query!(
                "delete from notification_role where ledger_id = $1 and participant_id = $2 and role = $3",
                ledger_id,
                of,
                role
            )
            .execute(&mut *self.connection)
            .await?;
        }
        Ok(())
    }

    /// Removes everything that someone was told, and whatever they would be told for.
    pub(super) async fn forget(&mut self, participant: Uuid) -> Result<(), ProjectionError> {
        self.flush().await?;
        let (ledger_id, rows) = (self.ledger_id, &mut *self.connection);
        sqlx::query!("delete from notification where ledger_id = $1 and participant_id = $2", ledger_id, participant)
            .execute(&mut *rows)
            .await?;
        sqlx::query!(
            "delete from notification_worker where ledger_id = $1 and participant_id = $2",
            ledger_id,
            participant
        )
        .execute(&mut *rows)
        .await?;
        sqlx::query!(
            "delete from notification_role where ledger_id = $1 and participant_id = $2",
            ledger_id,
            participant
        )
        .execute(rows)
        .await?;
        Ok(())
    }

    pub(super) async fn store(mut self) -> Result<(), ProjectionError> {
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), ProjectionError> {
        let (annotations, annotators): (Vec<_>, Vec<_>) = std::mem::take(&mut self.annotations).into_iter().unzip();
        if !annotations.is_empty() {
            sqlx::query!(
                "insert into notification_annotation (ledger_id, annotation_id, annotator_id)
                select $1, * from unnest($2::uuid[], $3::uuid[])",
                self.ledger_id,
                &annotations,
                &annotators
            )
            .execute(&mut *self.connection)
            .await?;
        }
        let (projects, workers): (Vec<_>, Vec<_>) = std::mem::take(&mut self.workers).into_iter().unzip();
        if !projects.is_empty() {
            sqlx::query!(
                "insert into notification_worker (ledger_id, project_id, participant_id)
                select $1, * from unnest($2::uuid[], $3::uuid[])
                on conflict do nothing",
                self.ledger_id,
                &projects,
                &workers
            )
            .execute(&mut *self.connection)
            .await?;
        }
        std::mem::take(&mut self.told).store(self.connection, self.ledger_id).await
    }
}

impl Columns {
    async fn store(self, connection: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        if self.positions.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into notification (ledger_id, participant_id, position, kind, detail, project_id, task_id,
                annotation_id, recorded_at)
            select $1, * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::uuid[], $7::uuid[],
                $8::uuid[], $9::timestamptz[])",
            ledger_id,
            &self.participants,
            &self.positions,
            &self.kinds as &[&str],
            &self.details as &[Option<String>],
            &self.projects as &[Option<Uuid>],
            &self.tasks as &[Option<Uuid>],
            &self.annotations as &[Option<Uuid>],
            &self.recorded_ats
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

pub(super) async fn clear(rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
    sqlx::query!("delete from notification where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
    sqlx::query!("delete from notification_annotation where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
    sqlx::query!("delete from notification_worker where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
    sqlx::query!("delete from notification_role where ledger_id = $1", ledger_id).execute(rows).await?;
    Ok(())
}
