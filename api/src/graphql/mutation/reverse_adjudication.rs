//! `reverseAdjudication`: let what a task's annotators said count again.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    task::{Task, TaskCommand},
};
use uuid::Uuid;

use super::{or_refuse, shown_form::project_of};
use crate::graphql::{
    access::{Allow, REVIEWERS, viewer},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// A decision that no longer holds.
#[derive(InputObject)]
struct ReverseAdjudicationInput {
    /// The task.
    task_id: Uuid,
    /// Why: 1 to 5,000 characters. It belongs to whoever says it.
    comment: Option<String>,
}

/// What the task's annotators said counts again.
#[derive(SimpleObject)]
struct AdjudicationReversed {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReverseAdjudicationPayload {
    Reversed(AdjudicationReversed),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReverseAdjudication;

#[Object]
impl ReverseAdjudication {
    /// Takes the decision over a task back. It stays in the history.
    #[graphql(guard = "Allow(REVIEWERS).on_task(input.task_id)")]
    async fn reverse_adjudication(
        &self,
        context: &Context<'_>,
        input: ReverseAdjudicationInput,
        idempotency_key: String,
    ) -> Result<ReverseAdjudicationPayload> {
        let call = Call::new(context, "reverseAdjudication", &idempotency_key, &input)?;
        let call = or_refuse!(ReverseAdjudicationPayload, call);
        let adjudicator = viewer(context)?.participant;
        let project = or_refuse!(ReverseAdjudicationPayload, project_of(context, input.task_id).await?);
        let comment = input.comment.map(|comment| Personal::clear(adjudicator, comment));
        let command = TaskCommand::ReverseAdjudication { adjudicator, comment, standards: project.standards() };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(ReverseAdjudicationPayload, done);
        Ok(ReverseAdjudicationPayload::Reversed(AdjudicationReversed { receipt: done.receipt.into() }))
    }
}
