//! What may have happened on the way from answers to a settled result: reviews asked for, consensus, adjudication, and
//! the known answers that annotators are held against.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AnnotationId, ParticipantId, Personal, Probability, ProjectId,
    event::Payload,
    form::{Answers, FormVersion, QuestionKey, personal_fields},
    personal::{PersonalField, PersonalFields},
    project::Redundancy,
};

/// An annotation waits for a reviewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequested {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Why this one.
    pub reason: ReviewReason,
}

/// Why an annotation is to be reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// Every annotation of the project is.
    All,
    /// It is in the sample.
    Sampled,
    /// The task's annotators disagree.
    Disagreement,
    /// A reviewer asked for changes, and they have been made.
    Revised,
}

impl ReviewReason {
    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Sampled => "sampled",
            Self::Disagreement => "disagreement",
            Self::Revised => "revised",
        }
    }
}

/// A task's annotators agree well enough; it needs no more of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsensusReached {
    /// The task's project.
    pub project: ProjectId,
    /// The question that they agree on.
    pub question: QuestionKey,
    /// The answer: an outcome, an option's key, or a rating in digits.
    pub answer: String,
    /// How probable it is that this is right, under the project's consensus rule.
    pub posterior: Probability,
}

/// A task's annotators don't agree yet: one more is added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotatorAdded {
    /// The task's project.
    pub project: ProjectId,
    /// How many annotators it gets now.
    pub annotators: Redundancy,
}

/// A task has all the annotators that it may have, and they don't agree: somebody has to adjudicate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskDisputed {
    /// The task's project.
    pub project: ProjectId,
    /// The question that they don't agree on.
    pub question: QuestionKey,
}

/// A task that was agreed on or disputed needs annotators again: an annotation was taken back, rejected or revised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskReopened {
    /// The task's project.
    pub project: ProjectId,
}

/// Somebody decided what the answers to a task are, whatever its annotators said. A later adjudication replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskAdjudicated {
    /// The task's project.
    pub project: ProjectId,
    /// Who decided.
    pub adjudicator: ParticipantId,
    /// The form version that was answered.
    pub form_version: FormVersion,
    /// The answers, in the form's order.
    pub answers: Answers,
    /// Why, in the adjudicator's words, which belong to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Personal<String>>,
}

/// An adjudication no longer holds: what the annotators said counts again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjudicationReversed {
    /// The task's project.
    pub project: ProjectId,
    /// Who reversed it.
    pub adjudicator: ParticipantId,
    /// Why, in their words, which belong to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Personal<String>>,
}

/// The right answers to a task are known: it is a gold task, that any number of annotators may be tested with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldAnswersSet {
    /// The task's project.
    pub project: ProjectId,
    /// The form version that they answer.
    pub form_version: FormVersion,
    /// The answers that are known, in the form's order.
    pub answers: Answers,
}

/// A task is a gold task no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldAnswersRemoved {
    /// The task's project.
    pub project: ProjectId,
}

impl Payload for ReviewRequested {}
impl Payload for ConsensusReached {}
impl Payload for AnnotatorAdded {}
impl Payload for TaskDisputed {}
impl Payload for TaskReopened {}
impl Payload for GoldAnswersRemoved {}

impl Payload for TaskAdjudicated {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        let mut fields = personal_fields("answers", &mut self.answers);
        fields.extend(comment(&mut self.comment));
        fields
    }
}

impl Payload for AdjudicationReversed {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        comment(&mut self.comment).into_iter().collect()
    }
}

impl Payload for GoldAnswersSet {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        personal_fields("answers", &mut self.answers)
    }
}

fn comment(comment: &mut Option<Personal<String>>) -> Option<(String, &mut dyn PersonalField)> {
    comment.as_mut().map(|comment| ("comment".to_owned(), comment as &mut dyn PersonalField))
}
