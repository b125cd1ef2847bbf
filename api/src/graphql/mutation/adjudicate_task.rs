//! `adjudicateTask`: decide what the answers to a task are.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    task::{Task, TaskCommand},
};
use uuid::Uuid;

use super::{
    or_refuse,
    shown_form::{Instructions, Shown, shown_form},
};
use crate::graphql::{
    access::{Allow, REVIEWERS, viewer},
    answer::{AnswerInput, answers},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// A decision over a task.
#[derive(InputObject)]
struct AdjudicateTaskInput {
    /// The task.
    task_id: Uuid,
    /// The answers to the form in force.
    answers: Vec<AnswerInput>,
    /// Why: 1 to 5,000 characters. It belongs to whoever says it.
    comment: Option<String>,
}

/// The decision is recorded, and holds from now on. What annotators said stays as it is.
#[derive(SimpleObject)]
struct TaskAdjudicated {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum AdjudicateTaskPayload {
    Adjudicated(TaskAdjudicated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct AdjudicateTask;

#[Object]
impl AdjudicateTask {
    /// Decides what the answers to a task are, whatever its annotators said; nobody decides over a task that they have
    /// annotated. A later decision replaces it, and `reverseAdjudication` takes it back.
    #[graphql(guard = "Allow(REVIEWERS).on_task(input.task_id)")]
    async fn adjudicate_task(
        &self,
        context: &Context<'_>,
        input: AdjudicateTaskInput,
        idempotency_key: String,
    ) -> Result<AdjudicateTaskPayload> {
        let call = or_refuse!(AdjudicateTaskPayload, Call::new(context, "adjudicateTask", &idempotency_key, &input)?);
        let adjudicator = viewer(context)?.participant;
        let shown = shown_form(context, input.task_id, Shown::Now).await?;
        let Instructions { form, .. } = or_refuse!(AdjudicateTaskPayload, shown);
        let command = TaskCommand::Adjudicate {
            adjudicator,
            form,
            answers: or_refuse!(AdjudicateTaskPayload, answers(input.answers, adjudicator)),
            comment: input.comment.map(|comment| Personal::clear(adjudicator, comment)),
        };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(AdjudicateTaskPayload, done);
        Ok(AdjudicateTaskPayload::Adjudicated(TaskAdjudicated { receipt: done.receipt.into() }))
    }
}
