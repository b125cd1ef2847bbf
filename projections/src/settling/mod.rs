//! `settling`: where tasks stand as a whole, and which annotations wait for a reviewer.

mod query;
mod rows;

pub use query::{
    Adjudication, AwaitingReview, Gold, Settlement, Standings, awaiting_review, disputed, settlement, standings,
};

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{
    StreamType,
    task::{Standing, TaskEvent},
};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use self::rows::{Reviews, Tasks};
use crate::{ProjectionError, View, ViewName, view::decode};

/// The events that settle something.
const NAMES: [&str; 11] = [
    "AnnotationReviewed",
    "AnnotationWithdrawn",
    "AnnotationSuperseded",
    "ReviewRequested",
    "ConsensusReached",
    "TaskDisputed",
    "TaskReopened",
    "TaskAdjudicated",
    "AdjudicationReversed",
    "GoldAnswersSet",
    "GoldAnswersRemoved",
];

/// The view of what becomes of answers.
#[derive(Clone, Copy, Debug)]
pub struct Settling;

#[async_trait]
impl View for Settling {
    fn name(&self) -> ViewName {
        ViewName::Settling
    }

    fn fold_version(&self) -> i32 {
        1
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(&NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from settling_task where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from settling_review where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut decoded = Vec::new();
        for event in events.iter().filter(|event| event.stream.stream_type == StreamType::Task) {
            decoded.push((event, decode::<TaskEvent>(event)?));
        }
        let touched: Vec<Uuid> =
            decoded.iter().filter(|(_, event)| settles(event)).map(|(recorded, _)| recorded.stream.id).collect();
        let mut tasks = Tasks::load(rows, ledger_id, &touched).await?;
        let mut reviews = Reviews::default();
        for (recorded, event) in &decoded {
            reviews.fold(recorded, event);
            fold(&mut tasks, recorded, event)?;
        }
        tasks.store(rows, ledger_id).await?;
        reviews.store(rows, ledger_id).await
    }
}

/// Whether an event changes where its task stands, or whether it is gold.
const fn settles(event: &TaskEvent) -> bool {
    matches!(
        event,
        TaskEvent::ConsensusReached(_)
            | TaskEvent::TaskDisputed(_)
            | TaskEvent::TaskReopened(_)
            | TaskEvent::TaskAdjudicated(_)
            | TaskEvent::AdjudicationReversed(_)
            | TaskEvent::GoldAnswersSet(_)
            | TaskEvent::GoldAnswersRemoved(_)
    )
}

fn fold(tasks: &mut Tasks, recorded: &Recorded, event: &TaskEvent) -> Result<(), ProjectionError> {
    match event {
        TaskEvent::ConsensusReached(reached) => {
            let row = tasks.stands(recorded, reached.project, &Standing::Agreed(reached.answer.clone()));
            row.answer = Some(reached.answer.clone());
            row.posterior = Some(reached.posterior.get());
        }
        TaskEvent::TaskDisputed(disputed) => {
            tasks.stands(recorded, disputed.project, &Standing::Disputed);
        }
        TaskEvent::TaskReopened(reopened) => {
            tasks.stands(recorded, reopened.project, &Standing::Open);
        }
        TaskEvent::TaskAdjudicated(adjudicated) => {
            let row = tasks.stands(recorded, adjudicated.project, &Standing::Adjudicated);
            row.adjudicator_id = Some(adjudicated.adjudicator.uuid());
            row.adjudication = Some(rows::json(&adjudicated.answers)?);
            row.adjudication_form = Some(adjudicated.form_version.get().cast_signed());
            row.adjudication_comment = adjudicated.comment.as_ref().map(rows::json).transpose()?;
            row.adjudication_event = Some(recorded.event_id);
        }
        TaskEvent::AdjudicationReversed(reversed) => {
            let row = tasks.stands(recorded, reversed.project, &Standing::Open);
            row.adjudicator_id = None;
            row.adjudication = None;
            row.adjudication_form = None;
            row.adjudication_comment = None;
            row.adjudication_event = None;
        }
        TaskEvent::GoldAnswersSet(set) => {
            let row = tasks.row(recorded, set.project);
            row.gold = Some(rows::json(&set.answers)?);
            row.gold_form = Some(set.form_version.get().cast_signed());
            row.gold_event = Some(recorded.event_id);
        }
        TaskEvent::GoldAnswersRemoved(removed) => {
            let row = tasks.row(recorded, removed.project);
            row.gold = None;
            row.gold_form = None;
            row.gold_event = None;
        }
        _ => {}
    }
    Ok(())
}
