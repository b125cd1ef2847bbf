//! An invitation, without its secret.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ProjectRole;
use crate::{
    account::invitation::{self, InvitationRow},
    graphql::{answer::PersonalText, mutation::RoleEnum},
};

/// An invitation to join.
pub(in crate::graphql) struct InvitationObject(InvitationRow);

impl From<InvitationRow> for InvitationObject {
    fn from(row: InvitationRow) -> Self {
        Self(row)
    }
}

/// An invitation to join. It is open until it was accepted or revoked, or has expired.
#[Object(name = "Invitation")]
impl InvitationObject {
    /// Its id, which is no secret.
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// The id of whoever is invited, once they have come. To erase them before that, erase the subject of this id.
    async fn participant_id(&self) -> Uuid {
        self.0.participant.uuid()
    }

    /// Where they can be reached, and what they sign in with.
    async fn email(&self, context: &Context<'_>) -> Result<PersonalText> {
        let stream = invitation::stream(self.0.participant);
        PersonalText::open(context, stream, self.0.id, invitation::PATH, self.0.email.clone()).await
    }

    /// What they may do in the whole workspace once they have come.
    async fn roles(&self) -> Vec<RoleEnum> {
        self.0.roles.iter().filter(|held| held.project.is_none()).map(|held| held.role.into()).collect()
    }

    /// What they may do in single projects once they have come.
    async fn project_roles(&self) -> Vec<ProjectRole> {
        self.0.roles.iter().filter_map(|held| Some((held.project?, held.role).into())).collect()
    }

    /// Who invited them.
    async fn invited_by(&self) -> Uuid {
        self.0.invited_by
    }

    /// When they were invited.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Until when it can be accepted.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was accepted; null if it was not.
    async fn used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// When it was revoked; null if it was not.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}
