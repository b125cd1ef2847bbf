//! What was said of a task after its creation.

use stele_domain::{
    AnnotationId, ParticipantId, Timestamp,
    form::{AnswerValue, Answers, FormVersion, QuestionKey},
    task::{AnnotationRevised, AnnotationSubmitted, PreferenceLabelled, Routing, TaskEvent, Verdict},
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
        Asked::Answers { .. } => names.push("AnnotationSubmitted"),
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
    /// Its tags and skills, if they changed.
    pub(super) routing: Option<Routing>,
    pub(super) judgments: Vec<Judgment>,
    pub(super) adjudicated: Option<Given>,
}

/// An event of a task.
pub(super) struct Told {
    pub(super) task: Uuid,
    pub(super) position: Position,
    event_id: Uuid,
    occurred_at: Timestamp,
    event: TaskEvent,
}

/// Which event said something, and when that is said to have happened.
#[derive(Clone, Copy)]
struct Moment {
    position: Position,
    event_id: Uuid,
    happened_at: Timestamp,
}

/// Who answered, and what.
struct Answered {
    annotation: AnnotationId,
    annotator: ParticipantId,
    form_version: FormVersion,
    answers: Answers,
}

impl Told {
    pub(super) fn by(event: &Scanned) -> Result<Self, ExportError> {
        let (task, position, event_id) = (event.stream_id, event.position, event.event_id);
        Ok(Self { task, position, event_id, occurred_at: event.occurred_at, event: decode(event)? })
    }
}

impl Said {
    pub(super) fn since(position: Position) -> Self {
        Self { since: position, ..Self::default() }
    }

    /// Takes in what an event says.
    pub(super) fn take(&mut self, told: Told, asked: &Asked) {
        let Told { position, event_id, occurred_at, event, .. } = told;
        let at = Moment { position, event_id, happened_at: occurred_at };
        match event {
            TaskEvent::TaskRevised(_) => self.revised_at = Some(position),
            TaskEvent::TaskRouted(routed) => self.routing = Some(routed.routing),
            TaskEvent::AnnotationSubmitted(submitted) => {
                let AnnotationSubmitted { annotation, annotator, form_version, answers, .. } = submitted;
                self.answer(at, Answered { annotation, annotator, form_version, answers }, asked);
            }
            // the answers that hold from here on may no longer include the question
            TaskEvent::AnnotationRevised(revised) => {
                self.remove(revised.annotation);
                let AnnotationRevised { annotation, annotator, form_version, answers, .. } = revised;
                self.answer(at, Answered { annotation, annotator, form_version, answers }, asked);
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
                self.adjudicated = given(at, adjudicated.answers, asked);
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

    fn answer(&mut self, at: Moment, answered: Answered, asked: &Asked) {
        let Answered { annotation, annotator, form_version, answers } = answered;
        // comparisons have events of their own
        if let Asked::Answers { .. } = asked
            && let Some(given) = given(at, answers, asked)
        {
            self.remove(annotation);
            let judgment = Judgment::new(annotation, annotator, at.happened_at, given);
            self.judgments.push(Judgment { form_version: Some(form_version), ..judgment });
        }
    }

    fn compare(&mut self, at: Moment, label: &PreferenceLabelled, asked: &Asked) {
        if !matches!(asked, Asked::Comparisons(question) if *question == label.question) {
            return;
        }
        let PreferenceLabelled { annotation, annotator, left, right, outcome, strength, .. } = *label;
        let comparison = Comparison { position: at.position, left, right, outcome, strength };
        if let Some(judgment) = self.of(annotation) {
            judgment.compare(comparison);
        } else {
            let given = Given::Comparisons(vec![comparison]);
            self.judgments.push(Judgment::new(annotation, annotator, at.happened_at, given));
        }
    }
}

/// What answers say to what is asked.
fn given(at: Moment, answers: Answers, asked: &Asked) -> Option<Given> {
    match asked {
        Asked::Tasks => None,
        Asked::Comparisons(question) | Asked::Answers { question, compares: true, .. } => {
            find(&answers, question).map(|answer| comparisons(at.position, answer))
        }
        Asked::Answers { question, rationale, .. } => {
            let rationale = rationale.as_ref().and_then(|rationale| match find(&answers, rationale)? {
                AnswerValue::Text(text) => Some(Box::new(text.clone())),
                _ => None,
            });
            let answer = answers.into_iter().find(|answer| answer.question == *question)?;
            let answer = Box::new(answer.value);
            Some(Given::Answer { position: at.position, event_id: at.event_id, answer, rationale })
        }
    }
}

fn find<'a>(answers: &'a Answers, question: &QuestionKey) -> Option<&'a AnswerValue> {
    answers.iter().find(|answer| answer.question == *question).map(|answer| &answer.value)
}

fn comparisons(position: Position, answer: &AnswerValue) -> Given {
    let compared = answer.comparisons().into_iter();
    let compared =
        compared.map(|(left, right, outcome, strength)| Comparison { position, left, right, outcome, strength });
    Given::Comparisons(compared.collect())
}
