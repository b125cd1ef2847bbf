//! Replays a project's tasks and the judgments that hold at a position.
//!
//! The history is read twice: first for what was said of which task, then for the tasks themselves, one after another. So no text
//! waits for what is said of it later, and memory grows with the judgments alone.

mod counted;
mod of_project;
mod project;
mod said;
mod task;

use std::{collections::HashMap, vec};

use stele_domain::{DecodeError, ProjectId, Timestamp, form::QuestionKey, task::TaskEvent};
use stele_ledger::{Position, Scanned};
use uuid::Uuid;

pub use self::project::{ProjectAt, find_project};
pub(crate) use self::{
    counted::Counted,
    task::{Comparison, Given, JudgedTask, Judgment, index},
};
use self::{
    of_project::project_of,
    said::{Said, Told},
};
use crate::{
    ExportError,
    history::{Events, History},
};

/// What of the annotations is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    /// Nothing: the tasks alone.
    Tasks,
    /// How responses compare, by a question.
    Comparisons(QuestionKey),
    /// The answers to a question.
    Answers {
        question: QuestionKey,
        /// The text question that tells why.
        rationale: Option<QuestionKey>,
        /// Whether only how they compare responses is of interest.
        compares: bool,
    },
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

/// How far a replay has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many positions have been read.
    pub read: u64,
    /// How many are to be read in all, each of them twice.
    pub total: u64,
}

/// A project's tasks in the order of their creation, with the judgments that hold.
pub(crate) struct Replay<'a, P> {
    history: &'a History<'a>,
    known_at: Position,
    /// What was said of tasks that have not come yet.
    said: HashMap<Uuid, Said>,
    tasks: Events<JudgedTask>,
    batch: vec::IntoIter<JudgedTask>,
    progress: P,
}

impl<'a, P: FnMut(Progress)> Replay<'a, P> {
    pub(crate) async fn begin(
        history: &'a History<'a>,
        selection: &Selection,
        progress: P,
    ) -> Result<Self, ExportError> {
        let Selection { project, known_at, happened_by, .. } = *selection;
        // whatever had not happened by then leaves everything as it was
        let has_happened = move |event: &Scanned| happened_by.is_none_or(|by| event.occurred_at <= by);
        let names = said::names(&selection.asked);
        let mut events = history.scan(known_at, &names, move |event| {
            if has_happened(event) && is_of(event, project)? { Told::by(event).map(Some) } else { Ok(None) }
        });
        let tasks = history.scan(known_at, &["TaskCreated"], move |event| {
            if is_of(event, project)? { JudgedTask::created(event).map(Some) } else { Ok(None) }
        });
        let mut replay =
            Self { history, known_at, said: HashMap::new(), tasks, batch: Vec::new().into_iter(), progress };
        while let Some(batch) = events.next().await? {
            for told in batch.events {
                replay
                    .said
                    .entry(told.task)
                    .or_insert_with(|| Said::since(told.position))
                    .take(told, &selection.asked);
            }
            replay.report(batch.reached.get());
        }
        Ok(replay)
    }

    /// What the ledger knows of.
    pub(crate) const fn known_at(&self) -> Position {
        self.known_at
    }

    /// Leaves out judgments that don't count.
    pub(crate) fn retain(&mut self, mut counts: impl FnMut(&Judgment) -> bool) {
        self.said.values_mut().for_each(|said| said.judgments.retain(&mut counts));
    }

    /// The judgments of each task that has some, in the order of the tasks' ids.
    pub(crate) fn judgments(&self) -> impl Iterator<Item = (Uuid, &[Judgment])> {
        let mut judged: Vec<(Uuid, &[Judgment])> =
            self.said.iter().map(|(task, said)| (*task, said.judgments.as_slice())).collect();
        judged.retain(|(_, judgments)| !judgments.is_empty());
        judged.sort_unstable_by_key(|(task, _)| *task);
        judged.into_iter()
    }

    /// The next task.
    pub(crate) async fn next(&mut self) -> Result<Option<JudgedTask>, ExportError> {
        loop {
            if let Some(mut task) = self.batch.next() {
                if let Some(said) = self.said.remove(&task.id) {
                    if let Some(position) = said.revised_at {
                        self.revise(&mut task, position).await?;
                    }
                    task.hear(said);
                }
                return Ok(Some(task));
            }
            let Some(batch) = self.tasks.next().await? else { break };
            self.report(self.known_at.get() + batch.reached.get());
            self.batch = batch.events.into_iter();
        }
        match self.said.iter().min_by_key(|(_, said)| said.since) {
            None => Ok(None),
            Some((task, said)) => {
                let reason = format!("task/{task} was never created");
                Err(ExportError::Inconsistent { position: said.since.get(), reason })
            }
        }
    }

    fn report(&mut self, read: u64) {
        (self.progress)(Progress { read, total: 2 * self.known_at.get() });
    }

    /// Lets a task show what the event at a position says.
    async fn revise(&self, task: &mut JudgedTask, position: Position) -> Result<(), ExportError> {
        let before = Position::from(position.get().saturating_sub(1));
        let mut revision = self.history.ledger().scan(before, position, &["TaskRevised"]);
        for event in revision.next().await?.unwrap_or_default() {
            if let TaskEvent::TaskRevised(revised) = decode(&event)? {
                task.show(&event, revised);
            }
        }
        Ok(())
    }
}

fn is_of(event: &Scanned, project: ProjectId) -> Result<bool, ExportError> {
    let of = project_of(&event.payload).map_err(|source| {
        let (name, schema_version) = (event.name.to_owned(), event.schema_version);
        let source = DecodeError::Malformed { name, schema_version, source };
        ExportError::Decode { position: event.position.get(), source }
    })?;
    Ok(of == project)
}

fn decode(event: &Scanned) -> Result<TaskEvent, ExportError> {
    event.decode().map_err(|source| ExportError::Decode { position: event.position.get(), source })
}
