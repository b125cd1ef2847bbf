//! `revokeSkill`: count someone as no longer able to do something.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::participant::{Participant, ParticipantCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, MANAGERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// Whose skill, and which.
#[derive(InputObject)]
struct RevokeSkillInput {
    /// The participant.
    participant_id: Uuid,
    /// The skill: a word of a-z, 0-9, `-`, `_`, `.` and `:`.
    skill: String,
}

/// It is done.
#[derive(SimpleObject)]
struct SkillRevoked {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum RevokeSkillPayload {
    Done(SkillRevoked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RevokeSkill;

#[Object]
impl RevokeSkill {
    /// Counts someone as no longer able to do something.
    #[graphql(guard = "Allow(MANAGERS)")]
    async fn revoke_skill(
        &self,
        context: &Context<'_>,
        input: RevokeSkillInput,
        idempotency_key: String,
    ) -> Result<RevokeSkillPayload> {
        let call = or_refuse!(RevokeSkillPayload, Call::new(context, "revokeSkill", &idempotency_key, &input)?);
        let skill = input.skill.try_into().map_err(|error| Refusal::new("BAD_WORD", &error));
        let command = ParticipantCommand::RevokeSkill { skill: or_refuse!(RevokeSkillPayload, skill) };
        let done = call.execute::<Participant>(context, input.participant_id, &command).await?;
        let done = or_refuse!(RevokeSkillPayload, done);
        Ok(RevokeSkillPayload::Done(SkillRevoked { receipt: done.receipt.into() }))
    }
}
