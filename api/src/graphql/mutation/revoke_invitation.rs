//! `revokeInvitation`: take an invitation back.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use crate::{
    Api,
    account::invitation,
    graphql::{
        access::{ADMINS, Allow},
        object::InvitationObject,
        refusal::{Refusal, invitation_refusal},
    },
};

/// The invitation can't be accepted any more.
#[derive(SimpleObject)]
struct InvitationRevoked {
    invitation: InvitationObject,
}

/// What came of it.
#[derive(Union)]
enum RevokeInvitationPayload {
    Revoked(InvitationRevoked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RevokeInvitation;

#[Object]
impl RevokeInvitation {
    /// Takes an invitation back that nobody has accepted. One that was revoked before stays so. It is no command: no event
    /// tells of it.
    #[graphql(guard = "Allow(ADMINS).in_session()")]
    async fn revoke_invitation(&self, context: &Context<'_>, invitation_id: Uuid) -> Result<RevokeInvitationPayload> {
        let api = context.data::<Api>()?;
        match invitation::revoke(&api.ledger, invitation_id).await {
            Ok(row) => {
                api.metrics.command("revokeInvitation", "recorded");
                Ok(RevokeInvitationPayload::Revoked(InvitationRevoked { invitation: row.into() }))
            }
            Err(error) => {
                let refusal = invitation_refusal(context, "revokeInvitation", error)?;
                Ok(RevokeInvitationPayload::Refused(refusal))
            }
        }
    }
}
