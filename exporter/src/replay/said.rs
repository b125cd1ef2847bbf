//! What was said of a task after its creation.

use std::collections::BTreeSet;

use stele_domain::{
    AnnotationId, ParticipantId, Tag, Timestamp,
    form::Answers,
    task::{PreferenceLabelled, TaskEvent, Verdict},
};
use stele_ledger::{Position, Scanned};
use uuid::Uuid;

use super::{
    Asked, decode,
    task::{Comparison, Given, Judgment},
};
use crate::ExportError;

/// The events that say which judgments of a task hold, and what else became of it.
const NAMES: [&str; 8] = [
    "TaskRevised",
    "TaskRouted",
    "AnnotationRevised",
    "AnnotationWithdrawn",
    "AnnotationSuperseded",
    "AnnotationReviewed",
    "TaskAdjudicated",
    "AdjudicationReversed",
];

/// The names of the events that matter for what is asked.
pub(super) fn names(asked: &Asked) -> Vec<&'static str> {
    let mut names = NAMES.to_vec();
    match asked {
        Asked::Tasks => {}
        Asked::Comparisons(_) => names.push("PreferenceLabelled"),
        Asked::Answers(_) => names.push("AnnotationSubmitted"),
    }
    names
}

/// What was said of a task, and what else became of it.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Where it began.
    pub(super) since: Position,
    /// Where it was last said what the task shows, if that was after its creation.
    pub(super) revised_at: Option<Position>,
    /// Its tags, if they changed.
    pub(super) tags: Option<BTreeSet<Tag>>,
    pub(super) judgments: Vec<Judgment>,
    pub(super) adjudicated: Option<Given>,
}

/// An event of a task.
pub(super) struct Told {
    pub(super) task: Uuid,
    pub(super) position: Position,
    occurred_at: Timestamp,
    event: TaskEvent,
}

impl Told {
    pub(super) fn by(event: &Scanned) -> Result<Self, ExportError> {
        let (task, position, occurred_at) = (event.stream_id, event.position, event.occurred_at);
        Ok(Self { task, position, occurred_at, event: decode(event)? })
    }
}

impl Said {
    pub(super) fn since(position: Position) -> Self {
        Self { since: position, ..Self::default() }
    }

    /// Takes in what an event says.
    pub(super) fn take(&mut self, told: Told, asked: &Asked) {
        let Told { position, occurred_at, event, .. } = told;
        let at = (position, occurred_at);
        match event {
            TaskEvent::TaskRevised(_) => self.revised_at = Some(position),
            TaskEvent::TaskRouted(routed) => self.tags = Some(routed.routing.tags),
            TaskEvent::AnnotationSubmitted(submitted) => {
                self.answer(at, submitted.annotation, submitted.annotator, submitted.answers, asked);
            }
            // the answers that hold from here on may no longer include the question
            TaskEvent::AnnotationRevised(revised) => {
                self.remove(revised.annotation);
                self.answer(at, revised.annotation, revised.annotator, revised.answers, asked);
            }
            TaskEvent::PreferenceLabelled(label) => self.compare(at, &label, asked),
            TaskEvent::AnnotationSuperseded(superseded) => self.remove(superseded.annotation),
            TaskEvent::AnnotationWithdrawn(withdrawn) => self.remove(withdrawn.annotation),
            TaskEvent::AnnotationReviewed(reviewed) => match reviewed.verdict {
                Verdict::Rejected => self.remove(reviewed.annotation),
                Verdict::Approved => {
                    self.of(reviewed.annotation).into_iter().for_each(|judgment| judgment.is_approved = true);
                }
                Verdict::ChangesRequested => {}
            },
            // an adjudication that leaves the question out leaves it to the annotators
            TaskEvent::TaskAdjudicated(adjudicated) => {
                self.adjudicated = given(position, adjudicated.answers, asked);
            }
            TaskEvent::AdjudicationReversed(_) => self.adjudicated = None,
            _ => {}
        }
    }

    fn of(&mut self, annotation: AnnotationId) -> Option<&mut Judgment> {
        self.judgments.iter_mut().find(|judgment| judgment.annotation == annotation)
    }

    fn remove(&mut self, annotation: AnnotationId) {
        self.judgments.retain(|judgment| judgment.annotation != annotation);
    }

    fn answer(
        &mut self,
        (position, occurred_at): (Position, Timestamp),
        annotation: AnnotationId,
        annotator: ParticipantId,
        answers: Answers,
        asked: &Asked,
    ) {
        // comparisons have events of their own
        if let Asked::Answers(_) = asked
            && let Some(given) = given(position, answers, asked)
        {
            self.remove(annotation);
            self.judgments.push(Judgment::new(annotation, annotator, occurred_at, given));
        }
    }

    fn compare(&mut self, (position, occurred_at): (Position, Timestamp), label: &PreferenceLabelled, asked: &Asked) {
        if !matches!(asked, Asked::Comparisons(question) if *question == label.question) {
            return;
        }
        let PreferenceLabelled { annotation, annotator, left, right, outcome, strength, .. } = *label;
        let comparison = Comparison { position, left, right, outcome, strength };
        if let Some(judgment) = self.of(annotation) {
            judgment.compare(comparison);
        } else {
            let given = Given::Comparisons(vec![comparison]);
            self.judgments.push(Judgment::new(annotation, annotator, occurred_at, given));
        }
    }
}

/// What answers say to what is asked.
fn given(position: Position, answers: Answers, asked: &Asked) -> Option<Given> {
    let (Asked::Comparisons(question) | Asked::Answers(question)) = asked else { return None };
    let answer = answers.into_iter().find(|answer| answer.question == *question)?;
    if matches!(asked, Asked::Answers(_)) {
        return Some(Given::Answer { position, answer: Box::new(answer.value) });
    }
    let comparisons = answer.value.comparisons().into_iter();
    let comparisons =
        comparisons.map(|(left, right, outcome, strength)| Comparison { position, left, right, outcome, strength });
    Some(Given::Comparisons(comparisons.collect()))
}
