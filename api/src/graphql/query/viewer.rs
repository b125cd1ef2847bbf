//! `viewer`: who is calling.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use stele_projections::ViewName;
use uuid::Uuid;

use crate::{
    Api,
    account::{self, external, personal_token, second_factor},
    graphql::{
        access::{ANYONE, Allow, viewer},
        caught_up::caught_up,
        fault,
        mutation::RoleEnum,
        object::{AccessTokenObject, AssignmentObject, ProjectRole},
        position::PositionScalar,
    },
};

/// What somebody shows beside their password when they sign in.
#[derive(SimpleObject)]
struct SecondFactor {
    /// Since when.
    confirmed_at: DateTime<Utc>,
    /// How many recovery codes are left.
    recovery_codes: i64,
}

/// An account with the external issuer that somebody signs in with.
#[derive(SimpleObject)]
struct ExternalIdentity {
    /// Since when.
    linked_at: DateTime<Utc>,
}

/// Who is calling.
struct Viewer(account::Viewer);

/// Who is calling.
#[Object]
impl Viewer {
    /// Their id.
    async fn participant_id(&self) -> Uuid {
        self.0.participant.uuid()
    }

    /// What they may do in the whole workspace, as of now.
    async fn roles(&self) -> Vec<RoleEnum> {
        self.0.roles.in_workspace().map(Into::into).collect()
    }

    /// What they may do in single projects, as of now.
    async fn project_roles(&self) -> Vec<ProjectRole> {
        self.0.roles.in_projects().map(Into::into).collect()
    }

    /// The leases that they hold, the one that lapses first in front: what a closed browser comes back to.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn assignments(&self, context: &Context<'_>) -> Result<Vec<AssignmentObject>> {
        AssignmentObject::held_by(context, &self.0).await
    }

    /// What they show beside their password when they sign in; null if the password is enough.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = "5 + child_complexity")]
    async fn second_factor(&self, context: &Context<'_>) -> Result<Option<SecondFactor>> {
        let enrolled = second_factor::find(&context.data::<Api>()?.ledger, self.0.participant).await;
        let enrolled = enrolled.map_err(|error| fault::internal(context, &error))?;
        Ok(enrolled.map(|enrolled| SecondFactor {
            confirmed_at: enrolled.confirmed_at,
            recovery_codes: enrolled.recovery_codes,
        }))
    }

    /// Their personal access tokens, the newest first; those that have stopped working are listed for another 90 days.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = "5 + 100 * child_complexity")]
    async fn access_tokens(&self, context: &Context<'_>) -> Result<Vec<AccessTokenObject>> {
        let tokens = personal_token::all(&context.data::<Api>()?.ledger, self.0.participant).await;
        let tokens = tokens.map_err(|error| fault::internal(context, &error))?;
        Ok(tokens.into_iter().map(Into::into).collect())
    }

    /// The account with the external issuer that they may sign in with, if one is linked.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = "5 + child_complexity")]
    async fn external_identity(&self, context: &Context<'_>) -> Result<Option<ExternalIdentity>> {
        let linked = external::find(&context.data::<Api>()?.ledger, self.0.participant).await;
        let linked = linked.map_err(|error| fault::internal(context, &error))?;
        Ok(linked.map(|linked| ExternalIdentity { linked_at: linked.linked_at }))
    }
}

#[derive(Default)]
pub(super) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is calling.
    #[graphql(guard = "Allow(ANYONE)")]
    async fn viewer(&self, context: &Context<'_>, at_least: Option<PositionScalar>) -> Result<Viewer> {
        caught_up(context, &[ViewName::TaskDetail, ViewName::TaskQueue], at_least).await?;
        Ok(Viewer(viewer(context)?.clone()))
    }
}
