//! Asking the directory.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use stele_domain::{
    ParticipantId, Personal, ProjectId,
    form::Form,
    participant::{ParticipantKind, Role},
    project::Workflow,
};
use stele_ledger::{Ledger, Position};
use uuid::Uuid;

use super::Within;
use crate::{ProjectionError, ViewName};

/// A project as the directory has it.
#[derive(Clone, Debug)]
pub struct ProjectRow {
    /// Its id.
    pub id: ProjectId,
    /// What it is called.
    pub name: String,
    /// What annotators are told.
    pub guidelines: Option<String>,
    /// Which edition of that is in force.
    pub guidelines_version: Option<u32>,
    /// The form in force.
    pub form: Form,
    /// How many annotators each new task gets, at most.
    pub redundancy: u16,
    /// What happens to its tasks.
    pub workflow: Workflow,
    /// Where it was created; pages are ordered by it.
    pub created: Position,
}

/// A participant as the directory has them.
#[derive(Clone, Debug)]
pub struct ParticipantRow {
    /// Their id.
    pub id: ParticipantId,
    /// A person or a program.
    pub kind: ParticipantKind,
    /// The event that their sealed fields belong to.
    pub registered_event: Uuid,
    /// What they are called, sealed.
    pub name: Personal<String>,
    /// Where they can be reached, sealed.
    pub email: Option<Personal<String>>,
    /// What they may do in the whole workspace.
    pub roles: Vec<Role>,
    /// What they may do in single projects.
    pub project_roles: Vec<(ProjectId, Role)>,
    /// What they are able to do.
    pub skills: Vec<String>,
    /// Where they were registered; pages are ordered by it.
    pub registered: Position,
}

/// Which rows of an ordered list are wanted: up to `limit` of them after a position.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    /// The position after which the page begins.
    pub after: Position,
    /// How many rows at most.
    pub limit: i64,
}

impl PageRequest {
    /// Everything.
    pub const ALL: Self = Self { after: Position::START, limit: i64::MAX };
}

struct RawProject {
    project_id: Uuid,
    name: String,
    guidelines: Option<String>,
    guidelines_version: Option<i32>,
    form: serde_json::Value,
    redundancy: i32,
    workflow: serde_json::Value,
    created_position: i64,
}

impl TryFrom<RawProject> for ProjectRow {
    type Error = ProjectionError;

    fn try_from(raw: RawProject) -> Result<Self, ProjectionError> {
        Ok(Self {
            id: raw.project_id.into(),
            name: raw.name,
            guidelines: raw.guidelines,
            guidelines_version: raw.guidelines_version.map(i32::cast_unsigned),
            form: read(raw.form)?,
            redundancy: raw.redundancy.try_into().map_err(|_| damaged("a redundancy is out of range"))?,
            workflow: read(raw.workflow)?,
            created: raw.created_position.cast_unsigned().into(),
        })
    }
}

/// The projects, in the order of their creation.
pub async fn projects(
    ledger: &Ledger,
    within: &Within,
    page: PageRequest,
) -> Result<Vec<ProjectRow>, ProjectionError> {
    let projects = within.ids();
    let rows = sqlx::query_as!(
        RawProject,
        "select project_id, name, guidelines, guidelines_version, form, redundancy, workflow, created_position
        from directory_project
        where ledger_id = $1 and created_position > $2 and ($4::uuid[] is null or project_id = any($4))
        order by created_position limit $3",
        ledger.id(),
        page.after.get().cast_signed(),
        page.limit,
        projects.as_deref()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One project.
pub async fn project(ledger: &Ledger, id: ProjectId) -> Result<Option<ProjectRow>, ProjectionError> {
    let row = sqlx::query_as!(
        RawProject,
        "select project_id, name, guidelines, guidelines_version, form, redundancy, workflow, created_position
        from directory_project
        where ledger_id = $1 and project_id = $2",
        ledger.id(),
        id.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// The projects of a name; names need not be distinct.
pub async fn project_named(ledger: &Ledger, name: &str) -> Result<Vec<ProjectRow>, ProjectionError> {
    let rows = sqlx::query_as!(
        RawProject,
        "select project_id, name, guidelines, guidelines_version, form, redundancy, workflow, created_position
        from directory_project
        where ledger_id = $1 and name = $2 order by created_position",
        ledger.id(),
        name
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

struct RawParticipant {
    participant_id: Uuid,
    kind: String,
    registered_event: Uuid,
    name: serde_json::Value,
    email: Option<serde_json::Value>,
    roles: Vec<String>,
    role_projects: Vec<Uuid>,
    project_roles: Vec<String>,
    skills: Vec<String>,
    registered_position: i64,
}

impl TryFrom<RawParticipant> for ParticipantRow {
    type Error = ProjectionError;

    fn try_from(raw: RawParticipant) -> Result<Self, ProjectionError> {
        let role = |role: &String| role.parse::<Role>().map_err(|_| damaged("a role is unknown"));
        let projects = raw.role_projects.into_iter().map(ProjectId::from);
        let project_roles = projects.zip(&raw.project_roles).map(|(project, held)| Ok((project, role(held)?)));
        Ok(Self {
            id: raw.participant_id.into(),
            kind: if raw.kind == "human" { ParticipantKind::Human } else { ParticipantKind::Machine },
            registered_event: raw.registered_event,
            name: read(raw.name)?,
            email: raw.email.map(read).transpose()?,
            skills: raw.skills,
            roles: raw.roles.iter().map(role).collect::<Result<_, ProjectionError>>()?,
            project_roles: project_roles.collect::<Result<_, ProjectionError>>()?,
            registered: raw.registered_position.cast_unsigned().into(),
        })
    }
}

/// The participants, in the order of their registration; those of some projects are who holds a role in one of them.
pub async fn participants(
    ledger: &Ledger,
    within: &Within,
    page: PageRequest,
) -> Result<Vec<ParticipantRow>, ProjectionError> {
    let projects = within.ids();
    let rows = sqlx::query_as!(
        RawParticipant,
        r#"select participant_id, kind, registered_event, name, email, roles, skills, registered_position,
            array(select project_id from directory_project_role held
                where held.ledger_id = $1 and held.participant_id = person.participant_id
                order by project_id, role) as "role_projects!",
            array(select role from directory_project_role held
                where held.ledger_id = $1 and held.participant_id = person.participant_id
                order by project_id, role) as "project_roles!"
        from directory_participant person
        where ledger_id = $1 and registered_position > $2 and ($4::uuid[] is null or participant_id in (
            select participant_id from directory_project_role where ledger_id = $1 and project_id = any($4)
        ))
        order by registered_position limit $3"#,
        ledger.id(),
        page.after.get().cast_signed(),
        page.limit,
        projects.as_deref()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Who has one of some skills, with the first of them that they have.
pub async fn holders_of(
    ledger: &Ledger,
    skills: &[String],
) -> Result<HashMap<ParticipantId, String>, ProjectionError> {
    let rows = sqlx::query!(
        "select participant_id, skills from directory_participant where ledger_id = $1 and skills && $2",
        ledger.id(),
        skills
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let first = |held: &[String]| skills.iter().find(|skill| held.contains(skill)).cloned();
    Ok(rows.into_iter().filter_map(|row| Some((row.participant_id.into(), first(&row.skills)?))).collect())
}

/// One participant.
pub async fn participant(ledger: &Ledger, id: ParticipantId) -> Result<Option<ParticipantRow>, ProjectionError> {
    let row = sqlx::query_as!(
        RawParticipant,
        r#"select participant_id, kind, registered_event, name, email, roles, skills, registered_position,
            array(select project_id from directory_project_role held
                where held.ledger_id = $1 and held.participant_id = person.participant_id
                order by project_id, role) as "role_projects!",
            array(select role from directory_project_role held
                where held.ledger_id = $1 and held.participant_id = person.participant_id
                order by project_id, role) as "project_roles!"
        from directory_participant person
        where ledger_id = $1 and participant_id = $2"#,
        ledger.id(),
        id.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    row.map(TryInto::try_into).transpose()
}

fn read<T: DeserializeOwned>(json: serde_json::Value) -> Result<T, ProjectionError> {
    serde_json::from_value(json).map_err(|source| ProjectionError::Json { view: ViewName::Directory, source })
}

fn damaged(reason: &str) -> ProjectionError {
    ProjectionError::Damaged { view: ViewName::Directory, reason: reason.to_owned() }
}
