//! A task, and the judgments of it that hold.

use std::collections::BTreeSet;

use stele_domain::{
    AnnotationId, ParticipantId, Tag, Timestamp,
    form::{AnswerValue, PreferenceOutcome},
    task::{ContentField, Response, ResponseIndex, TaskEvent, TaskRevised},
};
use stele_ledger::{Position, Scanned};
use uuid::Uuid;

use super::{decode, said::Said, votes::Votes};
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
    pub(crate) tags: BTreeSet<Tag>,
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
    pub(crate) given: Given,
}

/// What was said.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// How responses compare.
    Comparisons(Vec<Comparison>),
    /// An answer, by the event at that position.
    Answer { position: Position, answer: Box<AnswerValue> },
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
        Self { annotation, annotator, happened_at, is_approved: false, given }
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
    /// The comparisons, if that is what was said.
    pub(crate) fn comparisons(&self) -> &[Comparison] {
        match self {
            Self::Comparisons(comparisons) => comparisons,
            Self::Answer { .. } => &[],
        }
    }

    /// The answer, if that is what was said.
    pub(crate) fn answer(&self) -> Option<&AnswerValue> {
        match self {
            Self::Comparisons(_) => None,
            Self::Answer { answer, .. } => Some(answer),
        }
    }

    /// The positions of the events that say so.
    fn positions(&self) -> Vec<Position> {
        match self {
            Self::Comparisons(comparisons) => comparisons.iter().map(|comparison| comparison.position).collect(),
            Self::Answer { position, .. } => vec![*position],
        }
    }
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
            tags: created.routing.tags,
            judgments: Vec::new(),
            adjudicated: None,
        })
    }

    /// Takes in what was said of it since.
    pub(super) fn hear(&mut self, said: Said) {
        let Said { tags, judgments, adjudicated, .. } = said;
        if let Some(tags) = tags {
            self.tags = tags;
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

    /// The votes of its annotators on two responses.
    pub(crate) fn votes(&self, left: ResponseIndex, right: ResponseIndex) -> Votes {
        let mut votes = Votes::default();
        let comparisons = self.judgments.iter().flat_map(|judgment| judgment.given.comparisons());
        comparisons.filter(|of| (of.left, of.right) == (left, right)).for_each(|of| votes.add(of.outcome));
        votes
    }

    /// The answers that count: an adjudicator's where there is one, else those of all annotators.
    pub(crate) fn answers(&self) -> Vec<&AnswerValue> {
        match &self.adjudicated {
            Some(given) => given.answer().into_iter().collect(),
            None => self.judgments.iter().filter_map(|judgment| judgment.given.answer()).collect(),
        }
    }

    /// The positions of the events that a row made of this task comes from, in order.
    pub(crate) fn sources(&self) -> Vec<u64> {
        let given = self.judgments.iter().map(|judgment| &judgment.given).chain(&self.adjudicated);
        self.sources_with(given.flat_map(Given::positions))
    }

    /// The positions of the events that a row made of one judgment comes from, in order.
    pub(crate) fn sources_of(&self, judgment: &Judgment) -> Vec<u64> {
        self.sources_with(judgment.given.positions().into_iter())
    }

    fn sources_with(&self, given: impl Iterator<Item = Position>) -> Vec<u64> {
        let mut positions: Vec<u64> = given.chain([self.position, self.shown_since]).map(Position::get).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}
