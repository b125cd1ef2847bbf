//! `closeTask`: take no more annotations.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Task, TaskCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, FEEDERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// A task to close.
#[derive(InputObject)]
struct CloseTaskInput {
    /// The task.
    task_id: Uuid,
}

/// The task takes no more annotations; those it has still count.
#[derive(SimpleObject)]
struct TaskClosed {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum CloseTaskPayload {
    Closed(TaskClosed),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CloseTask;

#[Object]
impl CloseTask {
    /// Closes a task.
    #[graphql(guard = "Allow(FEEDERS).on_task(input.task_id)")]
    async fn close_task(
        &self,
        context: &Context<'_>,
        input: CloseTaskInput,
        idempotency_key: String,
    ) -> Result<CloseTaskPayload> {
        let call = or_refuse!(CloseTaskPayload, Call::new(context, "closeTask", &idempotency_key, &input)?);
        let done = call.execute::<Task>(context, input.task_id, &TaskCommand::Close).await?;
        let done = or_refuse!(CloseTaskPayload, done);
        Ok(CloseTaskPayload::Closed(TaskClosed { receipt: done.receipt.into() }))
    }
}
