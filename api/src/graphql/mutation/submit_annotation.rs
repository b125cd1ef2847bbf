//! `submitAnnotation`: answer a claimed task.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Submission, Task, TaskCommand, TaskEvent};
use uuid::Uuid;

use super::{
    or_refuse,
    shown_form::{Instructions, Shown, shown_form},
};
use crate::{
    Api, draft,
    graphql::{
        access::{ANNOTATORS, Allow, viewer},
        answer::{AnswerInput, answers},
        command::Call,
        position::Receipt,
        refusal::Refusal,
    },
};

/// Answers to a claimed task.
#[derive(InputObject)]
struct SubmitAnnotationInput {
    /// The task.
    task_id: Uuid,
    /// The lease.
    assignment_id: Uuid,
    /// The answers, in any order.
    answers: Vec<AnswerInput>,
}

/// The answers are recorded.
#[derive(SimpleObject)]
struct AnnotationSubmitted {
    /// The annotation.
    annotation_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum SubmitAnnotationPayload {
    Submitted(AnnotationSubmitted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct SubmitAnnotation;

#[Object]
impl SubmitAnnotation {
    /// Answers a claimed task.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn submit_annotation(
        &self,
        context: &Context<'_>,
        input: SubmitAnnotationInput,
        idempotency_key: String,
    ) -> Result<SubmitAnnotationPayload> {
        let call = Call::new(context, "submitAnnotation", &idempotency_key, &input)?;
        let call = or_refuse!(SubmitAnnotationPayload, call);
        let shown = shown_form(context, input.task_id, Shown::Under(input.assignment_id.into())).await?;
        let Instructions { form, guidelines_version, standards } = or_refuse!(SubmitAnnotationPayload, shown);
        let Api { ledger, statements, .. } = context.data::<Api>()?;
        let annotator = viewer(context)?.participant;
        let answers = or_refuse!(SubmitAnnotationPayload, answers(input.answers, annotator));
        let (annotation, draw) = (ledger.mint().fresh(), ledger.mint().seed());
        let submission = Submission { annotation, annotator, form, guidelines_version, answers, standards, draw };
        let command =
            TaskCommand::Submit { assignment: input.assignment_id.into(), submission, now: ledger.clock().now() };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(SubmitAnnotationPayload, done);
        draft::forget(statements, input.assignment_id.into()).await;
        let annotation_id = done.events.iter().find_map(|event| match event {
            TaskEvent::AnnotationSubmitted(submitted) => Some(submitted.annotation.uuid()),
            _ => None,
        });
        let annotation_id = annotation_id.unwrap_or_default();
        Ok(SubmitAnnotationPayload::Submitted(AnnotationSubmitted { annotation_id, receipt: done.receipt.into() }))
    }
}
