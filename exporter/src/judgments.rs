//! Replays a project's tasks and the preferences that hold at a position.

use std::collections::{BTreeMap, HashMap};

use stele_domain::{
    AnnotationId, ProjectId, Timestamp,
    form::{PreferenceOutcome, QuestionKey},
    task::{ContentField, PreferenceLabelled, Response, ResponseIndex, TaskEvent, Verdict},
};
use stele_ledger::{EventFilter, Ledger, Position, Recorded};
use uuid::Uuid;

use crate::{
    ExportError,
    majority::{Majority, Votes},
};

/// How many positions are read at a time.
pub(crate) const WINDOW: u64 = 10_000;

/// The events that decide which preferences hold.
const NAMES: [&str; 9] = [
    "TaskCreated",
    "TaskRevised",
    "AnnotationRevised",
    "AnnotationWithdrawn",
    "AnnotationSuperseded",
    "AnnotationReviewed",
    "PreferenceLabelled",
    "TaskAdjudicated",
    "AdjudicationReversed",
];

/// A task with the preferences that hold.
#[derive(Debug)]
pub(crate) struct JudgedTask {
    /// Where it was created.
    pub(crate) position: Position,
    /// Its id.
    pub(crate) id: Uuid,
    /// What it shows.
    pub(crate) version: Version,
    labels: BTreeMap<AnnotationId, Label>,
    /// What was decided over the annotators' heads, if that holds.
    adjudicated: Option<Label>,
}

/// What a task shows: as it was created, or as it was last revised.
#[derive(Debug)]
pub(crate) struct Version {
    /// Where the event stands that says so.
    position: Position,
    /// The event, which sealed content belongs to.
    pub(crate) event_id: Uuid,
    /// The content fields.
    pub(crate) content: Vec<ContentField>,
    /// The responses to judge.
    responses: Vec<Response>,
}

impl Version {
    const fn new(recorded: &Recorded, content: Vec<ContentField>, responses: Vec<Response>) -> Self {
        Self { position: recorded.position, event_id: recorded.event_id, content, responses }
    }
}

#[derive(Clone, Copy, Debug)]
struct Label {
    position: Position,
    outcome: PreferenceOutcome,
}

impl JudgedTask {
    /// The votes that count.
    pub(crate) fn votes(&self) -> Votes {
        let mut votes = Votes::default();
        self.labels.values().for_each(|label| votes.add(label.outcome));
        votes
    }

    /// What holds: an adjudication where there is one, else what the majority of annotators says.
    pub(crate) fn outcome(&self) -> Majority {
        self.adjudicated.map_or_else(|| self.votes().majority(), |label| Majority::For(label.outcome))
    }

    /// Whether anybody has said anything.
    pub(crate) fn is_judged(&self) -> bool {
        self.adjudicated.is_some() || !self.labels.is_empty()
    }

    /// The positions of the events that a row made of this task comes from, in order.
    pub(crate) fn sources(&self) -> Vec<u64> {
        let labels = self.labels.values().chain(&self.adjudicated);
        let task = [self.position.get(), self.version.position.get()];
        let mut positions: Vec<u64> = labels.map(|label| label.position.get()).chain(task).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// The left and the right response.
    pub(crate) fn compared(&self) -> Option<(&Response, &Response)> {
        match self.version.responses.as_slice() {
            [left, right] => Some((left, right)),
            _ => None,
        }
    }
}

/// Which judgments to replay.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) project: ProjectId,
    pub(crate) question: QuestionKey,
    /// What the ledger knew here.
    pub(crate) known_at: Position,
    /// Only judgments that are said to have happened by then.
    pub(crate) happened_by: Option<Timestamp>,
}

/// The project's tasks in the order of their creation, each with the preferences that hold.
pub(crate) async fn replay(
    ledger: &Ledger,
    selection: &Selection,
    mut progress: impl FnMut(Position),
) -> Result<Vec<JudgedTask>, ExportError> {
    let mut replay = Replay { selection, tasks: Vec::new(), places: HashMap::new() };
    let filter = EventFilter::named(&NAMES);
    let mut reached = Position::START;
    while reached < selection.known_at {
        let through = selection.known_at.min(Position::from(reached.get() + WINDOW));
        for event in ledger.read(reached, through, &filter).await? {
            replay.fold(&event)?;
        }
        reached = through;
        progress(reached);
    }
    Ok(replay.tasks)
}

struct Replay<'a> {
    selection: &'a Selection,
    tasks: Vec<JudgedTask>,
    places: HashMap<Uuid, usize>,
}

impl Replay<'_> {
    fn fold(&mut self, recorded: &Recorded) -> Result<(), ExportError> {
        let event = recorded
            .decode::<TaskEvent>()
            .map_err(|source| ExportError::Decode { position: recorded.position.get(), source })?;
        let selection = self.selection;
        let happened = selection.happened_by.is_none_or(|by| recorded.occurred_at <= by);
        match event {
            TaskEvent::TaskCreated(created) if created.project == selection.project => {
                self.places.insert(recorded.stream.id, self.tasks.len());
                self.tasks.push(JudgedTask {
                    position: recorded.position,
                    id: recorded.stream.id,
                    version: Version::new(recorded, created.content, created.responses),
                    labels: BTreeMap::new(),
                    adjudicated: None,
                });
            }
            // a revision that had not happened by then leaves the task as it was, and its annotations in force
            TaskEvent::TaskRevised(revised) if revised.project == selection.project && happened => {
                self.task(recorded)?.version = Version::new(recorded, revised.content, revised.responses);
            }
            TaskEvent::AnnotationSuperseded(superseded) if superseded.project == selection.project && happened => {
                self.task(recorded)?.labels.remove(&superseded.annotation);
            }
            TaskEvent::PreferenceLabelled(label)
                if label.project == selection.project && label.question == selection.question && happened =>
            {
                self.label(recorded, &label)?;
            }
            // the answers that hold from here on may no longer include the question
            TaskEvent::AnnotationRevised(revised) if revised.project == selection.project && happened => {
                self.task(recorded)?.labels.remove(&revised.annotation);
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) if withdrawn.project == selection.project && happened => {
                self.task(recorded)?.labels.remove(&withdrawn.annotation);
            }
            TaskEvent::AnnotationReviewed(reviewed)
                if reviewed.project == selection.project && happened && reviewed.verdict == Verdict::Rejected =>
            {
                self.task(recorded)?.labels.remove(&reviewed.annotation);
            }
            TaskEvent::TaskAdjudicated(adjudicated) if adjudicated.project == selection.project && happened => {
                let answer = adjudicated.answers.iter().find(|answer| answer.question == selection.question);
                let comparison = answer.and_then(|answer| answer.value.comparisons().first().copied());
                // an adjudication that leaves the question out leaves it to the annotators
                self.task(recorded)?.adjudicated =
                    comparison.map(|(_, _, outcome, _)| Label { position: recorded.position, outcome });
            }
            TaskEvent::AdjudicationReversed(reversed) if reversed.project == selection.project && happened => {
                self.task(recorded)?.adjudicated = None;
            }
            _ => {}
        }
        Ok(())
    }

    fn label(&mut self, recorded: &Recorded, label: &PreferenceLabelled) -> Result<(), ExportError> {
        if (label.left, label.right) != (ResponseIndex::LEFT, ResponseIndex::RIGHT) {
            return Err(ExportError::Inconsistent {
                position: recorded.position.get(),
                reason: format!("responses {} and {} are compared; 0 and 1 were expected", label.left, label.right),
            });
        }
        let held = Label { position: recorded.position, outcome: label.outcome };
        self.task(recorded)?.labels.insert(label.annotation, held);
        Ok(())
    }

    fn task(&mut self, recorded: &Recorded) -> Result<&mut JudgedTask, ExportError> {
        let place = self.places.get(&recorded.stream.id);
        place.and_then(|place| self.tasks.get_mut(*place)).ok_or_else(|| ExportError::Inconsistent {
            position: recorded.position.get(),
            reason: format!("{} was never created", recorded.stream),
        })
    }
}
