//! The guards.
//!
//! Whoever has a role in some projects alone is told the same of what is in another project as of what does not exist:
//! that they may not. So nobody learns from the answer what there is.

use std::{collections::BTreeSet, sync::Arc};

use async_graphql::{Context, Guard, Result};
use stele_domain::{
    Aggregate, ParticipantId, ProjectId, TaskId,
    participant::{Participant, Role},
    task::Task,
};
use stele_projections::directory::Within;
use uuid::Uuid;

use super::{session, viewer};
use crate::{Api, graphql::fault};

/// Lets a field be resolved only for someone who has one of these roles in the whole workspace; any signed-in caller if
/// there are none.
pub(in crate::graphql) struct Allow(pub(in crate::graphql) &'static [Role]);

impl Allow {
    /// Not for a personal access token: for whoever has signed in.
    pub(in crate::graphql) const fn in_session(self) -> AllowInSession {
        AllowInSession(self)
    }

    /// Not for a personal access token of a single project.
    pub(in crate::graphql) const fn in_all_projects(self) -> AllowInAllProjects {
        AllowInAllProjects(self)
    }

    /// For someone who has one of the roles in this project, too.
    pub(in crate::graphql) fn in_project(self, project: impl Into<ProjectId>) -> AllowIn {
        AllowIn { roles: self.0, place: Place::Project(project.into()) }
    }

    /// For someone who has one of the roles in the project of this task, too.
    pub(in crate::graphql) fn on_task(self, task: impl Into<TaskId>) -> AllowIn {
        AllowIn { roles: self.0, place: Place::OfTask(task.into()) }
    }

    /// For someone who has one of the roles in a project in which this participant has any, too.
    pub(in crate::graphql) fn on_participant(self, participant: impl Into<ParticipantId>) -> AllowIn {
        AllowIn { roles: self.0, place: Place::OfParticipant(participant.into()) }
    }

    /// For someone who has one of the roles in one of these projects, too.
    pub(in crate::graphql) fn in_one_of(self, projects: impl IntoIterator<Item = ProjectId>) -> AllowIn {
        AllowIn { roles: self.0, place: Place::OneOf(projects.into_iter().collect()) }
    }

    /// For someone who has one of the roles in any project, too; what is shown is up to [`within`].
    pub(in crate::graphql) const fn in_any_project(self) -> AllowIn {
        AllowIn { roles: self.0, place: Place::Any }
    }
}

impl Guard for Allow {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        let viewer = viewer(context)?;
        if self.0.is_empty() || viewer.roles.allow(self.0) {
            return Ok(());
        }
        Err(fault::forbidden(context, &format!("this needs {} in the workspace", named(self.0))))
    }
}

/// Lets a field be resolved only in a session.
pub(in crate::graphql) struct AllowInSession(Allow);

impl Guard for AllowInSession {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        session(context)?;
        self.0.check(context).await
    }
}

/// Lets a field be resolved only for someone who may have to do with all projects that they have a role in.
pub(in crate::graphql) struct AllowInAllProjects(Allow);

impl Guard for AllowInAllProjects {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        if viewer(context)?.only_project().is_some() {
            return Err(fault::forbidden(context, "this is about all projects, and the access token is for one"));
        }
        self.0.check(context).await
    }
}

/// Lets a field be resolved only for someone who has one of some roles in the whole workspace, or where it counts.
pub(in crate::graphql) struct AllowIn {
    roles: &'static [Role],
    place: Place,
}

/// Where a role in a project counts.
enum Place {
    Project(ProjectId),
    OneOf(BTreeSet<ProjectId>),
    OfTask(TaskId),
    OfParticipant(ParticipantId),
    Any,
}

impl Guard for AllowIn {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        let viewer = viewer(context)?;
        if viewer.roles.allow(self.roles) {
            return Ok(());
        }
        let held = viewer.roles.projects(self.roles);
        // without such a role anywhere, it does not matter what there is
        if !held.is_empty() && self.place.is_in(context, &held).await? {
            return Ok(());
        }
        let needed = format!("this needs {} in the workspace, or in the project that it is about", named(self.roles));
        Err(fault::forbidden(context, &needed))
    }
}

impl Place {
    async fn is_in(&self, context: &Context<'_>, held: &BTreeSet<ProjectId>) -> Result<bool> {
        Ok(match self {
            Self::Project(project) => held.contains(project),
            Self::OneOf(projects) => !held.is_disjoint(projects),
            Self::OfTask(task) => {
                let project = load::<Task>(context, task.uuid()).await?.project();
                project.is_some_and(|project| held.contains(&project))
            }
            Self::OfParticipant(participant) => {
                let participant = load::<Participant>(context, participant.uuid()).await?;
                participant.roles().in_projects().any(|(project, _)| held.contains(&project))
            }
            Self::Any => true,
        })
    }
}

/// Of which projects the caller is told in a list that is for these roles.
pub(in crate::graphql) fn within(context: &Context<'_>, roles: &[Role]) -> Result<Within> {
    let held = &viewer(context)?.roles;
    Ok(if held.allow(roles) { Within::Workspace } else { Within::Projects(held.projects(roles)) })
}

async fn load<A: Aggregate>(context: &Context<'_>, id: Uuid) -> Result<Arc<A>> {
    let (state, _) =
        context.data::<Api>()?.ledger.load::<A>(id).await.map_err(|error| fault::internal(context, &error))?;
    Ok(state)
}

fn named(roles: &[Role]) -> String {
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    format!("one of the roles {}", roles.join(", "))
}
