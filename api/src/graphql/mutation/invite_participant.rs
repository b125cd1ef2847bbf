//! `inviteParticipant`: let somebody join.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::participant::HeldRole;
use uuid::Uuid;

use super::{grant_role::existing, login::RoleEnum, or_refuse};
use crate::{
    Api,
    account::invitation::{self, DEFAULT_HOURS, NewInvitation},
    graphql::{
        access::{ADMINS, Allow, viewer},
        object::InvitationObject,
        refusal::{Refusal, invitation_refusal},
    },
};

/// A role that is to count in one project.
#[derive(InputObject)]
struct ProjectRoleInput {
    /// The project.
    project_id: Uuid,
    /// What they may do there.
    role: RoleEnum,
}

/// Somebody to invite.
#[derive(InputObject)]
struct InviteParticipantInput {
    /// Where they can be reached, and what they will sign in with.
    email: String,
    /// What they may do in the whole workspace once they have come.
    #[graphql(default)]
    roles: Vec<RoleEnum>,
    /// What they may do in single projects once they have come.
    #[graphql(default)]
    project_roles: Vec<ProjectRoleInput>,
    /// How long the invitation is good for: 1 to 720 hours.
    #[graphql(default_with = "DEFAULT_HOURS")]
    expires_in_hours: u32,
}

/// Somebody can join.
#[derive(SimpleObject)]
struct ParticipantInvited {
    invitation: InvitationObject,
    /// What `acceptInvitation` takes. It is shown this once: pass it on to whoever is invited, and to nobody else.
    token: String,
}

/// What came of it.
#[derive(Union)]
enum InviteParticipantPayload {
    Invited(ParticipantInvited),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct InviteParticipant;

#[Object]
impl InviteParticipant {
    /// Lets somebody join, who chooses their name and password themselves. An open invitation for the same address is replaced.
    /// It is no command: it takes no idempotency key, and no event tells of it before somebody comes. If the answer gets lost,
    /// invite again.
    #[graphql(guard = "Allow(ADMINS).in_session()")]
    async fn invite_participant(
        &self,
        context: &Context<'_>,
        input: InviteParticipantInput,
    ) -> Result<InviteParticipantPayload> {
        let (api, by) = (context.data::<Api>()?, viewer(context)?.participant);
        let mut roles: Vec<HeldRole> =
            input.roles.into_iter().map(|role| HeldRole::in_workspace(role.into())).collect();
        for held in input.project_roles {
            or_refuse!(InviteParticipantPayload, existing(context, held.project_id).await?);
            roles.push(HeldRole { role: held.role.into(), project: Some(held.project_id.into()) });
        }
        roles.sort_unstable();
        roles.dedup();
        let new = NewInvitation { email: input.email, roles, hours: input.expires_in_hours };
        match invitation::invite(&api.ledger, by, new).await {
            Ok((invitation, token)) => {
                api.metrics.command("inviteParticipant", "recorded");
                let invited = ParticipantInvited { invitation: invitation.into(), token: token.reveal() };
                Ok(InviteParticipantPayload::Invited(invited))
            }
            Err(error) => {
                let refusal = invitation_refusal(context, "inviteParticipant", error)?;
                Ok(InviteParticipantPayload::Refused(refusal))
            }
        }
    }
}
