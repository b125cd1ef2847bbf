//! A task, and the judgments of it that hold.

use std::collections::{BTreeMap, BTreeSet};

use stele_domain::{
    AnnotationId, ParticipantId, Tag, Timestamp,
    form::{AnswerValue, PreferenceOutcome},
    task::ResponseIndex,
};
use stele_ledger::{Position, Recorded};
use uuid::Uuid;

use super::{contents::Place, votes::Votes};

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
    place: Place,
    pub(crate) tags: BTreeSet<Tag>,
    pub(crate) judgments: BTreeMap<AnnotationId, Judgment>,
    /// What was decided over the annotators' heads, if that holds.
    pub(crate) adjudicated: Option<Given>,
}

/// What an annotator said.
#[derive(Clone, Debug)]
pub(crate) struct Judgment {
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
    Answer { position: Position, answer: AnswerValue },
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
    pub(super) const fn new(annotator: ParticipantId, happened_at: Timestamp, given: Given) -> Self {
        Self { annotator, happened_at, is_approved: false, given }
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
    pub(crate) const fn answer(&self) -> Option<&AnswerValue> {
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
    pub(super) fn created(recorded: &Recorded, place: Place, tags: BTreeSet<Tag>) -> Self {
        Self {
            position: recorded.position,
            id: recorded.stream.id,
            event_id: recorded.event_id,
            shown_since: recorded.position,
            place,
            tags,
            judgments: BTreeMap::new(),
            adjudicated: None,
        }
    }

    /// What it shows from an event on.
    pub(super) fn shows(&mut self, recorded: &Recorded, place: Place) {
        (self.event_id, self.shown_since, self.place) = (recorded.event_id, recorded.position, place);
    }

    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// The position of the event that says what it shows.
    pub(crate) const fn shown_since(&self) -> Position {
        self.shown_since
    }

    /// Whether anybody has said anything.
    pub(crate) fn is_judged(&self) -> bool {
        self.adjudicated.is_some() || !self.judgments.is_empty()
    }

    /// The votes of its annotators on two responses.
    pub(crate) fn votes(&self, left: ResponseIndex, right: ResponseIndex) -> Votes {
        let mut votes = Votes::default();
        let comparisons = self.judgments.values().flat_map(|judgment| judgment.given.comparisons());
        comparisons.filter(|of| (of.left, of.right) == (left, right)).for_each(|of| votes.add(of.outcome));
        votes
    }

    /// The answers that count: an adjudicator's where there is one, else those of all annotators.
    pub(crate) fn answers(&self) -> Vec<&AnswerValue> {
        match &self.adjudicated {
            Some(given) => given.answer().into_iter().collect(),
            None => self.judgments.values().filter_map(|judgment| judgment.given.answer()).collect(),
        }
    }

    /// The positions of the events that a row made of this task comes from, in order.
    pub(crate) fn sources(&self) -> Vec<u64> {
        let given = self.judgments.values().map(|judgment| &judgment.given).chain(&self.adjudicated);
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
