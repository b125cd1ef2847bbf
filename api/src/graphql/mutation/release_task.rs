//! `releaseTask`: give a claimed task back.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Task, TaskCommand};
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

/// A lease to give back.
#[derive(InputObject)]
struct ReleaseTaskInput {
    /// The task.
    task_id: Uuid,
    /// The lease.
    assignment_id: Uuid,
}

/// The task is free for others again.
#[derive(SimpleObject)]
struct TaskReleased {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReleaseTaskPayload {
    Released(TaskReleased),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReleaseTask;

#[Object]
impl ReleaseTask {
    /// Gives a claimed task back.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn release_task(
        &self,
        context: &Context<'_>,
        input: ReleaseTaskInput,
        idempotency_key: String,
    ) -> Result<ReleaseTaskPayload> {
        let call = or_refuse!(ReleaseTaskPayload, Call::new(context, "releaseTask", &idempotency_key, &input)?);
        let annotator = viewer(context)?.participant;
        let command = TaskCommand::Release { assignment: input.assignment_id.into(), annotator };
        let done = or_refuse!(ReleaseTaskPayload, call.execute::<Task>(context, input.task_id, &command).await?);
        draft::forget(&context.data::<Api>()?.statements, input.assignment_id.into()).await;
        Ok(ReleaseTaskPayload::Released(TaskReleased { receipt: done.receipt.into() }))
    }
}
