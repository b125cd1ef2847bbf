//! `planReleases`: have releases of a dataset asked for again and again.

use async_graphql::{Context, InputObject, Object, OneofObject, Result, SimpleObject, Union};
use stele_domain::dataset::{Dataset, DatasetCommand, ReleasePlanned, ReleaseTrigger};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, REQUESTERS, viewer},
        command::Call,
        fault,
        position::Receipt,
        recipe,
        refusal::Refusal,
    },
};

/// Releases to plan.
#[derive(InputObject)]
struct PlanReleasesInput {
    /// The project whose judgments they are to be made of.
    project_id: Uuid,
    /// What the dataset is called.
    dataset: String,
    /// How they are made: a recipe, in YAML or JSON.
    recipe: String,
    /// When one is asked for.
    when: ReleaseTriggerInput,
}

/// When a plan asks for a release: one of the two.
#[derive(OneofObject)]
enum ReleaseTriggerInput {
    /// When so many annotations of the project have been approved since it last asked, at least 1.
    EveryApproved(u32),
    /// When so many hours have passed since it last asked, 1 to 8,760.
    EveryHours(u32),
}

impl From<ReleaseTriggerInput> for ReleaseTrigger {
    fn from(input: ReleaseTriggerInput) -> Self {
        match input {
            ReleaseTriggerInput::EveryApproved(count) => Self::EveryApproved(count),
            ReleaseTriggerInput::EveryHours(hours) => Self::EveryHours(hours),
        }
    }
}

/// They are planned. Any earlier plan of the dataset has ended.
#[derive(SimpleObject)]
#[graphql(name = "ReleasesPlanned")]
struct ReleasesArePlanned {
    /// The dataset.
    dataset_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum PlanReleasesPayload {
    Planned(ReleasesArePlanned),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct PlanReleases;

#[Object]
impl PlanReleases {
    /// Has releases of a dataset asked for again and again, in place of what was planned for it before.
    #[graphql(guard = "Allow(REQUESTERS).in_project(input.project_id)")]
    async fn plan_releases(
        &self,
        context: &Context<'_>,
        input: PlanReleasesInput,
        idempotency_key: String,
    ) -> Result<PlanReleasesPayload> {
        let call = or_refuse!(PlanReleasesPayload, Call::new(context, "planReleases", &idempotency_key, &input)?);
        let ledger = &context.data::<Api>()?.ledger;
        let dataset: Uuid = ledger.mint().derived("dataset", &[&input.dataset]);
        let head = ledger.head().await.map_err(|error| fault::internal(context, &error))?;
        let of = recipe::Of { project: input.project_id.into(), known_at: head.position() };
        let recipe = or_refuse!(PlanReleasesPayload, recipe::checked(context, &input.recipe, of).await?);
        let planned = ReleasePlanned {
            name: input.dataset,
            project: input.project_id.into(),
            recipe,
            when: input.when.into(),
            planned_by: viewer(context)?.participant,
        };
        let command = DatasetCommand::Plan(Box::new(planned));
        let done = or_refuse!(PlanReleasesPayload, call.execute::<Dataset>(context, dataset, &command).await?);
        Ok(PlanReleasesPayload::Planned(ReleasesArePlanned { dataset_id: dataset, receipt: done.receipt.into() }))
    }
}
