//! The decision to change what a task shows, and what follows from it for the work that was done on it.

use super::{
    AdjudicationReversed, AnnotationSuperseded, AssignmentEnd, AssignmentEnded, ContentField, EarlierAnnotations,
    GoldAnswersRemoved, Response, Standing, Task, TaskEvent, TaskRefusal, TaskReopened, TaskRevised, TaskVersion,
    content, decide::check_reason,
};
use crate::{ParticipantId, Personal, ProjectId, form::Form};

/// What a task is to show from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The version that this one replaces.
    pub of: TaskVersion,
    /// What the task shows.
    pub content: Vec<ContentField>,
    /// The responses to judge.
    pub responses: Vec<Response>,
    /// What becomes of the annotations that were given before.
    pub annotations: EarlierAnnotations,
    /// Who revises it.
    pub reviser: ParticipantId,
    /// Why; it belongs to whoever revises it.
    pub reason: Personal<String>,
}

impl Task {
    pub(super) fn revise_task(
        &self,
        project: ProjectId,
        revision: &Revision,
        form: &Form,
    ) -> Result<Vec<TaskEvent>, TaskRefusal> {
        let Revision { of, content, responses, annotations, reviser, reason } = revision;
        if self.closed {
            return Err(TaskRefusal::Closed);
        }
        if *of != self.version {
            return Err(TaskRefusal::OtherVersion { revised: *of, current: self.version });
        }
        check_reason(reason)?;
        let content = content::accept(content, responses)?;
        if *annotations == EarlierAnnotations::Kept {
            form.check_carries_over(&self.shown, &content::shown(&content, responses))?;
        }
        let revised = TaskRevised {
            project,
            version: self.version.next(),
            content,
            responses: responses.clone(),
            annotations: *annotations,
            reason: reason.clone(),
        };
        let mut events = vec![revised.into()];
        if *annotations == EarlierAnnotations::Superseded {
            events.extend(self.superseded(project, *reviser));
        }
        Ok(events)
    }

    /// What a version leaves behind that no longer holds of the next one.
    fn superseded(&self, project: ProjectId, reviser: ParticipantId) -> Vec<TaskEvent> {
        let leases = self.assignments.iter().map(|(assignment, held)| {
            let (assignment, annotator, end) = (*assignment, held.annotator, AssignmentEnd::Superseded);
            AssignmentEnded { project, assignment, annotator, end, reason: None }.into()
        });
        let annotations = self
            .current()
            .map(|(annotation, held)| AnnotationSuperseded { project, annotation, annotator: held.annotator }.into());
        let standing = match self.standing {
            Standing::Open => None,
            Standing::Agreed(_) | Standing::Disputed => Some(TaskReopened { project }.into()),
            Standing::Adjudicated => {
                Some(AdjudicationReversed { project, adjudicator: reviser, comment: None }.into())
            }
        };
        let gold = self.gold.then(|| GoldAnswersRemoved { project }.into());
        leases.chain(annotations).chain(standing).chain(gold).collect()
    }
}
