//! What may have happened to a task.
//!
//! Every event but the lease's end names its project, so that a reader of one kind of event needs no other.

mod revision;
mod settling;

pub use revision::{AnnotationSuperseded, TaskRevised};
pub use settling::{
    AdjudicationReversed, AnnotatorAdded, ConsensusReached, GoldAnswersRemoved, GoldAnswersSet, ReviewReason,
    ReviewRequested, TaskAdjudicated, TaskDisputed, TaskReopened,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AnnotationStatus, ContentField, ContentValue, Response, ResponseIndex, Routing, TaskVersion, content};
use crate::{
    AnnotationId, AssignmentId, ParticipantId, ProjectId, SubjectId, Timestamp,
    event::{Payload, events},
    form::{Answers, FormVersion, PreferenceOutcome, QuestionKey, personal_fields},
    personal::{Personal, PersonalField, PersonalFields},
    project::{GuidelinesVersion, Redundancy},
};

events! {
    /// What may have happened to a task.
    TaskEvent {
        /// It was begun.
        TaskCreated @ 5 since 1,
        /// It was leased to an annotator.
        TaskClaimed @ 3 since 1,
        /// What it shows changed.
        TaskRevised @ 1,
        /// Its priority, tags or skills changed.
        TaskRouted @ 1,
        /// An annotator needs longer.
        LeaseExtended @ 1,
        /// A lease ended without an annotation.
        AssignmentEnded @ 3 since 1,
        /// An annotator answered.
        AnnotationSubmitted @ 4 since 1,
        /// An annotator answered anew.
        AnnotationRevised @ 4 since 1,
        /// An annotator took their answers back.
        AnnotationWithdrawn @ 1,
        /// An annotation answers an earlier version of the task.
        AnnotationSuperseded @ 1,
        /// A reviewer judged an annotation.
        AnnotationReviewed @ 3 since 1,
        /// An annotation compared two responses.
        PreferenceLabelled @ 1,
        /// An annotation waits for a reviewer.
        ReviewRequested @ 1,
        /// Its annotators agree well enough.
        ConsensusReached @ 1,
        /// Its annotators don't agree yet, and it gets one more.
        AnnotatorAdded @ 1,
        /// Its annotators don't agree, and it can have no more of them.
        TaskDisputed @ 1,
        /// It needs annotators again.
        TaskReopened @ 1,
        /// Somebody decided what its answers are.
        TaskAdjudicated @ 2 since 1,
        /// Such a decision no longer holds.
        AdjudicationReversed @ 1,
        /// Its right answers are known.
        GoldAnswersSet @ 2 since 1,
        /// It is a gold task no longer.
        GoldAnswersRemoved @ 1,
        /// It takes no more annotations.
        TaskClosed @ 1,
    }
}

/// A task was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskCreated {
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its name in the source it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_key: Option<String>,
    /// What it shows, in order.
    pub content: Vec<ContentField>,
    /// The responses to judge, in order.
    pub responses: Vec<Response>,
    /// How many annotators it gets, at most.
    pub redundancy: Redundancy,
    /// How many it gets to begin with; absent where that is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<Redundancy>,
    /// When its turn comes, and who may do it.
    #[serde(default, skip_serializing_if = "Routing::is_default")]
    pub routing: Routing,
}

/// A task's priority, tags or skills changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskRouted {
    /// The task's project.
    pub project: ProjectId,
    /// All of them, from now on.
    pub routing: Routing,
}

/// A task was leased to an annotator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskClaimed {
    /// The task's project.
    pub project: ProjectId,
    /// The lease.
    pub assignment: AssignmentId,
    /// Who holds it.
    pub annotator: ParticipantId,
    /// The form version they were shown.
    pub form_version: FormVersion,
    /// The version of the task that they were shown; absent where it is the first.
    #[serde(default, skip_serializing_if = "TaskVersion::is_first")]
    pub task_version: TaskVersion,
    /// The version of the guidelines they were shown; absent where the project had none, or the event is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines_version: Option<GuidelinesVersion>,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// In which order they see the responses, the first first; absent where it is that of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_order: Option<Vec<ResponseIndex>>,
}

/// An annotator needs longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseExtended {
    /// The task's project.
    pub project: ProjectId,
    /// The lease.
    pub assignment: AssignmentId,
    /// Who holds it.
    pub annotator: ParticipantId,
    /// When it lapses now.
    pub expires_at: Timestamp,
}

/// A lease ended without an annotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentEnded {
    /// The task's project.
    pub project: ProjectId,
    /// The lease.
    pub assignment: AssignmentId,
    /// Who held it.
    pub annotator: ParticipantId,
    /// How it ended.
    pub end: AssignmentEnd,
    /// Why, in the annotator's words, which belong to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
}

/// How a lease ended without an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentEnd {
    /// The annotator gave it back.
    Released,
    /// The annotator would rather not do the task, and is not offered it again.
    Skipped,
    /// Its time ran out.
    Expired,
    /// The task was revised, and what was answered before does not answer the new version.
    Superseded,
}

/// An annotator answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationSubmitted {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Who answered.
    pub annotator: ParticipantId,
    /// The lease it was done under; absent where it was recorded elsewhere and imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<AssignmentId>,
    /// The form version that was answered.
    pub form_version: FormVersion,
    /// The version of the task that was answered; absent where it is the first.
    #[serde(default, skip_serializing_if = "TaskVersion::is_first")]
    pub task_version: TaskVersion,
    /// The version of the guidelines in force; absent where the project had none, or the event is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines_version: Option<GuidelinesVersion>,
    /// The answers, in the form's order.
    pub answers: Answers,
}

/// An annotator answered anew; these answers replace the ones before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationRevised {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Who answered.
    pub annotator: ParticipantId,
    /// The form version that was answered.
    pub form_version: FormVersion,
    /// The version of the task that was answered; absent where it is the first.
    #[serde(default, skip_serializing_if = "TaskVersion::is_first")]
    pub task_version: TaskVersion,
    /// The version of the guidelines in force; absent where the project had none, or the event is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines_version: Option<GuidelinesVersion>,
    /// The answers, in the form's order.
    pub answers: Answers,
}

/// An annotator took their answers back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationWithdrawn {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Whose it was.
    pub annotator: ParticipantId,
}

/// A reviewer judged an annotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationReviewed {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Who judged it.
    pub reviewer: ParticipantId,
    /// The judgment.
    pub verdict: Verdict,
    /// What the reviewer had to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Personal<String>>,
    /// The answers that the reviewer proposes, where changes are requested, in the form's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Answers>,
}

/// A reviewer's judgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It counts, and is final.
    Approved,
    /// It no longer counts.
    Rejected,
    /// It goes back to its annotator.
    ChangesRequested,
}

impl Verdict {
    /// What an annotation becomes under it.
    #[must_use]
    pub const fn status(self) -> AnnotationStatus {
        match self {
            Self::Approved => AnnotationStatus::Approved,
            Self::Rejected => AnnotationStatus::Rejected,
            Self::ChangesRequested => AnnotationStatus::ChangesRequested,
        }
    }
}

/// An annotation compared two responses: the one event that a preference dataset replays.
///
/// It follows the submission or revision that it is part of. After a revision, the later one holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceLabelled {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation that it is part of.
    pub annotation: AnnotationId,
    /// Who compared.
    pub annotator: ParticipantId,
    /// The question that was asked.
    pub question: QuestionKey,
    /// The response on the left.
    pub left: ResponseIndex,
    /// The response on the right.
    pub right: ResponseIndex,
    /// Which was preferred, if any.
    pub outcome: PreferenceOutcome,
    /// How strongly, from 1 (slightest), where the form asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<u8>,
}

/// A task takes no more annotations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskClosed {
    /// The task's project.
    pub project: ProjectId,
}

impl Payload for TaskCreated {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        content_fields(&mut self.content)
    }

    fn media_subjects(&self) -> Vec<SubjectId> {
        content::media_subjects(&self.content)
    }
}

/// The personal ones of a task's content fields.
fn content_fields(content: &mut [ContentField]) -> PersonalFields<'_> {
    let personal = content.iter_mut().filter_map(|field| match &mut field.value {
        ContentValue::Personal(value) => Some((format!("content.{}", field.name), value as &mut dyn PersonalField)),
        ContentValue::Public(_) | ContentValue::Media(_) => None,
    });
    personal.collect()
}

impl Payload for TaskClaimed {}
impl Payload for TaskRouted {}
impl Payload for LeaseExtended {}

impl Payload for AssignmentEnded {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        let reason = self.reason.as_mut();
        reason.map(|reason| ("reason".to_owned(), reason as &mut dyn PersonalField)).into_iter().collect()
    }
}

impl Payload for AnnotationWithdrawn {}
impl Payload for PreferenceLabelled {}
impl Payload for TaskClosed {}

impl Payload for AnnotationSubmitted {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        personal_fields("answers", &mut self.answers)
    }
}

impl Payload for AnnotationRevised {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        personal_fields("answers", &mut self.answers)
    }
}

impl Payload for AnnotationReviewed {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        let comment = self.comment.as_mut();
        let comment = comment.map(|comment| ("comment".to_owned(), comment as &mut dyn PersonalField));
        let correction = self.correction.iter_mut().flat_map(|answers| personal_fields("correction", answers));
        comment.into_iter().chain(correction).collect()
    }
}
