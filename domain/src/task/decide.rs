//! The task's decisions: one function a command.

use std::collections::BTreeSet;

use super::{
    AnnotationRevised, AnnotationStatus, AnnotationSubmitted, AnnotationWithdrawn, AssignmentEnd, AssignmentEnded,
    Lease, LeaseExtended, PreferenceLabelled, Routing, Standing, Submission, Task, TaskClaimed, TaskClosed,
    TaskCommand, TaskCreated, TaskEvent, TaskRefusal, TaskRouted, TaskVersion, content, order,
    refusal::{MAX_EXTERNAL_KEY, MAX_LEASE_SECONDS, MAX_REASON_LENGTH},
    settle,
};
use crate::{
    AnnotationId, AssignmentId, ParticipantId, Personal, ProjectId, Skill, Timestamp,
    form::{Answers, Form, FormVersion, validate},
    project::GuidelinesVersion,
};

type Decision = Result<Vec<TaskEvent>, TaskRefusal>;

pub(super) fn decide(task: &Task, command: &TaskCommand) -> Decision {
    let mut events = answer(task, command)?;
    events.extend(settle::follow_up(task, command, &events));
    Ok(events)
}

/// What was asked for, and nothing of what follows from it.
fn answer(task: &Task, command: &TaskCommand) -> Decision {
    match (command, task.project) {
        (TaskCommand::Create { .. }, Some(_)) => Err(TaskRefusal::AlreadyExists),
        (
            TaskCommand::Create { project, external_key, content, responses, redundancy, starts_with, routing },
            None,
        ) => create(TaskCreated {
            project: *project,
            external_key: external_key.clone(),
            content: content.clone(),
            responses: responses.clone(),
            redundancy: *redundancy,
            starts_with: *starts_with,
            routing: routing.clone(),
        }),
        (_, None) => Err(TaskRefusal::NotFound),
        (TaskCommand::ReviseTask { revision, form }, Some(project)) => task.revise_task(project, revision, form),
        (TaskCommand::Route { routing }, Some(project)) => task.route(project, routing),
        (
            TaskCommand::Claim {
                assignment,
                annotator,
                form_version,
                guidelines_version,
                skills,
                shuffle,
                now,
                lease_seconds,
            },
            Some(project),
        ) => {
            let claimed = TaskClaimed {
                project,
                assignment: *assignment,
                annotator: *annotator,
                form_version: *form_version,
                task_version: task.version,
                guidelines_version: *guidelines_version,
                expires_at: now.plus_seconds(*lease_seconds),
                response_order: shuffle.map(|seed| order::shuffled(task.shown.responses.len(), seed)),
            };
            task.claim(claimed, skills, *now, *lease_seconds)
        }
        (TaskCommand::Extend { assignment, annotator, now, lease_seconds }, Some(project)) => {
            task.extend(project, *assignment, *annotator, *now, *lease_seconds)
        }
        (TaskCommand::Release { assignment, annotator }, Some(project)) => {
            task.give_back(project, *assignment, *annotator, AssignmentEnd::Released, None)
        }
        (TaskCommand::Skip { assignment, annotator, reason }, Some(project)) => {
            check_reason(reason)?;
            task.give_back(project, *assignment, *annotator, AssignmentEnd::Skipped, Some(reason.clone()))
        }
        (TaskCommand::Submit { assignment, submission, now }, Some(project)) => {
            task.submit(project, *assignment, submission, *now)
        }
        (TaskCommand::Record { submission }, Some(project)) => task.record(project, submission),
        (TaskCommand::Revise { submission }, Some(project)) => task.revise(project, submission),
        (TaskCommand::Withdraw { annotation, annotator, .. }, Some(project)) => {
            task.withdraw(project, *annotation, *annotator)
        }
        (TaskCommand::Review { annotation, reviewer, verdict, comment, correction, .. }, Some(project)) => {
            task.review(project, *annotation, *reviewer, *verdict, comment.clone(), correction.as_ref())
        }
        (TaskCommand::Adjudicate { adjudicator, form, answers, comment }, Some(project)) => {
            task.adjudicate(project, *adjudicator, form, answers, comment.clone())
        }
        (TaskCommand::ReverseAdjudication { adjudicator, comment, .. }, Some(project)) => {
            task.reverse_adjudication(project, *adjudicator, comment.clone())
        }
        (TaskCommand::SetGold { form, answers }, Some(project)) => task.set_gold(project, form, answers),
        (TaskCommand::RemoveGold, Some(project)) => task.remove_gold(project),
        (TaskCommand::Close, Some(_)) if task.closed => Err(TaskRefusal::Closed),
        (TaskCommand::Close, Some(project)) => Ok(vec![TaskClosed { project }.into()]),
    }
}

fn create(mut created: TaskCreated) -> Decision {
    // PostgreSQL's text can't hold U+0000
    let is_key = |key: &String| (1..=MAX_EXTERNAL_KEY).contains(&key.len()) && !key.contains('\0');
    if !created.external_key.as_ref().is_none_or(is_key) {
        return Err(TaskRefusal::ExternalKey);
    }
    if !created.routing.is_bounded() {
        return Err(TaskRefusal::Routing);
    }
    if created.starts_with.is_some_and(|annotators| annotators > created.redundancy) {
        return Err(TaskRefusal::StartsWith);
    }
    created.content = content::accept(&created.content, &created.responses)?;
    Ok(vec![created.into()])
}

impl Task {
    fn claim(&self, claimed: TaskClaimed, skills: &BTreeSet<Skill>, now: Timestamp, lease_seconds: u32) -> Decision {
        let TaskClaimed { project, annotator, .. } = claimed;
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        checked_lease(lease_seconds)?;
        if self.skipped.contains(&annotator) {
            return Err(TaskRefusal::Skipped);
        }
        if let Some(missing) = self.routing.skills.difference(skills).next() {
            return Err(TaskRefusal::LacksSkill(missing.clone()));
        }
        if self.current_annotation_of(annotator).is_some() {
            return Err(TaskRefusal::AlreadyAnnotated);
        }
        if self.assignments.values().any(|held| held.annotator == annotator && held.expires_at > now) {
            return Err(TaskRefusal::AlreadyClaimed);
        }
        if !self.gold {
            if self.standing != Standing::Open {
                return Err(TaskRefusal::NoMoreNeeded(self.standing.as_str()));
            }
            if self.taken(now) >= usize::from(self.annotators.get()) {
                return Err(TaskRefusal::Full);
            }
        }
        let lapsed = self.assignments.iter().filter(|(_, held)| held.expires_at <= now);
        let mut events: Vec<TaskEvent> = lapsed
            .map(|(assignment, held)| {
                let (assignment, annotator, end) = (*assignment, held.annotator, AssignmentEnd::Expired);
                AssignmentEnded { project, assignment, annotator, end, reason: None }.into()
            })
            .collect();
        events.push(claimed.into());
        Ok(events)
    }

    fn route(&self, project: ProjectId, routing: &Routing) -> Decision {
        match routing {
            _ if self.closed => Err(TaskRefusal::Closed),
            routing if !routing.is_bounded() => Err(TaskRefusal::Routing),
            routing if *routing == self.routing => Err(TaskRefusal::Unchanged),
            routing => Ok(vec![TaskRouted { project, routing: routing.clone() }.into()]),
        }
    }

    fn extend(
        &self,
        project: ProjectId,
        assignment: AssignmentId,
        annotator: ParticipantId,
        now: Timestamp,
        lease_seconds: u32,
    ) -> Decision {
        let held = self.held_by(assignment, annotator)?;
        if held.expires_at <= now {
            return Err(TaskRefusal::AssignmentExpired);
        }
        let expires_at = now.plus_seconds(checked_lease(lease_seconds)?);
        if expires_at <= held.expires_at {
            return Err(TaskRefusal::Unchanged);
        }
        Ok(vec![LeaseExtended { project, assignment, annotator, expires_at }.into()])
    }

    fn give_back(
        &self,
        project: ProjectId,
        assignment: AssignmentId,
        annotator: ParticipantId,
        end: AssignmentEnd,
        reason: Option<Personal<String>>,
    ) -> Decision {
        self.held_by(assignment, annotator)?;
        Ok(vec![AssignmentEnded { project, assignment, annotator, end, reason }.into()])
    }

    /// A lease that this annotator holds.
    fn held_by(&self, assignment: AssignmentId, annotator: ParticipantId) -> Result<&Lease, TaskRefusal> {
        let held = self.assignments.get(&assignment).ok_or(TaskRefusal::NoSuchAssignment)?;
        if held.annotator == annotator { Ok(held) } else { Err(TaskRefusal::NotYours) }
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
        let held = self.held_by(assignment, submission.annotator)?;
        if held.expires_at <= now {
            return Err(TaskRefusal::AssignmentExpired);
        }
        if self.current_annotation_of(submission.annotator).is_some() {
            return Err(TaskRefusal::AlreadyAnnotated);
        }
        same_form(held.form_version, &submission.form)?;
        let (shown, guidelines) = (held.task_version, held.guidelines_version);
        self.submitted(project, Some(assignment), shown, guidelines, submission)
    }

    fn record(&self, project: ProjectId, submission: &Submission) -> Decision {
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        if let Some((annotation, _)) = self.current_annotation_of(submission.annotator) {
            return self.revise(project, &Submission { annotation, ..submission.clone() });
        }
        if self.done() + self.assignments.len() >= usize::from(self.redundancy.get()) {
            return Err(TaskRefusal::Full);
        }
        self.submitted(project, None, self.version, submission.guidelines_version, submission)
    }

    fn submitted(
        &self,
        project: ProjectId,
        assignment: Option<AssignmentId>,
        task_version: TaskVersion,
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
            task_version,
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
        same_form(annotation, &submission.form)?;
        let answers = validate(&submission.form, &submission.answers, &self.shown)?;
        let labels = labels(project, submission.annotation, submission.annotator, &answers);
        let revised = AnnotationRevised {
            project,
            annotation: submission.annotation,
            annotator: submission.annotator,
            form_version: submission.form.version,
            task_version: self.version,
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
}

pub(super) fn check_reason(reason: &Personal<String>) -> Result<(), TaskRefusal> {
    let length = reason.as_clear().map_or(0, |reason| reason.trim().chars().count());
    if (1..=MAX_REASON_LENGTH).contains(&length) { Ok(()) } else { Err(TaskRefusal::Reason) }
}

fn checked_lease(seconds: u32) -> Result<u32, TaskRefusal> {
    if (1..=MAX_LEASE_SECONDS).contains(&seconds) { Ok(seconds) } else { Err(TaskRefusal::Lease) }
}

pub(super) fn same_form(shown: FormVersion, form: &Form) -> Result<(), TaskRefusal> {
    let answered = form.version;
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
        for (left, right, outcome, strength) in answer.value.comparisons() {
            let question = answer.question.clone();
            let label =
                PreferenceLabelled { project, annotation, annotator, question, left, right, outcome, strength };
            labels.push(label.into());
        }
    }
    labels
}
