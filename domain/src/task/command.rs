//! What may be asked of a task.

use std::{collections::BTreeSet, sync::Arc};

use super::{ContentField, Response, Revision, Routing, Verdict};
use crate::{
    AnnotationId, AssignmentId, ParticipantId, Personal, ProjectId, Skill, Timestamp,
    form::{Answer, Form, FormVersion},
    project::{GuidelinesVersion, Redundancy, Standards},
};

/// What may be asked of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskCommand {
    /// Begin a task.
    Create {
        /// The project it belongs to.
        project: ProjectId,
        /// Its name in the source it came from, if any.
        external_key: Option<String>,
        /// What it shows.
        content: Vec<ContentField>,
        /// The responses to judge.
        responses: Vec<Response>,
        /// How many annotators it gets, at most.
        redundancy: Redundancy,
        /// How many it gets to begin with; `None` for all of them.
        starts_with: Option<Redundancy>,
        /// When its turn comes, and who may do it.
        routing: Routing,
    },
    /// Change what it shows.
    ReviseTask {
        /// What it is to show.
        revision: Revision,
        /// The form now in force.
        form: Arc<Form>,
    },
    /// Change when its turn comes, and who may do it.
    Route {
        /// All of it, from now on.
        routing: Routing,
    },
    /// Lease it to an annotator.
    Claim {
        /// The lease's id.
        assignment: AssignmentId,
        /// Who will do it.
        annotator: ParticipantId,
        /// The form version they will be shown.
        form_version: FormVersion,
        /// The version of the guidelines they will be shown, if there are any.
        guidelines_version: Option<GuidelinesVersion>,
        /// What they are able to do.
        skills: BTreeSet<Skill>,
        /// What decides in which order they see the responses; `None` for the task's own.
        shuffle: Option<u64>,
        /// When it was claimed.
        now: Timestamp,
        /// How long the lease lasts, in seconds; 1 to [`MAX_LEASE_SECONDS`](super::refusal::MAX_LEASE_SECONDS).
        lease_seconds: u32,
    },
    /// Give a lease back unused.
    Release {
        /// The lease.
        assignment: AssignmentId,
        /// Who gives it back.
        annotator: ParticipantId,
    },
    /// Keep a lease for longer.
    Extend {
        /// The lease.
        assignment: AssignmentId,
        /// Who holds it.
        annotator: ParticipantId,
        /// When that is asked.
        now: Timestamp,
        /// How long it lasts from then, in seconds; 1 to [`MAX_LEASE_SECONDS`](super::refusal::MAX_LEASE_SECONDS).
        lease_seconds: u32,
    },
    /// Give a lease back, so as not to be offered the task again.
    Skip {
        /// The lease.
        assignment: AssignmentId,
        /// Who holds it.
        annotator: ParticipantId,
        /// Why; it belongs to the annotator.
        reason: Personal<String>,
    },
    /// Answer under a lease.
    Submit {
        /// The lease.
        assignment: AssignmentId,
        /// The answers.
        submission: Submission,
        /// When they were given.
        now: Timestamp,
    },
    /// Take an answer from elsewhere into the record: no lease existed. A second answer of the same annotator
    /// revises the first.
    Record {
        /// The answers; the annotation's id is used if this is the annotator's first.
        submission: Submission,
    },
    /// Answer anew.
    Revise {
        /// The answers, under the id of the annotation that they replace.
        submission: Submission,
    },
    /// Take an annotation back.
    Withdraw {
        /// The annotation.
        annotation: AnnotationId,
        /// Whose it is.
        annotator: ParticipantId,
        /// What follows from it.
        standards: Standards,
    },
    /// Judge someone else's annotation.
    Review {
        /// The annotation.
        annotation: AnnotationId,
        /// Who judges.
        reviewer: ParticipantId,
        /// The judgment.
        verdict: Verdict,
        /// What the reviewer has to say; it belongs to the reviewer.
        comment: Option<Personal<String>>,
        /// The answers that the reviewer proposes, to the form that was shown; only where changes are requested.
        correction: Option<(Arc<Form>, Vec<Answer>)>,
        /// What follows from it.
        standards: Standards,
    },
    /// Decide what its answers are, whatever its annotators said.
    Adjudicate {
        /// Who decides.
        adjudicator: ParticipantId,
        /// The form now in force.
        form: Arc<Form>,
        /// The answers, in any order.
        answers: Vec<Answer>,
        /// Why; it belongs to the adjudicator.
        comment: Option<Personal<String>>,
    },
    /// Let what its annotators said count again.
    ReverseAdjudication {
        /// Who reverses it.
        adjudicator: ParticipantId,
        /// Why; it belongs to them.
        comment: Option<Personal<String>>,
        /// What follows from it.
        standards: Standards,
    },
    /// Make it a gold task, or give it other right answers.
    SetGold {
        /// The form now in force.
        form: Arc<Form>,
        /// The answers that are known, in any order.
        answers: Vec<Answer>,
    },
    /// Make it an ordinary task again.
    RemoveGold,
    /// Take no more annotations.
    Close,
}

/// One annotator's answers to the form they were shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The annotation's id.
    pub annotation: AnnotationId,
    /// Who answers.
    pub annotator: ParticipantId,
    /// The form that was shown.
    pub form: Arc<Form>,
    /// The version of the guidelines in force, if there are any. Under a lease it is the one that the lease was begun with.
    pub guidelines_version: Option<GuidelinesVersion>,
    /// The answers, in any order.
    pub answers: Vec<Answer>,
    /// What follows from them.
    pub standards: Standards,
    /// What decides whether they are in the sample that is reviewed; every value is as good as another.
    pub draw: u64,
}
