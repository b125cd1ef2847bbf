//! A task, and the judgments of it that hold.

use std::cmp::Ordering;

use stele_domain::{
    AnnotationId, ParticipantId, Personal, Timestamp,
    form::{AnswerValue, FormVersion, Part, PreferenceOutcome},
    task::{ContentField, Response, ResponseIndex, Routing, TaskEvent, TaskRevised},
};
use stele_ledger::{Position, Scanned};
use uuid::Uuid;

use super::{decode, said::Said};
use crate::ExportError;

/// A task with the judgments that hold.
#[derive(Debug)]
pub(crate) struct JudgedTask {
    /// Where it was created.
    position: Position,
    /// Its id.
    pub(crate) id: Uuid,
    /// The event that says what it shows, which sealed content belongs to.
    pub(crate) event_id: Uuid,
    /// Where that stands.
    shown_since: Position,
    /// What it shows.
    pub(crate) content: Vec<ContentField>,
    pub(crate) responses: Vec<Response>,
    /// Its tags and skills.
    pub(crate) routing: Routing,
    /// In the order of their ids.
    pub(crate) judgments: Vec<Judgment>,
    /// What was decided over the annotators' heads, if that holds.
    pub(crate) adjudicated: Option<Given>,
}

/// What an annotator said.
#[derive(Clone, Debug)]
pub(crate) struct Judgment {
    pub(crate) annotation: AnnotationId,
    pub(crate) annotator: ParticipantId,
    pub(crate) happened_at: Timestamp,
    /// Whether a reviewer approved it.
    pub(crate) is_approved: bool,
    /// Which version of the form it answers, as far as that was asked for.
    pub(crate) form_version: Option<FormVersion>,
    pub(crate) given: Given,
}

/// What was said.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// How responses compare.
    Comparisons(Vec<Comparison>),
    /// An answer, and why it was given, by the event at that position.
    Answer { position: Position, event_id: Uuid, answer: Box<AnswerValue>, rationale: Option<Box<Personal<String>>> },
}

/// How two responses compare, by the event at that position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    pub(crate) position: Position,
    pub(crate) left: ResponseIndex,
    pub(crate) right: ResponseIndex,
    pub(crate) outcome: PreferenceOutcome,
    pub(crate) strength: Option<u8>,
}

impl Judgment {
    pub(super) const fn new(
        annotation: AnnotationId,
        annotator: ParticipantId,
        happened_at: Timestamp,
        given: Given,
    ) -> Self {
        Self { annotation, annotator, happened_at, is_approved: false, form_version: None, given }
    }

    /// Adds a comparison, in place of an earlier one of the same responses.
    pub(super) fn compare(&mut self, comparison: Comparison) {
        if let Given::Comparisons(comparisons) = &mut self.given {
            comparisons.retain(|earlier| (earlier.left, earlier.right) != (comparison.left, comparison.right));
            comparisons.push(comparison);
        }
    }
}

impl Given {
    /// Every comparison in it; numbers that were given to responses compare them as well.
    pub(crate) fn comparisons(&self) -> Vec<Comparison> {
        match self {
            Self::Comparisons(comparisons) => comparisons.clone(),
            Self::Answer { position, answer, .. } => {
                let numbers = numbers(answer);
                let of = |left: usize, right: usize| Comparison {
                    position: *position,
                    left: index(left),
                    right: index(right),
                    outcome: greater(numbers[left], numbers[right]),
                    strength: None,
                };
                let pairs = (0..numbers.len()).flat_map(|left| (left + 1..numbers.len()).map(move |it| (left, it)));
                pairs.map(|(left, right)| of(left, right)).collect()
            }
        }
    }

    /// How two responses compare.
    pub(crate) fn compared(&self, left: ResponseIndex, right: ResponseIndex) -> Option<Comparison> {
        let is_it = |of: &Comparison| (of.left, of.right) == (left, right);
        match self {
            Self::Comparisons(comparisons) => comparisons.iter().copied().find(is_it),
            Self::Answer { .. } => self.comparisons().into_iter().find(is_it),
        }
    }

    /// The numbers that were given to responses, in their order; none if others were given, or none.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        self.answer().map(numbers).unwrap_or_default()
    }

    /// The answer, if that is what was said.
    pub(crate) fn answer(&self) -> Option<&AnswerValue> {
        match self {
            Self::Comparisons(_) => None,
            Self::Answer { answer, .. } => Some(answer),
        }
    }

    /// The category that it puts a part of the task into, if it puts it into one.
    pub(crate) fn category(&self, part: Part) -> Option<String> {
        match self.answer()? {
            AnswerValue::Thumbs(thumbs) => match part {
                Part::Response(response) => {
                    thumbs.get(usize::from(response.0)).map(|thumb| thumb.as_str().to_owned())
                }
                _ => None,
            },
            answer => (part == Part::Task).then(|| answer.category())?,
        }
    }

    /// The position of the last event that says so.
    pub(crate) fn last_position(&self) -> Position {
        self.positions().into_iter().max().unwrap_or_default()
    }

    /// The positions of the events that say so.
    fn positions(&self) -> Vec<Position> {
        match self {
            Self::Comparisons(comparisons) => comparisons.iter().map(|comparison| comparison.position).collect(),
            Self::Answer { position, .. } => vec![*position],
        }
    }
}

/// The number given to each response.
fn numbers(answer: &AnswerValue) -> Vec<f64> {
    match answer {
        AnswerValue::Ratings(ratings) => ratings.iter().copied().map(f64::from).collect(),
        AnswerValue::Scalars(scalars) => scalars.clone(),
        _ => Vec::new(),
    }
}

fn greater(left: f64, right: f64) -> PreferenceOutcome {
    match left.total_cmp(&right) {
        Ordering::Greater => PreferenceOutcome::Left,
        Ordering::Less => PreferenceOutcome::Right,
        Ordering::Equal => PreferenceOutcome::Tie,
    }
}

/// The index of the response at a place.
pub(crate) fn index(place: usize) -> ResponseIndex {
    ResponseIndex(u8::try_from(place).unwrap_or(u8::MAX))
}

impl JudgedTask {
    /// A task as it was created.
    pub(super) fn created(event: &Scanned) -> Result<Self, ExportError> {
        let TaskEvent::TaskCreated(created) = decode(event)? else {
            let reason = format!("{} is not the creation of a task", event.name);
            return Err(ExportError::Inconsistent { position: event.position.get(), reason });
        };
        Ok(Self {
            position: event.position,
            id: event.stream_id,
            event_id: event.event_id,
            shown_since: event.position,
            content: created.content,
            responses: created.responses,
            routing: created.routing,
            judgments: Vec::new(),
            adjudicated: None,
        })
    }

    /// Takes in what was said of it since.
    pub(super) fn hear(&mut self, said: Said) {
        let Said { routing, judgments, adjudicated, .. } = said;
        if let Some(routing) = routing {
            self.routing = routing;
        }
        (self.judgments, self.adjudicated) = (judgments, adjudicated);
        self.judgments.sort_by_key(|judgment| judgment.annotation);
    }

    /// Lets it show what it was revised to.
    pub(super) fn show(&mut self, event: &Scanned, revised: TaskRevised) {
        (self.event_id, self.shown_since) = (event.event_id, event.position);
        (self.content, self.responses) = (revised.content, revised.responses);
    }

    /// Whether anybody has said anything.
    pub(crate) fn is_judged(&self) -> bool {
        self.adjudicated.is_some() || !self.judgments.is_empty()
    }

    /// How each of those whose judgments count compared two responses.
    pub(crate) fn compared(
        &self,
        left: ResponseIndex,
        right: ResponseIndex,
    ) -> impl Iterator<Item = (ParticipantId, Comparison)> {
        let comparison = move |judgment: &Judgment| Some((judgment.annotator, judgment.given.compared(left, right)?));
        self.judgments.iter().filter_map(comparison)
    }

    /// What counts: what was decided over the annotators' heads if there is that, else what all of them gave.
    pub(crate) fn given(&self) -> Vec<&Given> {
        match &self.adjudicated {
            Some(given) => vec![given],
            None => self.judgments.iter().map(|judgment| &judgment.given).collect(),
        }
    }

    /// The answers that count.
    pub(crate) fn answers(&self) -> Vec<&AnswerValue> {
        self.given().into_iter().filter_map(Given::answer).collect()
    }

    /// The positions of the events that a row made of this task comes from, in order.
    pub(crate) fn sources(&self) -> Vec<u64> {
        let given = self.judgments.iter().map(|judgment| &judgment.given).chain(&self.adjudicated);
        self.sources_with(given.flat_map(Given::positions))
    }

    /// The positions of the events that a row made of what one person gave comes from, in order.
    pub(crate) fn sources_of(&self, given: &Given) -> Vec<u64> {
        self.sources_with(given.positions().into_iter())
    }

    fn sources_with(&self, given: impl Iterator<Item = Position>) -> Vec<u64> {
        let mut positions: Vec<u64> = given.chain([self.position, self.shown_since]).map(Position::get).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}
