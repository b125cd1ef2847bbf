//! `lineage`: which releases of datasets there are, whose personal text left the ledger in them, and which are asked for.

mod plan;
mod query;
mod request;

pub use plan::{PlanRow, plans};
pub use query::{PersonalRelease, ReleaseRow, releases, releases_of};
pub use request::{RequestProgress, RequestRow, find_requests, requests};

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::{
    Event,
    dataset::{DatasetEvent, DatasetReleased, ReleaseWithdrawn, RequestEnd, SubjectsReleased},
};
use stele_ledger::{EventFilter, Recorded};
use uuid::Uuid;

use self::request::Ended;
use crate::{Pace, ProjectionError, View, ViewName, view::decode};

/// The view of releases, and of what is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Lineage;

#[async_trait]
impl View for Lineage {
    fn name(&self) -> ViewName {
        ViewName::Lineage
    }

    fn fold_version(&self) -> i32 {
        2
    }

    fn pace(&self) -> Pace {
        Pace::Unhurried
    }

    fn filter(&self) -> EventFilter {
        EventFilter::named(DatasetEvent::NAMES)
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from lineage_release where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from lineage_subject where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from lineage_request where ledger_id = $1", ledger_id).execute(&mut *rows).await?;
        sqlx::query!("delete from lineage_plan where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        for event in events {
            match decode(event)? {
                DatasetEvent::DatasetReleased(released) => store_release(rows, ledger_id, event, &released).await?,
                DatasetEvent::SubjectsReleased(released) => {
                    store_subjects(rows, ledger_id, event.stream.id, &released).await?;
                }
                DatasetEvent::ReleaseWithdrawn(withdrawn) => {
                    withdraw(rows, ledger_id, event.stream.id, &withdrawn).await?;
                }
                DatasetEvent::ReleaseRequested(asked) => request::store(rows, ledger_id, event, &asked).await?,
                DatasetEvent::ReleaseRequestMet(met) => {
                    let version = met.version.to_string();
                    let end = Ended { end: RequestEnd::Met, version: Some(&version), reason: None };
                    request::end(rows, ledger_id, event, met.request, end).await?;
                }
                DatasetEvent::ReleaseRequestFailed(failed) => {
                    let end = Ended { end: RequestEnd::Failed, version: None, reason: Some(&failed.reason) };
                    request::end(rows, ledger_id, event, failed.request, end).await?;
                }
                DatasetEvent::ReleaseRequestCancelled(cancelled) => {
                    let end = Ended { end: RequestEnd::Cancelled, version: None, reason: None };
                    request::end(rows, ledger_id, event, cancelled.request, end).await?;
                }
                DatasetEvent::ReleasePlanned(planned) => plan::store(rows, ledger_id, event, &planned).await?,
                DatasetEvent::ReleasePlanEnded(_) => plan::end(rows, ledger_id, event.stream.id).await?,
            }
        }
        Ok(())
    }
}

async fn withdraw(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    dataset_id: Uuid,
    withdrawn: &ReleaseWithdrawn,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "update lineage_release set withdrawn = $4
        where ledger_id = $1 and dataset_id = $2 and version = $3",
        ledger_id,
        dataset_id,
        withdrawn.version.to_string(),
        withdrawn.reason
    )
    .execute(rows)
    .await?;
    Ok(())
}

async fn store_release(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    recorded: &Recorded,
    released: &DatasetReleased,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "insert into lineage_release (ledger_id, dataset_id, version, position, dataset, format, project_id, recipe,
            known_at, rows, rows_digest, released_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        ledger_id,
        recorded.stream.id,
        released.version.to_string(),
        recorded.position.get().cast_signed(),
        released.name,
        released.format.as_str(),
        released.project.uuid(),
        released.recipe,
        released.known_at.size.cast_signed(),
        released.rows.cast_signed(),
        released.rows_digest.to_string(),
        recorded.recorded_at.to_utc()
    )
    .execute(rows)
    .await?;
    Ok(())
}

async fn store_subjects(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    dataset_id: Uuid,
    released: &SubjectsReleased,
) -> Result<(), ProjectionError> {
    let (subjects, counts): (Vec<Uuid>, Vec<i64>) =
        released.subjects.iter().map(|subject| (subject.subject.uuid(), subject.rows.cast_signed())).unzip();
    sqlx::query!(
        "insert into lineage_subject (ledger_id, dataset_id, version, subject_id, rows)
        select $1, $2, $3, * from unnest($4::uuid[], $5::bigint[])",
        ledger_id,
        dataset_id,
        released.version.to_string(),
        &subjects,
        &counts
    )
    .execute(rows)
    .await?;
    Ok(())
}
