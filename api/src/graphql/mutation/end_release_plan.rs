//! `endReleasePlan`: have no more releases of a dataset asked for.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::dataset::{Dataset, DatasetCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, REQUESTERS, viewer},
        command::Call,
        position::Receipt,
        refusal::Refusal,
    },
};

/// A plan to end.
#[derive(InputObject)]
struct EndReleasePlanInput {
    /// The project that it is about.
    project_id: Uuid,
    /// What the dataset is called.
    dataset: String,
}

/// It is ended. What it has asked for still comes, unless it is cancelled.
#[derive(SimpleObject)]
#[graphql(name = "ReleasePlanEnded")]
struct ReleasePlanIsEnded {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum EndReleasePlanPayload {
    Ended(ReleasePlanIsEnded),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct EndReleasePlan;

#[Object]
impl EndReleasePlan {
    /// Has no more releases of a dataset asked for by plan.
    #[graphql(guard = "Allow(REQUESTERS).in_project(input.project_id)")]
    async fn end_release_plan(
        &self,
        context: &Context<'_>,
        input: EndReleasePlanInput,
        idempotency_key: String,
    ) -> Result<EndReleasePlanPayload> {
        let call = or_refuse!(EndReleasePlanPayload, Call::new(context, "endReleasePlan", &idempotency_key, &input)?);
        let dataset: Uuid = context.data::<Api>()?.ledger.mint().derived("dataset", &[&input.dataset]);
        let command = DatasetCommand::EndPlan { project: input.project_id.into(), by: viewer(context)?.participant };
        let done = or_refuse!(EndReleasePlanPayload, call.execute::<Dataset>(context, dataset, &command).await?);
        Ok(EndReleasePlanPayload::Ended(ReleasePlanIsEnded { receipt: done.receipt.into() }))
    }
}
