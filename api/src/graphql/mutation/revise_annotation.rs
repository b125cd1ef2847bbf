//! `reviseAnnotation`: answer anew.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Submission, Task, TaskCommand};
use uuid::Uuid;

use super::{
    or_refuse,
    shown_form::{Instructions, Shown, shown_form},
};
use crate::graphql::{
    access::{ANNOTATORS, Allow, viewer},
    answer::{AnswerInput, answers},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// Answers that replace earlier ones.
#[derive(InputObject)]
struct ReviseAnnotationInput {
    /// The task.
    task_id: Uuid,
    /// The annotation to revise.
    annotation_id: Uuid,
    /// All the answers, in any order.
    answers: Vec<AnswerInput>,
}

/// The new answers hold; the old ones stay in the history.
#[derive(SimpleObject)]
struct AnnotationRevised {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReviseAnnotationPayload {
    Revised(AnnotationRevised),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReviseAnnotation;

#[Object]
impl ReviseAnnotation {
    /// Answers anew, until the annotation has been approved or rejected.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn revise_annotation(
        &self,
        context: &Context<'_>,
        input: ReviseAnnotationInput,
        idempotency_key: String,
    ) -> Result<ReviseAnnotationPayload> {
        let call = Call::new(context, "reviseAnnotation", &idempotency_key, &input)?;
        let call = or_refuse!(ReviseAnnotationPayload, call);
        let shown = shown_form(context, input.task_id, Shown::Before(input.annotation_id.into())).await?;
        let Instructions { form, guidelines_version, standards } = or_refuse!(ReviseAnnotationPayload, shown);
        let annotator = viewer(context)?.participant;
        let answers = or_refuse!(ReviseAnnotationPayload, answers(input.answers, annotator));
        let annotation = input.annotation_id.into();
        let submission = Submission { annotation, annotator, form, guidelines_version, answers, standards, draw: 0 };
        let command = TaskCommand::Revise { submission };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(ReviseAnnotationPayload, done);
        Ok(ReviseAnnotationPayload::Revised(AnnotationRevised { receipt: done.receipt.into() }))
    }
}
