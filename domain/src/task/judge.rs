//! What reviewers decide: over an annotation, and over a task as a whole.

use std::sync::Arc;

use super::{
    AdjudicationReversed, AnnotationReviewed, AnnotationStatus, GoldAnswersRemoved, GoldAnswersSet, Standing, Task,
    TaskAdjudicated, TaskEvent, TaskRefusal, Verdict, decide::same_form, refusal::MAX_COMMENT_LENGTH,
};
use crate::{
    AnnotationId, ParticipantId, Personal, ProjectId,
    form::{Answer, Form, validate, validate_some},
};

type Decision = Result<Vec<TaskEvent>, TaskRefusal>;

impl Task {
    pub(super) fn review(
        &self,
        project: ProjectId,
        id: AnnotationId,
        reviewer: ParticipantId,
        verdict: Verdict,
        comment: Option<Personal<String>>,
        correction: Option<&(Arc<Form>, Vec<Answer>)>,
    ) -> Decision {
        let annotation = self.annotations.get(&id).ok_or(TaskRefusal::NoSuchAnnotation)?;
        if annotation.annotator == reviewer {
            return Err(TaskRefusal::OwnWork);
        }
        if annotation.status != AnnotationStatus::Submitted {
            return Err(TaskRefusal::Settled(annotation.status.as_str()));
        }
        check_comment(comment.as_ref())?;
        let correction = match correction {
            Some(_) if verdict != Verdict::ChangesRequested => return Err(TaskRefusal::Correction),
            Some((form, answers)) => {
                same_form(annotation.form_version, form)?;
                Some(validate(form, answers, &self.shown)?)
            }
            None => None,
        };
        Ok(vec![AnnotationReviewed { project, annotation: id, reviewer, verdict, comment, correction }.into()])
    }

    pub(super) fn adjudicate(
        &self,
        project: ProjectId,
        adjudicator: ParticipantId,
        form: &Form,
        answers: &[Answer],
        comment: Option<Personal<String>>,
    ) -> Decision {
        self.check_adjudicator(adjudicator)?;
        check_comment(comment.as_ref())?;
        let answers = validate(form, answers, &self.shown)?;
        Ok(vec![TaskAdjudicated { project, adjudicator, form_version: form.version, answers, comment }.into()])
    }

    pub(super) fn reverse_adjudication(
        &self,
        project: ProjectId,
        adjudicator: ParticipantId,
        comment: Option<Personal<String>>,
    ) -> Decision {
        if self.standing != Standing::Adjudicated {
            return Err(TaskRefusal::NotAdjudicated);
        }
        self.check_adjudicator(adjudicator)?;
        check_comment(comment.as_ref())?;
        Ok(vec![AdjudicationReversed { project, adjudicator, comment }.into()])
    }

    fn check_adjudicator(&self, adjudicator: ParticipantId) -> Result<(), TaskRefusal> {
        // even work that was taken back or rejected was their word on the matter
        let annotated = self.annotations.values().any(|annotation| annotation.annotator == adjudicator);
        let holds = self.assignments.values().any(|held| held.annotator == adjudicator);
        if annotated || holds { Err(TaskRefusal::OwnTask) } else { Ok(()) }
    }

    pub(super) fn set_gold(&self, project: ProjectId, form: &Form, answers: &[Answer]) -> Decision {
        if answers.is_empty() {
            return Err(TaskRefusal::NoGoldAnswers);
        }
        let answers = validate_some(form, answers, &self.shown)?;
        Ok(vec![GoldAnswersSet { project, form_version: form.version, answers }.into()])
    }

    pub(super) fn remove_gold(&self, project: ProjectId) -> Decision {
        if self.gold { Ok(vec![GoldAnswersRemoved { project }.into()]) } else { Err(TaskRefusal::Unchanged) }
    }
}

fn check_comment(comment: Option<&Personal<String>>) -> Result<(), TaskRefusal> {
    let length = comment.and_then(Personal::as_clear).map(|comment| comment.trim().chars().count());
    if length.is_none_or(|length| (1..=MAX_COMMENT_LENGTH).contains(&length)) {
        Ok(())
    } else {
        Err(TaskRefusal::Comment)
    }
}
