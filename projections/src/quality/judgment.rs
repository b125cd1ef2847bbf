//! Single labels, as they held at a position.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use stele_domain::{
    AnnotationId, ParticipantId, ProjectId, TaskId, Timestamp,
    form::{Part, QuestionKey},
};
use stele_ledger::{Ledger, Position};
use uuid::Uuid;

use super::{
    rows::{parse, part, seen},
    statistics::both,
    tally::ComparedModels,
    task::Label,
};
use crate::ProjectionError;

/// Which labels a figure is about: those of a project's question that held at a position, and of these only some.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The project.
    pub project: ProjectId,
    /// The question of its form.
    pub question: QuestionKey,
    /// As of when; absent for now.
    pub known_at: Option<Position>,
    /// Only these.
    pub only: Only,
}

/// What labels must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Their task has this tag.
    pub tag: Option<String>,
    /// One of their task's responses is of this model.
    pub model: Option<String>,
    /// They answer this version of the form.
    pub form_version: Option<u32>,
    /// They were given at this time or later, wherever that was.
    pub said_from: Option<Timestamp>,
    /// They were given before this time.
    pub said_before: Option<Timestamp>,
    /// They are of people, or of machines.
    pub annotators: Option<AnnotatorKind>,
}

/// What gives labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnnotatorKind {
    /// People.
    Human,
    /// Models and other programs.
    Machine,
}

/// A label as it held at a position.
#[derive(Clone, Debug)]
pub struct Judgment {
    /// The task.
    pub task: TaskId,
    /// What of the task it is about.
    pub part: Part,
    /// The annotation that it is part of.
    pub annotation: AnnotationId,
    /// What gave it.
    pub kind: AnnotatorKind,
    /// The event it comes from.
    pub position: Position,
    /// What the right answer is, where it is known.
    pub right: Option<String>,
    /// The models of the task's responses, in order; empty where one is not known.
    pub models: Vec<String>,
    /// How many words of the task there are to read, as far as they are in the open.
    pub words: u32,
    /// A digest of what the task shows: the same for the same.
    pub content: Uuid,
    pub(super) label: Label,
}

impl Judgment {
    /// Who gave it.
    #[must_use]
    pub fn annotator(&self) -> ParticipantId {
        self.label.annotator.into()
    }

    /// What it says.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.label.category
    }

    /// When it was given, wherever that was.
    #[must_use]
    pub fn said_at(&self) -> Timestamp {
        self.label.said_at.into()
    }

    /// The models that it compares, and how; nothing if it compares none.
    #[must_use]
    pub fn compared(&self) -> Option<ComparedModels> {
        let Part::Pair(left, right) = self.part else { return None };
        let [left_model, right_model] = both(&self.models, left, right)?;
        let (in_order, outcome) = (self.label.seen.in_order(left, right), self.label.category.clone());
        Some(ComparedModels { left: left_model, right: right_model, in_order, outcome })
    }

    /// How long it took from the claim of the task to the answers, in milliseconds.
    #[must_use]
    pub const fn took(&self) -> Option<i64> {
        self.label.seen.took
    }
}

impl Scope {
    /// All labels of a question, now.
    #[must_use]
    pub fn all(project: ProjectId, question: QuestionKey) -> Self {
        Self { project, question, known_at: None, only: Only::default() }
    }

    /// Whether the stored counts are of exactly these labels.
    #[must_use]
    pub fn is_everything_now(&self) -> bool {
        self.known_at.is_none() && self.only == Only::default()
    }

    /// The labels, those of a unit beside each other in the order in which they were recorded.
    pub async fn judgments(&self, ledger: &Ledger) -> Result<Vec<Judgment>, ProjectionError> {
        let only = &self.only;
        let utc = |time: Option<Timestamp>| -> Option<DateTime<Utc>> { time.map(Timestamp::to_utc) };
        let mut rows = sqlx::query_file!(
            "src/quality/judgments.sql",
            ledger.id(),
            self.project.uuid(),
            self.question.as_str(),
            self.known_at.map_or(i64::MAX, |position| position.get().cast_signed()),
            only.tag.as_deref() as Option<&str>,
            only.model.as_deref() as Option<&str>,
            only.form_version.map(u32::cast_signed) as Option<i32>,
            utc(only.said_from) as Option<DateTime<Utc>>,
            utc(only.said_before) as Option<DateTime<Utc>>
        )
        .fetch(ledger.database().pool());
        let mut judgments = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let kind = if row.is_machine.unwrap_or(false) { AnnotatorKind::Machine } else { AnnotatorKind::Human };
            if only.annotators.is_some_and(|wanted| wanted != kind) {
                continue;
            }
            judgments.push(Judgment {
                task: row.task_id.into(),
                part: part(&row.part)?,
                annotation: row.annotation_id.into(),
                kind,
                position: Position::from(row.known_from.cast_unsigned()),
                right: row.right,
                models: parse(&row.models)?,
                words: row.words.cast_unsigned(),
                content: row.content,
                label: Label {
                    annotator: row.annotator_id,
                    category: row.category,
                    form_version: row.form_version,
                    said_at: row.said_at,
                    seen: seen(row.response_order.as_deref(), row.took_milliseconds)?,
                },
            });
        }
        Ok(judgments)
    }
}
