//! A task as the statistics see it: who put which of its parts into which category, as of an event.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stele_domain::{
    form::{Answers, Part},
    task::{ContentField, Response, ResponseIndex, Routing, TaskEvent, Verdict},
};
use stele_ledger::Recorded;
use uuid::Uuid;

use super::{counter::digest, rows::json, timeline::Timeline};
use crate::ProjectionError;

/// What a task is like, beside what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) project: Uuid,
    /// The models of its responses, in order; empty where one is not known.
    pub(super) models: Vec<String>,
    pub(super) tags: Vec<String>,
    /// How many words there are to read, as far as they are in the open.
    pub(super) words: i32,
    /// A digest of what it shows: who has seen the same before answers it again.
    pub(super) content: Uuid,
}

impl Traits {
    fn show(&mut self, content: &[ContentField], responses: &[Response]) -> Result<(), ProjectionError> {
        self.models = responses.iter().map(|response| response.model.clone().unwrap_or_default()).collect();
        let words = |text: &str| text.split_whitespace().count();
        let open = content.iter().filter_map(|field| field.value.as_clear()?.as_text()).map(words).sum::<usize>();
        let answered = responses.iter().map(|response| words(&response.text)).sum::<usize>();
        self.words = i32::try_from(open + answered).unwrap_or(i32::MAX);
        // a seal is another each time, so what is sealed is the same as nothing else
        self.content = digest("content", &[json(&content)?, json(&responses)?]);
        Ok(())
    }
}

/// A part of a task under one question: what statistics call a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UnitKey {
    pub(super) question: String,
    pub(super) part: Part,
}

/// Whose label it is, and of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LabelKey {
    pub(super) unit: UnitKey,
    pub(super) annotation: Uuid,
}

/// What somebody said of a unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) annotator: Uuid,
    pub(super) category: String,
    pub(super) form_version: i32,
    /// When it was said, wherever that was.
    pub(super) said_at: DateTime<Utc>,
    pub(super) seen: Seen,
}

/// How an annotator came to see the task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The order of the responses, the first first; absent where it was that of the task.
    pub(super) order: Option<Vec<i16>>,
    /// How long it took from the claim to the answers, in milliseconds; absent where nobody claimed it here.
    pub(super) took: Option<i64>,
}

impl Seen {
    /// Whether the first of two responses was seen before the second.
    pub(super) fn in_order(&self, first: ResponseIndex, second: ResponseIndex) -> bool {
        let place = |response: ResponseIndex| match &self.order {
            Some(order) => order.iter().position(|seen| *seen == i16::from(response.0)),
            None => Some(usize::from(response.0)),
        };
        place(first) < place(second)
    }
}

/// A lease that may lead to an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) claimed_at: DateTime<Utc>,
    pub(super) order: Option<Vec<i16>>,
}

/// A task, as of an event.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) traits: Timeline<(), Traits>,
    pub(super) labels: Timeline<LabelKey, Label>,
    /// The right answers, where they are known.
    pub(super) gold: Timeline<UnitKey, String>,
    /// By assignment; `None` for one that is stored and has ended.
    pub(super) leases: BTreeMap<Uuid, Option<Lease>>,
}

impl Task {
    pub(super) fn fold(&mut self, recorded: &Recorded, event: TaskEvent) -> Result<(), ProjectionError> {
        let at = recorded.position.get().cast_signed();
        match event {
            TaskEvent::TaskCreated(created) => {
                let mut traits = Traits {
                    project: created.project.uuid(),
                    models: Vec::new(),
                    tags: tags(&created.routing),
                    words: 0,
                    content: Uuid::nil(),
                };
                traits.show(&created.content, &created.responses)?;
                self.traits.begin((), traits, at);
            }
            TaskEvent::TaskRouted(routed) => {
                let tags = tags(&routed.routing);
                self.change(at, |traits| {
                    traits.tags = tags;
                    Ok(())
                })?;
            }
            TaskEvent::TaskRevised(revised) => {
                self.change(at, |traits| traits.show(&revised.content, &revised.responses))?;
            }
            TaskEvent::TaskClaimed(claimed) => {
                let order = claimed.response_order.map(|order| order.iter().map(|index| index.0.into()).collect());
                let lease = Lease { claimed_at: recorded.occurred_at.to_utc(), order };
                self.leases.insert(claimed.assignment.uuid(), Some(lease));
            }
            TaskEvent::AssignmentEnded(ended) => {
                self.leases.insert(ended.assignment.uuid(), None);
            }
            TaskEvent::AnnotationSubmitted(submitted) => {
                let seen = submitted.assignment.map(|lease| self.end_lease(lease.uuid(), recorded));
                let said = Said {
                    annotation: submitted.annotation.uuid(),
                    annotator: submitted.annotator.uuid(),
                    form_version: submitted.form_version.get().cast_signed(),
                    seen: seen.unwrap_or_default(),
                };
                self.say(&said, &submitted.answers, recorded);
            }
            TaskEvent::AnnotationRevised(revised) => {
                let annotation = revised.annotation.uuid();
                let before = self.labels.present().find(|(key, _)| key.annotation == annotation);
                let said = Said {
                    annotation,
                    annotator: revised.annotator.uuid(),
                    form_version: revised.form_version.get().cast_signed(),
                    // what they had in front of them is what it was
                    seen: before.map(|(_, label)| label.seen.clone()).unwrap_or_default(),
                };
                self.say(&said, &revised.answers, recorded);
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => self.take_back(withdrawn.annotation.uuid(), at),
            TaskEvent::AnnotationSuperseded(superseded) => self.take_back(superseded.annotation.uuid(), at),
            TaskEvent::AnnotationReviewed(reviewed) if reviewed.verdict == Verdict::Rejected => {
                self.take_back(reviewed.annotation.uuid(), at);
            }
            TaskEvent::GoldAnswersSet(set) => {
                let right = units(&set.answers);
                self.gold.end_others(|unit| right.iter().any(|(key, _)| key == unit), at);
                right.into_iter().for_each(|(unit, category)| self.gold.begin(unit, category, at));
            }
            TaskEvent::GoldAnswersRemoved(_) => self.gold.end_others(|_| false, at),
            // neither who waits for what nor what is decided over a task is an annotator's label
            _ => {}
        }
        Ok(())
    }

    fn change(
        &mut self,
        at: i64,
        change: impl FnOnce(&mut Traits) -> Result<(), ProjectionError>,
    ) -> Result<(), ProjectionError> {
        if let Some(mut traits) = self.traits.get(&()).cloned() {
            change(&mut traits)?;
            self.traits.begin((), traits, at);
        }
        Ok(())
    }

    fn end_lease(&mut self, assignment: Uuid, recorded: &Recorded) -> Seen {
        let Some(lease) = self.leases.insert(assignment, None).flatten() else { return Seen::default() };
        let took = recorded.occurred_at.to_utc() - lease.claimed_at;
        Seen { order: lease.order, took: Some(took.num_milliseconds().max(0)) }
    }

    fn say(&mut self, said: &Said, answers: &Answers, recorded: &Recorded) {
        let at = recorded.position.get().cast_signed();
        let units = units(answers);
        let is_answered = |key: &LabelKey| units.iter().any(|(unit, _)| *unit == key.unit);
        self.labels.end_others(|key| key.annotation != said.annotation || is_answered(key), at);
        for (unit, category) in units {
            let label = Label {
                annotator: said.annotator,
                category,
                form_version: said.form_version,
                said_at: recorded.occurred_at.to_utc(),
                seen: said.seen.clone(),
            };
            self.labels.begin(LabelKey { unit, annotation: said.annotation }, label, at);
        }
    }

    fn take_back(&mut self, annotation: Uuid, at: i64) {
        self.labels.end_others(|key| key.annotation != annotation, at);
    }
}

/// Whose answers they are.
struct Said {
    annotation: Uuid,
    annotator: Uuid,
    form_version: i32,
    seen: Seen,
}

fn tags(routing: &Routing) -> Vec<String> {
    routing.tags.iter().map(ToString::to_string).collect()
}

fn units(answers: &Answers) -> Vec<(UnitKey, String)> {
    let labels = answers.iter().flat_map(|answer| {
        let question = answer.question.as_str();
        answer.value.labels().into_iter().map(move |label| (question.to_owned(), label))
    });
    labels.map(|(question, label)| (UnitKey { question, part: label.part }, label.category)).collect()
}
