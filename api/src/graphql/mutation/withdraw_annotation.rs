//! `withdrawAnnotation`: take answers back.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Task, TaskCommand};
use uuid::Uuid;

use super::{or_refuse, shown_form::project_of};
use crate::graphql::{
    access::{ANNOTATORS, Allow, viewer},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// An annotation to take back.
#[derive(InputObject)]
struct WithdrawAnnotationInput {
    /// The task.
    task_id: Uuid,
    /// The annotation.
    annotation_id: Uuid,
}

/// The annotation no longer counts.
#[derive(SimpleObject)]
struct AnnotationWithdrawn {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum WithdrawAnnotationPayload {
    Withdrawn(AnnotationWithdrawn),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct WithdrawAnnotation;

#[Object]
impl WithdrawAnnotation {
    /// Takes an annotation back, until it has been approved or rejected.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn withdraw_annotation(
        &self,
        context: &Context<'_>,
        input: WithdrawAnnotationInput,
        idempotency_key: String,
    ) -> Result<WithdrawAnnotationPayload> {
        let call = Call::new(context, "withdrawAnnotation", &idempotency_key, &input)?;
        let call = or_refuse!(WithdrawAnnotationPayload, call);
        let annotator = viewer(context)?.participant;
        let project = or_refuse!(WithdrawAnnotationPayload, project_of(context, input.task_id).await?);
        let (annotation, standards) = (input.annotation_id.into(), project.standards());
        let command = TaskCommand::Withdraw { annotation, annotator, standards };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(WithdrawAnnotationPayload, done);
        Ok(WithdrawAnnotationPayload::Withdrawn(AnnotationWithdrawn { receipt: done.receipt.into() }))
    }
}
