//! Replays a project's tasks and the judgments that hold at a position.

mod contents;
mod project;
mod task;
mod votes;

use std::{collections::HashMap, path::Path};

use serde::Deserialize;
use stele_domain::{
    AnnotationId, DecodeError, ParticipantId, ProjectId, Timestamp,
    form::{Answers, QuestionKey},
    task::{PreferenceLabelled, Routing, TaskEvent, Verdict},
};
use stele_ledger::{EventFilter, Ledger, Position, Recorded};
use uuid::Uuid;

pub use self::project::{ProjectAt, find_project};
pub(crate) use self::{
    contents::{Contents, Shown},
    task::{Comparison, Given, JudgedTask, Judgment},
    votes::{Majority, Votes, majority_of},
};
use crate::ExportError;

/// How many positions are read at a time.
pub(crate) const WINDOW: u64 = 10_000;

/// The events that say which tasks there are, and which judgments of them hold.
const NAMES: [&str; 9] = [
    "TaskCreated",
    "TaskRevised",
    "TaskRouted",
    "AnnotationRevised",
    "AnnotationWithdrawn",
    "AnnotationSuperseded",
    "AnnotationReviewed",
    "TaskAdjudicated",
    "AdjudicationReversed",
];

/// What of the annotations is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    /// Nothing: the tasks alone.
    Tasks,
    /// How responses compare, by a question.
    Comparisons(QuestionKey),
    /// The answers to a question.
    Answers(QuestionKey),
}

/// What to replay.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) project: ProjectId,
    pub(crate) asked: Asked,
    /// What the ledger knew here.
    pub(crate) known_at: Position,
    /// Only judgments that are said to have happened by then.
    pub(crate) happened_by: Option<Timestamp>,
}

/// What was replayed.
pub(crate) struct Replayed {
    /// The project's tasks, in the order of their creation.
    pub(crate) tasks: Vec<JudgedTask>,
    /// What they show.
    pub(crate) contents: Contents,
}

/// Replays a project. What tasks show is put aside in `folder`, in a file without a name.
pub(crate) async fn replay(
    ledger: &Ledger,
    selection: &Selection,
    folder: &Path,
    mut progress: impl FnMut(Position),
) -> Result<Replayed, ExportError> {
    let replayed = Replayed { tasks: Vec::new(), contents: Contents::new_in(folder)? };
    let mut replay = Replay { selection, replayed, places: HashMap::new() };
    let mut names = NAMES.to_vec();
    match selection.asked {
        Asked::Tasks => {}
        Asked::Comparisons(_) => names.push("PreferenceLabelled"),
        Asked::Answers(_) => names.push("AnnotationSubmitted"),
    }
    let filter = EventFilter::named(&names);
    let mut reached = Position::START;
    while reached < selection.known_at {
        let through = selection.known_at.min(Position::from(reached.get() + WINDOW));
        for event in ledger.read(reached, through, &filter).await? {
            replay.fold(&event)?;
        }
        reached = through;
        progress(reached);
    }
    Ok(replay.replayed)
}

struct Replay<'a> {
    selection: &'a Selection,
    replayed: Replayed,
    places: HashMap<Uuid, usize>,
}

/// As much of an event as says whether the rest of it matters.
#[derive(Deserialize)]
struct OfProject {
    project: ProjectId,
    #[serde(default)]
    routing: Routing,
}

impl Replay<'_> {
    fn fold(&mut self, recorded: &Recorded) -> Result<(), ExportError> {
        let decode = |source| ExportError::Decode { position: recorded.position.get(), source };
        let event: OfProject = serde_json::from_str(&recorded.payload).map_err(|source| {
            let (name, schema_version) = (recorded.name.clone(), recorded.schema_version);
            decode(DecodeError::Malformed { name, schema_version, source })
        })?;
        let selection = self.selection;
        if event.project != selection.project {
            return Ok(());
        }
        if recorded.name == "TaskCreated" {
            return self.create(recorded, event.routing);
        }
        // whatever had not happened by then leaves everything as it was
        if selection.happened_by.is_some_and(|by| recorded.occurred_at > by) {
            return Ok(());
        }
        if recorded.name == "TaskRevised" {
            let place = self.replayed.contents.add(recorded)?;
            self.task(recorded)?.shows(recorded, place);
            return Ok(());
        }
        match recorded.decode().map_err(decode)? {
            TaskEvent::TaskRouted(routed) => self.task(recorded)?.tags = routed.routing.tags,
            TaskEvent::AnnotationSubmitted(submitted) => {
                self.answer(recorded, submitted.annotation, submitted.annotator, submitted.answers)?;
            }
            // the answers that hold from here on may no longer include the question
            TaskEvent::AnnotationRevised(revised) => {
                self.task(recorded)?.judgments.remove(&revised.annotation);
                self.answer(recorded, revised.annotation, revised.annotator, revised.answers)?;
            }
            TaskEvent::PreferenceLabelled(label) => self.compare(recorded, &label)?,
            TaskEvent::AnnotationSuperseded(superseded) => {
                self.task(recorded)?.judgments.remove(&superseded.annotation);
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => {
                self.task(recorded)?.judgments.remove(&withdrawn.annotation);
            }
            TaskEvent::AnnotationReviewed(reviewed) => {
                let judgments = &mut self.task(recorded)?.judgments;
                match (reviewed.verdict, judgments.get_mut(&reviewed.annotation)) {
                    (Verdict::Rejected, _) => drop(judgments.remove(&reviewed.annotation)),
                    (Verdict::Approved, Some(judgment)) => judgment.is_approved = true,
                    _ => {}
                }
            }
            TaskEvent::TaskAdjudicated(adjudicated) => {
                // an adjudication that leaves the question out leaves it to the annotators
                let given = self.given(recorded, adjudicated.answers);
                self.task(recorded)?.adjudicated = given;
            }
            TaskEvent::AdjudicationReversed(_) => self.task(recorded)?.adjudicated = None,
            _ => {}
        }
        Ok(())
    }

    fn create(&mut self, recorded: &Recorded, routing: Routing) -> Result<(), ExportError> {
        let place = self.replayed.contents.add(recorded)?;
        self.places.insert(recorded.stream.id, self.replayed.tasks.len());
        self.replayed.tasks.push(JudgedTask::created(recorded, place, routing.tags));
        Ok(())
    }

    /// What answers say to what is asked.
    fn given(&self, recorded: &Recorded, answers: Answers) -> Option<Given> {
        let (Asked::Comparisons(question) | Asked::Answers(question)) = &self.selection.asked else { return None };
        let answer = answers.into_iter().find(|answer| answer.question == *question)?;
        let position = recorded.position;
        if matches!(self.selection.asked, Asked::Answers(_)) {
            return Some(Given::Answer { position, answer: answer.value });
        }
        let comparisons = answer.value.comparisons().into_iter();
        let comparisons = comparisons.map(|(left, right, outcome, strength)| Comparison {
            position,
            left,
            right,
            outcome,
            strength,
        });
        Some(Given::Comparisons(comparisons.collect()))
    }

    fn answer(
        &mut self,
        recorded: &Recorded,
        annotation: AnnotationId,
        annotator: ParticipantId,
        answers: Answers,
    ) -> Result<(), ExportError> {
        // comparisons have events of their own
        if let Asked::Answers(_) = self.selection.asked
            && let Some(given) = self.given(recorded, answers)
        {
            let judgment = Judgment::new(annotator, recorded.occurred_at, given);
            self.task(recorded)?.judgments.insert(annotation, judgment);
        }
        Ok(())
    }

    fn compare(&mut self, recorded: &Recorded, label: &PreferenceLabelled) -> Result<(), ExportError> {
        if !matches!(&self.selection.asked, Asked::Comparisons(question) if *question == label.question) {
            return Ok(());
        }
        let PreferenceLabelled { left, right, outcome, strength, annotator, .. } = *label;
        let comparison = Comparison { position: recorded.position, left, right, outcome, strength };
        let judgments = &mut self.task(recorded)?.judgments;
        let judgment = judgments
            .entry(label.annotation)
            .or_insert_with(|| Judgment::new(annotator, recorded.occurred_at, Given::Comparisons(Vec::new())));
        judgment.compare(comparison);
        Ok(())
    }

    fn task(&mut self, recorded: &Recorded) -> Result<&mut JudgedTask, ExportError> {
        let place = self.places.get(&recorded.stream.id);
        place.and_then(|place| self.replayed.tasks.get_mut(*place)).ok_or_else(|| ExportError::Inconsistent {
            position: recorded.position.get(),
            reason: format!("{} was never created", recorded.stream),
        })
    }
}
