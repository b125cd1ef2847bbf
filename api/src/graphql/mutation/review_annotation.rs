//! `reviewAnnotation`: judge someone else's work.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    task::{Task, TaskCommand, Verdict},
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

/// A judgment of an annotation.
#[derive(InputObject)]
struct ReviewAnnotationInput {
    /// The task.
    task_id: Uuid,
    /// The annotation.
    annotation_id: Uuid,
    /// The judgment.
    verdict: VerdictEnum,
    /// What the reviewer has to say: 1 to 5,000 characters.
    comment: Option<String>,
    /// The answers that the reviewer proposes, all of them, to the form version that was answered; only with
    /// `CHANGES_REQUESTED`. They count once the annotator takes them over with `reviseAnnotation`.
    correction: Option<Vec<AnswerInput>>,
}

/// A reviewer's judgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Verdict", remote = "stele_domain::task::Verdict")]
enum VerdictEnum {
    /// It counts, and is final.
    Approved,
    /// It no longer counts.
    Rejected,
    /// It goes back to its annotator.
    ChangesRequested,
}

/// The judgment is recorded.
#[derive(SimpleObject)]
struct AnnotationReviewed {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReviewAnnotationPayload {
    Reviewed(AnnotationReviewed),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReviewAnnotation;

#[Object]
impl ReviewAnnotation {
    /// Judges someone else's annotation.
    #[graphql(guard = "Allow(REVIEWERS).on_task(input.task_id)")]
    async fn review_annotation(
        &self,
        context: &Context<'_>,
        input: ReviewAnnotationInput,
        idempotency_key: String,
    ) -> Result<ReviewAnnotationPayload> {
        let call = Call::new(context, "reviewAnnotation", &idempotency_key, &input)?;
        let call = or_refuse!(ReviewAnnotationPayload, call);
        let reviewer = viewer(context)?.participant;
        let shown = shown_form(context, input.task_id, Shown::Before(input.annotation_id.into())).await?;
        let Instructions { form, standards, .. } = or_refuse!(ReviewAnnotationPayload, shown);
        let correction = input.correction.map(|correction| answers(correction, reviewer)).transpose();
        let correction = or_refuse!(ReviewAnnotationPayload, correction);
        let command = TaskCommand::Review {
            annotation: input.annotation_id.into(),
            reviewer,
            verdict: Verdict::from(input.verdict),
            comment: input.comment.map(|comment| Personal::clear(reviewer, comment)),
            correction: correction.map(|answers| (form, answers)),
            standards,
        };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(ReviewAnnotationPayload, done);
        Ok(ReviewAnnotationPayload::Reviewed(AnnotationReviewed { receipt: done.receipt.into() }))
    }
}
