//! `skipTask`: give a claimed task back for good.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    task::{Task, TaskCommand},
};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api, draft,
    graphql::{
        access::{ANNOTATORS, Allow, viewer},
        command::Call,
        position::Receipt,
        refusal::Refusal,
    },
};

/// A task that somebody would rather not do.
#[derive(InputObject)]
struct SkipTaskInput {
    /// The task.
    task_id: Uuid,
    /// The lease.
    assignment_id: Uuid,
    /// Why; 1 to 1,000 characters. It belongs to whoever says it.
    reason: String,
}

/// The task is free for others, and is not offered to the caller again.
#[derive(SimpleObject)]
struct TaskSkipped {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum SkipTaskPayload {
    Skipped(TaskSkipped),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct SkipTask;

#[Object]
impl SkipTask {
    /// Gives a claimed task back, so as not to be offered it again.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn skip_task(
        &self,
        context: &Context<'_>,
        input: SkipTaskInput,
        idempotency_key: String,
    ) -> Result<SkipTaskPayload> {
        let call = or_refuse!(SkipTaskPayload, Call::new(context, "skipTask", &idempotency_key, &input)?);
        let annotator = viewer(context)?.participant;
        let reason = Personal::clear(annotator, input.reason);
        let command = TaskCommand::Skip { assignment: input.assignment_id.into(), annotator, reason };
        let done = or_refuse!(SkipTaskPayload, call.execute::<Task>(context, input.task_id, &command).await?);
        draft::forget(&context.data::<Api>()?.statements, input.assignment_id.into()).await;
        Ok(SkipTaskPayload::Skipped(TaskSkipped { receipt: done.receipt.into() }))
    }
}
