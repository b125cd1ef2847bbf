//! `viewer`: who is calling.

use async_graphql::{Context, Object, Result, SimpleObject};
use uuid::Uuid;

use crate::graphql::{
    access::{ANYONE, Allow, viewer},
    mutation::RoleEnum,
    object::ProjectRole,
};

/// Who is calling.
#[derive(SimpleObject)]
struct Viewer {
    /// Their id.
    participant_id: Uuid,
    /// What they may do in the whole workspace, as of now.
    roles: Vec<RoleEnum>,
    /// What they may do in single projects, as of now.
    project_roles: Vec<ProjectRole>,
}

#[derive(Default)]
pub(super) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is calling.
    #[graphql(guard = "Allow(ANYONE)")]
    async fn viewer(&self, context: &Context<'_>) -> Result<Viewer> {
        let viewer = viewer(context)?;
        Ok(Viewer {
            participant_id: viewer.participant.uuid(),
            roles: viewer.roles.in_workspace().map(Into::into).collect(),
            project_roles: viewer.roles.in_projects().map(Into::into).collect(),
        })
    }
}
