//! `agreement`: inter-annotator agreement, from integer sufficient statistics.
//!
//! A unit is one task under one question; its values are the current annotations' answers as categories: a
//! preference's outcome (its strength does not count here), a rating's number, a choice's option. What is stored is
//! integers only, so taking a label back is exact and a rebuild gives the same rows. Ratios are computed when read.

mod labels;
mod query;

pub use query::{AgreementFigures, PairFigures, figures, pairs};

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_agreement::{Coincidences, Unit};
use stele_domain::{Event, StreamType, task::TaskEvent};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use self::labels::{Label, Labels, UnitKey, UnitLabels};
use crate::{ProjectionError, View, ViewName, view::decode};

/// The view of agreement.
#[derive(Clone, Copy, Debug)]
pub struct Agreement;

#[async_trait]
impl View for Agreement {
    fn name(&self) -> ViewName {
        ViewName::Agreement
    }

    fn fold_version(&self) -> i32 {
        1
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(TaskEvent::NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from agreement_label where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from agreement_coincidence where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from agreement_annotators where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Recorded],
    ) -> Result<(), ProjectionError> {
        let mut decoded = Vec::with_capacity(events.len());
        for event in events.iter().filter(|event| event.stream.stream_type == StreamType::Task) {
            decoded.push((event.stream.id, decode::<TaskEvent>(event)?));
        }
        let tasks: Vec<Uuid> =
            decoded.iter().filter(|(_, event)| labels::changes_labels(event)).map(|(task, _)| *task).collect();
        let before = Labels::load(rows, ledger_id, tasks).await?;
        let mut after = before.clone();
        for (task, event) in &decoded {
            after.fold(*task, event);
        }
        let mut change = Change::default();
        for unit in before.units().chain(after.units()).collect::<std::collections::BTreeSet<_>>() {
            change.add_unit(unit, before.get(unit), after.get(unit));
        }
        labels::store(rows, ledger_id, &before, &after).await?;
        change.store(rows, ledger_id).await
    }
}

/// Whose statistics: a project's, for one of its questions.
type Population = (Uuid, String);

/// What a batch of events adds to the stored integers.
#[derive(Default)]
struct Change {
    coincidences: BTreeMap<Population, Coincidences<String>>,
    annotators: BTreeMap<(Population, Uuid, Uuid), (i64, i64)>,
}

impl Change {
    fn add_unit(&mut self, unit: &UnitKey, before: Option<&UnitLabels>, after: Option<&UnitLabels>) {
        let population = (unit.project, unit.question.clone());
        let counts = |labels: Option<&UnitLabels>| -> Unit<String> {
            labels.into_iter().flat_map(UnitLabels::values).map(|label| label.category.clone()).collect()
        };
        let delta = Coincidences::delta(&counts(before), &counts(after));
        self.coincidences.entry(population.clone()).or_default().merge(&delta);
        for (labels, sign) in [(before, -1), (after, 1)] {
            for ((a, b), same) in labels.into_iter().flat_map(pairs_of) {
                let (both, agreed) = self.annotators.entry((population.clone(), a, b)).or_default();
                *both += sign;
                *agreed += sign * i64::from(same);
            }
        }
    }

    async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        let cells: Vec<_> = self
            .coincidences
            .iter()
            .flat_map(|(population, counts)| counts.iter().map(move |(cell, pairs)| (population, cell, pairs)))
            .collect();
        if !cells.is_empty() {
            sqlx::query_file!(
                "src/agreement/add_coincidences.sql",
                ledger_id,
                &cells.iter().map(|((project, _), ..)| *project).collect::<Vec<_>>(),
                &cells.iter().map(|((_, question), ..)| question.as_str()).collect::<Vec<_>>() as &[&str],
                &cells.iter().map(|(_, cell, _)| i64::from(cell.ratings)).collect::<Vec<_>>(),
                &cells.iter().map(|(_, cell, _)| cell.first.as_str()).collect::<Vec<_>>() as &[&str],
                &cells.iter().map(|(_, cell, _)| cell.second.as_str()).collect::<Vec<_>>() as &[&str],
                &cells.iter().map(|(.., pairs)| *pairs).collect::<Vec<_>>(),
            )
            .execute(&mut *rows)
            .await?;
            // a cell without pairs must not differ from one that never had any
            sqlx::query!("delete from agreement_coincidence where ledger_id = $1 and pairs = 0", ledger_id)
                .execute(&mut *rows)
                .await?;
        }
        let pairs: Vec<_> = self.annotators.iter().filter(|(_, change)| **change != (0, 0)).collect();
        if !pairs.is_empty() {
            sqlx::query_file!(
                "src/agreement/add_annotators.sql",
                ledger_id,
                &pairs.iter().map(|(((project, _), ..), _)| *project).collect::<Vec<_>>(),
                &pairs.iter().map(|(((_, question), ..), _)| question.as_str()).collect::<Vec<_>>() as &[&str],
                &pairs.iter().map(|((_, a, _), _)| *a).collect::<Vec<_>>(),
                &pairs.iter().map(|((_, _, b), _)| *b).collect::<Vec<_>>(),
                &pairs.iter().map(|(_, (both, _))| *both).collect::<Vec<_>>(),
                &pairs.iter().map(|(_, (_, same))| *same).collect::<Vec<_>>(),
            )
            .execute(&mut *rows)
            .await?;
            if pairs.iter().any(|(_, (both, _))| *both < 0) {
                sqlx::query!(
                    "delete from agreement_annotators where ledger_id = $1 and both_labelled = 0",
                    ledger_id
                )
                .execute(rows)
                .await?;
            }
        }
        Ok(())
    }
}

/// Every two annotators of a unit, the lesser id first, and whether they gave the same label.
fn pairs_of(labels: &UnitLabels) -> impl Iterator<Item = ((Uuid, Uuid), bool)> {
    let labels: Vec<&Label> = labels.values().collect();
    (0..labels.len()).flat_map(move |second| {
        let labels = labels.clone();
        (0..second).map(move |first| {
            let (one, two) = (labels[first], labels[second]);
            let pair = (one.annotator.min(two.annotator), one.annotator.max(two.annotator));
            (pair, one.category == two.category)
        })
    })
}
