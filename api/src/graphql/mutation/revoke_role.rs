//! `revokeRole`: lets someone do less; it takes effect when their present access token expires.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::participant::{Participant, ParticipantCommand};
use uuid::Uuid;

use super::{login::RoleEnum, or_refuse};
use crate::graphql::{
    access::{ADMINS, Allow},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// Whose role, and which.
#[derive(InputObject)]
struct RevokeRoleInput {
    /// The participant.
    participant_id: Uuid,
    /// The role.
    role: RoleEnum,
    /// The project for which it was granted; without it, the whole workspace.
    project_id: Option<Uuid>,
}

/// It is done.
#[derive(SimpleObject)]
struct RoleRevoked {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum RevokeRolePayload {
    Done(RoleRevoked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RevokeRole;

#[Object]
impl RevokeRole {
    /// Lets someone do less; it takes effect when their present access token expires.
    #[graphql(guard = "Allow(ADMINS)")]
    async fn revoke_role(
        &self,
        context: &Context<'_>,
        input: RevokeRoleInput,
        idempotency_key: String,
    ) -> Result<RevokeRolePayload> {
        let call = or_refuse!(RevokeRolePayload, Call::new(context, "revokeRole", &idempotency_key, &input)?);
        let command =
            ParticipantCommand::RevokeRole { role: input.role.into(), project: input.project_id.map(Into::into) };
        let done = call.execute::<Participant>(context, input.participant_id, &command).await?;
        let done = or_refuse!(RevokeRolePayload, done);
        Ok(RevokeRolePayload::Done(RoleRevoked { receipt: done.receipt.into() }))
    }
}
