//! The current labels of the units that a batch of events touches.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use stele_domain::{
    form::Answers,
    task::{TaskEvent, Verdict},
};
use uuid::Uuid;

use crate::ProjectionError;

/// One task under one question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UnitKey {
    pub(super) project: Uuid,
    pub(super) task: Uuid,
    pub(super) question: String,
}

/// Who said what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) annotator: Uuid,
    pub(super) category: String,
}

/// A unit's current labels, by annotation.
pub(super) type UnitLabels = BTreeMap<Uuid, Label>;

/// The current labels of some tasks.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    units: BTreeMap<UnitKey, UnitLabels>,
}

/// Whether an event can change a label.
pub(super) const fn changes_labels(event: &TaskEvent) -> bool {
    matches!(
        event,
        TaskEvent::AnnotationSubmitted(_)
            | TaskEvent::AnnotationRevised(_)
            | TaskEvent::AnnotationWithdrawn(_)
            | TaskEvent::AnnotationSuperseded(_)
            | TaskEvent::AnnotationReviewed(_)
    )
}

impl Labels {
    pub(super) async fn load(
        rows: &mut PgConnection,
        ledger_id: Uuid,
        mut tasks: Vec<Uuid>,
    ) -> Result<Self, ProjectionError> {
        tasks.sort_unstable();
        tasks.dedup();
        let mut labels = Self::default();
        let stored = sqlx::query!(
            "select project_id, task_id, question, annotation_id, annotator_id, category from agreement_label
            where ledger_id = $1 and task_id = any($2)",
            ledger_id,
            &tasks
        )
        .fetch_all(rows)
        .await?;
        for row in stored {
            let unit = UnitKey { project: row.project_id, task: row.task_id, question: row.question };
            let label = Label { annotator: row.annotator_id, category: row.category };
            labels.units.entry(unit).or_default().insert(row.annotation_id, label);
        }
        Ok(labels)
    }

    pub(super) fn units(&self) -> impl Iterator<Item = &UnitKey> {
        self.units.keys()
    }

    pub(super) fn get(&self, unit: &UnitKey) -> Option<&UnitLabels> {
        self.units.get(unit)
    }

    pub(super) fn fold(&mut self, task: Uuid, event: &TaskEvent) {
        match event {
            TaskEvent::AnnotationSubmitted(submitted) => {
                let (project, annotator) = (submitted.project.uuid(), submitted.annotator.uuid());
                self.set(project, task, submitted.annotation.uuid(), annotator, &submitted.answers);
            }
            TaskEvent::AnnotationRevised(revised) => {
                let (project, annotation) = (revised.project.uuid(), revised.annotation.uuid());
                self.remove(project, task, annotation);
                self.set(project, task, annotation, revised.annotator.uuid(), &revised.answers);
            }
            TaskEvent::AnnotationWithdrawn(withdrawn) => {
                self.remove(withdrawn.project.uuid(), task, withdrawn.annotation.uuid());
            }
            TaskEvent::AnnotationSuperseded(superseded) => {
                self.remove(superseded.project.uuid(), task, superseded.annotation.uuid());
            }
            TaskEvent::AnnotationReviewed(reviewed) if reviewed.verdict == Verdict::Rejected => {
                self.remove(reviewed.project.uuid(), task, reviewed.annotation.uuid());
            }
            // neither who holds a task nor what is decided over it is an annotator's label
            _ => {}
        }
    }

    fn set(&mut self, project: Uuid, task: Uuid, annotation: Uuid, annotator: Uuid, answers: &Answers) {
        for answer in answers {
            if let Some(category) = answer.value.category() {
                let unit = UnitKey { project, task, question: answer.question.as_str().to_owned() };
                self.units.entry(unit).or_default().insert(annotation, Label { annotator, category });
            }
        }
    }

    fn remove(&mut self, project: Uuid, task: Uuid, annotation: Uuid) {
        let first = UnitKey { project, task, question: String::new() };
        for (_, labels) in
            self.units.range_mut(first..).take_while(|(unit, _)| unit.project == project && unit.task == task)
        {
            labels.remove(&annotation);
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&UnitKey, Uuid, &Label)> {
        self.units.iter().flat_map(|(unit, labels)| labels.iter().map(move |(id, label)| (unit, *id, label)))
    }
}

/// Writes what differs between the labels before and after.
pub(super) async fn store(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    before: &Labels,
    after: &Labels,
) -> Result<(), ProjectionError> {
    let holds = |labels: &Labels, unit: &UnitKey, id: Uuid, label: &Label| {
        labels.get(unit).and_then(|unit| unit.get(&id)) == Some(label)
    };
    let gone: Vec<_> = before.rows().filter(|(unit, id, label)| !holds(after, unit, *id, label)).collect();
    if !gone.is_empty() {
        sqlx::query!(
            "delete from agreement_label as label
            using unnest($2::uuid[], $3::uuid[], $4::text[]) as gone (task_id, annotation_id, question)
            where label.ledger_id = $1 and label.task_id = gone.task_id
                and label.annotation_id = gone.annotation_id and label.question = gone.question",
            ledger_id,
            &gone.iter().map(|(unit, ..)| unit.task).collect::<Vec<_>>(),
            &gone.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(),
            &gone.iter().map(|(unit, ..)| unit.question.as_str()).collect::<Vec<_>>() as &[&str]
        )
        .execute(&mut *rows)
        .await?;
    }
    let come: Vec<_> = after.rows().filter(|(unit, id, label)| !holds(before, unit, *id, label)).collect();
    if !come.is_empty() {
        sqlx::query!(
            "insert into agreement_label
                (ledger_id, project_id, task_id, annotation_id, question, annotator_id, category)
            select $1, project_id, task_id, annotation_id, question, annotator_id, category
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[])
                as come (project_id, task_id, annotation_id, question, annotator_id, category)",
            ledger_id,
            &come.iter().map(|(unit, ..)| unit.project).collect::<Vec<_>>(),
            &come.iter().map(|(unit, ..)| unit.task).collect::<Vec<_>>(),
            &come.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(),
            &come.iter().map(|(unit, ..)| unit.question.as_str()).collect::<Vec<_>>() as &[&str],
            &come.iter().map(|(.., label)| label.annotator).collect::<Vec<_>>(),
            &come.iter().map(|(.., label)| label.category.as_str()).collect::<Vec<_>>() as &[&str]
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}
