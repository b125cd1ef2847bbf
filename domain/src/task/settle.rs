//! What follows for a task from a change to its annotations: who is asked for a review, whether another annotator is
//! added, and whether the task is agreed on or disputed.

use super::{
    AnnotatorAdded, ConsensusReached, ReviewReason, ReviewRequested, Standing, Task, TaskCommand, TaskDisputed,
    TaskEvent, TaskReopened, consensus,
};
use crate::{
    Aggregate, AnnotationId, ProjectId,
    project::{ConsensusStandard, Redundancy, ReviewMode, Standards},
};

/// What follows from `events`, the answer to `command`, for a task that they have not happened to yet.
pub(super) fn follow_up(task: &Task, command: &TaskCommand, events: &[TaskEvent]) -> Vec<TaskEvent> {
    let (Some(standards), Some(project)) = (standards(command), task.project) else { return Vec::new() };
    // a gold task is there to test annotators: what they say settles nothing
    if task.gold || *standards == Standards::default() {
        return Vec::new();
    }
    let mut after = task.clone();
    events.iter().for_each(|event| after.apply(event));
    let draw = match command {
        TaskCommand::Submit { submission, .. } => Some(submission.draw),
        _ => None,
    };
    let asked = events.iter().filter_map(|event| task.asks_for_review(project, event, standards.review, draw));
    let mut follow: Vec<TaskEvent> = asked.collect();
    follow.iter().for_each(|event| after.apply(event));
    if let Some(standard) = &standards.consensus {
        follow.extend(after.settle(project, standard, standards.review));
    }
    follow
}

const fn standards(command: &TaskCommand) -> Option<&Standards> {
    match command {
        TaskCommand::Submit { submission, .. }
        | TaskCommand::Record { submission }
        | TaskCommand::Revise { submission } => Some(&submission.standards),
        TaskCommand::Withdraw { standards, .. }
        | TaskCommand::Review { standards, .. }
        | TaskCommand::ReverseAdjudication { standards, .. } => Some(standards),
        _ => None,
    }
}

impl Task {
    fn asks_for_review(
        &self,
        project: ProjectId,
        event: &TaskEvent,
        mode: ReviewMode,
        draw: Option<u64>,
    ) -> Option<TaskEvent> {
        let (annotation, reason) = match (event, mode) {
            (TaskEvent::AnnotationSubmitted(submitted), ReviewMode::All) if draw.is_some() => {
                (submitted.annotation, ReviewReason::All)
            }
            (TaskEvent::AnnotationSubmitted(submitted), ReviewMode::Sampled(share)) if share.comes_about(draw?) => {
                (submitted.annotation, ReviewReason::Sampled)
            }
            // whoever asked for changes wants to see them, in whatever mode
            (TaskEvent::AnnotationRevised(revised), _) if self.awaits_changes(revised.annotation) => {
                (revised.annotation, ReviewReason::Revised)
            }
            _ => return None,
        };
        Some(ReviewRequested { project, annotation, reason }.into())
    }

    /// Where the task stands under a consensus rule, as the events that bring it there.
    fn settle(&self, project: ProjectId, standard: &ConsensusStandard, review: ReviewMode) -> Vec<TaskEvent> {
        let ConsensusStandard { rule, answers } = standard;
        if self.standing == Standing::Adjudicated {
            return Vec::new();
        }
        let votes: Vec<&str> = self
            .current()
            .filter_map(|(_, annotation)| annotation.categories.get(&rule.question))
            .map(String::as_str)
            .collect();
        let leader = consensus::leader(votes.iter().copied(), *answers, rule.accuracy);
        if let Some(leader) = leader
            && votes.len() >= usize::from(rule.min.get())
            && leader.posterior >= rule.confidence
        {
            let (question, answer) = (rule.question.clone(), leader.answer.to_owned());
            return match &self.standing {
                Standing::Agreed(agreed) if *agreed == answer => Vec::new(),
                _ => vec![ConsensusReached { project, question, answer, posterior: leader.posterior }.into()],
            };
        }
        let reopened = (self.standing != Standing::Open).then(|| TaskReopened { project }.into());
        if self.done() < usize::from(self.annotators.get()) {
            return reopened.into_iter().collect();
        }
        if self.annotators < self.redundancy
            && let Ok(annotators) = Redundancy::try_from(self.annotators.get() + 1)
        {
            return reopened.into_iter().chain([AnnotatorAdded { project, annotators }.into()]).collect();
        }
        if self.standing == Standing::Disputed {
            return Vec::new();
        }
        let disputed = TaskDisputed { project, question: rule.question.clone() }.into();
        let unreviewed = self.current().filter(|(_, annotation)| annotation.may_be_asked_for());
        let ask = |annotation: AnnotationId| {
            ReviewRequested { project, annotation, reason: ReviewReason::Disagreement }.into()
        };
        let asked = unreviewed.filter(|_| review == ReviewMode::Disagreement).map(|(id, _)| ask(id));
        std::iter::once(disputed).chain(asked).collect()
    }
}
