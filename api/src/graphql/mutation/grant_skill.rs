//! `grantSkill`: count someone as able to do something.

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
struct GrantSkillInput {
    /// The participant.
    participant_id: Uuid,
    /// The skill: a word of a-z, 0-9, `-`, `_`, `.` and `:`.
    skill: String,
}

/// It is done.
#[derive(SimpleObject)]
struct SkillGranted {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum GrantSkillPayload {
    Done(SkillGranted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct GrantSkill;

#[Object]
impl GrantSkill {
    /// Counts someone as able to do something that tasks may ask for.
    #[graphql(guard = "Allow(MANAGERS)")]
    async fn grant_skill(
        &self,
        context: &Context<'_>,
        input: GrantSkillInput,
        idempotency_key: String,
    ) -> Result<GrantSkillPayload> {
        let call = or_refuse!(GrantSkillPayload, Call::new(context, "grantSkill", &idempotency_key, &input)?);
        let skill = input.skill.try_into().map_err(|error| Refusal::new("BAD_WORD", &error));
        let command = ParticipantCommand::GrantSkill { skill: or_refuse!(GrantSkillPayload, skill) };
        let done = call.execute::<Participant>(context, input.participant_id, &command).await?;
        let done = or_refuse!(GrantSkillPayload, done);
        Ok(GrantSkillPayload::Done(SkillGranted { receipt: done.receipt.into() }))
    }
}
