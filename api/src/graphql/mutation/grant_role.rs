//! `grantRole`: lets someone do more.

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
struct GrantRoleInput {
    /// The participant.
    participant_id: Uuid,
    /// The role.
    role: RoleEnum,
}

/// It is done.
#[derive(SimpleObject)]
struct RoleGranted {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum GrantRolePayload {
    Done(RoleGranted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct GrantRole;

#[Object]
impl GrantRole {
    /// Lets someone do more.
    #[graphql(guard = "Allow(ADMINS)")]
    async fn grant_role(
        &self,
        context: &Context<'_>,
        input: GrantRoleInput,
        idempotency_key: String,
    ) -> Result<GrantRolePayload> {
        let call = or_refuse!(GrantRolePayload, Call::new(context, "grantRole", &idempotency_key, &input)?);
        let command = ParticipantCommand::GrantRole { role: input.role.into() };
        let done = call.execute::<Participant>(context, input.participant_id, &command).await?;
        let done = or_refuse!(GrantRolePayload, done);
        Ok(GrantRolePayload::Done(RoleGranted { receipt: done.receipt.into() }))
    }
}
