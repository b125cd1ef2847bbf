//! `setGoldAnswers`: test annotators with a task.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Task, TaskCommand};
use uuid::Uuid;

use super::{
    or_refuse,
    shown_form::{Instructions, Shown, shown_form},
};
use crate::graphql::{
    access::{Allow, MANAGERS, viewer},
    answer::{AnswerInput, answers},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// The answers to a task that are known to be right.
#[derive(InputObject)]
struct SetGoldAnswersInput {
    /// The task.
    task_id: Uuid,
    /// The answers, to as many questions of the form in force as they are known for; at least one. Null makes it an
    /// ordinary task again.
    answers: Option<Vec<AnswerInput>>,
}

/// It is done.
#[derive(SimpleObject)]
struct GoldAnswersSet {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum SetGoldAnswersPayload {
    Set(GoldAnswersSet),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct SetGoldAnswers;

#[Object]
impl SetGoldAnswers {
    /// Makes a task a gold task, whose right answers are known. Annotators get gold tasks as often as the project's workflow
    /// says and can't tell them from others; each gets it once, and any number of them may. What they answer settles
    /// nothing and asks for no review.
    #[graphql(guard = "Allow(MANAGERS).on_task(input.task_id)")]
    async fn set_gold_answers(
        &self,
        context: &Context<'_>,
        input: SetGoldAnswersInput,
        idempotency_key: String,
    ) -> Result<SetGoldAnswersPayload> {
        let call = or_refuse!(SetGoldAnswersPayload, Call::new(context, "setGoldAnswers", &idempotency_key, &input)?);
        let command = match input.answers {
            None => TaskCommand::RemoveGold,
            Some(known) => {
                let shown = shown_form(context, input.task_id, Shown::Now).await?;
                let Instructions { form, .. } = or_refuse!(SetGoldAnswersPayload, shown);
                let author = viewer(context)?.participant;
                TaskCommand::SetGold { form, answers: or_refuse!(SetGoldAnswersPayload, answers(known, author)) }
            }
        };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(SetGoldAnswersPayload, done);
        Ok(SetGoldAnswersPayload::Set(GoldAnswersSet { receipt: done.receipt.into() }))
    }
}
