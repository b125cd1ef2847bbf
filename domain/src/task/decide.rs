//! The task's decisions: one function a command.

use super::{
    AnnotationReviewed, AnnotationRevised, AnnotationStatus, AnnotationSubmitted, AnnotationWithdrawn, AssignmentEnd,
    AssignmentEnded, PreferenceLabelled, ResponseIndex, Submission, Task, TaskClaimed, TaskClosed, TaskCommand,
    TaskCreated, TaskEvent, TaskRefusal, content,
    refusal::{MAX_EXTERNAL_KEY, MAX_LEASE_SECONDS},
};
use crate::{
    AnnotationId, AssignmentId, ParticipantId, ProjectId, Timestamp,
    form::{AnswerValue, Answers, FormVersion, validate},
    project::GuidelinesVersion,
};

type Decision = Result<Vec<TaskEvent>, TaskRefusal>;

pub(super) fn decide(task: &Task, command: &TaskCommand) -> Decision {
    match (command, task.project) {
        (TaskCommand::Create { .. }, Some(_)) => Err(TaskRefusal::AlreadyExists),
        (TaskCommand::Create { project, external_key, content, responses, redundancy }, None) => {
            create(TaskCreated {
                project: *project,
                external_key: external_key.clone(),
                content: content.clone(),
                responses: responses.clone(),
                redundancy: *redundancy,
            })
        }
        (_, None) => Err(TaskRefusal::NotFound),
        (
            TaskCommand::Claim { assignment, annotator, form_version, guidelines_version, now, lease_seconds },
            Some(project),
        ) => {
            let (assignment, annotator) = (*assignment, *annotator);
            let (form_version, guidelines_version) = (*form_version, *guidelines_version);
            let expires_at = now.plus_seconds(*lease_seconds);
            let claimed =
                TaskClaimed { project, assignment, annotator, form_version, guidelines_version, expires_at };
            task.claim(claimed, *now, *lease_seconds)
        }
        (TaskCommand::Release { assignment, annotator }, Some(project)) => {
            task.release(project, *assignment, *annotator)
        }
        (TaskCommand::Submit { assignment, submission, now }, Some(project)) => {
            task.submit(project, *assignment, submission, *now)
        }
        (TaskCommand::Record { submission }, Some(project)) => task.record(project, submission),
        (TaskCommand::Revise { submission }, Some(project)) => task.revise(project, submission),
        (TaskCommand::Withdraw { annotation, annotator }, Some(project)) => {
            task.withdraw(project, *annotation, *annotator)
        }
        (TaskCommand::Review { annotation, reviewer, verdict, comment }, Some(project)) => {
            let (annotation, reviewer, verdict) = (task.reviewable(*annotation, *reviewer)?, *reviewer, *verdict);
            let comment = comment.clone();
            Ok(vec![AnnotationReviewed { project, annotation, reviewer, verdict, comment }.into()])
        }
        (TaskCommand::Close, Some(_)) if task.closed => Err(TaskRefusal::Closed),
        (TaskCommand::Close, Some(project)) => Ok(vec![TaskClosed { project }.into()]),
    }
}

fn create(mut created: TaskCreated) -> Decision {
    if created.external_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > MAX_EXTERNAL_KEY) {
        return Err(TaskRefusal::ExternalKey);
    }
    created.content = content::accept(&created.content, &created.responses)?;
    Ok(vec![created.into()])
}

impl Task {
    fn claim(&self, claimed: TaskClaimed, now: Timestamp, lease_seconds: u32) -> Decision {
        let TaskClaimed { project, annotator, .. } = claimed;
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        if lease_seconds == 0 || lease_seconds > MAX_LEASE_SECONDS {
            return Err(TaskRefusal::Lease);
        }
        if self.current_annotation_of(annotator).is_some() {
            return Err(TaskRefusal::AlreadyAnnotated);
        }
        if self.assignments.values().any(|held| held.annotator == annotator && held.expires_at > now) {
            return Err(TaskRefusal::AlreadyClaimed);
        }
        if self.taken(now) >= usize::from(self.redundancy.get()) {
            return Err(TaskRefusal::Full);
        }
        let lapsed = self.assignments.iter().filter(|(_, held)| held.expires_at <= now);
        let mut events: Vec<TaskEvent> = lapsed
            .map(|(assignment, held)| {
                let (assignment, annotator, end) = (*assignment, held.annotator, AssignmentEnd::Expired);
                AssignmentEnded { project, assignment, annotator, end }.into()
            })
            .collect();
        events.push(claimed.into());
        Ok(events)
    }

    fn release(&self, project: ProjectId, assignment: AssignmentId, annotator: ParticipantId) -> Decision {
        let held = self.assignments.get(&assignment).ok_or(TaskRefusal::NoSuchAssignment)?;
        if held.annotator != annotator {
            return Err(TaskRefusal::NotYours);
        }
        Ok(vec![AssignmentEnded { project, assignment, annotator, end: AssignmentEnd::Released }.into()])
    }

    fn submit(
        &self,
        project: ProjectId,
        assignment: AssignmentId,
        submission: &Submission,
        now: Timestamp,
    ) -> Decision {
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        let held = self.assignments.get(&assignment).ok_or(TaskRefusal::NoSuchAssignment)?;
        if held.annotator != submission.annotator {
            return Err(TaskRefusal::NotYours);
        }
        if held.expires_at <= now {
            return Err(TaskRefusal::AssignmentExpired);
        }
        if self.current_annotation_of(submission.annotator).is_some() {
            return Err(TaskRefusal::AlreadyAnnotated);
        }
        same_form(held.form_version, submission)?;
        self.submitted(project, Some(assignment), held.guidelines_version, submission)
    }

    fn record(&self, project: ProjectId, submission: &Submission) -> Decision {
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        if let Some((annotation, _)) = self.current_annotation_of(submission.annotator) {
            return self.revise(project, &Submission { annotation, ..submission.clone() });
        }
        let current = self.annotations.values().filter(|annotation| annotation.status.is_current()).count();
        if current + self.assignments.len() >= usize::from(self.redundancy.get()) {
            return Err(TaskRefusal::Full);
        }
        self.submitted(project, None, submission.guidelines_version, submission)
    }

    fn submitted(
        &self,
        project: ProjectId,
        assignment: Option<AssignmentId>,
        guidelines_version: Option<GuidelinesVersion>,
        submission: &Submission,
    ) -> Decision {
        let answers = validate(&submission.form, &submission.answers, &self.shown)?;
        let labels = labels(project, submission.annotation, submission.annotator, &answers);
        let submitted = AnnotationSubmitted {
            project,
            annotation: submission.annotation,
            annotator: submission.annotator,
            assignment,
            form_version: submission.form.version,
            guidelines_version,
            answers,
        };
        Ok(std::iter::once(submitted.into()).chain(labels).collect())
    }

    fn revise(&self, project: ProjectId, submission: &Submission) -> Decision {
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        let annotation = self.own_annotation(submission.annotation, submission.annotator)?;
        same_form(annotation, submission)?;
        let answers = validate(&submission.form, &submission.answers, &self.shown)?;
        let labels = labels(project, submission.annotation, submission.annotator, &answers);
        let revised = AnnotationRevised {
            project,
            annotation: submission.annotation,
            annotator: submission.annotator,
            form_version: submission.form.version,
            guidelines_version: submission.guidelines_version,
            answers,
        };
        Ok(std::iter::once(revised.into()).chain(labels).collect())
    }

    fn withdraw(&self, project: ProjectId, annotation: AnnotationId, annotator: ParticipantId) -> Decision {
        self.own_annotation(annotation, annotator)?;
        Ok(vec![AnnotationWithdrawn { project, annotation, annotator }.into()])
    }

    /// The form version of an annotation that its annotator may still change.
    fn own_annotation(&self, id: AnnotationId, annotator: ParticipantId) -> Result<FormVersion, TaskRefusal> {
        let annotation = self.annotations.get(&id).ok_or(TaskRefusal::NoSuchAnnotation)?;
        if annotation.annotator != annotator {
            return Err(TaskRefusal::NotYours);
        }
        match annotation.status {
            AnnotationStatus::Submitted | AnnotationStatus::ChangesRequested => Ok(annotation.form_version),
            settled => Err(TaskRefusal::Settled(settled.as_str())),
        }
    }

    fn reviewable(&self, id: AnnotationId, reviewer: ParticipantId) -> Result<AnnotationId, TaskRefusal> {
        let annotation = self.annotations.get(&id).ok_or(TaskRefusal::NoSuchAnnotation)?;
        if annotation.annotator == reviewer {
            return Err(TaskRefusal::OwnWork);
        }
        match annotation.status {
            AnnotationStatus::Submitted => Ok(id),
            other => Err(TaskRefusal::Settled(other.as_str())),
        }
    }
}

fn same_form(shown: FormVersion, submission: &Submission) -> Result<(), TaskRefusal> {
    let answered = submission.form.version;
    if shown == answered { Ok(()) } else { Err(TaskRefusal::OtherForm { shown, answered }) }
}

/// The comparisons that answers contain: that of a preference, and every pair of a ranking.
fn labels(
    project: ProjectId,
    annotation: AnnotationId,
    annotator: ParticipantId,
    answers: &Answers,
) -> Vec<TaskEvent> {
    let mut labels = Vec::new();
    for answer in answers {
        let comparisons = match &answer.value {
            AnswerValue::Preference(given) => {
                vec![(ResponseIndex::LEFT, ResponseIndex::RIGHT, given.outcome, given.strength)]
            }
            AnswerValue::Ranking(ranking) => {
                let comparisons = ranking.comparisons().into_iter();
                comparisons.map(|(left, right, outcome)| (left, right, outcome, None)).collect()
            }
            _ => Vec::new(),
        };
        for (left, right, outcome, strength) in comparisons {
            let question = answer.question.clone();
            let label =
                PreferenceLabelled { project, annotation, annotator, question, left, right, outcome, strength };
            labels.push(label.into());
        }
    }
    labels
}
