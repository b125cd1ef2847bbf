//! `viewer`: who is calling.

use async_graphql::{Context, Object, Result, SimpleObject};
use uuid::Uuid;

use crate::graphql::{
    access::{ANYONE, Allow, viewer},
    mutation::RoleEnum,
};

/// Who is calling.
#[derive(SimpleObject)]
struct Viewer {
    /// Their id.
    participant_id: Uuid,
    /// What they may do, as of when they signed in.
    roles: Vec<RoleEnum>,
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
            roles: viewer.roles.iter().copied().map(Into::into).collect(),
        })
    }
}
