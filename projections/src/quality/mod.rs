//! `quality`: who said what of which part of which task, and what it adds up to.
//!
//! A unit is a part of a task under one question: the task itself, one of its responses, two of them beside each other, or a
//! step. Its labels are what the annotations that count say of it, as categories. They are kept with the positions between
//! which they held, so every figure can be had as of any position. What the present labels add up to is kept as integers
//! too, so that the figures of now cost no look at all the labels; taking a label back is exact, and a rebuild gives the same
//! rows. Ratios are computed when read.

mod consensus;
mod counter;
mod counts;
mod judgment;
mod profile;
mod rows;
mod statistics;
mod tally;
mod task;
mod timeline;

pub use consensus::{Numbered, NumberedUnit, numbers};
pub use judgment::{AnnotatorKind, Judgment, Only, Scope};
pub use profile::profiles;
pub use tally::{ComparedModels, Pairs, Tally};

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{Event, StreamType, task::TaskEvent};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use self::{rows::Tasks, statistics::Counts};
use crate::{Pace, ProjectionError, View, ViewName, view::decode};

/// The view of quality.
#[derive(Clone, Copy, Debug)]
pub struct Quality;

#[async_trait]
impl View for Quality {
    fn name(&self) -> ViewName {
        ViewName::Quality
    }

    fn fold_version(&self) -> i32 {
        1
    }

    fn pace(&self) -> Pace {
        Pace::Unhurried
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(TaskEvent::NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from quality_task where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from quality_label where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from quality_gold where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from quality_lease where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from quality_count where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut decoded = Vec::with_capacity(events.len());
        for event in events.iter().filter(|event| event.stream.stream_type == StreamType::Task) {
            decoded.push((event, decode::<TaskEvent>(event)?));
        }
        let Some((first, _)) = decoded.first() else { return Ok(()) };
        let stored_through = first.position.get().cast_signed() - 1;
        let mut touched: Vec<Uuid> = decoded.iter().map(|(event, _)| event.stream.id).collect();
        touched.sort_unstable();
        touched.dedup();
        let mut tasks = Tasks::load(rows, ledger_id, &touched, stored_through).await?;
        let mut changes = Counts::default();
        tasks.0.values().for_each(|task| changes.add(task, -1));
        for (recorded, event) in decoded {
            if let Some(task) = tasks.0.get_mut(&recorded.stream.id) {
                task.fold(recorded, event)?;
            }
        }
        tasks.0.values().for_each(|task| changes.add(task, 1));
        tasks.store(&mut *rows, ledger_id).await?;
        counts::store(rows, ledger_id, &changes).await
    }
}
