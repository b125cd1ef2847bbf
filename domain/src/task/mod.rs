//! A unit of work, and the consistency boundary of its assignments, annotations and reviews.
//!
//! Redundancy, leases and "nobody reviews their own work" are decided here, over one stream, so that no race
//! between annotators can break them.

mod chat;
mod command;
mod consensus;
mod content;
mod decide;
mod event;
mod judge;
mod media;
mod order;
mod refusal;
mod response;
mod revise;
mod routing;
mod settle;
mod standing;
#[cfg(test)]
mod tests;
mod version;

pub use chat::{ChatMessage, ChatRole, ToolCall};
pub use command::{Submission, TaskCommand};
pub use content::{
    ContentBody, ContentError, ContentField, ContentKind, ContentValue, MAX_BYTES, MAX_FIELDS, MAX_RESPONSES,
};
pub use event::{
    AdjudicationReversed, AnnotationReviewed, AnnotationRevised, AnnotationSubmitted, AnnotationSuperseded,
    AnnotationWithdrawn, AnnotatorAdded, AssignmentEnd, AssignmentEnded, ConsensusReached, GoldAnswersRemoved,
    GoldAnswersSet, LeaseExtended, PreferenceLabelled, ReviewReason, ReviewRequested, TaskAdjudicated, TaskClaimed,
    TaskClosed, TaskCreated, TaskDisputed, TaskEvent, TaskReopened, TaskRevised, TaskRouted, Verdict,
};
pub use media::{MediaDigest, MediaDigestError, MediaRef};
pub use refusal::{MAX_COMMENT_LENGTH, MAX_EXTERNAL_KEY, MAX_LEASE_SECONDS, MAX_REASON_LENGTH, TaskRefusal};
pub use response::{Response, ResponseIndex};
pub use revise::Revision;
pub use routing::{MAX_WORDS, Routing};
pub use standing::Standing;
pub use version::{EarlierAnnotations, TaskVersion};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, AnnotationId, AssignmentId, ParticipantId, ProjectId, StreamType, Timestamp,
    aggregate::cqrs_aggregate,
    form::{Answers, FormVersion, QuestionKey, Shown},
    project::{GuidelinesVersion, Redundancy},
};

/// A task's state: who holds it, who has answered it, and what became of the answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    project: Option<ProjectId>,
    closed: bool,
    /// How many annotators it may have.
    redundancy: Redundancy,
    /// How many of them it has a place for now.
    annotators: Redundancy,
    standing: Standing,
    /// Which version of its content it shows.
    version: TaskVersion,
    /// Whether its right answers are known.
    gold: bool,
    /// What its annotators see, as far as their answers are held against it.
    shown: Shown,
    routing: Routing,
    /// Who would rather not do it.
    skipped: BTreeSet<ParticipantId>,
    assignments: BTreeMap<AssignmentId, Lease>,
    /// The leases that have been answered or given back, or have lapsed and made room for others.
    ended: BTreeSet<AssignmentId>,
    annotations: BTreeMap<AnnotationId, Annotation>,
}

/// A lease that has not been answered or given back. It may have lapsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it.
    pub annotator: ParticipantId,
    /// The form version that they were shown.
    pub form_version: FormVersion,
    /// The version of the task that they were shown.
    pub task_version: TaskVersion,
    /// The version of the guidelines that they were shown, if there are any.
    pub guidelines_version: Option<GuidelinesVersion>,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// In which order they see the responses; absent where it is that of the task.
    pub response_order: Option<Vec<ResponseIndex>>,
}

/// An annotation, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Annotation {
    annotator: ParticipantId,
    form_version: FormVersion,
    status: AnnotationStatus,
    /// Whether it waits for a reviewer.
    awaits_review: bool,
    /// The answers that put the task in a category.
    categories: BTreeMap<QuestionKey, String>,
}

impl Annotation {
    /// Whether it makes sense to ask for a review: it has had none, and waits for none.
    fn may_be_asked_for(&self) -> bool {
        self.status == AnnotationStatus::Submitted && !self.awaits_review
    }
}

fn categories(answers: &Answers) -> BTreeMap<QuestionKey, String> {
    answers.iter().filter_map(|answer| Some((answer.question.clone(), answer.value.category()?))).collect()
}

/// What has become of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationStatus {
    /// Given, and not yet reviewed.
    Submitted,
    /// Sent back to its annotator by a reviewer.
    ChangesRequested,
    /// Accepted by a reviewer; it can't be revised or withdrawn any more.
    Approved,
    /// Refused by a reviewer; it no longer counts.
    Rejected,
    /// Taken back by its annotator; it no longer counts.
    Withdrawn,
    /// Given to an earlier version of the task; it no longer counts.
    Superseded,
}

impl AnnotationStatus {
    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
        }
    }

    /// Whether the annotation counts: towards redundancy, agreement and datasets.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Submitted | Self::ChangesRequested | Self::Approved)
    }
}

impl Task {
    /// The project it belongs to; `None` if the task does not exist.
    #[must_use]
    pub const fn project(&self) -> Option<ProjectId> {
        self.project
    }

    /// The form version that an annotation was last given under.
    #[must_use]
    pub fn annotation_form(&self, annotation: AnnotationId) -> Option<FormVersion> {
        self.annotations.get(&annotation).map(|annotation| annotation.form_version)
    }

    /// A lease that has not been answered or given back.
    #[must_use]
    pub fn lease(&self, assignment: AssignmentId) -> Option<&Lease> {
        self.assignments.get(&assignment)
    }

    /// Whether a lease existed and has been answered or given back, or has made room for others.
    #[must_use]
    pub fn has_ended(&self, assignment: AssignmentId) -> bool {
        self.ended.contains(&assignment)
    }

    /// Which version of its content it shows.
    #[must_use]
    pub const fn version(&self) -> TaskVersion {
        self.version
    }

    /// Where it stands as a whole.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// How many people hold or have done the task at `now`.
    fn taken(&self, now: Timestamp) -> usize {
        self.done() + self.assignments.values().filter(|assignment| assignment.expires_at > now).count()
    }

    /// How many annotations count.
    fn done(&self) -> usize {
        self.current().count()
    }

    /// The annotations that count.
    fn current(&self) -> impl Iterator<Item = (AnnotationId, &Annotation)> {
        let annotations = self.annotations.iter().map(|(id, annotation)| (*id, annotation));
        annotations.filter(|(_, annotation)| annotation.status.is_current())
    }

    fn current_annotation_of(&self, annotator: ParticipantId) -> Option<(AnnotationId, &Annotation)> {
        self.current().find(|(_, annotation)| annotation.annotator == annotator)
    }

    /// Whether a reviewer has asked for changes that have not been made.
    fn awaits_changes(&self, annotation: AnnotationId) -> bool {
        let annotation = self.annotations.get(&annotation);
        annotation.is_some_and(|annotation| annotation.status == AnnotationStatus::ChangesRequested)
    }
}

impl Aggregate for Task {
    const STREAM: StreamType = StreamType::Task;
    type Command = TaskCommand;
    type Event = TaskEvent;
    type Refusal = TaskRefusal;

    fn decide(&self, command: &TaskCommand) -> Result<Vec<TaskEvent>, TaskRefusal> {
        decide::decide(self, command)
    }

    fn apply(&mut self, event: &TaskEvent) {
        match event {
            TaskEvent::TaskCreated(created) => {
                self.project = Some(created.project);
                self.redundancy = created.redundancy;
                self.annotators = created.starts_with.unwrap_or(created.redundancy);
                self.shown = content::shown(&created.content, &created.responses);
                self.routing = created.routing.clone();
            }
            TaskEvent::TaskRevised(revised) => {
                self.version = revised.version;
                self.shown = content::shown(&revised.content, &revised.responses);
            }
            TaskEvent::TaskRouted(routed) => self.routing = routed.routing.clone(),
            TaskEvent::TaskClaimed(claimed) => {
                let TaskClaimed { annotator, form_version, task_version, guidelines_version, expires_at, .. } =
                    *claimed;
                let response_order = claimed.response_order.clone();
                let lease =
                    Lease { annotator, form_version, task_version, guidelines_version, expires_at, response_order };
                self.assignments.insert(claimed.assignment, lease);
            }
            TaskEvent::LeaseExtended(extended) => {
                if let Some(held) = self.assignments.get_mut(&extended.assignment) {
                    held.expires_at = extended.expires_at;
                }
            }
            TaskEvent::AssignmentEnded(ended) => {
                self.end(ended.assignment);
                if ended.end == AssignmentEnd::Skipped {
                    self.skipped.insert(ended.annotator);
                }
            }
            TaskEvent::AnnotationSubmitted(submitted) => {
                if let Some(assignment) = submitted.assignment {
                    self.end(assignment);
                }
                let AnnotationSubmitted { annotator, form_version, .. } = *submitted;
                let annotation = Annotation {
                    annotator,
                    form_version,
                    status: AnnotationStatus::Submitted,
                    awaits_review: false,
                    categories: categories(&submitted.answers),
                };
                self.annotations.insert(submitted.annotation, annotation);
            }
            TaskEvent::AnnotationRevised(revised) => {
                if let Some(annotation) = self.annotations.get_mut(&revised.annotation) {
                    annotation.form_version = revised.form_version;
                    annotation.status = AnnotationStatus::Submitted;
                    annotation.categories = categories(&revised.answers);
                }
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => {
                self.set_status(withdrawn.annotation, AnnotationStatus::Withdrawn);
            }
            TaskEvent::AnnotationSuperseded(superseded) => {
                self.set_status(superseded.annotation, AnnotationStatus::Superseded);
            }
            TaskEvent::AnnotationReviewed(reviewed) => {
                self.set_status(reviewed.annotation, reviewed.verdict.status());
            }
            TaskEvent::ReviewRequested(requested) => {
                if let Some(annotation) = self.annotations.get_mut(&requested.annotation) {
                    annotation.awaits_review = true;
                }
            }
            TaskEvent::ConsensusReached(reached) => self.standing = Standing::Agreed(reached.answer.clone()),
            TaskEvent::AnnotatorAdded(added) => self.annotators = added.annotators,
            TaskEvent::TaskDisputed(_) => self.standing = Standing::Disputed,
            TaskEvent::TaskAdjudicated(_) => self.standing = Standing::Adjudicated,
            TaskEvent::TaskReopened(_) | TaskEvent::AdjudicationReversed(_) => self.standing = Standing::Open,
            TaskEvent::GoldAnswersSet(_) => self.gold = true,
            TaskEvent::GoldAnswersRemoved(_) => self.gold = false,
            TaskEvent::PreferenceLabelled(_) => {}
            TaskEvent::TaskClosed(_) => {
                self.closed = true;
                self.ended.extend(std::mem::take(&mut self.assignments).into_keys());
            }
        }
    }
}

impl Task {
    fn end(&mut self, assignment: AssignmentId) {
        self.assignments.remove(&assignment);
        self.ended.insert(assignment);
    }

    fn set_status(&mut self, annotation: AnnotationId, status: AnnotationStatus) {
        if let Some(annotation) = self.annotations.get_mut(&annotation) {
            annotation.status = status;
            annotation.awaits_review = false;
        }
    }
}

cqrs_aggregate!(Task);
