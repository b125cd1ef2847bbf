//! A unit of work, and the consistency boundary of its assignments, annotations and reviews.
//!
//! Redundancy, leases and "nobody reviews their own work" are decided here, over one stream, so that no race
//! between annotators can break them.

mod command;
mod content;
mod decide;
mod event;
mod order;
mod refusal;
mod routing;
#[cfg(test)]
mod tests;

pub use command::{Submission, TaskCommand};
pub use content::{
    ContentError, ContentField, ContentKind, ContentValue, MAX_BYTES, MAX_FIELDS, MAX_RESPONSES, Response,
    ResponseIndex,
};
pub use event::{
    AnnotationReviewed, AnnotationRevised, AnnotationSubmitted, AnnotationWithdrawn, AssignmentEnd, AssignmentEnded,
    LeaseExtended, PreferenceLabelled, TaskClaimed, TaskClosed, TaskCreated, TaskEvent, TaskRouted, Verdict,
};
pub use refusal::{MAX_EXTERNAL_KEY, MAX_LEASE_SECONDS, MAX_REASON_LENGTH, TaskRefusal};
pub use routing::{MAX_WORDS, Routing};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, AnnotationId, AssignmentId, ParticipantId, ProjectId, StreamType, Timestamp,
    aggregate::cqrs_aggregate,
    form::{FormVersion, Shown},
    project::{GuidelinesVersion, Redundancy},
};

/// A task's state: who holds it, who has answered it, and what became of the answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    project: Option<ProjectId>,
    closed: bool,
    redundancy: Redundancy,
    /// What its annotators see, as far as their answers are held against it.
    shown: Shown,
    routing: Routing,
    /// Who would rather not do it.
    skipped: BTreeSet<ParticipantId>,
    assignments: BTreeMap<AssignmentId, Assignment>,
    annotations: BTreeMap<AnnotationId, Annotation>,
}

/// A lease that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Assignment {
    annotator: ParticipantId,
    form_version: FormVersion,
    guidelines_version: Option<GuidelinesVersion>,
    expires_at: Timestamp,
}

/// An annotation, as far as decisions need it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Annotation {
    annotator: ParticipantId,
    form_version: FormVersion,
    status: AnnotationStatus,
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

    /// When a lease lapses.
    #[must_use]
    pub fn lease_end(&self, assignment: AssignmentId) -> Option<Timestamp> {
        self.assignments.get(&assignment).map(|held| held.expires_at)
    }

    /// The form version that an assignment was shown with.
    #[must_use]
    pub fn assignment_form(&self, assignment: AssignmentId) -> Option<FormVersion> {
        self.assignments.get(&assignment).map(|assignment| assignment.form_version)
    }

    /// How many people hold or have done the task at `now`.
    fn taken(&self, now: Timestamp) -> usize {
        let done = self.annotations.values().filter(|annotation| annotation.status.is_current()).count();
        let held = self.assignments.values().filter(|assignment| assignment.expires_at > now).count();
        done + held
    }

    fn current_annotation_of(&self, annotator: ParticipantId) -> Option<(AnnotationId, Annotation)> {
        self.annotations
            .iter()
            .find(|(_, annotation)| annotation.annotator == annotator && annotation.status.is_current())
            .map(|(id, annotation)| (*id, *annotation))
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
                self.shown = content::shown(&created.content, &created.responses);
                self.routing = created.routing.clone();
            }
            TaskEvent::TaskRouted(routed) => self.routing = routed.routing.clone(),
            TaskEvent::TaskClaimed(claimed) => {
                let TaskClaimed { annotator, form_version, guidelines_version, expires_at, .. } = *claimed;
                let held = Assignment { annotator, form_version, guidelines_version, expires_at };
                self.assignments.insert(claimed.assignment, held);
            }
            TaskEvent::LeaseExtended(extended) => {
                if let Some(held) = self.assignments.get_mut(&extended.assignment) {
                    held.expires_at = extended.expires_at;
                }
            }
            TaskEvent::AssignmentEnded(ended) => {
                self.assignments.remove(&ended.assignment);
                if ended.end == AssignmentEnd::Skipped {
                    self.skipped.insert(ended.annotator);
                }
            }
            TaskEvent::AnnotationSubmitted(submitted) => {
                if let Some(assignment) = &submitted.assignment {
                    self.assignments.remove(assignment);
                }
                let AnnotationSubmitted { annotator, form_version, .. } = *submitted;
                let status = AnnotationStatus::Submitted;
                self.annotations.insert(submitted.annotation, Annotation { annotator, form_version, status });
            }
            TaskEvent::AnnotationRevised(revised) => {
                if let Some(annotation) = self.annotations.get_mut(&revised.annotation) {
                    annotation.form_version = revised.form_version;
                    annotation.status = AnnotationStatus::Submitted;
                }
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => {
                self.set_status(withdrawn.annotation, AnnotationStatus::Withdrawn);
            }
            TaskEvent::AnnotationReviewed(reviewed) => {
                self.set_status(reviewed.annotation, reviewed.verdict.status());
            }
            TaskEvent::PreferenceLabelled(_) => {}
            TaskEvent::TaskClosed(_) => {
                self.closed = true;
                self.assignments.clear();
            }
        }
    }
}

impl Task {
    fn set_status(&mut self, annotation: AnnotationId, status: AnnotationStatus) {
        if let Some(annotation) = self.annotations.get_mut(&annotation) {
            annotation.status = status;
        }
    }
}

cqrs_aggregate!(Task);
