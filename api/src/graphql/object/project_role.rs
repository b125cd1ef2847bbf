//! A role that counts in one project.

use async_graphql::SimpleObject;
use stele_domain::{ProjectId, participant::Role};
use uuid::Uuid;

use crate::graphql::mutation::RoleEnum;

/// A role that counts in one project.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ProjectRole {
    /// The project.
    project_id: Uuid,
    /// What they may do there.
    role: RoleEnum,
}

impl From<(ProjectId, Role)> for ProjectRole {
    fn from((project, role): (ProjectId, Role)) -> Self {
        Self { project_id: project.uuid(), role: role.into() }
    }
}
