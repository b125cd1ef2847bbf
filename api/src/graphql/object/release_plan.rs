//! A plan of releases.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use stele_domain::dataset::ReleaseTrigger;
use stele_projections::lineage::PlanRow;
use uuid::Uuid;

use crate::graphql::position::PositionScalar;

/// A plan by which releases of a dataset are asked for again and again.
#[derive(SimpleObject)]
#[graphql(name = "ReleasePlan")]
pub(in crate::graphql) struct ReleasePlanObject {
    /// The dataset.
    dataset_id: Uuid,
    /// What it is called.
    dataset: String,
    /// The project whose judgments the releases are made of.
    project_id: Uuid,
    /// Where the event stands that tells of the plan.
    position: PositionScalar,
    /// The recipe, in canonical JSON (RFC 8785).
    recipe: String,
    /// It asks when so many annotations have been approved since it last did; null if it goes by the clock.
    every_approved: Option<u32>,
    /// It asks when so many hours have passed since it last did; null if it counts approvals.
    every_hours: Option<u32>,
    /// Who planned it.
    planned_by: Uuid,
    /// When it was planned.
    planned_at: DateTime<Utc>,
}

impl From<PlanRow> for ReleasePlanObject {
    fn from(row: PlanRow) -> Self {
        let (every_approved, every_hours) = match row.when {
            ReleaseTrigger::EveryApproved(count) => (Some(count), None),
            ReleaseTrigger::EveryHours(hours) => (None, Some(hours)),
        };
        Self {
            dataset_id: row.dataset_id.uuid(),
            dataset: row.dataset,
            project_id: row.project_id.uuid(),
            position: PositionScalar(row.position),
            recipe: row.recipe,
            every_approved,
            every_hours,
            planned_by: row.planned_by.uuid(),
            planned_at: row.planned_at.to_utc(),
        }
    }
}
